//! What the removal policies let go, and users who are no longer in the directory.

use crate::played::{functions, play};
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn a_volume_is_lost_only_where_the_mapping_says_so() {
    let played = play("removal-policies.yaml");
    let lost: BTreeSet<&str> =
        played.report.studio.lost_volumes.iter().map(|volume| volume.space.as_str()).collect();
    assert_eq!(lost, BTreeSet::from(["deleted", "deleted-though-shared"]));
    let gone: BTreeSet<&str> = played
        .calls("sagemaker:DeleteSpace")
        .into_iter()
        .filter_map(|call| call.request["SpaceName"].as_str())
        .collect();
    assert_eq!(gone, lost);
}

#[test]
fn a_profile_kept_for_its_spaces_gets_the_no_access_role() {
    let played = play("removal-policies.yaml");
    for (user, spaces) in [
        ("keeper", json!(["kept"])),
        ("deleter-who-shares", json!(["kept-because-shared", "kept-beside-a-shared-one"])),
    ] {
        let role = "arn:aws:iam::222233334444:role/studio-access/StudioNoAccess";
        assert_eq!(played.profile(user).role.as_deref(), Some(role));
        let grant = played.grant(user);
        assert_eq!(
            (&grant["status"], &grant["roleArn"], &grant["spaces"]),
            (&json!("suspended"), &json!(role), &spaces)
        );
    }
    // The app that ran under the old role was stopped.
    assert!(played.report.studio.apps.iter().all(|app| app.status == "Deleted"));
}

#[test]
fn a_leaver_without_spaces_loses_the_profile_under_every_policy() {
    let played = play("removal-policies.yaml");
    assert_eq!(played.grant("keeper-without-spaces")["status"], "removed");
    assert!(
        played
            .report
            .studio
            .profiles
            .iter()
            .all(|profile| profile.sso_user.as_deref() != Some("keeper-without-spaces"))
    );
}

#[test]
fn deleted_and_disabled_users_are_offboarded_from_the_ledger() {
    let played = play("gone-user.yaml");
    for title in ["Ana is deleted; the event names her by id", "Ben is disabled"] {
        let execution = played.execution(title);
        assert!(functions(execution).contains(&"delete-profile"), "{title}");
        let asked = execution
            .entries
            .iter()
            .any(|entry| format!("{entry:?}").contains("ListGroupMembershipsForMember"));
        assert!(!asked, "{title}: nobody asks for the groups of somebody who has none that count");
    }
    let anas: Vec<_> = played.report.grants.iter().filter(|grant| grant["userName"] == "ana").collect();
    assert_eq!(anas.len(), 2);
    for grant in anas {
        assert_eq!(
            (&grant["status"], &grant["reason"], &grant["eventId"]),
            (&json!("removed"), &json!("DeleteUser"), &json!("e-1"))
        );
    }
}
