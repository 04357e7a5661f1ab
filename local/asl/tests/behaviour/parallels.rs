//! Tests Parallel: arguments, order, scopes, and how a failing branch affects the others.

mod events;
mod redrive;

use std::cell::Cell;

use asl::{HistoryKind, Status};
use serde_json::{Value, json};

use crate::host::{TestHost, error, run, task};
use crate::maps::map;

const PAYLOAD_BYTES_MAX: usize = 262_144;

/// Returns a Parallel with these branches. `more` adds fields; without `Next` in it, the Parallel
/// ends its level.
fn parallel(branches: Value, more: Value) -> Value {
    let mut state = json!({ "Type": "Parallel", "Branches": branches });
    for (key, value) in more.as_object().expect("more fields come as an object") {
        state[key] = value.clone();
    }
    if state.get("Next").is_none() {
        state["End"] = json!(true);
    }
    state
}

/// Returns a branch with one state.
fn branch(name: &str, state: Value) -> Value {
    json!({ "StartAt": name, "States": { name: state } })
}

/// Returns a branch with one Task that sends `payload` and returns what it gets.
fn calls(name: &str, payload: Value) -> Value {
    branch(name, task(payload, json!({ "Output": "{% $states.result.Payload %}" })))
}

/// Returns a branch with one Pass.
fn passes(name: &str) -> Value {
    branch(name, json!({ "Type": "Pass", "End": true }))
}

