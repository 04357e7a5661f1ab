//! Plays sweeps of the timeline: the sweep, the executions that it starts, and the approval of
//! removals that it was refused.

use super::{Ended, Play, delivered};
use crate::deployment::StartedExecution;
use crate::report::Execution;
use crate::scenario::{BadScenario, Step};
use futures_util::FutureExt;
use serde_json::Value;

impl Play<'_> {
    /// Starts a sweep. The executions that it starts run after it has ended.
    pub(super) fn sweep(&mut self, index: usize, step: &Step, input: Value) {
        let title = step.say.clone().unwrap_or_else(|| format!("a sweep {input}"));
        let (deployment, bytes) = (self.deployment, input.to_string().len());
        let performance = async move {
            let ended = deployment.sweep_as(&title, input).await;
            Ended {
                index: Some(index),
                leads_on: true,
                result: delivered(ended, title, bytes),
                others: Vec::new(),
            }
        };
        self.running.push(performance.boxed_local());
    }

    /// Runs the executions that a sweep has started, including the sweep that continues it.
    pub(super) fn lead_on(&mut self, title: &str, asked: Vec<StartedExecution>) {
        for asked in asked {
            let (deployment, title, bytes) =
                (self.deployment, title.to_owned(), asked.input.to_string().len());
            let leads_on = asked.is_sweep();
            let performance = async move {
                let (ended, others) = if leads_on {
                    (deployment.run_asked(&title, asked).await, Vec::new())
                } else {
                    deployment.run_asked_with_others(&title, asked).await
                };
                Ended { index: None, leads_on, result: delivered(ended, title, bytes), others }
            };
            self.running.push(performance.boxed_local());
        }
    }

    /// Stores the input that approves the list of a sweep: a refused one, or one that has left out somebody.
    pub(super) fn note_approval(&mut self, step: Option<&Step>, execution: &Execution) {
        let id = step.and_then(|step| step.id.as_ref());
        let cause = execution.cause.as_deref().and_then(|cause| serde_json::from_str::<Value>(cause).ok());
        let told = [
            cause.as_ref().map(|cause| &cause["errorMessage"]),
            execution.output.as_ref().map(|output| &output["summary"]),
        ];
        let approval = told.into_iter().flatten().find_map(|text| approval_in(text.as_str()?));
        if let (Some(id), Some(approval)) = (id, approval) {
            self.approvals.insert(id.clone(), approval);
        }
    }

    pub(super) fn approval(&self, id: &str) -> Result<Value, BadScenario> {
        let approval = self.approvals.get(id).cloned();
        approval.ok_or_else(|| {
            let why =
                "no sweep with this id has told how to approve its list, so there is nothing to approve";
            BadScenario::at(id, why)
        })
    }
}

/// Extracts the input that a sweep asks the operator to paste: `{"approve": "name/start"}`.
fn approval_in(text: &str) -> Option<Value> {
    let (_, from) = text.split_once("{\"approve\"")?;
    let text = format!("{{\"approve\"{from}");
    serde_json::Deserializer::from_str(&text).into_iter().next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_approval_is_taken_from_what_the_sweep_tells() {
        let text = "too many. Approve with {\"approve\": \"a/b\"}, or look.";
        assert_eq!(approval_in(text), Some(json!({"approve": "a/b"})));
        assert_eq!(approval_in("another text"), None);
    }
}
