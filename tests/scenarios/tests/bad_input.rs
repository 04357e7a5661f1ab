//! Bad input has a clear name, changes nothing, and is kept.

use crate::played::{play, play_with, read, steps};
use contract::catalogue;
use serde_json::{Value, json};

#[test]
fn every_bad_input_and_row_is_a_named_error_and_changes_nothing() {
    let played = play("bad-input.yaml");
    for execution in played.report.executions.iter().filter(|execution| execution.status_word() == "FAILED") {
        let name = execution.error.as_deref().unwrap();
        assert!(catalogue::ALL.iter().any(|entry| entry.name == name), "{}: {name}", execution.title);
    }
    assert!(
        played.report.executions.iter().filter(|execution| execution.status_word() == "FAILED").count() > 30
    );
}

#[test]
fn an_invalid_row_is_reported_and_costs_no_user_a_profile() {
    let played = play("bad-input.yaml");
    assert_eq!(played.profile("ana").status, "InService");
    let execution = played.execution("Not even when she leaves her good group");
    assert_eq!(execution.results()[0]["error"], "InvalidMapping");
}

#[test]
fn a_missing_environment_variable_is_named_at_every_invocation() {
    play("missing-setting.yaml");
    for variable in ["IDENTITY_STORE_ID", "GROUP_MAPPINGS_TABLE", "GRANTS_TABLE"] {
        let mut scenario = read("missing-setting.yaml");
        scenario.settings = [(variable.to_owned(), String::new())].into();
        scenario.timeline[0].expect = None;
        let played = play_with(&scenario, 0);
        let execution = &played.report.executions[0];
        assert_eq!(execution.error.as_deref(), Some("Misconfigured"));
        let cause = execution.cause.as_deref().unwrap();
        assert!(cause.contains(&format!("the environment variable {variable} is not set")), "{cause}");
        assert!(played.report.studio.profiles.is_empty() && played.report.grants.is_empty());
    }
}

#[test]
fn a_naming_convention_that_cannot_be_used_is_named() {
    let mut scenario = read("missing-setting.yaml");
    scenario.settings = [("NAMING_CONVENTION".to_owned(), "{\"group\": \"studio\"}".to_owned())].into();
    scenario.timeline[0].expect = None;
    let played = play_with(&scenario, 0);
    let cause = played.report.executions[0].cause.as_deref().unwrap();
    assert!(cause.contains("NAMING_CONVENTION cannot be used"), "{cause}");
    assert!(played.report.calls.is_empty(), "nothing was even asked");
}

#[test]
fn a_user_name_given_as_an_id_gets_a_hint() {
    let played = play("typed-user-id.yaml");
    for title in ["A user name", "A user name with its domain"] {
        let execution = played.execution(title);
        let cause = execution.cause.as_deref().unwrap();
        assert!(cause.contains("for a user name write") && cause.contains("userName"), "{cause}");
        let mut scopes = played.report.calls.iter().filter_map(|call| call.scope.as_deref());
        assert!(!scopes.any(|scope| scope.starts_with(&execution.name)), "{title}: AWS was called");
    }
}

/// An event of the blog's shape, with a member that makes it this long.
fn long_event(bytes: usize) -> Value {
    let scenario = read("onboarding.yaml");
    let mut event = scenario.timeline[1].event.clone().unwrap();
    event["detail"]["padding"] = json!("x".repeat(bytes));
    event
}

#[test]
fn an_event_of_300_kilobytes_becomes_a_dead_letter() {
    let mut scenario = read("onboarding.yaml");
    scenario.timeline[1].event = Some(long_event(300 * 1024));
    scenario.timeline[1].expect = steps("[{ wait: 1s, expect: { status: DEAD_LETTER } }]")[0].expect.clone();
    scenario.expect = None;
    let played = play_with(&scenario, 0);
    played.as_expected("the long event");
    let [letter] = &played.report.dead_letters[..] else { panic!("one dead letter") };
    assert!(letter.bytes > 300 * 1024 && letter.why.contains("bytes"), "{}", letter.why);
    assert!(played.report.calls.is_empty() && played.report.studio.profiles.is_empty());
}

#[test]
fn an_event_just_below_the_limit_still_does_its_work() {
    let mut scenario = read("onboarding.yaml");
    scenario.timeline[1].event = Some(long_event(250 * 1024));
    play_with(&scenario, 0).as_expected("the almost too long event");
}

#[test]
fn an_error_does_not_repeat_a_large_input() {
    let mut scenario = read("bad-input.yaml");
    let huge = "x".repeat(200 * 1024);
    let inputs = [
        json!({ huge.clone(): 1, "userName": "ana" }),
        json!({"detail": {"eventName": huge.clone(), "eventSource": "sso-directory.amazonaws.com"}}),
        json!({ "userId": huge }),
    ];
    scenario.timeline.truncate(1);
    for input in inputs {
        let mut step = steps("[{ start: {}, expect: { status: FAILED } }]").remove(0);
        step.start = Some(input);
        scenario.timeline.push(step);
    }
    scenario.expect = None;
    let played = play_with(&scenario, 0);
    played.as_expected("large inputs");
    for execution in &played.report.executions[1..] {
        let cause = execution.cause.as_deref().unwrap();
        assert!(cause.len() < 1000, "{} bytes of cause", cause.len());
    }
}
