//! Pure functions that count the results of an execution, in CloudWatch's embedded metric format.

use crate::{Input, Outcome};
use contract::assignment::Assignment;
use contract::catalogue;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Returns the counts, unless the state machine passed no time. All seven are always present, so that
/// a graph shows zero where there was nothing.
pub(crate) fn counted(input: &Input) -> Option<Value> {
    let now = input.now?;
    let of = |action: &str| input.results.iter().filter(|outcome| outcome.action == action).count();
    let lacking = |outcome: &&Outcome| outcome.assignment.is_some_and(is_lacking);
    let created = of("create");
    let counts = [
        ("Created", created),
        ("Adopted", of("adopt")),
        ("Changed", of("changeRole")),
        ("Removed", of("remove")),
        ("Blocked", of("failed") + input.problems.len()),
        ("HeldBack", input.results.iter().filter(|outcome| is_held_back(outcome)).count()),
        ("AssignmentLacking", input.results.iter().filter(lacking).count()),
    ];
    let mut line: Map<String, Value> =
        counts.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())).collect();
    let mut metrics: Vec<Value> =
        counts.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    if let Some(milliseconds) = since_event(&input.event_time, now).filter(|_| created > 0) {
        line.insert("TimeToInService".to_owned(), milliseconds.into());
        metrics.push(json!({"Name": "TimeToInService", "Unit": "Milliseconds"}));
    }
    let directive = json!({"Namespace": "StudioAccess/Access", "Dimensions": [[]], "Metrics": metrics});
    line.insert("_aws".to_owned(), json!({"Timestamp": now, "CloudWatchMetrics": [directive]}));
    Some(Value::Object(line))
}

/// Returns whether a limit holds back a removal.
pub(crate) fn is_held_back(outcome: &Outcome) -> bool {
    let limits = [catalogue::TOO_MANY_SUSPENSIONS, catalogue::TOO_MANY_DELETIONS];
    outcome.error.as_deref().is_some_and(|error| limits.contains(&error))
}

/// Returns whether a pause has stopped the work.
pub(crate) fn is_paused(outcome: &Outcome) -> bool {
    outcome.error.as_deref() == Some(catalogue::PAUSED)
}

/// Returns whether an operator must correct the assignment.
fn is_lacking(assignment: Assignment) -> bool {
    match assignment {
        Assignment::NotRequired | Assignment::NotPermitted | Assignment::QuotaReached => true,
        // Without an application, the group is assigned by hand and the assignment cannot be read:
        // an alarm would never clear.
        Assignment::NoApplication | Assignment::Present | Assignment::Made => false,
    }
}

/// Returns the milliseconds from the event to now; `None` for an event without a readable time, or
/// with a time in the future.
fn since_event(event_time: &Value, now: u64) -> Option<u64> {
    let happened = OffsetDateTime::parse(event_time.as_str()?, &Rfc3339).ok()?;
    let happened = u64::try_from(happened.unix_timestamp_nanos() / 1_000_000).ok()?;
    now.checked_sub(happened)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a minute after the event.
    const NOW: u64 = 1_795_514_430_000;

    fn line(actions: &[&str], event_time: &Value, now: Option<u64>) -> Option<Value> {
        let results: Vec<Value> =
            actions.iter().map(|action| json!({"target": "a/b/c", "action": action})).collect();
        let input = json!({"reason": "", "results": results, "problems": [{"error": "InvalidMapping", "cause": ""}],
            "eventTime": event_time, "now": now});
        counted(&serde_json::from_value(input).unwrap())
    }

    #[test]
    fn every_action_is_counted_under_its_name() {
        let actions =
            ["create", "create", "adopt", "changeRole", "remove", "failed", "keep", "covered", "forget"];
        let line = line(&actions, &Value::Null, Some(NOW)).unwrap();
        let counts =
            ["Created", "Adopted", "Changed", "Removed", "Blocked"].map(|name| line[name].as_u64().unwrap());
        assert_eq!(counts, [2, 1, 1, 1, 2]);
    }

    #[test]
    fn removals_beyond_a_limit_are_counted_apart() {
        let results: Vec<Value> = ["TooManySuspensions", "TooManyDeletions", "Renamed"]
            .map(|error| json!({"target": "a/b/c", "action": "failed", "error": error}))
            .into();
        let input = json!({"reason": "", "results": results, "problems": [], "redriven": false, "now": NOW});
        let line = counted(&serde_json::from_value(input).unwrap()).unwrap();
        assert_eq!((&line["HeldBack"], &line["Blocked"]), (&json!(2), &json!(3)));
    }

    #[test]
    fn a_lacking_assignment_is_counted_even_without_a_change() {
        let results: Vec<Value> = ["made", "present", "notPermitted", "notRequired", "noApplication"]
            .map(|assignment| json!({"target": "a/b/c", "action": "keep", "assignment": assignment}))
            .into();
        let input = json!({"reason": "", "results": results, "problems": [], "redriven": false, "now": NOW});
        let line = counted(&serde_json::from_value(input).unwrap()).unwrap();
        assert_eq!((&line["AssignmentLacking"], &line["Created"]), (&json!(2), &json!(0)));
    }

    #[test]
    fn the_metric_names_only_values_that_it_carries() {
        for line in
            [line(&["create"], &json!("2026-11-24T10:00:00Z"), Some(NOW)), line(&[], &Value::Null, Some(NOW))]
        {
            let line = line.unwrap();
            let named = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
            assert!(named.iter().all(|named| line[named["Name"].as_str().unwrap()].is_u64()), "{line}");
            assert_eq!(named.len() + 1, line.as_object().unwrap().len());
        }
    }

    #[test]
    fn the_time_from_the_event_is_told_where_a_profile_was_created() {
        let time = |actions: &[&str], event_time: Value| {
            line(actions, &event_time, Some(NOW)).unwrap()["TimeToInService"].clone()
        };
        assert_eq!(time(&["create"], "2026-11-24T10:00:00Z".into()), 30_000);
        assert_eq!(time(&["changeRole"], "2026-11-24T10:00:00Z".into()), Value::Null);
        for unreadable in [
            Value::Null,
            json!(7),
            json!("yesterday"),
            json!("2026-11-24T11:00:00Z"),
            json!("0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(time(&["create"], unreadable), Value::Null);
        }
    }

    #[test]
    fn nothing_is_counted_for_a_state_machine_that_tells_no_time() {
        assert_eq!(line(&["create"], &Value::Null, None), None);
    }
}
