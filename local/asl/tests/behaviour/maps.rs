//! Tests Map: items, selectors, concurrency, order, scopes, and how a failing iteration affects the
//! others.

use asl::Status;
use serde_json::{Value, json};

use crate::host::{TestHost, error, run, task};

/// Returns a Map `A` over the input whose inner states start at `I`.
pub(crate) fn map(inner: Value, more: Value) -> Value {
    let mut state = json!({ "Type": "Map", "Items": "{% $states.input %}", "ItemProcessor": { "StartAt": "I", "States": inner } });
    for (key, value) in more.as_object().expect("more fields come as an object") {
        state[key] = value.clone();
    }
    if state.get("Next").is_none() {
        state["End"] = json!(true);
    }
    state
}

/// Returns an inner Task that sends its input and returns the payload.
pub(crate) fn inner() -> Value {
    json!({ "I": task(json!("{% $states.input %}"), json!({ "Output": "{% $states.result.Payload %}" })) })
}

#[tokio::test(start_paused = true)]
async fn iterations_run_concurrently_and_results_keep_item_order() {
    let host = TestHost::new(|call| (call.payload.as_u64().unwrap() * 1000, Ok(json!(call.payload))));
    let ended = run(&host, json!({ "A": map(inner(), json!({})) }), json!([3, 1, 2])).await;
    assert_eq!(ended.output, Some(json!([3, 1, 2])));
    assert!((host.seconds() - 3.0).abs() < 0.01);
    let order: Vec<_> = host.calls.borrow().iter().map(|call| call.iteration.clone()).collect();
    assert_eq!(order, [vec![("A".to_owned(), 0)], vec![("A".to_owned(), 1)], vec![("A".to_owned(), 2)]]);
}

#[tokio::test(start_paused = true)]
async fn max_concurrency_holds_iterations_back_until_a_place_is_free() {
    for (limit, seconds) in [(json!(1), 6.0), (json!(2), 4.0), (json!("{% 1 + 1 %}"), 4.0), (json!(0), 3.0)] {
        let host = TestHost::new(|call| (call.payload.as_u64().unwrap() * 1000, Ok(json!(null))));
        run(&host, json!({ "A": map(inner(), json!({ "MaxConcurrency": limit })) }), json!([1, 2, 3])).await;
        assert!((host.seconds() - seconds).abs() < 0.05, "{limit}: {}", host.seconds());
    }
}

#[tokio::test(start_paused = true)]
async fn a_map_writes_an_event_for_each_iterations_start_and_end() {
    let host = TestHost::echo();
    let pass = json!({ "I": { "Type": "Pass", "End": true } });
    let ended = run(&host, json!({ "A": map(pass, json!({})) }), json!([1, 2])).await;
    let iteration = ["MapIterationStarted", "PassStateEntered", "PassStateExited", "MapIterationSucceeded"];
    let mut expected = vec!["ExecutionStarted", "MapStateEntered", "MapStateStarted"];
    expected.extend(iteration.iter().chain(&iteration));
    expected.extend(["MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"]);
    assert_eq!(host.history(), expected);
    assert_eq!(ended.events, 14);
}

#[tokio::test(start_paused = true)]
async fn a_selector_and_the_inner_states_see_the_item_in_the_context() {
    let host = TestHost::echo();
    let pass = json!({ "I": { "Type": "Pass", "End": true,
        "Output": "{% [$states.input, $states.context.Map.Item.Value, $states.context.State.Name] %}" } });
    let selector = json!({ "i": "{% $states.context.Map.Item.Index %}", "of": "{% $count($states.input.items) %}", "base": "{% $base %}" });
    let states = json!({
        "A": { "Type": "Pass", "Assign": { "base": 10 }, "Next": "M" },
        "M": map(pass, json!({ "Items": "{% $states.input.items %}", "ItemSelector": selector })),
    });
    let ended = run(&host, states, json!({ "items": ["a", "b"] })).await;
    let of = |i: u32, item: &str| json!([{ "i": i, "of": 2, "base": 10 }, item, "I"]);
    assert_eq!(ended.output, Some(json!([of(0, "a"), of(1, "b")])));
}

