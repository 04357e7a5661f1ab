//! Changes by administrators and the sync, and the rows that show them.

use super::super::{GroupRow, IdentityStore, Impossible, UserRow, UserStatus};
use super::{ALICE, BOB, NOBODY, READERS, WRITERS, call, missing, store, user};
use serde_json::json;

fn groups_of(store: &mut IdentityStore, id: &str) -> usize {
    let answer =
        call(store, "ListGroupMembershipsForMember", json!({ "MemberId": { "UserId": id } })).unwrap();
    answer["GroupMemberships"].as_array().unwrap().len()
}

fn find(store: &mut IdentityStore, name: &str) -> Option<String> {
    let attribute = json!({ "AttributePath": "userName", "AttributeValue": name });
    let body = json!({ "AlternateIdentifier": { "UniqueAttribute": attribute } });
    call(store, "GetUserId", body).ok().map(|answer| answer["UserId"].as_str().unwrap().to_owned())
}

#[test]
fn a_renamed_user_keeps_the_id_and_frees_the_name() {
    let mut store = store();
    store.rename_user(ALICE, "alice.new@corp.example").unwrap();
    assert_eq!(call(&mut store, "DescribeUser", user(ALICE)).unwrap()["UserName"], "alice.new@corp.example");
    assert_eq!(find(&mut store, "ALICE.new@corp.example").as_deref(), Some(ALICE));
    assert_eq!(find(&mut store, "alice@corp.example"), None);
    store.rename_user(BOB, "ALICE@corp.example").unwrap();
    assert_eq!(find(&mut store, "alice@corp.example").as_deref(), Some(BOB));
    store.rename_user(BOB, "Alice@Corp.example").unwrap();
    assert_eq!(
        find(&mut store, "alice@corp.example").as_deref(),
        Some(BOB),
        "a change of case alone is a rename too"
    );
}

#[test]
fn names_and_ids_are_taken_whatever_their_case() {
    let mut store = store();
    let taken = |name: &str| Err(Impossible::Taken(name.to_owned()));
    assert_eq!(store.add_user(NOBODY, "BOB@corp.example"), taken("BOB@corp.example"));
    assert_eq!(store.rename_user(ALICE, "BOB@corp.example"), taken("BOB@corp.example"));
    assert_eq!(store.add_user(&ALICE.to_uppercase(), "carol"), taken(&ALICE.to_uppercase()));
    assert_eq!(store.add_group(NOBODY, "studio WRITERS"), taken("studio WRITERS"));
    assert_eq!(store.rename_group(READERS, "studio WRITERS"), taken("studio WRITERS"));
    assert_eq!(store.add_group(READERS, "more"), taken(READERS));
}

#[test]
fn what_the_store_would_not_accept_cannot_be_put_there() {
    let mut store = store();
    let bad_id = |id: &str| Err(Impossible::BadId(id.to_owned()));
    assert_eq!(store.add_user("alice", "carol"), bad_id("alice"));
    assert_eq!(
        store.add_group("arn:aws:identitystore:::group/x", "more"),
        bad_id("arn:aws:identitystore:::group/x")
    );
    for bad in ["", "two words", &"x".repeat(129)] {
        assert_eq!(store.add_user(NOBODY, bad), Err(Impossible::BadName(bad.to_owned())));
    }
    assert!(store.add_group(NOBODY, "").is_err());
    assert!(store.add_member(NOBODY, ALICE).is_err());
    assert!(store.add_member(READERS, NOBODY).is_err());
    assert!(store.remove_member(READERS, ALICE).is_err());
    assert!(store.delete_user(NOBODY).is_err());
    assert!(store.delete_group(NOBODY).is_err());
    assert!(store.set_status(NOBODY, UserStatus::Disabled).is_err());
}

