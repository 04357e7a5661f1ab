//! Apps: their owners, how they end, and how long they stay listed.

use super::super::Work;
use super::{ACCOUNT, DOMAIN, REGION, Stand, of_profile, of_space, place};
use serde_json::{Value, json};

fn canvas() -> Value {
    json!({ "DomainId": DOMAIN, "UserProfileName": "alice", "AppType": "Canvas", "AppName": "default" })
}

fn lab() -> Value {
    json!({ "DomainId": DOMAIN, "SpaceName": "work", "AppType": "JupyterLab", "AppName": "default" })
}

/// Returns Alice's setup: a space, `Canvas` in her profile and `JupyterLab` in her space.
fn busy() -> Stand {
    let mut stand = Stand::new();
    stand.profile("alice");
    stand.space("work", "alice");
    stand.running(of_profile("alice"), "Canvas");
    stand.running(of_space("work"), "JupyterLab");
    stand
}

fn apps(stand: &mut Stand, body: Value) -> Vec<Value> {
    stand.call("ListApps", body).unwrap()["Apps"].as_array().unwrap().clone()
}

#[test]
fn a_spaces_app_has_a_space_name_and_no_user_profile_name() {
    let mut stand = busy();
    let all = apps(&mut stand, json!({ "DomainIdEquals": DOMAIN }));
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["UserProfileName"], "alice");
    assert!(all[0].get("SpaceName").is_none());
    assert_eq!(all[1]["SpaceName"], "work");
    assert!(all[1].get("UserProfileName").is_none());
    assert_eq!(all[1]["AppType"], "JupyterLab");
    assert_eq!(all[1]["Status"], "InService");
    let of_alice = apps(&mut stand, json!({ "DomainIdEquals": DOMAIN, "UserProfileNameEquals": "Alice" }));
    assert_eq!(of_alice.len(), 1, "the space's app is missed");
    let of_work = apps(&mut stand, json!({ "DomainIdEquals": DOMAIN, "SpaceNameEquals": "WORK" }));
    assert_eq!(of_work[0]["AppType"], "JupyterLab");
}

#[test]
fn the_filters_by_profile_and_by_space_exclude_each_other() {
    let mut stand = busy();
    let both =
        json!({ "DomainIdEquals": DOMAIN, "UserProfileNameEquals": "alice", "SpaceNameEquals": "work" });
    assert_eq!(stand.code("ListApps", both), "ValidationException");
}

#[test]
fn an_app_starts_within_a_minute_and_can_fail() {
    let mut stand = Stand::new();
    stand.profile("alice");
    stand.studio.fail(Work::StartApp, None, None, "no capacity");
    stand.studio.start_app(&place(), of_profile("alice"), ("Canvas", "default"), stand.now).unwrap();
    stand.wait(59);
    assert_eq!(stand.call("DescribeApp", canvas()).unwrap()["Status"], "Pending");
    stand.wait(1);
    let app = stand.call("DescribeApp", canvas()).unwrap();
    assert_eq!(
        (app["Status"].as_str(), app["FailureReason"].as_str()),
        (Some("Failed"), Some("no capacity"))
    );
    assert_eq!(
        app["AppArn"],
        format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:app/{DOMAIN}/alice/canvas/default")
    );
}

#[test]
fn a_deleted_app_is_deleting_then_listed_as_deleted_for_a_day() {
    let mut stand = busy();
    assert_eq!(stand.call("DeleteApp", lab()).unwrap(), json!({}));
    let in_work = json!({ "DomainIdEquals": DOMAIN, "SpaceNameEquals": "work" });
    stand.wait(39);
    assert_eq!(apps(&mut stand, in_work.clone())[0]["Status"], "Deleting");
    stand.wait(1);
    assert_eq!(apps(&mut stand, in_work.clone())[0]["Status"], "Deleted");
    stand.wait(24 * 3600 - 1);
    assert_eq!(apps(&mut stand, in_work.clone())[0]["Status"], "Deleted");
    stand.wait(1);
    assert!(apps(&mut stand, in_work).is_empty());
}

#[test]
fn a_day_that_passes_at_once_ends_the_app_just_the_same() {
    let mut stand = busy();
    stand.call("DeleteApp", lab()).unwrap();
    stand.wait(40 + 24 * 3600);
    assert!(apps(&mut stand, json!({ "SpaceNameEquals": "work" })).is_empty());
}

