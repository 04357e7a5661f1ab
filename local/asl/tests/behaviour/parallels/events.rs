//! Tests the events of a Parallel in the history, and their limit [5.2].

use asl::Status;
use serde_json::json;

use super::{branch, parallel, passes};
use crate::host::{TestHost, run};

#[tokio::test(start_paused = true)]
async fn a_parallel_writes_events_of_its_own_and_none_per_branch() {
    let host = TestHost::echo();
    let states = json!({ "A": parallel(json!([passes("I"), passes("J")]), json!({})) });
    let ended = run(&host, states, json!({})).await;
    let expected = [
        "ExecutionStarted",
        "ParallelStateEntered",
        "ParallelStateStarted",
        "PassStateEntered",
        "PassStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!((host.history(), ended.events), (expected.map(str::to_owned).to_vec(), 10));
    let events = host.events.borrow();
    let (of_branches, own): (Vec<_>, Vec<_>) = events.iter().partition(|event| !event.iteration.is_empty());
    let branches: Vec<_> = of_branches.iter().map(|event| event.iteration[0].1).collect();
    assert_eq!((branches, own.len()), (vec![0, 0, 1, 1], 6));
}

#[tokio::test(start_paused = true)]
async fn a_caught_failure_is_recorded_before_the_exit() {
    let fail = branch("I", json!({ "Type": "Fail", "Error": "Ours", "Cause": "why" }));
    let more = json!({ "Catch": [{ "ErrorEquals": ["Ours"], "Next": "C" }] });
    let host = TestHost::echo();
    let states = json!({ "A": parallel(json!([fail]), more), "C": { "Type": "Succeed" } });
    let ended = run(&host, states, json!({})).await;
    assert_eq!(ended.output, Some(json!({ "Error": "Ours", "Cause": "why" })));
    let expected = [
        "ExecutionStarted",
        "ParallelStateEntered",
        "ParallelStateStarted",
        "FailStateEntered",
        "ParallelStateFailed",
        "ParallelStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!((host.history(), ended.events), (expected.map(str::to_owned).to_vec(), 9));
}

#[tokio::test(start_paused = true)]
async fn nothing_catches_a_history_that_a_branch_has_filled() {
    let looping = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "Next": "J" }, "J": { "Type": "Pass", "Next": "I" } } });
    let more = json!({ "Retry": [{ "ErrorEquals": ["States.ALL"] }], "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "B" }] });
    let states = json!({ "A": parallel(json!([passes("K"), looping]), more), "B": { "Type": "Succeed" } });
    let host = TestHost::echo();
    let ended = run(&host, states, json!({})).await;
    assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("States.Runtime")));
    assert_eq!((ended.events, host.history().len()), (25_000, 25_000));
    assert!(!host.history().contains(&"ParallelStateFailed".to_owned()));
}
