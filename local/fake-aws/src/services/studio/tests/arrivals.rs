//! Creating a profile: the required members, the refusals, and the way into service.

use super::super::{NewDomain, Place, SsoUserUnique, Status, Work};
use super::{ACCOUNT, DOMAIN, REGION, Stand, creation, named, place, role};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_new_profile_is_pending_then_in_service_as_requested() {
    let mut stand = Stand::new();
    let answer = stand.create("Alice", "alice@corp").unwrap();
    let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/{DOMAIN}/alice");
    assert_eq!(answer["UserProfileArn"], arn);
    assert_eq!(stand.status("Alice"), "Pending");
    assert!(stand.describe("Alice").unwrap().get("HomeEfsFileSystemUid").is_none());
    stand.wait(19);
    assert_eq!(stand.status("Alice"), "Pending");
    stand.wait(1);
    let profile = stand.describe("Alice").unwrap();
    assert_eq!(profile["Status"], "InService");
    assert_eq!(profile["DomainId"], DOMAIN);
    assert_eq!(profile["UserProfileArn"], arn);
    assert_eq!(profile["UserProfileName"], "Alice");
    assert_eq!(profile["SingleSignOnUserIdentifier"], "UserName");
    assert_eq!(profile["SingleSignOnUserValue"], "alice@corp");
    assert_eq!(profile["UserSettings"]["ExecutionRole"], role("Reader"));
    assert_eq!(profile["CreationTime"], 1_800_000_000.0);
    assert_eq!(profile["LastModifiedTime"], 1_800_000_020.0);
    assert!(profile["HomeEfsFileSystemUid"].is_string());
}

#[test]
fn a_name_that_is_taken_in_any_case_is_in_use() {
    let mut stand = Stand::new();
    stand.create("alice", "alice").unwrap();
    assert_eq!(stand.create("ALICE", "other").unwrap_err().code, "ResourceInUse");
    assert_eq!(stand.describe("aLiCe").unwrap()["UserProfileName"], "alice");
    stand.wait(20);
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    assert_eq!(stand.create("alice", "other").unwrap_err().code, "ResourceInUse");
}

#[test]
fn one_person_has_one_profile_in_a_domain_unless_told_otherwise() {
    let mut stand = Stand::new();
    stand.create("alice", "Alice@corp").unwrap();
    assert_eq!(stand.create("alice-2", "alice@CORP").unwrap_err().code, "ResourceInUse");
    stand.studio.switches.sso_user_unique = SsoUserUnique::Validation;
    assert_eq!(stand.create("alice-2", "alice@CORP").unwrap_err().code, "ValidationException");
    stand.studio.switches.sso_user_unique = SsoUserUnique::Unchecked;
    assert!(stand.create("alice-2", "alice@CORP").is_ok());

    stand.studio.switches.sso_user_unique = SsoUserUnique::ResourceInUse;
    let other = Place::new(ACCOUNT, REGION, "d-other");
    stand.studio.add_domain(NewDomain::sso(other), stand.now).unwrap();
    let mut elsewhere = creation("alice", "alice@corp");
    elsewhere["DomainId"] = json!("d-other");
    assert!(stand.call("CreateUserProfile", elsewhere).is_ok());
}

#[test]
fn a_person_whose_profile_is_gone_can_have_another() {
    let mut stand = Stand::new();
    stand.create("alice", "alice").unwrap();
    stand.wait(20);
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    stand.wait(15);
    assert!(stand.create("alice-2", "alice").is_ok());
    assert_eq!(stand.create("alice-3", "alice").unwrap_err().code, "ResourceInUse");
}

#[test]
fn a_domain_in_single_sign_on_mode_wants_both_members() {
    let mut stand = Stand::new();
    for missing in ["SingleSignOnUserIdentifier", "SingleSignOnUserValue"] {
        let mut body = creation("alice", "alice");
        body.as_object_mut().unwrap().remove(missing);
        assert_eq!(stand.code("CreateUserProfile", body), "ValidationException", "{missing}");
    }
    let mut body = creation("alice", "alice");
    body["SingleSignOnUserIdentifier"] = json!("Email");
    assert_eq!(stand.code("CreateUserProfile", body), "ValidationException");
    assert_eq!(stand.create("alice", &"x".repeat(257)).unwrap_err().code, "ValidationException");
}

