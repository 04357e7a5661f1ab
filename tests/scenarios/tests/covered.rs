//! An event that somebody has acted on leads to nothing.

use crate::played::{functions, invocations, play};

#[test]
fn an_event_that_was_acted_on_ends_after_three_calls() {
    let played = play("late-duplicate.yaml");
    let execution = played.execution("Later");
    assert_eq!(functions(execution), ["resolve-identity"]);
    let summary = execution.output.as_ref().unwrap()["summary"].as_str().unwrap();
    assert!(summary.contains("another execution has looked at the user since this event"), "{summary}");
    let [invocation] = invocations(execution, "resolve-identity")[..] else { panic!("one invocation") };
    let mut operations: Vec<&str> = invocation.calls.iter().map(|call| call.operation.as_str()).collect();
    operations.sort_unstable();
    assert_eq!(operations, ["BatchGetItem", "Query", "Scan"]);
}

#[test]
fn a_look_that_failed_covers_nothing() {
    let played = play("late-duplicate.yaml");
    assert!(functions(played.execution("His event again")).contains(&"plan-access"));
}
