//! Tests redrive [5.18, 5.19]: unsuccessful states are repeated, successful ones are not, and an
//! execution that may not be redriven is refused.

use std::cell::Cell;
use std::time::Duration;

use asl::{Ended, HistoryKind, RedriveRefused, Status, TaskCall, execute, redrive};
use serde_json::{Value, json};

use crate::host::{Answer, TestHost, error, machine, run, start, task};
use crate::maps::{inner, map};

/// True while tasks fail; the test clears it before the redrive.
pub(crate) struct Cause(Cell<bool>);

impl Cause {
    pub(crate) fn stays() -> Self {
        Self(Cell::new(true))
    }

    pub(crate) fn goes(&self) {
        self.0.set(false);
    }

    /// Returns an error while the cause exists and the task's payload is `failing`.
    pub(crate) fn answer(&self, call: &TaskCall, failing: &Value) -> Answer {
        let fails = self.0.get() && call.payload == *failing;
        (1000, if fails { error("Broken") } else { Ok(call.payload.clone()) })
    }
}

pub(crate) async fn again(host: &TestHost<'_>, states: Value, input: Value) -> Result<Ended, RedriveRefused> {
    let history = host.events.borrow().clone();
    redrive(&machine(states), host, start(input), &history).await
}

/// Returns the events since the last redrive.
pub(crate) fn since_redrive(host: &TestHost<'_>) -> Vec<String> {
    let history = host.history();
    let last = history.iter().rposition(|name| name == "ExecutionRedriven").expect("it was redriven");
    history[last + 1..].to_vec()
}

#[tokio::test(start_paused = true)]
async fn resumes_at_the_failed_state_with_its_input_and_variables() {
    let states = json!({
        "A": task(json!("first"), json!({ "Assign": { "kept": "{% $states.result.Payload & '!' %}" }, "Output": 7, "Next": "B" })),
        "B": task(json!("second"), json!({ "Output": "{% [$states.input, $kept] %}" })),
    });
    let cause = Cause::stays();
    let host = TestHost::new(|call| cause.answer(call, &json!("second")));
    assert_eq!(run(&host, states.clone(), json!({})).await.status, Status::Failed);
    cause.goes();
    let ended = again(&host, states, json!({})).await.unwrap();
    assert_eq!(ended.output, Some(json!([7, "first!"])));
    let called: Vec<_> = host.calls.borrow().iter().map(|call| call.state.clone()).collect();
    assert_eq!(called, ["A", "B", "B"]);
    let expected = ["TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"];
    assert_eq!(since_redrive(&host), expected);
    assert_eq!(ended.events, host.history().len() as u64);
}

