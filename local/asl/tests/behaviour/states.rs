//! Tests states that succeed: their outputs, the values that expressions see, and the events.

use asl::{Resource, Sleep, StartRefused, Status, execute};
use serde_json::{Value, json};

use crate::host::{TestHost, load, machine, run, start, task};

#[tokio::test(start_paused = true)]
async fn a_task_returns_the_lambda_result_and_records_aws_events() {
    let host = TestHost::echo();
    let ended = run(
        &host,
        json!({ "A": task(json!({ "sent": "{% $states.input.n + 1 %}" }), json!({})) }),
        json!({ "n": 1 }),
    )
    .await;
    assert_eq!(ended.status, Status::Succeeded);
    let result = json!({ "ExecutedVersion": "$LATEST", "Payload": { "sent": 2 }, "StatusCode": 200 });
    assert_eq!(ended.output, Some(result));
    let expected = [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(host.history(), expected);
    assert_eq!(ended.events, 7);
    let ids: Vec<_> = host.events.borrow().iter().map(|event| event.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn starting_another_execution_gives_what_the_host_answers() {
    let host = TestHost::new(|_| (0, Ok(json!({ "ExecutionArn": "arn:new" }))));
    let state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": true,
        "Arguments": { "StateMachineArn": "arn:other", "Input": { "a": 1 }, "Name": "{% 'n-' & $states.input %}" },
    });
    let ended = run(&host, json!({ "A": state }), json!(7)).await;
    assert_eq!(ended.output, Some(json!({ "ExecutionArn": "arn:new" })));
    let call = &host.calls.borrow()[0];
    assert_eq!((call.resource, call.function.as_str()), (Resource::StartExecution, "arn:other"));
    assert_eq!((call.name.as_deref(), &call.payload), (Some("n-7"), &json!({ "a": 1 })));
}

#[tokio::test(start_paused = true)]
async fn assign_and_output_both_see_the_values_from_before() {
    let host = TestHost::echo();
    let states = json!({
        "A": { "Type": "Pass", "Assign": { "x": 1, "y": 2 }, "Next": "B" },
        "B": { "Type": "Pass", "Assign": { "x": "{% $y %}", "y": "{% $x %}" }, "Output": { "x": "{% $x %}" }, "Next": "C" },
        "C": { "Type": "Pass", "Output": "{% [$states.input.x, $x, $y] %}", "End": true },
    });
    assert_eq!(run(&host, states, json!({})).await.output, Some(json!([1, 2, 1])));
}

#[tokio::test(start_paused = true)]
async fn states_without_output_pass_their_input_on() {
    let host = TestHost::echo();
    let states = json!({
        "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Wait", "Seconds": "{% $states.input.wait * 2 %}", "Next": "C" },
        "C": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input.wait = 3 %}", "Next": "D" }] },
        "D": { "Type": "Succeed" },
    });
    let ended = run(&host, states, json!({ "wait": 3 })).await;
    assert_eq!(ended.output, Some(json!({ "wait": 3 })));
    assert_eq!(*host.sleeps.borrow(), [(Sleep::Wait, 6.0)]);
    assert!((host.seconds() - 6.0).abs() < 0.01);
    let expected = [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "WaitStateEntered",
        "WaitStateExited",
        "ChoiceStateEntered",
        "ChoiceStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(host.history(), expected);
}

fn choice() -> Value {
    json!({
        "A": {
            "Type": "Choice",
            "Choices": [
                { "Condition": "{% $states.input > 10 %}", "Next": "B", "Output": "big", "Assign": { "size": 2 } },
                { "Condition": "{% $states.input > 5 %}", "Next": "B", "Assign": { "size": 1 } },
            ],
            "Default": "B", "Output": "small", "Assign": { "size": 0 },
        },
        "B": { "Type": "Pass", "Output": "{% [$states.input, $size] %}", "End": true },
    })
}

#[tokio::test(start_paused = true)]
async fn a_choice_takes_the_first_true_rule_and_its_output() {
    for (input, output) in [(20, json!(["big", 2])), (7, json!([7, 1])), (1, json!(["small", 0]))] {
        assert_eq!(run(&TestHost::echo(), choice(), json!(input)).await.output, Some(output));
    }
}

