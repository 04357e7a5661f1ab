//! What an operator must act on is told by name, once, and stops nobody else.

use crate::played::{invocations, play};
use serde_json::Value;

#[test]
fn a_failing_target_fails_the_execution_but_no_other_target() {
    let played = play("one-target-fails.yaml");
    let execution = played.execution("ana joins studio-admins");
    let results = execution.results();
    let errors: Vec<&Value> = results.iter().map(|result| &result["error"]).collect();
    assert_eq!(
        errors,
        [&Value::from("Misconfigured"), &Value::from("AssumeRole.DomainNotSso"), &Value::Null]
    );
    let cause = execution.cause.as_deref().unwrap();
    for told in [
        "222233334444/eu-west-1/d-research: Misconfigured",
        "333344445555/us-west-2/d-finance: AssumeRole.DomainNotSso",
    ] {
        assert!(cause.contains(told), "{cause}");
    }
    assert_eq!(played.profile("ana").status, "InService");
}

#[test]
fn a_failed_profile_is_reported_with_studios_reason() {
    let played = play("failed-profile.yaml");
    let execution = played.execution("The next look finds the same");
    assert_eq!(execution.results()[0]["error"], "ProfileFailed");
    assert_eq!(
        invocations(execution, "create-profile").len(),
        0,
        "it is not tried again behind an operator's back"
    );
}

#[test]
fn a_quota_is_reported_and_not_retried() {
    let played = play("quota.yaml");
    let execution = played.execution("ben joins studio-admins");
    assert_eq!(invocations(execution, "create-profile").len(), 1);
    assert_eq!(execution.results()[0]["error"], "CreateProfile.LimitExceeded");
}

#[test]
fn a_domain_that_cannot_be_worked_in_is_named_and_left_alone() {
    play("wrong-domain.yaml");
}

#[test]
fn waits_for_a_new_role_and_reports_one_without_trust() {
    let played = play("fresh-role.yaml");
    for (title, results) in [("ana joins studio-admins", 1), ("ben joins studio-analysts", 2)] {
        let execution = played.execution(title);
        assert_eq!(execution.results().len(), results);
        assert!(invocations(execution, "assume-role").len() > results, "{title}: it is tried more than once");
    }
}

#[test]
fn a_profile_that_is_not_ours_is_never_touched() {
    let played = play("unmanaged.yaml");
    let theirs = ["Ana", "ana"];
    for operation in ["sagemaker:UpdateUserProfile", "sagemaker:DeleteUserProfile"] {
        assert!(
            played
                .calls(operation)
                .iter()
                .all(|call| !theirs.contains(&call.request["UserProfileName"].as_str().unwrap()))
        );
    }
    assert_eq!(played.profile("ana").tags.get("team").map(String::as_str), Some("research"));
    assert_eq!(played.profile("ben-the-elder").name, "ben");
}
