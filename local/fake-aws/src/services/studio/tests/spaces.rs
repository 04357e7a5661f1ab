//! Spaces, and the volumes that are destroyed with them.

use super::super::{LostVolume, NewSpace, Sharing, Work};
use super::{ACCOUNT, DOMAIN, REGION, Stand, of_space, place};
use serde_json::{Value, json};

fn work() -> Value {
    json!({ "DomainId": DOMAIN, "SpaceName": "work" })
}

fn with_space() -> Stand {
    let mut stand = Stand::new();
    stand.profile("alice");
    stand.space("work", "alice");
    stand
}

#[test]
fn a_space_tells_its_owner_and_its_sharing() {
    let mut stand = with_space();
    let space = stand.call("DescribeSpace", json!({ "DomainId": DOMAIN, "SpaceName": "WORK" })).unwrap();
    assert_eq!(space["SpaceArn"], format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:space/{DOMAIN}/work"));
    assert_eq!((&space["SpaceName"], &space["Status"]), (&json!("work"), &json!("InService")));
    assert_eq!(space["OwnershipSettings"]["OwnerUserProfileName"], "alice");
    assert_eq!(space["SpaceSharingSettings"]["SharingType"], "Private");
    assert_eq!(space["SpaceSettings"]["SpaceStorageSettings"]["EbsStorageSettings"]["EbsVolumeSizeInGb"], 5);
}

#[test]
fn a_list_of_spaces_has_owner_and_sharing_in_summaries() {
    let mut stand = with_space();
    stand.studio.add_space(&place(), NewSpace::shared("team", "alice"), stand.now).unwrap();
    let spaces = stand.call("ListSpaces", json!({ "DomainIdEquals": DOMAIN })).unwrap()["Spaces"].clone();
    assert_eq!(spaces[0]["OwnershipSettingsSummary"]["OwnerUserProfileName"], "alice");
    assert_eq!(spaces[0]["SpaceSharingSettingsSummary"]["SharingType"], "Shared");
    assert_eq!(spaces[1]["SpaceSharingSettingsSummary"]["SharingType"], "Private");
    let one = stand.call("ListSpaces", json!({ "SpaceNameContains": "EA" })).unwrap()["Spaces"].clone();
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["SpaceName"], "team");
}

#[test]
fn a_space_whose_app_has_not_ended_cannot_be_deleted() {
    let mut stand = with_space();
    stand.running(of_space("Work"), "JupyterLab");
    assert_eq!(stand.code("DeleteSpace", work()), "ResourceInUse");
    let app =
        json!({ "DomainId": DOMAIN, "SpaceName": "work", "AppType": "JupyterLab", "AppName": "default" });
    stand.call("DeleteApp", app).unwrap();
    assert_eq!(stand.code("DeleteSpace", work()), "ResourceInUse");
    stand.wait(40);
    assert!(stand.studio.snapshot(stand.now).lost_volumes.is_empty());
    assert!(stand.call("DeleteSpace", work()).is_ok());
}

#[test]
fn a_deleted_space_goes_away_and_its_volume_is_lost() {
    let mut stand = with_space();
    assert_eq!(stand.call("DeleteSpace", work()).unwrap(), json!({}));
    assert_eq!(stand.code("DeleteSpace", work()), "ResourceInUse");
    let lost = LostVolume {
        place: place(),
        space: "work".to_owned(),
        owner: "alice".to_owned(),
        sharing: Sharing::Private,
        size_gb: 5,
    };
    assert_eq!(stand.studio.snapshot(stand.now).lost_volumes, [lost]);
    stand.wait(9);
    assert_eq!(stand.call("DescribeSpace", work()).unwrap()["Status"], "Deleting");
    stand.wait(1);
    for operation in ["DescribeSpace", "DeleteSpace"] {
        assert_eq!(stand.code(operation, work()), "ResourceNotFound");
    }
}

#[test]
fn a_deletion_that_fails_keeps_the_space_and_its_volume() {
    let mut stand = with_space();
    stand.studio.fail(Work::DeleteSpace, None, Some("work"), "volume attached");
    stand.call("DeleteSpace", work()).unwrap();
    stand.wait(10);
    let space = stand.call("DescribeSpace", work()).unwrap();
    assert_eq!(
        (&space["Status"], &space["FailureReason"]),
        (&json!("Delete_Failed"), &json!("volume attached"))
    );
    assert!(stand.studio.snapshot(stand.now).lost_volumes.is_empty());
    stand.studio.heal();
    assert!(stand.call("DeleteSpace", work()).is_ok());
}

#[test]
fn a_space_that_is_still_being_made_cannot_be_deleted() {
    let mut stand = Stand::new();
    stand.profile("alice");
    stand.studio.switches.timing.create_space = std::time::Duration::from_secs(30);
    stand.space("work", "alice");
    assert_eq!(stand.call("DescribeSpace", work()).unwrap()["Status"], "Pending");
    assert_eq!(stand.code("DeleteSpace", work()), "ValidationException");
    stand.wait(30);
    assert!(stand.call("DeleteSpace", work()).is_ok());
}