#[test]
fn a_deleted_user_is_gone_with_all_memberships() {
    let mut store = store();
    let id = store.add_member(READERS, ALICE).unwrap();
    store.add_member(READERS, BOB).unwrap();
    store.delete_user(ALICE).unwrap();
    missing(&mut store, "DescribeUser", user(ALICE), "USER");
    missing(&mut store, "DescribeGroupMembership", json!({ "MembershipId": id }), "GROUP_MEMBERSHIP");
    assert_eq!(find(&mut store, "alice@corp.example"), None);
    assert_eq!(groups_of(&mut store, BOB), 1);
    store.add_user(ALICE, "alice@corp.example").unwrap();
    assert_eq!(groups_of(&mut store, ALICE), 0);
}

#[test]
fn a_deleted_group_is_gone_with_all_memberships() {
    let mut store = store();
    store.add_member(READERS, ALICE).unwrap();
    store.add_member(WRITERS, ALICE).unwrap();
    store.delete_group(READERS).unwrap();
    missing(&mut store, "DescribeGroup", json!({ "GroupId": READERS }), "GROUP");
    assert_eq!(groups_of(&mut store, ALICE), 1);
}

#[test]
fn a_renamed_group_keeps_its_members() {
    let mut store = store();
    store.add_member(READERS, ALICE).unwrap();
    store.rename_group(READERS, "Studio Guests").unwrap();
    let group = call(&mut store, "DescribeGroup", json!({ "GroupId": READERS })).unwrap();
    assert_eq!((&group["DisplayName"], &group["Revision"]), (&json!("Studio Guests"), &json!("2")));
    assert_eq!(groups_of(&mut store, ALICE), 1);
}

#[test]
fn a_disabled_user_keeps_all_memberships() {
    let mut store = store();
    store.add_member(READERS, ALICE).unwrap();
    store.set_status(ALICE, UserStatus::Disabled).unwrap();
    assert_eq!(groups_of(&mut store, ALICE), 1);
}

#[test]
fn membership_ids_depend_on_group_user_and_join_count() {
    let first = store().add_member(READERS, ALICE).unwrap();
    let mut store = store();
    assert_eq!(store.add_member(READERS, &ALICE.to_uppercase()), Ok(first.clone()));
    assert_eq!(store.add_member(READERS, ALICE), Ok(first.clone()), "a member stays one");
    assert_ne!(store.add_member(WRITERS, ALICE), Ok(first.clone()));
    assert_eq!(store.remove_member(READERS, ALICE), Ok(first.clone()));
    let second = store.add_member(READERS, ALICE).unwrap();
    assert_ne!(second, first);
    missing(&mut store, "DescribeGroupMembership", json!({ "MembershipId": first }), "GROUP_MEMBERSHIP");
    assert!(call(&mut store, "DescribeGroupMembership", json!({ "MembershipId": second })).is_ok());
}

#[test]
fn a_membership_id_can_be_given() {
    let mut store = store();
    assert_eq!(store.add_member_as(NOBODY, READERS, ALICE).as_deref(), Ok(NOBODY));
    assert!(call(&mut store, "DescribeGroupMembership", json!({ "MembershipId": NOBODY })).is_ok());
    assert_eq!(store.add_member_as(NOBODY, READERS, BOB), Err(Impossible::Taken(NOBODY.to_owned())));
}

#[test]
fn a_snapshot_shows_who_is_in_what() {
    let mut store = store();
    store.add_member(WRITERS, ALICE).unwrap();
    store.add_member(READERS, ALICE).unwrap();
    store.set_status(BOB, UserStatus::Disabled).unwrap();
    let snapshot = store.snapshot();
    let row = |id: &str, user_name: &str, status, groups: &[&str]| UserRow {
        id: id.to_owned(),
        user_name: user_name.to_owned(),
        status,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    let alice = row(ALICE, "Alice@corp.example", "ENABLED", &["Studio Readers", "Studio Writers"]);
    assert_eq!(snapshot.users, [row(BOB, "bob@corp.example", "DISABLED", &[]), alice]);
    let readers = GroupRow {
        id: READERS.to_owned(),
        display_name: "Studio Readers".to_owned(),
        members: vec!["Alice@corp.example".to_owned()],
    };
    assert_eq!(snapshot.groups[0], readers);
    assert!(serde_json::to_string(&snapshot).unwrap().contains(r#""store_id":"d-1234567890""#));
}
