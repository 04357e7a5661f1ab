//! How a sweep begins: pure.

use contract::sweep::{Found, Listing, Phase, Progress};
use serde_json::{Map, Value};

/// Events that name only a membership cost a look at everyone: they are gathered for a quarter of an hour.
const MEMBERSHIPS: u64 = 900;

/// Events about a group come in bursts (a sync adds members a hundred at a time), and cost a look at that group: they are gathered for two minutes.
const OF_GROUP: u64 = 120;

/// An approval is good for a day: after that the list is too old to be believed.
const GOOD_FOR: u64 = 86_400;

/// The beginning of a sweep of everyone.
pub(crate) fn begin(execution: &str, reason: String) -> Progress {
    let sweep = execution.to_owned();
    Progress {
        list: sweep.clone(),
        sweep,
        group: None,
        reason,
        phase: Phase::Resolve,
        after: None,
        users: Listing::Begin,
        found: Found::default(),
    }
}

/// What is gathered: the key that all events of one kind and window share, and the seconds until just after the window's end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) key: String,
    pub(crate) wait: u64,
}

/// The window of a group, or of memberships that are nobody's in particular.
pub(crate) fn window(group: Option<&str>, now: u64) -> Window {
    let (length, whose) = match group {
        Some(group) => (OF_GROUP, format!("group#{}#", group.to_ascii_lowercase())),
        None => (MEMBERSHIPS, String::new()),
    };
    Window { key: format!("window#{whose}{}", now / length), wait: length - now % length + 1 }
}

/// Whether the removals of a sweep may be approved now.
pub(crate) fn may_approve(verdict: Option<&Map<String, Value>>, now: u64) -> Result<(), &'static str> {
    let Some(verdict) = verdict else { return Err("no sweep of that name was judged") };
    if verdict.get("status").and_then(Value::as_str) != Some("refused") {
        return Err("they were not refused");
    }
    let at = verdict.get("at").and_then(Value::as_u64).unwrap_or_default();
    if now.saturating_sub(at) > GOOD_FOR { Err("they were refused more than 24 hours ago") } else { Ok(()) }
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
    fn a_group_has_windows_of_its_own_whatever_the_case_of_its_id() {
        assert_eq!(window(Some("G-1"), 245), Window { key: "window#group#g-1#2".into(), wait: 116 });
        assert_ne!(window(Some("g-1"), 245).key, window(Some("g-2"), 245).key);
    }

    #[test]
    fn only_a_fresh_refusal_can_be_approved() {
        let verdict = |status: &str| json!({"status": status, "at": 1_000}).as_object().cloned();
        assert_eq!(may_approve(verdict("refused").as_ref(), 1_000 + GOOD_FOR), Ok(()));
        assert!(may_approve(verdict("refused").as_ref(), 1_001 + GOOD_FOR).is_err());
        assert!(may_approve(verdict("allowed").as_ref(), 1_000).is_err());
        assert!(may_approve(None, 1_000).is_err());
    }
}
