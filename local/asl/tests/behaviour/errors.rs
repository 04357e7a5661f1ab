//! Tests errors: retries, catchers, the error output and task timeouts.

use asl::{HistoryKind, Sleep, Status};
use serde_json::{Value, json};

use crate::host::{TestHost, error, run, task};

/// Returns a Task `A` with these retriers and catchers, and a state `Caught` that passes on the
/// output of the catcher.
fn handled(retry: Value, catch: Value) -> Value {
    let mut more = json!({});
    if retry != json!([]) {
        more["Retry"] = retry;
    }
    if catch != json!([]) {
        more["Catch"] = catch;
    }
    let mut states = json!({ "A": task(json!({ "try": "{% $states.context.State.RetryCount %}" }), more) });
    if states["A"].get("Catch").is_some() {
        states["Caught"] = json!({ "Type": "Pass", "End": true });
    }
    states
}

fn catch_all() -> Value {
    json!([{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }])
}

#[tokio::test(start_paused = true)]
async fn retries_wait_growing_jittered_delays_and_count_attempts() {
    let host =
        TestHost::new(|call| (0, if call.attempt < 3 { error("Busy") } else { Ok(call.payload.clone()) }));
    let retry = json!([{ "ErrorEquals": ["Busy"], "IntervalSeconds": 4, "BackoffRate": 3, "MaxDelaySeconds": 20, "JitterStrategy": "FULL" }]);
    let ended = run(&host, handled(retry, json!([])), json!({})).await;
    assert_eq!(ended.output.unwrap()["Payload"], json!({ "try": 3 }));
    assert_eq!(host.backoffs(), [2.0, 6.0, 10.0]);
    let tries: Vec<_> =
        host.calls.borrow().iter().map(|call| (call.attempt, call.payload["try"].clone())).collect();
    assert_eq!(tries, [(0, json!(0)), (1, json!(1)), (2, json!(2)), (3, json!(3))]);
    let attempt = ["TaskScheduled", "TaskStarted", "TaskFailed"];
    let mut expected = vec!["ExecutionStarted", "TaskStateEntered"];
    expected.extend(attempt.iter().chain(&attempt).chain(&attempt));
    expected.extend([
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]);
    assert_eq!(host.history(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_default_retrier_tries_again_after_1_2_and_4_seconds() {
    let host = TestHost::new(|_| (0, error("Busy")));
    let ended = run(&host, handled(json!([{ "ErrorEquals": ["Busy"] }]), json!([])), json!({})).await;
    assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("Busy")));
    assert_eq!(host.backoffs(), [1.0, 2.0, 4.0]);
    assert_eq!(host.calls.borrow().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn when_retries_are_used_up_the_catcher_gets_the_last_error() {
    let host = TestHost::new(|_| (0, error("Busy")));
    let retry = json!([{ "ErrorEquals": ["Busy"], "MaxAttempts": 1 }]);
    let ended = run(&host, handled(retry, catch_all()), json!({})).await;
    assert_eq!(ended.output, Some(json!({ "Error": "Busy", "Cause": "because of Busy" })));
    assert_eq!(host.calls.borrow().len(), 2);
    let events = host.events.borrow();
    let is_caught =
        |kind: &HistoryKind| *kind == HistoryKind::Caught { error: "Busy".into(), next: "Caught".into() };
    assert!(events.iter().any(|event| is_caught(&event.kind)));
}

#[tokio::test(start_paused = true)]
async fn retries_are_counted_per_visit_so_a_second_visit_starts_anew() {
    let host = TestHost::new(|call| (0, if call.attempt == 0 { error("Busy") } else { Ok(json!(1)) }));
    let retry = json!([{ "ErrorEquals": ["Busy"], "MaxAttempts": 1 }]);
    let states = json!({
        "A": task(json!({}), json!({ "Retry": retry, "Output": "{% $states.input + 1 %}", "Next": "B" })),
        "B": {
            "Type": "Choice",
            "Choices": [{ "Condition": "{% $states.input = 2 %}", "Next": "C" }],
            "Default": "A",
        },
        "C": { "Type": "Succeed" },
    });
    assert_eq!(run(&host, states, json!(0)).await.status, Status::Succeeded);
    let attempts: Vec<_> = host.calls.borrow().iter().map(|call| call.attempt).collect();
    assert_eq!(attempts, [0, 1, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_catcher_sees_the_error_output_the_input_and_the_variables() {
    let host = TestHost::new(|_| (0, error("Step.Refused")));
    let states = json!({
        "A": { "Type": "Pass", "Assign": { "kept": 5 }, "Next": "B" },
        "B": task(json!({}), json!({ "Catch": [
            { "ErrorEquals": ["Other"], "Next": "C" },
            { "ErrorEquals": ["Step.Refused"], "Next": "C", "Assign": { "why": "{% $states.errorOutput.Error %}" },
              "Output": "{% $merge([$states.input, { 'cause': $states.errorOutput.Cause }]) %}" },
        ] })),
        "C": { "Type": "Pass", "Output": "{% [$states.input, $why, $kept] %}", "End": true },
    });
    let ended = run(&host, states, json!({ "n": 1 })).await;
    let expected = json!([{ "n": 1, "cause": "because of Step.Refused" }, "Step.Refused", 5]);
    assert_eq!(ended.output, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_too_late_is_dropped_and_raises_a_timeout() {
    let host = TestHost::new(|_| (60_000, Ok(json!(1))));
    let mut states = handled(
        json!([]),
        json!([{ "ErrorEquals": ["States.TaskFailed"], "Next": "Caught" },
        { "ErrorEquals": ["States.Timeout"], "Next": "Caught" }]),
    );
    states["A"]["TimeoutSeconds"] = json!(5);
    let ended = run(&host, states, json!({})).await;
    assert_eq!(ended.output.unwrap()["Error"], json!("States.Timeout"));
    assert!((host.seconds() - 5.0).abs() < 0.01);
    assert!(host.history().contains(&"TaskTimedOut".to_owned()));
    assert_eq!(*host.sleeps.borrow(), [(Sleep::TaskTimeout, 5.0)]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_the_very_moment_of_the_timeout_counts() {
    let host = TestHost::new(|_| (5_000, Ok(json!(1))));
    let mut states = handled(json!([]), json!([]));
    states["A"]["TimeoutSeconds"] = json!(5);
    assert_eq!(run(&host, states, json!({})).await.status, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_failed_expression_in_any_task_field_can_be_caught() {
    for (field, value) in [
        ("Arguments", json!({ "FunctionName": "f", "Payload": { "a": "{% $states.input.none %}" } })),
        ("Arguments", json!({ "FunctionName": "{% 5 %}", "Payload": 1 })),
        ("Output", json!("{% $states.result.Payload.none %}")),
        ("Assign", json!({ "x": "{% $states.result.none %}" })),
    ] {
        let host = TestHost::echo();
        let mut states = handled(json!([]), catch_all());
        states["A"][field] = value;
        let ended = run(&host, states, json!({})).await;
        assert_eq!(ended.output.unwrap()["Error"], json!("States.QueryEvaluationError"), "{field}");
        assert!(host.history().contains(&"EvaluationFailed".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_evaluation_error_names_the_expression_and_its_field() {
    let host = TestHost::echo();
    let states =
        json!({ "A": { "Type": "Pass", "Output": { "a": ["{% $states.input.none %}"] }, "End": true } });
    let cause = run(&host, states, json!({})).await.cause.unwrap();
    let expected = "The JSONata expression '$states.input.none' specified for the field 'Output/a[0]' returned nothing (undefined).";
    assert_eq!(cause, expected);
}

#[tokio::test(start_paused = true)]
async fn an_error_in_a_catcher_itself_fails_the_execution() {
    let host = TestHost::new(|_| (0, error("Busy")));
    let mut states = handled(json!([]), catch_all());
    states["A"]["Catch"][0]["Output"] = json!("{% $states.result %}");
    let ended = run(&host, states, json!({})).await;
    assert_eq!(ended.error.as_deref(), Some("States.QueryEvaluationError"));
}

#[tokio::test(start_paused = true)]
async fn a_runtime_error_is_caught_by_nothing() {
    let host = TestHost::new(|_| (0, error("States.Runtime")));
    let catch = json!([{ "ErrorEquals": ["States.Runtime"], "Next": "Caught" }, { "ErrorEquals": ["States.ALL"], "Next": "Caught" }]);
    let ended =
        run(&host, handled(json!([{ "ErrorEquals": ["States.TaskFailed"] }]), catch), json!({})).await;
    assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("States.Runtime")));
    assert_eq!(host.calls.borrow().len(), 1);
}
