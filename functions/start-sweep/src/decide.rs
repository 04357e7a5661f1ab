//! Pure functions that start a sweep.

use crate::request::Scheduled;
use contract::group::GroupText;
use contract::sweep::{Found, Listing, Phase, Progress, sweep_of_list};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

/// Window in seconds for events that name only a membership. Each needs a sweep of all users.
const MEMBERSHIPS: u64 = 900;

/// Window in seconds for events about a group. They come in bursts (a sync adds members a hundred
/// at a time), and each needs a sweep of the group.
const OF_GROUP: u64 = 120;

/// Validity of an approval: after a day the list is too old.
const APPROVAL_TTL_SECONDS: u64 = 86_400;

/// Length in bytes that neither the id of a list nor that of an AWS user exceeds.
pub(crate) const LONGEST_ID: usize = 512;

/// Maximum age of a schedule event. It starts an execution at most an hour late, because the rule
/// of the template then gives up; the rest allows for clock differences.
const MAX_DELAY: Duration = Duration::minutes(65);
const MAX_CLOCK_SKEW: Duration = Duration::minutes(5);

/// Starts a sweep of all users, with its key.
pub(crate) fn begin(sweep: String, reason: String, scheduled: bool) -> Progress {
    Progress {
        list: sweep.clone(),
        sweep,
        held_back: None,
        group: None,
        reason,
        scheduled,
        phase: Phase::Resolve,
        after: None,
        users: Listing::Begin,
        waits: 0,
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

/// Returns the key of the sweep in the text that an approval names a list by. A name alone may belong to
/// several executions, and a key alone to several lists.
pub(crate) fn sweep_of(list: &str) -> Result<&str, &'static str> {
    let sweep = sweep_of_list(list).filter(|sweep| sweep.contains('/') && list.len() <= LONGEST_ID);
    sweep.ok_or("it is not a name, a start time and a hash: paste the input from the message of the refusal")
}

/// Checks that the removals of a sweep may be approved now: it refused its list, or left out users whose
/// removal a limit holds back. Returns the status of the list.
pub(crate) fn may_approve(
    verdict: Option<&Map<String, Value>>,
    list: &str,
    now: u64,
) -> Result<&'static str, &'static str> {
    let Some(verdict) = verdict else { return Err("the removals of no such sweep were checked") };
    if verdict.get("list").is_none_or(|found| found != list) {
        return Err("the sweep has found other removals since: read its list again");
    }
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
    fn a_name_or_a_key_alone_names_no_list() {
        let key = "second/2026-03-02T08:00:00Z";
        assert_eq!(sweep_of(&format!("{key}#abc")), Ok(key));
        for list in ["second", key, "second#abc", &format!("{}/now#abc", "é".repeat(300))] {
            assert!(sweep_of(list).is_err(), "{list}");
        }
    }

    #[test]
    fn only_a_fresh_refusal_of_this_list_can_be_approved() {
        let verdict = |status: &str| json!({"status": status, "list": "s/1#a", "at": 1_000});
        let may = |verdict: &Value, now| may_approve(verdict.as_object(), "s/1#a", now);
        assert_eq!(may(&verdict("refused"), 1_000 + APPROVAL_TTL_SECONDS), Ok("refused"));
        assert!(may(&verdict("refused"), 1_001 + APPROVAL_TTL_SECONDS).is_err());
        assert!(may(&verdict("allowed"), 1_000).is_err());
        let awaiting = json!({"status": "allowed", "list": "s/1#a", "at": 1_000, "awaitingApproval": 1});
        assert_eq!(may(&awaiting, 1_000), Ok("allowed"));
        assert!(may_approve(awaiting.as_object(), "s/1#b", 1_000).is_err(), "another list");
        assert!(may(&json!({"status": "refused", "at": 1_000}), 1_000).is_err());
        assert!(may(&Value::Null, 1_000).is_err());
    }
}
