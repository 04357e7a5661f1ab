//! The same thing twice is the same as once.

use crate::played::{play, play_with, read};
use fake_aws::Outcome;

/// How often an operation succeeded for a profile.
fn effects(operation: &str, profile: &str) -> usize {
    let played = play("idempotent.yaml");
    let done = played.done(operation);
    done.into_iter().filter(|call| call.request["UserProfileName"] == profile).count()
}

#[test]
fn concurrent_duplicates_create_and_delete_one_profile() {
    assert_eq!(effects("sagemaker:CreateUserProfile", "ben"), 1);
    assert_eq!(effects("sagemaker:DeleteUserProfile", "ben"), 1);
}

#[test]
fn a_replayed_old_input_follows_the_current_directory() {
    assert_eq!(effects("sagemaker:CreateUserProfile", "ana"), 2, "she joined twice");
    assert_eq!(effects("sagemaker:DeleteUserProfile", "ana"), 1, "she left once");
}

#[test]
fn an_execution_that_changes_nothing_writes_nothing() {
    let played = play("idempotent.yaml");
    for title in ["The same event", "By hand", "The old input of her joining"] {
        let execution = played.execution(title);
        let effects = [
            "TransactWriteItems",
            "CreateUserProfile",
            "UpdateUserProfile",
            "DeleteUserProfile",
            "DeleteApp",
            "DeleteSpace",
        ];
        let of_it = played
            .report
            .calls
            .iter()
            .filter(|call| call.scope.as_deref().is_some_and(|s| s.starts_with(&execution.name)));
        let made: Vec<String> = of_it
            .filter(|call| effects.contains(&call.operation.as_str()))
            .map(ToString::to_string)
            .collect();
        assert_eq!(made, Vec::<String>::new(), "{title}");
    }
}

#[test]
fn concurrent_duplicates_agree_whatever_their_timing() {
    for seed in 0..20 {
        let played = play_with(&read("idempotent.yaml"), seed);
        played.as_expected("idempotent.yaml");
        let made = played
            .calls("sagemaker:CreateUserProfile")
            .into_iter()
            .filter(|call| call.outcome == Outcome::Ok);
        assert_eq!(made.count(), 3, "seed {seed}");
        assert_eq!(played.grant("ben")["status"], "removed", "seed {seed}");
    }
}

#[test]
fn what_was_left_half_done_is_found_again_and_finished() {
    let played = play("half-done.yaml");
    assert_eq!(played.grant("ana")["status"], "active");
    let ben = played.grant("ben");
    assert_eq!(ben["status"], "removed");
    assert!(ben["homeEfsUid"].is_string(), "the uid is noted although no grant ever held it: {ben}");
}
