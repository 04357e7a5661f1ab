//! Tests redrive of a Parallel [5.18]: the outputs of successful branches are kept.

use std::cell::Cell;
use std::time::Duration;

use asl::{RedriveRefused, Status, execute};
use serde_json::{Value, json};

use super::{branch, called, calls, parallel, passes};
use crate::host::{TestHost, error, machine, run, start, task};
use crate::redrive::{Cause, again, since_redrive};

#[tokio::test(start_paused = true)]
async fn a_redrive_runs_failed_and_dropped_branches_only() {
    let cause = Cause::stays();
    // The first branch ends after one second. Then the second fails, and the third is dropped.
    let host = TestHost::new(|call| {
        let (_, answer) = cause.answer(call, &json!("b"));
        (if call.state == "I" { 1000 } else { 1500 }, answer)
    });
    let branches = json!([calls("I", json!("a")), calls("J", json!("b")), calls("K", json!("c"))]);
    let states = json!({ "A": parallel(branches, json!({})) });
    assert_eq!(run(&host, states.clone(), json!({})).await.status, Status::Failed);
    cause.goes();
    let ended = again(&host, states, json!({})).await.unwrap();
    assert_eq!(ended.output, Some(json!(["a", "b", "c"])));
    assert_eq!(called(&host), ["I", "J", "K", "J", "K"]);
    let scheduled = ["TaskScheduled", "TaskStarted", "TaskScheduled", "TaskStarted"];
    let ends = ["TaskSucceeded", "TaskStateExited", "TaskSucceeded", "TaskStateExited"];
    let mut expected = [scheduled, ends].concat();
    expected.extend(["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"]);
    assert_eq!(since_redrive(&host), expected);
}

#[tokio::test(start_paused = true)]
async fn a_redriven_branch_goes_on_at_its_failed_state() {
    let own = json!({ "Assign": { "own": "{% $states.input * 10 %}" }, "Next": "J" });
    let last = json!({ "Output": "{% [$own, $states.input.Payload] %}" });
    let failing = json!({ "StartAt": "I", "States": {
        "I": task(json!("{% $states.input %}"), own),
        "J": task(json!("{% $own %}"), last),
    } });
    let states = json!({ "A": parallel(json!([passes("K"), failing]), json!({ "Arguments": 2 })) });
    let cause = Cause::stays();
    let host = TestHost::new(|call| cause.answer(call, &json!(20)));
    assert_eq!(run(&host, states.clone(), json!({})).await.status, Status::Failed);
    cause.goes();
    assert_eq!(again(&host, states, json!({})).await.unwrap().output, Some(json!([2, [20, 2]])));
    assert_eq!(called(&host), ["I", "J", "J"]);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_starts_a_branch_that_had_not_started() {
    let output = "{% $states.context.Execution.RedriveCount = 0 ? $states.input.none : 'again' %}";
    let failing = branch("I", json!({ "Type": "Pass", "Output": output, "End": true }));
    let branches = json!([failing, calls("J", json!("{% $states.input.n %}"))]);
    let states = json!({ "A": parallel(branches, json!({ "Arguments": { "n": 5 } })) });
    let host = TestHost::echo();
    assert_eq!(run(&host, states.clone(), json!({})).await.status, Status::Failed);
    assert!(host.calls.borrow().is_empty());
    let ended = again(&host, states, json!({})).await.unwrap();
    assert_eq!((ended.output, called(&host)), (Some(json!(["again", 5])), vec!["J".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_parallel_that_grew_too_large_is_redriven_as_a_whole() {
    let large = Cell::new(true);
    let host = TestHost::new(|_| (0, Ok(json!("x".repeat(if large.get() { 200_000 } else { 1 })))));
    let states = json!({ "A": parallel(json!([calls("I", json!(1)), calls("J", json!(2))]), json!({})) });
    let ended = run(&host, states.clone(), json!({})).await;
    assert_eq!(ended.error.as_deref(), Some("States.DataLimitExceeded"));
    large.set(false);
    assert_eq!(again(&host, states, json!({})).await.unwrap().status, Status::Succeeded);
    assert_eq!(called(&host), ["I", "J", "I", "J"]);
    assert_eq!(since_redrive(&host)[0], "ParallelStateStarted");
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_the_retry_of_a_data_limit_keeps_no_outputs() {
    let large = Cell::new(true);
    let host = TestHost::new(|_| (0, Ok(json!("x".repeat(if large.get() { 200_000 } else { 1 })))));
    let more = json!({ "Retry": [{ "ErrorEquals": ["States.DataLimitExceeded"] }] });
    let states = json!({ "A": parallel(json!([calls("I", json!(1)), calls("J", json!(2))]), more) });
    let machine = machine(states.clone());
    let stopped =
        tokio::time::timeout(Duration::from_millis(500), execute(&machine, &host, start(json!({}))));
    assert!(stopped.await.is_err());
    host.aborted();
    large.set(false);
    assert_eq!(again(&host, states, json!({})).await.unwrap().status, Status::Succeeded);
    assert_eq!(called(&host), ["I", "J", "I", "J"]);
    assert_eq!(since_redrive(&host)[0], "ParallelStateStarted");
}

#[tokio::test(start_paused = true)]
async fn a_history_with_other_branches_is_not_redriven() {
    let states = |branches: Value| json!({ "A": parallel(branches, json!({})) });
    let host = TestHost::new(|_| (0, error("Broken")));
    let (first, second) = (calls("I", json!(1)), calls("J", json!(2)));
    run(&host, states(json!([first, second])), json!({})).await;
    for other in [json!([first]), json!([second, first]), json!([first, second, passes("K")])] {
        let refused = again(&host, states(other), json!({})).await;
        assert_eq!(refused, Err(RedriveRefused::ForeignHistory));
    }
}
