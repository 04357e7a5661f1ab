//! Updating and deleting a profile.

use super::super::{NewSpace, Work};
use super::{ACCOUNT, DOMAIN, REGION, Stand, named, of_profile, of_space, place, role};
use serde_json::{Value, json};

fn in_service() -> Stand {
    let mut stand = Stand::new();
    stand.create("alice", "alice").unwrap();
    stand.wait(20);
    stand
}

fn with_role(name: &str) -> Value {
    let mut body = named("alice");
    body["UserSettings"] = json!({ "ExecutionRole": role(name) });
    body
}

#[test]
fn a_role_changes_in_place_once_the_update_has_ended() {
    let mut stand = in_service();
    let mut groups = named("alice");
    groups["UserSettings"] = json!({ "SecurityGroups": ["sg-1"] });
    stand.call("UpdateUserProfile", groups).unwrap();
    stand.wait(8);
    let answer = stand.call("UpdateUserProfile", with_role("Writer")).unwrap();
    assert!(answer["UserProfileArn"].as_str().unwrap().ends_with("/alice"));
    let during = stand.describe("alice").unwrap();
    assert_eq!(during["Status"], "Updating");
    assert_eq!(during["UserSettings"]["ExecutionRole"], role("Reader"));
    stand.wait(8);
    let after = stand.describe("alice").unwrap();
    assert_eq!(after["Status"], "InService");
    assert_eq!(after["UserSettings"]["ExecutionRole"], role("Writer"));
    assert_eq!(after["UserSettings"]["SecurityGroups"], json!(["sg-1"]), "what is not named stays");
}

#[test]
fn an_update_that_fails_leaves_the_role_and_can_be_tried_again() {
    let mut stand = in_service();
    stand.studio.fail(Work::UpdateProfile, None, Some("alice"), "broken");
    stand.call("UpdateUserProfile", with_role("Writer")).unwrap();
    stand.wait(8);
    let after = stand.describe("alice").unwrap();
    assert_eq!(
        (after["Status"].as_str(), after["FailureReason"].as_str()),
        (Some("Update_Failed"), Some("broken"))
    );
    assert_eq!(after["UserSettings"]["ExecutionRole"], role("Reader"));
    stand.studio.heal();
    stand.call("UpdateUserProfile", with_role("Writer")).unwrap();
    stand.wait(8);
    assert_eq!(stand.describe("alice").unwrap()["UserSettings"]["ExecutionRole"], role("Writer"));
    assert!(stand.describe("alice").unwrap().get("FailureReason").is_none());
}

#[test]
fn a_profile_that_is_not_settled_cannot_be_updated_or_deleted() {
    let mut stand = Stand::new();
    stand.create("alice", "alice").unwrap();
    assert_eq!(stand.code("UpdateUserProfile", with_role("Writer")), "ResourceInUse");
    assert_eq!(stand.code("DeleteUserProfile", named("alice")), "ResourceInUse");
    stand.wait(20);
    stand.call("UpdateUserProfile", with_role("Writer")).unwrap();
    assert_eq!(stand.code("UpdateUserProfile", with_role("Writer")), "ResourceInUse");
    assert_eq!(stand.code("DeleteUserProfile", named("alice")), "ResourceInUse");
    stand.wait(8);
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    assert_eq!(stand.code("UpdateUserProfile", with_role("Writer")), "ResourceInUse");
    assert_eq!(stand.code("DeleteUserProfile", named("alice")), "ResourceInUse");
}

#[test]
fn the_single_sign_on_user_cannot_be_updated() {
    let mut stand = in_service();
    let mut body = with_role("Writer");
    body["SingleSignOnUserValue"] = json!("bob");
    assert_eq!(stand.code("UpdateUserProfile", body), "ValidationException");
}

#[test]
fn a_deleted_profile_is_deleting_and_then_gone() {
    let mut stand = in_service();
    assert_eq!(stand.call("DeleteUserProfile", named("ALICE")).unwrap(), json!({}));
    stand.wait(14);
    assert_eq!(stand.status("alice"), "Deleting");
    stand.wait(1);
    let (code, message) = stand.refused("DescribeUserProfile", named("alice"));
    assert_eq!(code, "ResourceNotFound");
    let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/{DOMAIN}/alice");
    assert_eq!(message, format!("UserProfile [{arn}] does not exist."));
    for operation in ["DeleteUserProfile", "UpdateUserProfile"] {
        assert_eq!(stand.code(operation, named("alice")), "ResourceNotFound");
    }
}

#[test]
fn a_failed_deletion_keeps_the_profile_and_can_be_retried() {
    let mut stand = in_service();
    stand.studio.fail(Work::DeleteProfile, Some(DOMAIN), Some("alice"), "stuck");
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    stand.wait(15);
    let after = stand.describe("alice").unwrap();
    assert_eq!(
        (after["Status"].as_str(), after["FailureReason"].as_str()),
        (Some("Delete_Failed"), Some("stuck"))
    );
    stand.studio.heal();
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    stand.wait(15);
    assert!(stand.describe("alice").is_err());
}

