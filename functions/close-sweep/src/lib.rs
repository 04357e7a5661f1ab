//! Purpose: counts what a sweep found, for people and as a metric: what a scheduled sweep finds, the events have missed.
//! Effects: one line in the log, in CloudWatch's embedded metric format.
//! Idempotency: a repeat writes the line again.
//! Failures: none of its own.
//! Undo: nothing to undo.
//! Time budget: none to speak of.

use aws_types::SdkConfig;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Found, Progress};
use lambda::Step;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The step; it touches nothing.
#[derive(Debug)]
pub struct CloseSweep;

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Where the sweep stands.
    pub progress: Progress,
    /// Milliseconds since 1970, as the state machine's clock shows them.
    pub now: u64,
}

/// What the state machine gets back.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The outcome in a sentence.
    pub summary: String,
    /// What was counted.
    pub found: Found,
    /// The line for CloudWatch; no part of the answer.
    #[serde(skip)]
    metric: Value,
}

/// Nothing can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Never {}

impl Named for Never {
    fn name(&self) -> &'static str {
        match *self {}
    }
}

impl Step for CloseSweep {
    const NAME: &'static str = "close-sweep";
    type Input = Input;
    type Output = Output;
    type Error = Never;

    async fn clients() -> SdkConfig {
        lambda::no_clients()
    }

    fn open(_: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self)
    }

    fn metric(outcome: Result<&Output, &Never>) -> Option<Value> {
        outcome.ok().map(|output| output.metric.clone())
    }

    async fn run(&self, Input { progress, now }: Input) -> Result<Output, Never> {
        let metric = metric(&progress, now);
        Ok(Output { summary: summary(&progress.found), found: progress.found, metric })
    }
}

fn summary(found: &Found) -> String {
    let Found { groups, members, held, started, removals } = found;
    format!(
        "{groups} mapped groups with {members} memberships, {held} grants: looked at {started} people who lack something and {removals} who should lose something"
    )
}

/// The log line that CloudWatch reads as metrics. The dimension tells scheduled sweeps from all others; whomever a scheduled one finds, the events
/// have missed.
fn metric(progress: &Progress, now: u64) -> Value {
    let scheduled = progress.reason == "schedule";
    let Found { held, started, removals, .. } = progress.found;
    let mut line = json!({"Scheduled": if scheduled { "yes" } else { "no" }, "Sweep": progress.sweep,
        "Started": started, "Removals": removals, "Held": held});
    let mut names = vec!["Started", "Removals", "Held"];
    if scheduled {
        line["Missed"] = json!(started + removals);
        names.push("Missed");
    }
    let metrics: Vec<Value> = names.iter().map(|name| json!({"Name": name, "Unit": "Count"})).collect();
    line["_aws"] = json!({"Timestamp": now, "CloudWatchMetrics": [
        {"Namespace": "StudioAccess/Sweep", "Dimensions": [["Scheduled"]], "Metrics": metrics}]});
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::sweep::{Listing, Phase};

    fn line(reason: &str) -> Value {
        let found = Found { started: 3, removals: 1, ..Found::default() };
        let (sweep, list, reason) = ("s".to_owned(), "s".to_owned(), reason.to_owned());
        let (group, phase, after, users) = (None, Phase::Close, None, Listing::Done);
        metric(&Progress { sweep, list, reason, group, phase, after, users, found }, 7)
    }

    #[test]
    fn the_metric_names_only_values_that_it_carries() {
        for line in [line("schedule"), line("started by hand")] {
            for named in line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
                assert!(line[named["Name"].as_str().unwrap()].is_u64(), "{named}");
            }
        }
    }

    #[test]
    fn what_a_scheduled_sweep_finds_was_missed_and_what_another_finds_was_asked_for() {
        let (scheduled, by_hand) = (line("schedule"), line("started by hand"));
        assert_eq!((&scheduled["Scheduled"], &scheduled["Missed"]), (&json!("yes"), &json!(4)));
        assert_eq!((&by_hand["Scheduled"], by_hand.get("Missed")), (&json!("no"), None));
    }
}
