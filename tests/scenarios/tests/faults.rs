//! Faults between the functions and AWS change the way, not the end.

use crate::played::{play, play_with, read};
use fake_aws::Outcome;
use serde_json::json;

#[test]
fn lost_answers_throttling_and_delays_change_nothing_in_the_end() {
    let with = play("faults.yaml");
    let mut calm = read("faults.yaml");
    calm.timeline.retain(|step| step.fault.is_none());
    let without = play_with(&calm, calm.seed);
    without.as_expected("faults.yaml without its faults");
    assert_eq!(with.report.studio.profiles, without.report.studio.profiles);
    assert_eq!(with.report.studio.lost_volumes, without.report.studio.lost_volumes);
    for user in ["ana", "ben"] {
        let facts = |played: &crate::played::Played| {
            let grant = played.grant(user);
            json!([grant["status"], grant["profileName"], grant["roleArn"], grant["spaces"], grant["reason"]])
        };
        assert_eq!(facts(&with), facts(&without), "{user}");
    }
}

#[test]
fn an_effect_whose_answer_was_lost_is_not_repeated() {
    let played = play("faults.yaml");
    for operation in ["sagemaker:CreateUserProfile", "sagemaker:DeleteUserProfile", "sagemaker:DeleteSpace"] {
        let done = played.done(operation);
        let mut about: Vec<&str> = done.iter().map(|call| call.resource.as_str()).collect();
        let effects = about.len();
        about.dedup();
        assert_eq!(about.len(), effects, "{operation}: {about:?}");
    }
    let lost = played
        .report
        .calls
        .iter()
        .filter(|call| call.fault == Some("lose answer") && call.outcome == Outcome::Ok);
    assert!(lost.count() >= 5, "the promise is not put to the test");
}