fn called(host: &TestHost<'_>) -> Vec<String> {
    host.calls.borrow().iter().map(|call| call.state.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn branches_run_at_once_and_outputs_keep_their_order() {
    let host = TestHost::new(|call| (call.payload.as_u64().unwrap() * 1000, Ok(call.payload.clone())));
    let branches = json!([calls("I", json!(3)), calls("J", json!(1)), calls("K", json!(2))]);
    let ended = run(&host, json!({ "A": parallel(branches, json!({})) }), json!({})).await;
    assert_eq!(ended.output, Some(json!([3, 1, 2])));
    assert!((host.seconds() - 3.0).abs() < 0.01);
    let order: Vec<_> = host.calls.borrow().iter().map(|call| call.iteration.clone()).collect();
    assert_eq!(order, [vec![("A".to_owned(), 0)], vec![("A".to_owned(), 1)], vec![("A".to_owned(), 2)]]);
}

#[tokio::test(start_paused = true)]
async fn each_branch_gets_the_arguments_or_else_the_input() {
    let states = |more: Value| json!({ "A": parallel(json!([passes("I"), passes("J")]), more) });
    let input = json!({ "n": 1 });
    let ended = run(&TestHost::echo(), states(json!({})), input.clone()).await;
    assert_eq!(ended.output, Some(json!([input, input])));
    let more = json!({ "Arguments": { "m": "{% $states.input.n + 1 %}" } });
    let ended = run(&TestHost::echo(), states(more), input).await;
    assert_eq!(ended.output, Some(json!([{ "m": 2 }, { "m": 2 }])));
}

#[tokio::test(start_paused = true)]
async fn arguments_that_fail_are_caught_and_start_no_branch() {
    let more = json!({ "Arguments": "{% $states.input.none %}",
        "Catch": [{ "ErrorEquals": ["States.QueryEvaluationError"], "Next": "C" }] });
    let states = json!({ "A": parallel(json!([passes("I")]), more), "C": { "Type": "Succeed" } });
    let host = TestHost::echo();
    assert_eq!(run(&host, states, json!({})).await.status, Status::Succeeded);
    let expected = ["ExecutionStarted", "ParallelStateEntered", "EvaluationFailed", "ParallelStateExited"];
    assert_eq!(host.history()[..4], expected);
}

#[tokio::test(start_paused = true)]
async fn output_and_assign_read_the_outputs_as_the_result() {
    let branches = json!([calls("I", json!(3)), calls("J", json!(4))]);
    let more = json!({ "Output": "{% $sum($states.result) %}", "Assign": { "second": "{% $states.result[1] %}" }, "Next": "B" });
    let states = json!({
        "A": parallel(branches, more),
        "B": { "Type": "Pass", "Output": "{% [$states.input, $second] %}", "End": true },
    });
    assert_eq!(run(&TestHost::echo(), states, json!({})).await.output, Some(json!([7, 4])));
}

#[tokio::test(start_paused = true)]
async fn a_failing_branch_drops_the_others_and_is_caught() {
    let host = TestHost::new(|call| match call.state.as_str() {
        "J" => (2_000, error("Broken")),
        _ => (60_000, Ok(json!(null))),
    });
    let branches = json!([calls("I", json!(1)), calls("J", json!(2)), calls("K", json!(3))]);
    let more = json!({ "Catch": [{ "ErrorEquals": ["Other"], "Next": "C" }, { "ErrorEquals": ["Broken"], "Next": "C" }] });
    let states = json!({ "A": parallel(branches, more), "C": { "Type": "Pass", "End": true } });
    let ended = run(&host, states, json!({})).await;
    assert_eq!(ended.output, Some(json!({ "Error": "Broken", "Cause": "because of Broken" })));
    assert!((host.seconds() - 2.0).abs() < 0.01);
    let exited = host.history().iter().filter(|name| *name == "TaskStateExited").count();
    assert_eq!(exited, 0, "{:?}", host.history());
}

#[tokio::test(start_paused = true)]
async fn names_match_the_error_of_a_branch_as_that_of_a_task() {
    let slow = json!([branch("I", task(json!(1), json!({ "TimeoutSeconds": 5 })))]);
    for (name, is_caught) in [("States.ALL", true), ("States.Timeout", true), ("States.TaskFailed", false)] {
        let more = json!({ "Catch": [{ "ErrorEquals": [name], "Next": "C" }] });
        let states = json!({ "A": parallel(slow.clone(), more), "C": { "Type": "Succeed" } });
        let ended = run(&TestHost::new(|_| (60_000, Ok(json!(1)))), states, json!({})).await;
        assert_eq!(ended.status == Status::Succeeded, is_caught, "{name}: {ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_runs_all_branches_again() {
    let fails = Cell::new(true);
    let host = TestHost::new(|call| match call.state.as_str() {
        "J" if fails.take() => (2_000, error("Broken")),
        _ => (1_000, Ok(call.payload.clone())),
    });
    let branches = json!([calls("I", json!(1)), calls("J", json!(2))]);
    let more = json!({ "Retry": [{ "ErrorEquals": ["Broken"], "MaxAttempts": 1 }] });
    let ended = run(&host, json!({ "A": parallel(branches, more) }), json!({})).await;
    assert_eq!(ended.output, Some(json!([1, 2])));
    assert_eq!(
        (called(&host), host.backoffs()),
        (["I", "J", "I", "J"].map(str::to_owned).to_vec(), vec![1.0])
    );
    let started = host.history().iter().filter(|name| *name == "ParallelStateStarted").count();
    assert_eq!(started, 2);
}

/// Returns the variable `own` if the event assigns it.
fn own(kind: &HistoryKind) -> Option<Value> {
    if let HistoryKind::StateExited { assigned, .. } = kind { assigned.get("own").cloned() } else { None }
}

#[tokio::test(start_paused = true)]
async fn a_branch_has_variables_of_its_own_that_end_with_it() {
    let adds = |name: &str, wait: &str, read: &str, own: u32| {
        json!({ "StartAt": name, "States": {
            name: { "Type": "Pass", "Assign": { "own": format!("{{% $base + {own} %}}") }, "Next": wait },
            wait: { "Type": "Wait", "Seconds": 1, "Next": read },
            read: { "Type": "Pass", "Output": "{% $own %}", "End": true },
        } })
    };
    let branches = json!([adds("I1", "I2", "I3", 1), adds("J1", "J2", "J3", 2)]);
    let states = json!({
        "A": { "Type": "Pass", "Assign": { "base": 100 }, "Next": "P" },
        "P": parallel(branches, json!({ "Next": "E" })),
        "E": { "Type": "Pass", "Output": { "own": "{% $states.input %}", "base": "{% $base %}" }, "End": true },
    });
    let host = TestHost::echo();
    let expected = json!({ "own": [101, 102], "base": 100 });
    assert_eq!(run(&host, states, json!({})).await.output, Some(expected));
    let owned: Vec<_> = host.events.borrow().iter().filter_map(|event| own(&event.kind)).collect();
    assert_eq!(owned, [json!(101), json!(102)]);
}

#[tokio::test(start_paused = true)]
async fn the_context_in_a_branch_is_that_outside() {
    let reads = branch("R", json!({ "Type": "Pass", "Output": "{% $states.context %}", "End": true }));
    let states = json!({ "I": parallel(json!([reads]), json!({ "Output": "{% $states.result[0].Map %}" })) });
    let ended = run(&TestHost::echo(), json!({ "A": map(states.clone(), json!({})) }), json!(["x"])).await;
    assert_eq!(ended.output, Some(json!([{ "Item": { "Index": 0, "Value": "x" } }])));
    let alone = json!({ "A": parallel(states["I"]["Branches"].clone(), json!({})) });
    let output = run(&TestHost::echo(), alone, json!({})).await.output.unwrap();
    assert_eq!((&output[0]["State"]["Name"], output[0].get("Map")), (&json!("R"), None));
}

#[tokio::test(start_paused = true)]
async fn parallels_nest_and_an_inner_failure_fails_the_outer() {
    let inner = |deepest: Value| branch("P", parallel(json!([passes("I"), deepest]), json!({})));
    let states = |deepest: Value| json!({ "A": parallel(json!([passes("O"), inner(deepest)]), json!({})) });
    let host = TestHost::echo();
    assert_eq!(run(&host, states(passes("J")), json!(1)).await.output, Some(json!([1, [1, 1]])));
    let places: Vec<_> = host.events.borrow().iter().map(|event| event.iteration.clone()).collect();
    assert!(places.contains(&vec![("A".to_owned(), 1), ("P".to_owned(), 1)]), "{places:?}");
    let host = TestHost::echo();
    let ended = run(&host, states(branch("J", json!({ "Type": "Fail", "Error": "Ours" }))), json!(1)).await;
    assert_eq!(ended.error.as_deref(), Some("Ours"));
    let tail = ["FailStateEntered", "ParallelStateFailed", "ParallelStateFailed", "ExecutionFailed"];
    assert!(host.history().ends_with(&tail.map(str::to_owned)), "{:?}", host.history());
}

/// Runs a task in a Parallel with one branch, for each item. A failure is noted and the iteration
/// goes on.
#[tokio::test(start_paused = true)]
async fn one_branch_in_a_map_is_a_try_block() {
    let fails = |item: &Value| *item == json!("b");
    let host =
        TestHost::new(|call| (1000, if fails(&call.payload) { error("Broken") } else { Ok(json!("fine")) }));
    let tried = calls("T", json!("{% $states.context.Map.Item.Value %}"));
    let caught = json!({ "ErrorEquals": ["States.ALL"], "Next": "N", "Output": "{% $states.input %}",
        "Assign": { "reason": "{% $states.errorOutput.Error %}" } });
    let more = json!({ "Assign": { "reason": "none" }, "Output": "{% $states.result[0] %}", "Catch": [caught], "Next": "N" });
    let states = json!({
        "I": parallel(json!([tried]), more),
        "N": { "Type": "Pass", "Output": "{% [$states.input, $reason] %}", "End": true },
    });
    let ended = run(&host, json!({ "A": map(states, json!({})) }), json!(["a", "b", "c"])).await;
    assert_eq!(ended.output, Some(json!([["fine", "none"], ["b", "Broken"], ["fine", "none"]])));
    let second = host.calls.borrow()[1].iteration.clone();
    assert_eq!(second, [("A".to_owned(), 1), ("I".to_owned(), 0)]);
    assert!(!host.history().contains(&"MapIterationFailed".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_outputs_together_are_one_payload() {
    let text = |bytes: usize| json!("x".repeat(bytes - 2));
    let branches = json!([passes("I"), passes("J"), passes("K")]);
    let states = json!({ "A": parallel(branches, json!({ "Output": 1 })) });
    let ended = run(&TestHost::echo(), states.clone(), text(PAYLOAD_BYTES_MAX / 3 - 2)).await;
    assert_eq!(ended.status, Status::Succeeded);
    let host = TestHost::echo();
    let ended = run(&host, states, text(PAYLOAD_BYTES_MAX / 3)).await;
    assert_eq!(ended.error.as_deref(), Some("States.DataLimitExceeded"));
    assert!(host.history().ends_with(&["ParallelStateFailed", "ExecutionFailed"].map(str::to_owned)));
}
