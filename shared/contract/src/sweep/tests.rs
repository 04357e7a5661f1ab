//! Keys of sweeps, and reading a sweep's progress.

use super::*;
use serde_json::json;

#[test]
fn a_sweep_is_kept_under_its_name_and_the_time_of_its_start() {
    let at = |seconds| key("nightly", time::OffsetDateTime::from_unix_timestamp(seconds).unwrap());
    assert_eq!(at(1_772_438_400), "nightly/2026-03-02T08:00:00Z");
    assert_ne!(at(1_772_438_400), at(1_772_438_401));
}

#[test]
fn a_progress_with_anything_else_in_it_is_not_read() {
    let progress = json!({"sweep": "s", "list": "s", "reason": "r", "scheduled": false, "phase": "starts",
        "found": {"groups": 1, "members": 2, "held": 3, "started": 4, "removals": 5}});
    let read = |value: &Value| serde_json::from_value::<Progress>(value.clone());
    let whole = read(&progress).unwrap();
    assert_eq!(read(&serde_json::from_str(&whole.text()).unwrap()).unwrap(), whole);
    let mut more = progress.clone();
    more["approve"] = json!("s");
    let mut counted = progress;
    counted["found"]["more"] = json!(1);
    assert!(read(&more).is_err() && read(&counted).is_err());
}
