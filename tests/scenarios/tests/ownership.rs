//! Whose a profile is: tag, grant and user name have to belong together before it gets a role.

use crate::played::{invocations, play};

#[test]
fn a_forged_tag_gives_nobody_a_role() {
    let played = play("foreign-names.yaml");
    let created = played.execution("ana joins studio-admins");
    let profile = created.results()[0]["details"]["profileName"].clone();
    assert!(profile.as_str().unwrap().starts_with("ana-"), "{profile}");
    let forged = played.profile("mallory");
    assert_eq!((forged.name.as_str(), forged.status), ("ana", "InService"));
    assert_eq!(forged.role.as_deref(), Some("arn:aws:iam::222233334444:role/ByHand"));
}

#[test]
fn a_name_of_another_users_profile_is_skipped() {
    let played = play("foreign-names.yaml");
    assert!(played.profile("ben").name.starts_with("ben-"));
    assert!(played.profile("cleo").tags.is_empty());
}

#[test]
fn a_recreated_user_is_refused_at_once_with_what_to_do() {
    let played = play("recreated.yaml");
    let execution = played.execution("The next sync makes her again");
    assert_eq!(execution.results()[0]["error"], "CreateProfile.HeldByFormerUser");
    assert_eq!(invocations(execution, "create-profile").len(), 1, "nothing is waited for");
    let told = execution.cause.as_deref().unwrap();
    for word in ["04c8e458-a021-702e-f9d1-000000000001", "ana@example.com", "hand it over"] {
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn a_profile_is_handed_over_with_its_space() {
    let played = play("recreated.yaml");
    let profile = played.profile("ana@example.com");
    assert_eq!(profile.tags["studio-access:user-id"], "04c8e458-a021-702e-f9d1-000000000003");
    let ended = |grant: &&serde_json::Value| grant["userId"] == "04c8e458-a021-702e-f9d1-000000000001";
    assert_eq!(played.report.grants.iter().find(ended).unwrap()["status"], "removed");
}

#[test]
fn a_profile_has_the_tags_of_its_row_and_keeps_those_of_others() {
    let played = play("tags.yaml");
    let of = |user: &str| played.profile(user).tags.clone();
    let (ana, ben) = (of("ana"), of("ben"));
    assert_eq!(
        (ana.get("clearance"), ana["costCentre"].as_str(), ana["team"].as_str()),
        (None, "2", "research")
    );
    assert_eq!(ana["studio-access:group"], "studio-analysts");
    assert_eq!((ben.get("clearance"), ben["costCentre"].as_str()), (None, "3"));
    assert_eq!(played.grant("ben")["tags"], serde_json::json!(["costCentre"]));
}

#[test]
fn a_change_of_tags_alone_changes_no_settings() {
    let played = play("tags.yaml");
    let updated = played.done("sagemaker:UpdateUserProfile");
    assert!(updated.iter().all(|call| call.request["UserProfileName"] == "ana"));
}
