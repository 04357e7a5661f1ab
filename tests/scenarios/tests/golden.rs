//! Whole executions as text, compared to the letter: whoever changes the flow sees in review what changes for a reader.
//! `UPDATE_GOLDEN=1 cargo test -p scenarios` writes them anew.

use crate::played::{folder, play};
use harness::show;

#[expect(
    clippy::disallowed_methods,
    reason = "the switch of an operator who has changed the flow and wants the files written"
)]
fn updates() -> bool {
    std::env::var("UPDATE_GOLDEN").is_ok()
}

#[track_caller]
fn as_committed(scenario: &str) {
    let played = play(&format!("{scenario}.yaml"));
    let shown: Vec<String> = played.report.executions.iter().map(show::execution).collect();
    let text = shown.join("\n");
    let path = folder().join("golden").join(format!("{scenario}.txt"));
    if updates() {
        std::fs::write(&path, &text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = there.lines().zip(text.lines()).position(|(there, now)| there != now);
    assert!(
        there == text,
        "golden/{scenario}.txt is no longer what happens, from line {} on; look at the difference after \
         UPDATE_GOLDEN=1 cargo test -p scenarios",
        differs.map_or(there.lines().count().min(text.lines().count()), |at| at) + 1
    );
}

#[test]
fn onboarding_reads_as_committed() {
    as_committed("onboarding");
}

#[test]
fn offboarding_reads_as_committed() {
    as_committed("offboarding");
}

#[test]
fn a_change_of_groups_reads_as_committed() {
    as_committed("still-entitled");
}

#[test]
fn a_rejoin_reads_as_committed() {
    as_committed("rejoin");
}

#[test]
fn a_failing_target_reads_as_committed() {
    as_committed("one-target-fails");
}
