//! How a sweep begins: pure.

use contract::sweep::{Found, Phase, Progress};
use serde_json::{Map, Value};

/// Events that name only a membership are gathered for a quarter of an hour.
const WINDOW: u64 = 900;

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
        found: Found::default(),
    }
}

/// The number of the window that a moment lies in, and the seconds until just after its end.
pub(crate) fn window(now: u64) -> (u64, u64) {
    (now / WINDOW, WINDOW - now % WINDOW + 1)
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
        assert_eq!(window(1_800), (2, 901));
        assert_eq!(window(2_699), (2, 2));
        assert_eq!(window(2_700).0, 3);
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
