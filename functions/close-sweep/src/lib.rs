//! Purpose: counts what a sweep found, for people and as a metric: what a scheduled sweep finds, the events have missed.
//! Effects: one line in the log, in CloudWatch's embedded metric format.
//! Idempotency: a repeat writes the line again.
//! Failures: `Internal`.
//! Undo: nothing to undo.
//! Time budget: none to speak of.

use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Found, Progress};
use lambda::Step;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::Write as _;

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
}

/// The metric line could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the metric")]
pub struct NoMetric(#[from] std::io::Error);

impl Named for NoMetric {
    fn name(&self) -> &'static str {
        catalogue::INTERNAL
    }
}

impl Step for CloseSweep {
    const NAME: &'static str = "close-sweep";
    type Input = Input;
    type Output = Output;
    type Error = NoMetric;

    fn open(_: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self)
    }

    async fn run(&self, Input { progress, now }: Input) -> Result<Output, NoMetric> {
        writeln!(std::io::stderr(), "{}", metric(&progress, now))?;
        Ok(Output { summary: summary(&progress.found), found: progress.found })
    }
}

fn summary(found: &Found) -> String {
    let Found { groups, members, held, started, removals } = found;
    format!(
        "{groups} mapped groups with {members} memberships, {held} grants: looked at {started} people who lack something and {removals} who should lose something"
    )
}

/// The log line that CloudWatch reads as metrics. The dimension tells scheduled sweeps, which should find nothing, from all others.
fn metric(progress: &Progress, now: u64) -> Value {
    let metrics = ["Started", "Removals", "Held"].map(|name| json!({"Name": name, "Unit": "Count"}));
    let scheduled = if progress.reason == "schedule" { "yes" } else { "no" };
    let Found { held, started, removals, .. } = progress.found;
    json!({"_aws": {"Timestamp": now, "CloudWatchMetrics": [
            {"Namespace": "StudioAccess/Sweep", "Dimensions": [["Scheduled"]], "Metrics": metrics}]},
        "Scheduled": scheduled, "Sweep": progress.sweep, "Started": started, "Removals": removals, "Held": held})
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::sweep::Phase;

    #[test]
    fn the_metric_names_only_values_that_it_carries() {
        let found = Found { started: 3, removals: 1, ..Found::default() };
        let (sweep, list, reason) = ("s".to_owned(), "s".to_owned(), "schedule".to_owned());
        let line = metric(
            &Progress { sweep, list, reason, group: None, phase: Phase::Close, after: None, found },
            7,
        );
        for named in line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
            assert!(line[named["Name"].as_str().unwrap()].is_u64(), "{named}");
        }
        assert_eq!((&line["Scheduled"], &line["Started"]), (&json!("yes"), &json!(3)));
    }
}