#[test]
fn deleting_an_app_that_has_ended_is_told_by_text_alone() {
    let mut stand = busy();
    stand.call("DeleteApp", lab()).unwrap();
    assert_eq!(stand.code("DeleteApp", lab()), "ResourceInUse");
    stand.wait(40);
    let (code, message) = stand.refused("DeleteApp", lab());
    assert_eq!(code, "ValidationException");
    assert!(message.ends_with("has already been deleted"), "{message}");

    stand.studio.fail(Work::StartApp, None, None, "no capacity");
    stand.running(of_space("work"), "JupyterLab");
    let (code, message) = stand.refused("DeleteApp", lab());
    assert_eq!(code, "ValidationException");
    assert!(message.ends_with("previously failed and was automatically deleted"), "{message}");
}

#[test]
fn describing_a_deleted_app_after_a_day_gives_record_not_found() {
    let mut stand = busy();
    stand.call("DeleteApp", lab()).unwrap();
    stand.wait(40);
    assert_eq!(stand.call("DescribeApp", lab()).unwrap()["Status"], "Deleted");
    stand.wait(24 * 3600);
    let (code, message) = stand.refused("DescribeApp", lab());
    assert_eq!(code, "ValidationException");
    assert!(message.contains("RecordNotFound"), "{message}");
}

#[test]
fn an_app_that_never_was_is_not_found() {
    let mut stand = busy();
    for body in [
        with(lab(), "AppName", "other"),
        with(lab(), "AppType", "CodeEditor"),
        with(canvas(), "UserProfileName", "bob"),
    ] {
        assert_eq!(stand.code("DeleteApp", body.clone()), "ResourceNotFound");
        assert_eq!(stand.code("DescribeApp", body), "ResourceNotFound");
    }
}

#[test]
fn an_app_is_named_by_exactly_one_of_profile_and_space() {
    let mut stand = busy();
    let both = with(lab(), "UserProfileName", "alice");
    let neither = json!({ "DomainId": DOMAIN, "AppType": "JupyterLab", "AppName": "default" });
    for operation in ["DeleteApp", "DescribeApp"] {
        assert_eq!(stand.code(operation, both.clone()), "ValidationException");
        assert_eq!(stand.code(operation, neither.clone()), "ValidationException");
    }
    let swapped = json!({ "DomainId": DOMAIN, "UserProfileName": "work", "AppType": "JupyterLab", "AppName": "default" });
    assert_eq!(stand.code("DeleteApp", swapped), "ResourceNotFound", "a space's app is deleted by its space");
    assert_eq!(stand.code("DeleteApp", with(lab(), "AppType", "Notebook")), "ValidationException");
    let mut untyped = lab();
    untyped.as_object_mut().unwrap().remove("AppType");
    assert!(stand.refused("DeleteApp", untyped).1.contains("Value null at 'appType'"));
}

#[test]
fn a_pending_app_is_deleted_only_where_the_switch_allows_it() {
    let mut stand = Stand::new();
    stand.profile("alice");
    stand.studio.start_app(&place(), of_profile("alice"), ("Canvas", "default"), stand.now).unwrap();
    assert_eq!(stand.code("DeleteApp", canvas()), "ResourceInUse");
    stand.studio.switches.pending_apps_deletable = true;
    assert!(stand.call("DeleteApp", canvas()).is_ok());
    stand.wait(40);
    assert_eq!(stand.call("DescribeApp", canvas()).unwrap()["Status"], "Deleted");
    stand.wait(60);
    assert_eq!(stand.call("DescribeApp", canvas()).unwrap()["Status"], "Deleted", "the start is forgotten");
}

#[test]
fn a_restarted_app_is_still_described_a_day_after_deletion() {
    let mut stand = busy();
    stand.call("DeleteApp", lab()).unwrap();
    stand.wait(3600);
    stand.running(of_space("work"), "JupyterLab");
    stand.wait(24 * 3600);
    assert_eq!(stand.call("DescribeApp", lab()).unwrap()["Status"], "InService");
}

fn with(mut body: Value, member: &str, value: &str) -> Value {
    body[member] = json!(value);
    body
}

#[test]
fn an_app_that_is_started_again_may_keep_its_time() {
    for keeps in [false, true] {
        let mut stand = busy();
        stand.studio.switches.restarts_keep_time = keeps;
        let time = |stand: &mut Stand| stand.call("DescribeApp", lab()).unwrap()["CreationTime"].clone();
        let first = time(&mut stand);
        stand.call("DeleteApp", lab()).unwrap();
        stand.wait(60);
        stand.running(of_space("work"), "JupyterLab");
        assert_eq!(time(&mut stand) == first, keeps);
    }
}