#[test]
fn a_profile_with_an_app_that_has_not_ended_cannot_be_deleted() {
    let mut stand = in_service();
    stand.running(of_profile("Alice"), "Canvas");
    let (code, message) = stand.refused("DeleteUserProfile", named("alice"));
    assert_eq!(code, "ResourceInUse");
    let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/{DOMAIN}/alice");
    assert_eq!(
        message,
        format!("Unable to delete UserProfile [{arn}] because App(s) are associated with it")
    );
}

#[test]
fn an_app_that_failed_or_was_deleted_does_not_keep_its_profile() {
    let mut stand = in_service();
    stand.studio.fail(Work::StartApp, None, Some("default"), "no capacity");
    stand.running(of_profile("alice"), "Canvas");
    stand.studio.heal();
    stand.running(of_profile("alice"), "JupyterServer");
    let app = json!({ "DomainId": DOMAIN, "UserProfileName": "alice", "AppType": "JupyterServer", "AppName": "default" });
    stand.call("DeleteApp", app).unwrap();
    assert_eq!(stand.code("DeleteUserProfile", named("alice")), "ResourceInUse");
    stand.wait(40);
    assert!(stand.call("DeleteUserProfile", named("alice")).is_ok());
}

#[test]
fn a_shared_or_deleting_space_prevents_profile_deletion() {
    let mut stand = in_service();
    stand.studio.add_space(&place(), NewSpace::shared("team", "ALICE"), stand.now).unwrap();
    let (code, message) = stand.refused("DeleteUserProfile", named("alice"));
    assert_eq!(code, "ResourceInUse");
    assert!(message.ends_with("because Space(s) are associated with it"), "{message}");
    stand.call("DeleteSpace", json!({ "DomainId": DOMAIN, "SpaceName": "team" })).unwrap();
    assert_eq!(stand.code("DeleteUserProfile", named("alice")), "ResourceInUse");
    stand.wait(10);
    assert!(stand.call("DeleteUserProfile", named("alice")).is_ok());
}

#[test]
fn another_persons_space_and_app_keep_nobody() {
    let mut stand = in_service();
    stand.profile("bob");
    stand.space("bobs", "bob");
    stand.running(of_space("bobs"), "JupyterLab");
    stand.running(of_profile("bob"), "Canvas");
    assert!(stand.call("DeleteUserProfile", named("alice")).is_ok());
}

#[test]
fn another_role_may_be_refused_while_an_app_runs() {
    let mut stand = in_service();
    stand.space("work", "alice");
    stand.studio.switches.role_needs_no_apps = true;
    stand.running(of_space("work"), "JupyterLab");
    assert_eq!(stand.code("UpdateUserProfile", with_role("Writer")), "ValidationException");
    // The same role, and other settings, are not a change of the role.
    assert!(stand.call("UpdateUserProfile", with_role("Reader")).is_ok());
    stand.wait(8);
    let app =
        json!({ "DomainId": DOMAIN, "SpaceName": "work", "AppType": "JupyterLab", "AppName": "default" });
    stand.call("DeleteApp", app).unwrap();
    assert!(
        stand.call("UpdateUserProfile", with_role("Writer")).is_ok(),
        "an app that is going blocks nothing"
    );
}

#[test]
fn an_app_may_be_kept_while_its_profile_is_updating() {
    let mut stand = in_service();
    stand.studio.switches.updates_lock_apps = true;
    stand.running(of_profile("alice"), "Canvas");
    stand.call("UpdateUserProfile", with_role("Writer")).unwrap();
    let app =
        json!({ "DomainId": DOMAIN, "UserProfileName": "alice", "AppType": "Canvas", "AppName": "default" });
    assert_eq!(stand.code("DeleteApp", app.clone()), "ResourceInUse");
    stand.wait(8);
    assert!(stand.call("DeleteApp", app).is_ok());
}

#[test]
fn a_wrong_state_may_be_told_as_a_validation_error() {
    let mut stand = in_service();
    stand.studio.switches.wrong_state_is_invalid = true;
    stand.call("UpdateUserProfile", with_role("Writer")).unwrap();
    assert_eq!(stand.code("UpdateUserProfile", with_role("Reader")), "ValidationException");
    assert_eq!(stand.code("DeleteUserProfile", named("alice")), "ValidationException");
}

#[test]
fn a_failed_deletion_allows_updates_only_with_the_switch() {
    for updatable in [false, true] {
        let mut stand = in_service();
        stand.studio.switches.delete_failed_updatable = updatable;
        stand.studio.fail(Work::DeleteProfile, None, None, "file system");
        stand.call("DeleteUserProfile", named("alice")).unwrap();
        stand.wait(15);
        assert_eq!(stand.describe("alice").unwrap()["Status"], "Delete_Failed");
        assert_eq!(stand.call("UpdateUserProfile", with_role("Writer")).is_ok(), updatable);
    }
}
