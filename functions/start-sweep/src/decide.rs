//! Pure functions that start a sweep.

use crate::request::Scheduled;
use contract::group::GroupText;
use contract::sweep::{Found, Listing, Phase, Progress};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

/// Window in seconds for events that name only a membership. Each needs a sweep of all users.
const MEMBERSHIPS: u64 = 900;

/// Window in seconds for events about a group. They come in bursts (a sync adds members a hundred
/// at a time), and each needs a sweep of the group.
const OF_GROUP: u64 = 120;

/// Validity of an approval: after a day the list is too old.
const APPROVAL_TTL_SECONDS: u64 = 86_400;

/// Maximum age of a schedule event. It starts an execution at most an hour late, because the rule
/// of the template then gives up; the rest allows for clock differences.
const MAX_DELAY: Duration = Duration::minutes(65);
const MAX_CLOCK_SKEW: Duration = Duration::minutes(5);

/// Starts a sweep of all users, with its key.
pub(crate) fn begin(sweep: String, reason: String, scheduled: bool) -> Progress {
    Progress {
        list: sweep.clone(),
        sweep,
        group: None,
        reason,
        scheduled,
        phase: Phase::Resolve,
        after: None,
        users: Listing::Begin,
        found: Found::default(),
    }
}

/// Checks that a schedule event is as fresh as one that EventBridge has just delivered. An old one
/// was pasted by hand, most likely with "New execution" in the console.
pub(crate) fn is_fresh(event: &Scheduled, started: OffsetDateTime) -> bool {
    let age = started - event.time;
    (-MAX_CLOCK_SKEW..=MAX_DELAY).contains(&age)
}

/// Checks by input and name that an execution may continue a progress. The caller then compares the
/// progress with the ledger.
pub(crate) fn may_go_on(members: usize, execution: &str, progress: &Progress) -> Result<(), &'static str> {
    if members != 1 {
        return Err("the input of a successor must have only the member progress");
    }
    if !progress.phase.goes_on_elsewhere() {
        return Err("no sweep starts a successor at this point");
    }
    if execution != progress.successor() {
        return Err("its name is not the one that the earlier execution gave its successor");
    }
    Ok(())
}

/// A window that collects events: the key that all events of one kind and window share, and the
/// seconds until just after the window's end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) key: String,
    pub(crate) wait: u64,
}

/// Returns the window for a group, or for memberships that no grant has.
pub(crate) fn window(group: Option<&str>, now: u64) -> Window {
    let (length, whose) = match group {
        Some(group) => (OF_GROUP, format!("group#{}#", whose(group))),
        None => (MEMBERSHIPS, String::new()),
    };
    Window { key: format!("window#{whose}{}", now / length), wait: length - now % length + 1 }
}

/// Returns the key of a group. All forms of an id have the same key; names must match exactly.
fn whose(group: &str) -> String {
    match GroupText::of(group) {
        GroupText::Id(uuid) => uuid.to_ascii_lowercase(),
        GroupText::Name(text) | GroupText::Malformed(text, _) => text.to_owned(),
    }
}

/// Checks that a text can be the key of a sweep. A name alone may belong to several executions.
pub(crate) fn is_key(sweep: &str) -> Result<(), &'static str> {
    if sweep.contains('/') {
        Ok(())
    } else {
        Err("it is a name without a start time: paste the input from the message of the refusal")
    }
}

/// Checks that the removals of a sweep may be approved now: it refused its list, or left out users whose
/// removal a limit holds back. Returns the status of the list.
pub(crate) fn may_approve(
    verdict: Option<&Map<String, Value>>,
    now: u64,
) -> Result<&'static str, &'static str> {
    let Some(verdict) = verdict else { return Err("the removals of no such sweep were checked") };
    let number = |member: &str| verdict.get(member).and_then(Value::as_u64).unwrap_or_default();
    let status = match verdict.get("status").and_then(Value::as_str) {
        Some("refused") => "refused",
        Some("allowed") if number("awaitingApproval") > 0 => "allowed",
        _ => return Err("they were not refused, and nobody on the list is held back"),
    };
    if now.saturating_sub(number("at")) > APPROVAL_TTL_SECONDS {
        Err("they were found more than 24 hours ago")
    } else {
        Ok(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everyone_in_a_window_waits_for_its_end() {
        assert_eq!(window(None, 1_800), Window { key: "window#2".into(), wait: 901 });
        assert_eq!(window(None, 2_699), Window { key: "window#2".into(), wait: 2 });
        assert_eq!(window(None, 2_700).key, "window#3");
    }

    #[test]
    fn a_group_has_windows_of_its_own_whatever_the_form_of_its_id() {
        let id = "14f83478-a061-708f-8de4-a3a2b99e9d89";
        let key = format!("window#group#{id}#2");
        let of_id = |text: String| window(Some(&text), 245);
        assert_eq!(of_id(id.to_uppercase()), Window { key: key.clone(), wait: 116 });
        assert_eq!(of_id(format!("906716eb24-{id}")).key, key);
        assert_eq!(of_id(format!("arn:aws:identitystore:::group/{id}")).key, key);
        assert_ne!(of_id("admins".to_owned()).key, of_id("Admins".to_owned()).key);
    }

    fn progress(phase: Phase) -> Progress {
        Progress { phase, ..begin("first/2026-03-02T08:00:00Z".to_owned(), "r".to_owned(), false) }
    }

    #[test]
    fn only_the_named_successor_goes_on_and_only_where_a_sweep_does() {
        let removals = progress(Phase::Removals);
        let successor = removals.successor();
        assert_eq!(may_go_on(1, &successor, &removals), Ok(()));
        assert!(may_go_on(2, &successor, &removals).is_err());
        assert!(may_go_on(1, "by-hand", &removals).is_err());
        let elsewhere = Progress { after: Some("u-9".to_owned()), ..removals };
        assert!(may_go_on(1, &successor, &elsewhere).is_err());
        for phase in [Phase::Judge, Phase::Close] {
            let progress = progress(phase);
            assert!(may_go_on(1, &progress.successor(), &progress).is_err(), "{phase:?}");
        }
    }

    #[test]
    fn an_event_of_the_schedule_is_fresh_for_an_hour() {
        let due = OffsetDateTime::from_unix_timestamp(1_772_438_400).unwrap();
        let event = Scheduled { id: "e".to_owned(), time: due };
        assert!(is_fresh(&event, due) && is_fresh(&event, due + Duration::hours(1)));
        assert!(!is_fresh(&event, due + Duration::hours(2)) && !is_fresh(&event, due - Duration::hours(1)));
    }

    #[test]
    fn a_name_alone_is_no_key() {
        assert!(is_key("second").is_err() && is_key("second/2026-03-02T08:00:00Z").is_ok());
    }

    #[test]
    fn only_a_fresh_refusal_can_be_approved() {
        let verdict = |status: &str| json!({"status": status, "at": 1_000}).as_object().cloned();
        assert_eq!(may_approve(verdict("refused").as_ref(), 1_000 + APPROVAL_TTL_SECONDS), Ok("refused"));
        assert!(may_approve(verdict("refused").as_ref(), 1_001 + APPROVAL_TTL_SECONDS).is_err());
        assert!(may_approve(verdict("allowed").as_ref(), 1_000).is_err());
        let awaiting = json!({"status": "allowed", "at": 1_000, "awaitingApproval": 1});
        assert_eq!(may_approve(awaiting.as_object(), 1_000), Ok("allowed"));
        assert!(may_approve(None, 1_000).is_err());
    }
}