#[tokio::test(start_paused = true)]
async fn the_context_counts_redrives_and_keeps_the_start_time() {
    let states = json!({ "A": task(json!("{% $states.context %}"), json!({})) });
    let host = TestHost::new(|_| (1000, error("Broken")));
    run(&host, states.clone(), json!({})).await;
    again(&host, states.clone(), json!({})).await.unwrap();
    again(&host, states, json!({})).await.unwrap();
    let calls = host.calls.borrow();
    let seen: Vec<&Value> = calls.iter().map(|call| &call.payload["Execution"]).collect();
    assert_eq!(seen.iter().map(|it| &it["RedriveCount"]).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(seen[0]["StartTime"], seen[2]["StartTime"]);
    assert_eq!(seen[0].get("RedriveTime"), None);
    assert!(seen[2]["RedriveTime"].as_str() > seen[1]["RedriveTime"].as_str());
    assert_eq!(calls[0].payload["State"]["EnteredTime"], calls[2].payload["State"]["EnteredTime"]);
}

#[tokio::test(start_paused = true)]
async fn retries_count_anew() {
    let retry = json!([{ "ErrorEquals": ["Broken"], "MaxAttempts": 2 }]);
    let states = json!({ "A": task(json!(1), json!({ "Retry": retry })) });
    let host = TestHost::new(|_| (0, error("Broken")));
    run(&host, states.clone(), json!({})).await;
    again(&host, states, json!({})).await.unwrap();
    let attempts: Vec<_> = host.calls.borrow().iter().map(|call| call.attempt).collect();
    assert_eq!(attempts, [0, 1, 2, 0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_redriven_map_runs_only_unfinished_iterations() {
    let states = json!({ "A": map(inner(), json!({ "MaxConcurrency": 2 })), });
    let cause = Cause::stays();
    // The first iteration ends after one second. Then the second fails, the third is dropped, and
    // the fourth has not started.
    let host = TestHost::new(|call| {
        let (_, answer) = cause.answer(call, &json!("b"));
        (if call.payload == "a" { 1000 } else { 1500 }, answer)
    });
    let input = json!(["a", "b", "c", "d"]);
    assert_eq!(run(&host, states.clone(), input.clone()).await.status, Status::Failed);
    cause.goes();
    let ended = again(&host, states, input.clone()).await.unwrap();
    assert_eq!(ended.output, Some(input));
    let called: Vec<_> =
        host.calls.borrow().iter().map(|call| call.payload.as_str().unwrap().to_owned()).collect();
    assert_eq!(called, ["a", "b", "c", "b", "c", "d"]);
    let begun = since_redrive(&host).iter().filter(|name| *name == "MapIterationStarted").count();
    assert_eq!(begun, 1, "only the one that had not begun begins");
}

#[tokio::test(start_paused = true)]
async fn a_redriven_iteration_resumes_with_its_own_variables() {
    let states = json!({ "A": map(json!({
        "I": task(json!("{% $states.input %}"), json!({ "Assign": { "own": "{% $states.input * 10 %}" }, "Next": "J" })),
        "J": task(json!("{% $own %}"), json!({ "Output": "{% $own + $states.context.Map.Item.Index %}" })),
    }), json!({})) });
    let cause = Cause::stays();
    let host = TestHost::new(|call| cause.answer(call, &json!(20)));
    run(&host, states.clone(), json!([1, 2])).await;
    cause.goes();
    assert_eq!(again(&host, states, json!([1, 2])).await.unwrap().output, Some(json!([10, 21])));
    let last = host.calls.borrow().iter().rev().map(|call| call.payload.clone()).take(1).collect::<Vec<_>>();
    assert_eq!(last, [json!(20)]);
}

#[tokio::test(start_paused = true)]
async fn a_map_that_grew_too_large_runs_again_as_a_whole() {
    let doubled = json!({ "Output": "{% $states.result ~> $append($states.result) %}" });
    for (more, length) in [(json!({}), 200_000), (doubled, 100_000)] {
        let states = json!({ "A": map(inner(), more) });
        let large = Cell::new(true);
        let host = TestHost::new(|_| (0, Ok(json!("x".repeat(if large.get() { length } else { 1 })))));
        let ended = run(&host, states.clone(), json!([1, 2])).await;
        assert_eq!(ended.error.as_deref(), Some("States.DataLimitExceeded"));
        large.set(false);
        assert_eq!(again(&host, states, json!([1, 2])).await.unwrap().status, Status::Succeeded);
        assert_eq!(host.calls.borrow().len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fail_state_is_entered_again_and_fails_again() {
    let states = json!({
        "A": task(json!(1), json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "B" }] })),
        "B": { "Type": "Fail", "Error": "Ours" },
    });
    let host = TestHost::new(|_| (0, error("Broken")));
    run(&host, states.clone(), json!({})).await;
    let ended = again(&host, states, json!({})).await.unwrap();
    assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("Ours")));
    assert_eq!(since_redrive(&host), ["FailStateEntered", "ExecutionFailed"]);
    assert_eq!(host.calls.borrow().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_reevaluates_a_choice_and_restarts_the_timeout() {
    let wait = json!({ "StartAt": "A", "QueryLanguage": "JSONata", "TimeoutSeconds": 10, "States": {
        "A": { "Type": "Choice", "Default": "W",
            "Choices": [{ "Condition": "{% $states.context.Execution.RedriveCount = 0 and $states.input.odd %}", "Next": "W" }] },
        "W": { "Type": "Wait", "Seconds": 8, "Next": "X" },
        "X": { "Type": "Wait", "Seconds": 8, "End": true } } });
    let machine = crate::host::load(wait);
    let host = TestHost::echo();
    let input = json!({ "odd": "not a boolean" });
    assert_eq!(
        execute(&machine, &host, start(input.clone())).await.unwrap().error.as_deref(),
        Some("States.Timeout")
    );
    let history = host.events.borrow().clone();
    let ended = redrive(&machine, &host, start(input), &history).await.unwrap();
    assert_eq!(ended.status, Status::Succeeded, "{ended:?}");
    assert!((host.seconds() - 18.0).abs() < 0.05, "{}", host.seconds());
}

#[tokio::test(start_paused = true)]
async fn an_aborted_execution_goes_on_where_it_was_stopped() {
    let states = json!({ "A": map(inner(), json!({ "MaxConcurrency": 1 })) });
    let machine = machine(states.clone());
    let host = TestHost::new(|call| (1000, Ok(call.payload.clone())));
    let limit = Duration::from_millis(1500);
    let input = json!(["a", "b"]);
    assert!(tokio::time::timeout(limit, execute(&machine, &host, start(input.clone()))).await.is_err());
    assert_eq!(again(&host, states.clone(), input.clone()).await, Err(RedriveRefused::Running));
    host.aborted();
    assert_eq!(again(&host, states, input.clone()).await.unwrap().output, Some(input));
    let called: Vec<_> =
        host.calls.borrow().iter().map(|call| call.payload.as_str().unwrap().to_owned()).collect();
    assert_eq!(called, ["a", "b", "b"]);
}

#[tokio::test(start_paused = true)]
async fn refuses_to_redrive_succeeded_foreign_or_old_executions() {
    let states = json!({ "A": task(json!(1), json!({})) });
    let host = TestHost::echo();
    run(&host, states.clone(), json!({})).await;
    assert_eq!(again(&host, states.clone(), json!({})).await, Err(RedriveRefused::Succeeded));

    let host = TestHost::new(|_| (0, error("Broken")));
    run(&host, states.clone(), json!({})).await;
    assert_eq!(
        again(&host, states.clone(), json!({ "other": 1 })).await,
        Err(RedriveRefused::ForeignHistory)
    );
    let history = host.events.borrow().clone();
    let other = crate::host::load(
        json!({ "QueryLanguage": "JSONata", "StartAt": "B", "States": { "B": task(json!(1), json!({})) } }),
    );
    let refused = redrive(&other, &host, start(json!({})), &history).await;
    assert_eq!(refused, Err(RedriveRefused::ForeignHistory));
    let fourteen_days = Duration::from_hours(14 * 24);
    host.passes(Duration::from_secs(14 * 24 * 3600 - 1)).await;
    assert!(again(&host, states.clone(), json!({})).await.is_ok());
    host.passes(fourteen_days + Duration::from_secs(1)).await;
    assert_eq!(again(&host, states, json!({})).await, Err(RedriveRefused::TooOld));
}

#[tokio::test(start_paused = true)]
async fn a_full_history_is_not_redriven() {
    let states = json!({ "A": { "Type": "Pass", "Next": "B" }, "B": { "Type": "Pass", "Next": "A" } });
    let host = TestHost::echo();
    run(&host, states.clone(), json!({})).await;
    assert!(matches!(host.events.borrow().last().unwrap().kind, HistoryKind::ExecutionFailed { .. }));
    let refused = again(&host, states, json!({})).await;
    assert_eq!(refused, Err(RedriveRefused::HistoryFull { events: 25_000 }));
}