#[test]
fn a_domain_in_iam_mode_wants_neither_member() {
    let mut stand = Stand::new();
    stand.studio.add_domain(NewDomain::iam(Place::new(ACCOUNT, REGION, "d-iam")), stand.now).unwrap();
    let mut body = creation("alice", "alice");
    body["DomainId"] = json!("d-iam");
    assert_eq!(stand.code("CreateUserProfile", body), "ValidationException");
    let plain = json!({ "DomainId": "d-iam", "UserProfileName": "alice" });
    assert!(stand.call("CreateUserProfile", plain.clone()).is_ok());
    let shown = stand.call("DescribeUserProfile", plain).unwrap();
    assert!(shown.get("SingleSignOnUserValue").is_none());
}

#[test]
fn a_domain_that_is_not_in_service_takes_no_profiles() {
    let mut stand = Stand::new();
    stand.studio.set_domain_status(&place(), Status::Updating).unwrap();
    assert_eq!(stand.create("alice", "alice").unwrap_err().code, "ResourceInUse");
}

#[test]
fn more_profiles_than_the_quota_are_refused() {
    let mut stand = Stand::new();
    stand.studio.switches.most_profiles = Some(1);
    stand.create("alice", "alice").unwrap();
    assert_eq!(stand.create("bob", "bob").unwrap_err().code, "ResourceLimitExceeded");
    stand.wait(20);
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    stand.wait(15);
    assert!(stand.create("bob", "bob").is_ok());
}

#[test]
fn a_new_profile_may_be_invisible_to_describe_for_a_while() {
    let mut stand = Stand::new();
    stand.studio.switches.describe_lag = Duration::from_secs(3);
    stand.create("alice", "alice").unwrap();
    assert_eq!(stand.describe("alice").unwrap_err().code, "ResourceNotFound");
    assert_eq!(stand.create("alice", "alice").unwrap_err().code, "ResourceInUse");
    stand.wait(3);
    assert_eq!(stand.status("alice"), "Pending");
}

#[test]
fn a_creation_that_was_told_to_fail_ends_failed_with_the_reason() {
    let mut stand = Stand::new();
    stand.studio.fail(Work::CreateProfile, None, Some("Alice"), "no room");
    stand.create("alice", "alice").unwrap();
    stand.create("bob", "bob").unwrap();
    stand.wait(20);
    let alice = stand.describe("alice").unwrap();
    assert_eq!(
        (alice["Status"].as_str(), alice["FailureReason"].as_str()),
        (Some("Failed"), Some("no room"))
    );
    assert!(alice.get("HomeEfsFileSystemUid").is_none());
    assert_eq!(stand.status("bob"), "InService");
    assert_eq!(stand.code("UpdateUserProfile", named("alice")), "ResourceInUse");

    stand.studio.heal();
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    stand.wait(15);
    stand.create("alice", "alice").unwrap();
    stand.wait(20);
    assert_eq!(stand.status("alice"), "InService");
}

#[test]
fn a_whole_domain_can_be_told_to_fail_and_no_other() {
    let mut stand = Stand::new();
    stand.studio.fail(Work::CreateProfile, Some("d-other"), None, "elsewhere");
    stand.create("alice", "alice").unwrap();
    stand.studio.fail(Work::CreateProfile, Some(DOMAIN), None, "here");
    stand.create("bob", "bob").unwrap();
    stand.wait(20);
    assert_eq!(stand.status("alice"), "InService");
    assert_eq!(stand.status("bob"), "Failed");
}

#[test]
fn how_long_things_take_can_be_set() {
    let mut stand = Stand::new();
    stand.studio.switches.timing.create_profile = Duration::from_mins(5);
    stand.create("alice", "alice").unwrap();
    stand.wait(299);
    assert_eq!(stand.status("alice"), "Pending");
    stand.wait(1);
    assert_eq!(stand.status("alice"), "InService");
}

#[test]
fn a_profile_that_is_made_again_has_another_home_directory() {
    let mut stand = Stand::new();
    let mut seen = Vec::new();
    for _ in 0..2 {
        stand.create("alice", "alice").unwrap();
        stand.wait(20);
        seen.push(stand.describe("alice").unwrap()["HomeEfsFileSystemUid"].clone());
        stand.call("DeleteUserProfile", named("alice")).unwrap();
        stand.wait(15);
    }
    assert_ne!(seen[0], seen[1]);
}
