//! Profiles that we did not make: what is refused, what is taken over, and what becomes of it.

use crate::played::{invocations, play};

#[test]
fn adopts_profile_created_by_first_sign_in() {
    let played = play("adoption.yaml");
    let profile = played.profile("ana.silva@example.com");
    assert_eq!(profile.name, "ana-silva-example-com", "it keeps the name that Studio gave it");
    assert_eq!(profile.tags["studio-access:user-id"], "04c8e458-a021-702e-f9d1-000000000001");
    let grant = played.grant("ana.silva@example.com");
    assert_eq!(grant["profileName"], profile.name.as_str());
    assert_eq!(
        (&grant["status"], &grant["homeEfsUid"]),
        (&"active".into(), &profile.efs_uid.unwrap().to_string().into())
    );
    assert!(
        played.report.studio.apps.iter().all(|app| app.status == "Deleted"),
        "its app ran with the domain's role"
    );
}

#[test]
fn the_ledger_knows_of_a_takeover_before_it_happens() {
    let played = play("adoption.yaml");
    let calls = &played.report.calls;
    let marks: Vec<usize> = (0..calls.len()).filter(|at| calls[*at].operation == "AddTags").collect();
    assert_eq!(marks.len(), 3);
    for at in marks {
        let writes = ["TransactWriteItems", "AddTags", "UpdateUserProfile"];
        let before = calls[..at].iter().rev().find(|call| writes.contains(&call.operation.as_str()));
        assert_eq!(before.unwrap().operation, "TransactWriteItems", "{}", calls[at]);
    }
}

#[test]
fn never_adopts_a_profile_bound_to_another_user() {
    let played = play("adoption.yaml");
    assert!(played.profile("cleo-the-elder").tags.is_empty());
    let execution = played
        .execution("The profile of Cleo's name is another user's, so that she gets one of another name");
    assert!(invocations(execution, "update-profile").is_empty());
    assert!(played.profile("cleo").name.starts_with("cleo-"));
}

#[test]
fn a_sign_in_between_plan_and_creation_is_found_and_taken_over() {
    let played = play("adoption.yaml");
    let execution = played.execution("dora joins studio-admins");
    assert_eq!(invocations(execution, "create-profile")[0].error.as_deref(), Some("CreateProfile.NameTaken"));
    assert_eq!(played.grant("dora")["status"], "active");
}

#[test]
fn what_was_taken_over_goes_like_any_other() {
    let played = play("adoption.yaml");
    assert_eq!(played.grant("ben")["status"], "removed");
}

#[test]
fn a_profile_holding_the_user_is_found_under_any_name() {
    for file in ["second-profile-resourceinuse.yaml", "second-profile-validation.yaml"] {
        let played = play(file);
        let refused = played.execution("ana.silva@example.com joins studio-admins");
        let errors: Vec<_> =
            invocations(refused, "create-profile").into_iter().map(|one| one.error.as_deref()).collect();
        assert_eq!(errors, [Some("UnmanagedProfile")], "{file}: refused at once, not after eighty tries");
        assert_eq!(played.profile("ana.silva@example.com").name, "silva-a");
        assert_eq!(played.profile("ben.weber@example.com").name, "weber-the-great");
    }
}
