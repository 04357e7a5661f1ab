//! Memberships: listing them by group and by user, and reading single ones.

use super::super::IdentityStore;
use super::{ALICE, BOB, NOBODY, READERS, STORE, WRITERS, call, invalid, missing, store};
use serde_json::{Value, json};

fn of(user: &str) -> Value {
    json!({ "MemberId": { "UserId": user } })
}

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

/// Returns a store where Alice is in `count` groups, one of them `READERS`.
fn busy(count: usize) -> IdentityStore {
    let mut store = store();
    store.add_member(READERS, ALICE).unwrap();
    for i in 1..count {
        let id = format!("b1b2c3d4-0000-4000-8000-{i:012}");
        store.add_group(&id, &format!("group {i}")).unwrap();
        store.add_member(&id, ALICE).unwrap();
    }
    store
}

fn all(store: &mut IdentityStore, operation: &str, mut body: Value) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    loop {
        let page = call(store, operation, body.clone()).unwrap();
        pages.push(page["GroupMemberships"].as_array().unwrap().clone());
        assert!(pages.len() < 50, "the pages do not end");
        match page.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn a_membership_names_itself_its_group_and_its_member() {
    let mut store = store();
    let id = store.add_member(READERS, ALICE).unwrap();
    store.add_member(READERS, BOB).unwrap();
    let expected = json!({
        "IdentityStoreId": STORE,
        "MembershipId": id,
        "MembershipArn": format!("arn:aws:identitystore:::membership/{id}"),
        "GroupId": READERS,
        "MemberId": { "UserId": ALICE },
    });
    let page = call(&mut store, "ListGroupMembershipsForMember", of(ALICE)).unwrap();
    assert_eq!(page, json!({ "GroupMemberships": [expected] }));
    assert_eq!(call(&mut store, "DescribeGroupMembership", json!({ "MembershipId": id })).unwrap(), expected);
    let page = call(&mut store, "ListGroupMemberships", json!({ "GroupId": READERS })).unwrap();
    assert_eq!(page["GroupMemberships"].as_array().unwrap().len(), 2);
    let page = call(&mut store, "ListGroupMemberships", json!({ "GroupId": WRITERS })).unwrap();
    assert_eq!(page, json!({ "GroupMemberships": [] }));
}

#[test]
fn a_page_has_a_hundred_memberships_unless_told_otherwise() {
    let mut store = busy(205);
    let sizes = |pages: Vec<Vec<Value>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(all(&mut store, "ListGroupMembershipsForMember", of(ALICE))), [100, 100, 5]);
    let sixty = with(of(ALICE), "MaxResults", json!(60));
    let pages = all(&mut store, "ListGroupMembershipsForMember", sixty);
    let mut ids: Vec<String> = pages.concat().iter().map(|one| one["GroupId"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), sizes(pages)), (205, vec![60, 60, 60, 25]));
    for bad in [0, 101] {
        invalid(&mut store, "ListGroupMembershipsForMember", with(of(ALICE), "MaxResults", json!(bad)));
        invalid(&mut store, "ListGroupMemberships", json!({ "GroupId": READERS, "MaxResults": bad }));
    }
}

#[test]
fn a_group_is_paged_too() {
    let mut store = store();
    store.add_member(READERS, ALICE).unwrap();
    store.add_member(READERS, BOB).unwrap();
    let pages = all(&mut store, "ListGroupMemberships", json!({ "GroupId": READERS, "MaxResults": 1 }));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    assert_ne!(pages[0], pages[1]);
}

#[test]
fn a_token_of_another_question_or_of_nobody_is_refused() {
    let mut store = busy(3);
    let first = with(of(ALICE), "MaxResults", json!(1));
    let token = call(&mut store, "ListGroupMembershipsForMember", first).unwrap()["NextToken"].clone();
    invalid(&mut store, "ListGroupMembershipsForMember", with(of(BOB), "NextToken", token.clone()));
    invalid(&mut store, "ListGroupMemberships", json!({ "GroupId": READERS, "NextToken": token }));
    for garbage in ["", "abc", "not a token", "0123456789abcdef0123"] {
        invalid(&mut store, "ListGroupMembershipsForMember", with(of(ALICE), "NextToken", json!(garbage)));
    }
    let by_arn = json!({ "UserId": format!("arn:aws:identitystore:::user/{ALICE}") });
    let same = json!({ "MemberId": by_arn, "NextToken": token });
    assert!(call(&mut store, "ListGroupMembershipsForMember", same).is_ok(), "it is the same question");
}

