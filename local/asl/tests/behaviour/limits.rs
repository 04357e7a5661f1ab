//! Tests the limits of the service: 256 KiB of payload, 25,000 events.

use asl::{StartRefused, Status, execute};
use serde_json::{Value, json};

use crate::host::{TestHost, machine, run, start, task};

const MAX: usize = 262_144;

/// Returns a string of `bytes` bytes as JSON.
fn text(bytes: usize) -> Value {
    json!("x".repeat(bytes - 2))
}

#[tokio::test(start_paused = true)]
async fn an_input_over_the_limit_is_refused_before_the_start() {
    let host = TestHost::echo();
    let machine = machine(json!({ "A": { "Type": "Pass", "Output": 1, "End": true } }));
    assert_eq!(execute(&machine, &host, start(text(MAX))).await.unwrap().status, Status::Succeeded);
    let host = TestHost::echo();
    let refused = execute(&machine, &host, start(text(MAX + 1))).await.unwrap_err();
    assert_eq!(refused, StartRefused::InputTooLarge { bytes: MAX + 1 });
    assert!(host.events.borrow().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_output_over_the_limit_fails_the_state() {
    let double =
        json!({ "A": { "Type": "Pass", "Output": "{% $states.input & $states.input %}", "End": true } });
    let half = MAX / 2 + 1;
    assert_eq!(run(&TestHost::echo(), double.clone(), text(half)).await.status, Status::Succeeded);
    let ended = run(&TestHost::echo(), double, text(half + 1)).await;
    assert_eq!(ended.error.as_deref(), Some("States.DataLimitExceeded"));
}

#[tokio::test(start_paused = true)]
async fn oversized_payloads_are_caught_by_name_not_by_states_all() {
    let states = |error: &str| {
        json!({
            "A": task(json!("{% $states.input %}"), json!({ "Catch": [{ "ErrorEquals": [error], "Next": "B" }] })),
            "B": { "Type": "Pass", "Output": "caught", "End": true },
        })
    };
    let large_result = || TestHost::new(|_| (0, Ok(text(MAX))));
    let host = large_result();
    assert_eq!(run(&host, states("States.DataLimitExceeded"), json!(1)).await.output, Some(json!("caught")));
    assert!(host.history().contains(&"TaskFailed".to_owned()));
    let ended = run(&large_result(), states("States.ALL"), json!(1)).await;
    assert_eq!(ended.error.as_deref(), Some("States.DataLimitExceeded"));
    let host = TestHost::echo();
    assert_eq!(run(&host, states("States.DataLimitExceeded"), text(MAX)).await.output, Some(json!("caught")));
    assert!(host.calls.borrow().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_variable_over_the_limit_fails_the_state() {
    let states = json!({ "A": { "Type": "Pass", "Assign": { "x": "{% $states.input & '12' %}" }, "Output": 1, "End": true } });
    assert_eq!(run(&TestHost::echo(), states.clone(), text(MAX - 2)).await.status, Status::Succeeded);
    let ended = run(&TestHost::echo(), states, text(MAX - 1)).await;
    assert_eq!(ended.error.as_deref(), Some("States.DataLimitExceeded"));
}

#[tokio::test(start_paused = true)]
async fn the_results_of_a_map_together_are_one_payload() {
    let pass = json!({ "I": { "Type": "Pass", "End": true } });
    let states = json!({ "A": { "Type": "Map", "Items": "{% [1..3] %}", "ItemSelector": "{% $states.input %}",
        "ItemProcessor": { "StartAt": "I", "States": pass }, "Output": 1, "End": true } });
    assert_eq!(run(&TestHost::echo(), states.clone(), text(MAX / 3 - 2)).await.status, Status::Succeeded);
    let ended = run(&TestHost::echo(), states, text(MAX / 3)).await;
    assert_eq!(ended.error.as_deref(), Some("States.DataLimitExceeded"));
}

#[tokio::test(start_paused = true)]
async fn nothing_catches_the_limit_of_25_000_history_events() {
    let looping = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "Next": "J" }, "J": { "Type": "Pass", "Next": "I" } } });
    let states = json!({
        "A": { "Type": "Map", "Items": [1], "ItemProcessor": looping, "End": true,
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "B" }] },
        "B": { "Type": "Succeed" },
    });
    let host = TestHost::echo();
    let ended = run(&host, states, json!({})).await;
    assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("States.Runtime")));
    assert!(ended.cause.unwrap().contains("maximum number of history events"));
    assert_eq!(ended.events, 25_000);
    assert_eq!(host.history().len(), 25_000);
}