#[tokio::test(start_paused = true)]
async fn each_iteration_assigns_variables_of_its_own_that_end_with_it() {
    let host = TestHost::echo();
    let states = json!({
        "I": { "Type": "Pass", "Assign": { "mine": "{% $states.input + $base %}" }, "Next": "J" },
        "J": { "Type": "Wait", "Seconds": 1, "Next": "K" },
        "K": { "Type": "Pass", "Output": "{% $mine %}", "End": true },
    });
    let machine = json!({
        "A": { "Type": "Pass", "Assign": { "base": 100 }, "Next": "M" },
        "M": map(states, json!({ "Assign": { "total": "{% $sum($states.result) %}" }, "Next": "E" })),
        "E": { "Type": "Pass", "Output": { "results": "{% $states.input %}", "total": "{% $total %}", "base": "{% $base %}" }, "End": true },
    });
    let expected = json!({ "results": [101, 102], "total": 203, "base": 100 });
    assert_eq!(run(&host, machine, json!([1, 2])).await.output, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn a_failing_iteration_aborts_the_others_and_fails_the_map() {
    let host = TestHost::new(|call| match call.payload.as_u64().unwrap() {
        2 => (2_000, error("Broken")),
        other => (other * 1000, Ok(json!(null))),
    });
    let ended = run(&host, json!({ "A": map(inner(), json!({})) }), json!([1, 2, 60])).await;
    assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("Broken")));
    assert!((host.seconds() - 2.0).abs() < 0.01);
    let tail =
        ["TaskFailed", "MapIterationFailed", "MapIterationAborted", "MapStateFailed", "ExecutionFailed"];
    assert!(host.history().ends_with(&tail.map(str::to_owned)), "{:?}", host.history());
}

#[tokio::test(start_paused = true)]
async fn a_map_retries_all_its_iterations_and_then_catches() {
    let host = TestHost::new(|_| (0, error("Broken")));
    let more = json!({
        "Retry": [{ "ErrorEquals": ["Broken"], "MaxAttempts": 1 }],
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "C", "Output": "{% $states.errorOutput.Error %}" }],
    });
    let states = json!({ "A": map(inner(), more), "C": { "Type": "Succeed" } });
    let ended = run(&host, states, json!([1])).await;
    assert_eq!(ended.output, Some(json!("Broken")));
    assert_eq!((host.calls.borrow().len(), host.backoffs()), (2, vec![1.0]));
    assert_eq!(host.history().iter().filter(|name| *name == "MapStateStarted").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_error_caught_inside_an_iteration_leaves_the_others_alone() {
    let host =
        TestHost::new(|call| (0, if call.payload == json!(2) { error("Broken") } else { Ok(json!("fine")) }));
    let mut states = inner();
    states["I"]["Catch"] = json!([{ "ErrorEquals": ["States.ALL"], "Next": "J" }]);
    states["J"] = json!({ "Type": "Pass", "Output": "{% $states.input.Error %}", "End": true });
    let ended = run(&host, json!({ "A": map(states, json!({})) }), json!([1, 2, 3])).await;
    assert_eq!(ended.output, Some(json!(["fine", "Broken", "fine"])));
}

#[tokio::test(start_paused = true)]
async fn maps_nest_and_the_innermost_item_is_the_one_in_the_context() {
    let host = TestHost::echo();
    let leaf = json!({ "I": { "Type": "Pass", "Output": "{% $states.context.Map.Item.Index & ':' & $states.input %}", "End": true } });
    let mut outer = map(json!({ "M": map(leaf, json!({})) }), json!({}));
    outer["ItemProcessor"]["StartAt"] = json!("M");
    let ended = run(&host, json!({ "A": outer }), json!([["a", "b"], ["c"]])).await;
    assert_eq!(ended.output, Some(json!([["0:a", "1:b"], ["0:c"]])));
    let events = host.events.borrow();
    let deepest = events.iter().rfind(|event| event.iteration.len() == 2).unwrap();
    assert_eq!(deepest.iteration, [("A".to_owned(), 1), ("M".to_owned(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_map_succeeds_and_non_list_items_can_be_caught() {
    let states = |items: &str| {
        let catch = json!([{ "ErrorEquals": ["States.QueryEvaluationError"], "Next": "C" }]);
        json!({ "A": map(inner(), json!({ "Items": items, "Catch": catch })), "C": { "Type": "Pass", "Output": "caught", "End": true } })
    };
    assert_eq!(run(&TestHost::echo(), states("{% [] %}"), json!({})).await.output, Some(json!([])));
    let single = "{% $states.input[n = 1] %}";
    for items in ["{% {} %}", single] {
        let ended = run(&TestHost::echo(), states(items), json!([{ "n": 1 }, { "n": 2 }])).await;
        assert_eq!(ended.output, Some(json!("caught")), "{items}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_items_the_input_is_the_list() {
    let mut state = map(inner(), json!({}));
    state.as_object_mut().unwrap().remove("Items");
    assert_eq!(
        run(&TestHost::echo(), json!({ "A": state }), json!([1, 2])).await.output,
        Some(json!([1, 2]))
    );
    assert_eq!(
        run(&TestHost::echo(), json!({ "A": state }), json!({})).await.error.as_deref(),
        Some("States.QueryEvaluationError")
    );
}

#[tokio::test(start_paused = true)]
async fn at_most_forty_iterations_run_at_the_same_time() {
    for more in [json!({}), json!({ "MaxConcurrency": 0 }), json!({ "MaxConcurrency": 41 })] {
        let host = TestHost::new(|_| (1000, Ok(json!(null))));
        let items: Vec<u32> = (0..41).collect();
        run(&host, json!({ "A": map(inner(), more.clone()) }), json!(items)).await;
        assert!((host.seconds() - 2.0).abs() < 0.05, "{more}: {}", host.seconds());
    }
}