#[tokio::test(start_paused = true)]
async fn a_choice_without_a_match_or_a_boolean_fails_the_execution() {
    let states = |condition: &str| json!({ "A": { "Type": "Choice", "Choices": [{ "Condition": condition, "Next": "B" }] }, "B": { "Type": "Succeed" } });
    let none = run(&TestHost::echo(), states("{% false %}"), json!({})).await;
    assert_eq!((none.status, none.error.as_deref()), (Status::Failed, Some("States.NoChoiceMatched")));
    for condition in ["{% $states.input.missing %}", "{% 'yes' %}", "{% 1 + 'a' %}"] {
        let ended = run(&TestHost::echo(), states(condition), json!({})).await;
        assert_eq!(ended.error.as_deref(), Some("States.QueryEvaluationError"), "{condition}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_invalid_seconds_fails_the_execution() {
    for seconds in ["{% 1.5 %}", "{% 'a' %}", "{% 0 - 1 %}", "{% 100000000 %}", "{% $states.input.none %}"] {
        let states = json!({ "A": { "Type": "Wait", "Seconds": seconds, "End": true } });
        let ended = run(&TestHost::echo(), states, json!({})).await;
        assert_eq!(ended.error.as_deref(), Some("States.QueryEvaluationError"), "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fail_state_fails_with_the_error_and_cause_it_makes() {
    let states =
        json!({ "A": { "Type": "Fail", "Error": "Mine", "Cause": "{% 'n = ' & $states.input.n %}" } });
    let host = TestHost::echo();
    let ended = run(&host, states, json!({ "n": 4 })).await;
    assert_eq!((ended.error.as_deref(), ended.cause.as_deref()), (Some("Mine"), Some("n = 4")));
    assert_eq!(host.history(), ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]);
    assert_eq!(ended.output, None);
}

#[tokio::test(start_paused = true)]
async fn the_context_object_tells_execution_state_and_machine() {
    let states = json!({
        "A": { "Type": "Wait", "Seconds": 61, "Next": "B" },
        "B": { "Type": "Pass", "Output": "{% $states.context %}", "End": true },
    });
    let ended = run(&TestHost::echo(), states, json!({ "n": 4 })).await;
    let expected = json!({
        "Execution": { "Id": "arn:run-1", "Name": "run-1", "Input": { "n": 4 }, "RedriveCount": 0, "StartTime": "2023-11-14T22:13:20.000Z" },
        "State": { "Name": "B", "EnteredTime": "2023-11-14T22:14:21.000Z", "RetryCount": 0 },
        "StateMachine": { "Id": "arn:m", "Name": "m" },
    });
    let mut output = ended.output.unwrap();
    let entered = output["State"]["EnteredTime"].as_str().unwrap().replace(".001Z", ".000Z");
    output["State"]["EnteredTime"] = json!(entered);
    assert_eq!(output, expected);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_execution_name_is_refused_before_the_start() {
    let machine = machine(json!({ "A": { "Type": "Succeed" } }));
    for name in ["", "a b", "a/b", "a:b", &"x".repeat(81)] {
        let host = TestHost::echo();
        let mut start = start(json!({}));
        start.name = name.to_owned();
        let refused = execute(&machine, &host, start).await.unwrap_err();
        assert_eq!(refused, StartRefused::InvalidName { name: name.to_owned() });
        assert!(host.events.borrow().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_machine_timeout_ends_the_execution_uncaught() {
    let machine = load(json!({
        "QueryLanguage": "JSONata", "StartAt": "A", "TimeoutSeconds": 10,
        "States": {
            "A": task(json!({}), json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "B" }] })),
            "B": { "Type": "Succeed" },
        },
    }));
    let host = TestHost::new(|_| (20_000, Ok(json!(1))));
    let ended = execute(&machine, &host, start(json!({}))).await.unwrap();
    assert_eq!((ended.status, ended.error.as_deref()), (Status::TimedOut, Some("States.Timeout")));
    assert_eq!(host.history().last().unwrap(), "ExecutionTimedOut");
    assert!((host.seconds() - 10.0).abs() < 0.01);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_aborts_the_execution_where_it_stands() {
    let host = TestHost::echo();
    let machine = machine(
        json!({ "A": { "Type": "Wait", "Seconds": 100, "Next": "B" }, "B": task(json!({}), json!({})) }),
    );
    let limit = std::time::Duration::from_secs(10);
    assert!(tokio::time::timeout(limit, execute(&machine, &host, start(json!({})))).await.is_err());
    assert_eq!(host.history(), ["ExecutionStarted", "WaitStateEntered"]);
    assert!(host.calls.borrow().is_empty());
}
