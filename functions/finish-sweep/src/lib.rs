//! Purpose: count what a sweep found, for operators and as a metric: the events missed what a
//! scheduled sweep finds.
//! Effects: one line in the log, in CloudWatch's embedded metric format.
//! Idempotency: a repeat writes the line again.
//! Failures: none of its own.
//! Undo: nothing to undo.
//! Time budget: negligible.

use aws_types::SdkConfig;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Found, Progress};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use step::Step;

/// The step; it has no clients.
#[derive(Debug)]
pub struct FinishSweep;

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The progress of the sweep.
    pub progress: Progress,
    /// Sentences about mapping rows that match no group, and groups that nearly match.
    #[serde(default)]
    pub unmatched: Vec<String>,
    /// Milliseconds since 1970, from the state machine's clock.
    pub now: u64,
}

/// The output to the state machine.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The outcome in one sentence.
    pub summary: String,
    /// The counts of the sweep.
    pub found: Found,
    /// Mapping rows that match no group, and groups that nearly match: at most ten sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmatched: Vec<String>,
    /// The line for CloudWatch; not part of the output.
    #[serde(skip)]
    metric: Value,
}

/// The step never fails.
#[derive(Debug, thiserror::Error)]
pub enum Never {}

impl Named for Never {
    fn name(&self) -> &'static str {
        match *self {}
    }
}

impl Step for FinishSweep {
    const NAME: &'static str = "finish-sweep";
    type Input = Input;
    type Output = Output;
    type Error = Never;

    async fn clients() -> SdkConfig {
        step::no_clients()
    }

    fn open(_: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self)
    }

    fn metric(outcome: Result<&Output, &Never>) -> Option<Value> {
        outcome.ok().map(|output| output.metric.clone())
    }

    async fn run(&self, Input { progress, unmatched, now }: Input) -> Result<Output, Never> {
        let metric = metric(&progress, now);
        Ok(Output { summary: summary(&progress), found: progress.found, unmatched, metric })
    }
}

fn summary(progress: &Progress) -> String {
    let Found { groups, members, held, started, removals, .. } = &progress.found;
    let Found { due, held_back, rows_unmatched, groups_near_convention, .. } = &progress.found;
    let list = progress.held_back.as_deref().unwrap_or_default();
    let approval = format!("removals are held back: approve them with {{\"approve\": \"{list}\"}}");
    let looked = format!(
        "{groups} mapped groups with {members} memberships, {held} grants; {started} users lack something, {removals} users should lose something"
    );
    let rest = [
        (&Some(*due), "profiles have had their days of grace"),
        (&Some(*held_back), approval.as_str()),
        (rows_unmatched, "mapping rows match no group of the directory"),
        (groups_near_convention, "groups follow the naming convention except for an @domain at the end"),
    ];
    let rest = rest.into_iter().filter_map(|(count, what)| {
        let count = count.filter(|count| *count > 0)?;
        Some(format!("{count} {what}"))
    });
    [looked].into_iter().chain(rest).collect::<Vec<_>>().join("; ")
}

/// Builds the log line that CloudWatch reads as metrics. The dimension separates scheduled sweeps
/// from all others: the events missed each user that a scheduled sweep finds. Those whose days of grace
/// are over were not missed. Only sweeps of all users count rows: another sweep would report zero.
fn metric(progress: &Progress, now: u64) -> Value {
    let scheduled = progress.scheduled;
    let Found { held, started, removals, due, held_back, rows_unmatched, groups_near_convention, .. } =
        progress.found;
    let counted = [
        ("Started", Some(started)),
        ("Removals", Some(removals)),
        ("Due", Some(due)),
        ("HeldBack", Some(held_back)),
        ("Held", Some(held)),
        ("Missed", scheduled.then_some(started + removals)),
        ("RowsUnmatched", rows_unmatched),
        ("GroupsNearConvention", groups_near_convention),
    ];
    let mut line = json!({"Scheduled": if scheduled { "yes" } else { "no" }, "Sweep": progress.sweep});
    let mut metrics = Vec::new();
    for (name, value) in counted {
        if let Some(value) = value {
            line[name] = json!(value);
            metrics.push(json!({"Name": name, "Unit": "Count"}));
        }
    }
    line["_aws"] = json!({"Timestamp": now, "CloudWatchMetrics": [
        {"Namespace": "StudioAccess/Sweep", "Dimensions": [["Scheduled"]], "Metrics": metrics}]});
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::sweep::{Listing, Phase};

    fn line(scheduled: bool, rows_unmatched: Option<u64>) -> Value {
        let found = Found { started: 3, removals: 1, due: 2, rows_unmatched, ..Found::default() };
        metric(&Progress { scheduled, ..after(found) }, 7)
    }

    fn after(found: Found) -> Progress {
        // The reason is free text and does not make a sweep a scheduled one.
        let (sweep, list, reason) = ("s/1".to_owned(), "s/1".to_owned(), "schedule".to_owned());
        let (group, phase, after, users) = (None, Phase::Close, None, Listing::Done);
        let held_back = Some("s/1#abc".to_owned());
        Progress {
            sweep,
            list,
            held_back,
            reason,
            scheduled: false,
            group,
            phase,
            after,
            users,
            waits: 0,
            found,
        }
    }

    fn summary_of(found: Found) -> String {
        summary(&after(found))
    }

    #[test]
    fn the_metric_names_exactly_the_values_that_it_carries() {
        for line in [line(true, Some(2)), line(false, None)] {
            let named = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
            for named in named {
                assert!(line[named["Name"].as_str().unwrap()].is_u64(), "{named}");
            }
            let numbers = line.as_object().unwrap().values().filter(|value| value.is_u64()).count();
            assert_eq!(numbers, named.len());
        }
    }

    #[test]
    fn only_a_scheduled_sweep_counts_its_findings_as_missed() {
        let (scheduled, by_hand) = (line(true, None), line(false, None));
        assert_eq!((&scheduled["Scheduled"], &scheduled["Missed"]), (&json!("yes"), &json!(4)));
        assert_eq!((&by_hand["Scheduled"], by_hand.get("Missed")), (&json!("no"), None));
    }

    #[test]
    fn rows_are_counted_only_where_they_were_compared() {
        assert_eq!(line(true, Some(0))["RowsUnmatched"], 0);
        assert_eq!(line(true, None).get("RowsUnmatched"), None);
    }

    #[test]
    fn the_summary_tells_whose_days_of_grace_are_over() {
        let due = summary_of(Found { due: 2, ..Found::default() });
        assert!(due.ends_with("; 2 profiles have had their days of grace"), "{due}");
        assert!(!summary_of(Found::default()).contains("grace"));
    }

    #[test]
    fn the_summary_tells_how_to_approve_what_is_held_back() {
        let held_back = summary_of(Found { held_back: 3, ..Found::default() });
        assert!(
            held_back.ends_with(r#"; 3 removals are held back: approve them with {"approve": "s/1#abc"}"#),
            "{held_back}"
        );
    }

    #[test]
    fn the_summary_tells_what_matches_nothing() {
        let found = Found { rows_unmatched: Some(2), groups_near_convention: Some(0), ..Found::default() };
        assert!(summary_of(found).ends_with("; 2 mapping rows match no group of the directory"));
        assert!(!summary_of(Found { rows_unmatched: Some(0), ..found }).contains("match no group"));
    }
}