#[test]
fn a_membership_that_ends_between_two_pages_hides_no_other() {
    let mut store = busy(3);
    let two = with(of(ALICE), "MaxResults", json!(2));
    let first = call(&mut store, "ListGroupMembershipsForMember", two.clone()).unwrap();
    let gone = first["GroupMemberships"][0]["GroupId"].as_str().unwrap().to_owned();
    store.remove_member(&gone, ALICE).unwrap();
    let rest = with(two, "NextToken", first["NextToken"].clone());
    let rest = call(&mut store, "ListGroupMembershipsForMember", rest).unwrap();
    assert_eq!(rest["GroupMemberships"].as_array().unwrap().len(), 1);
    let one = with(of(ALICE), "MaxResults", json!(1));
    let pages = all(&mut store, "ListGroupMembershipsForMember", one);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn memberships_of_who_or_what_is_unknown_are_not_found() {
    let mut store = store();
    missing(&mut store, "ListGroupMembershipsForMember", of(NOBODY), "USER");
    missing(&mut store, "ListGroupMemberships", json!({ "GroupId": NOBODY }), "GROUP");
    let refusal =
        missing(&mut store, "DescribeGroupMembership", json!({ "MembershipId": NOBODY }), "GROUP_MEMBERSHIP");
    assert_eq!(refusal.extra["ResourceId"], NOBODY);
}

#[test]
fn one_call_tells_of_many_groups_whether_a_user_is_in_them() {
    let mut store = store();
    store.add_member(WRITERS, ALICE).unwrap();
    let ask = |groups: Value| with(of(ALICE), "GroupIds", groups);
    let answer = call(&mut store, "IsMemberInGroups", ask(json!([READERS, WRITERS.to_uppercase()]))).unwrap();
    let expected = json!([
        { "GroupId": READERS, "MemberId": { "UserId": ALICE }, "MembershipExists": false },
        { "GroupId": WRITERS, "MemberId": { "UserId": ALICE }, "MembershipExists": true },
    ]);
    assert_eq!(answer["Results"], expected);
    missing(&mut store, "IsMemberInGroups", ask(json!([READERS, NOBODY])), "GROUP");
    missing(&mut store, "IsMemberInGroups", with(of(NOBODY), "GroupIds", json!([READERS])), "USER");
}

#[test]
fn one_to_a_hundred_groups_can_be_asked_for() {
    let mut store = busy(101);
    let ids: Vec<String> = (1..=101).map(|i| format!("b1b2c3d4-0000-4000-8000-{i:012}")).collect();
    let ask = |groups: &[String]| with(of(ALICE), "GroupIds", json!(groups));
    assert!(call(&mut store, "IsMemberInGroups", ask(&ids[..100])).is_ok());
    invalid(&mut store, "IsMemberInGroups", ask(&ids));
    invalid(&mut store, "IsMemberInGroups", ask(&[]));
    invalid(&mut store, "IsMemberInGroups", of(ALICE));
    let message = invalid(&mut store, "IsMemberInGroups", with(of(ALICE), "GroupIds", json!([READERS, "x"])));
    assert!(message.contains("'groupIds.2.member'"), "{message}");
}

#[test]
fn a_member_is_a_user_id_and_nothing_else() {
    let mut store = store();
    for bad in [json!({}), json!({ "GroupId": READERS }), json!({ "UserId": "alice" })] {
        invalid(&mut store, "ListGroupMembershipsForMember", json!({ "MemberId": bad }));
    }
    invalid(&mut store, "ListGroupMembershipsForMember", json!({}));
}
