//! Users and groups: describing them, and finding their ids.

use super::super::UserStatus;
use super::{ALICE, NOBODY, READERS, STORE, call, invalid, missing, store, user};
use serde_json::{Value, json};

fn by(path: &str, value: &str) -> Value {
    json!({ "AlternateIdentifier": { "UniqueAttribute": { "AttributePath": path, "AttributeValue": value } } })
}

#[test]
fn a_user_is_described_with_name_and_status() {
    let mut store = store();
    let answer = call(&mut store, "DescribeUser", user(ALICE)).unwrap();
    assert_eq!(answer["UserName"], "Alice@corp.example");
    assert_eq!(answer["UserStatus"], "ENABLED");
    assert_eq!(answer["Revision"], "1");
    assert!(answer.get("Emails").is_none());
    store.set_contact(ALICE, "Alice A.", "alice@mail.example").unwrap();
    store.set_status(ALICE, UserStatus::Disabled).unwrap();
    let answer = call(&mut store, "DescribeUser", user(ALICE)).unwrap();
    assert_eq!(answer["UserStatus"], "DISABLED");
    assert_eq!(answer["DisplayName"], "Alice A.");
    assert_eq!(answer["Emails"][0]["Value"], "alice@mail.example");
    assert_eq!(answer["Revision"], "3");
}

#[test]
fn an_unknown_user_is_not_found_and_named() {
    let mut store = store();
    let refusal = missing(&mut store, "DescribeUser", user(NOBODY), "USER");
    assert_eq!(refusal.extra["ResourceId"], NOBODY);
    assert_eq!(refusal.message, "USER not found.");
}

#[test]
fn a_group_is_described_with_its_display_name() {
    let mut store = store();
    let answer = call(&mut store, "DescribeGroup", json!({ "GroupId": READERS })).unwrap();
    assert_eq!(answer["DisplayName"], "Studio Readers");
    assert_eq!((&answer["GroupId"], &answer["IdentityStoreId"]), (&json!(READERS), &json!(STORE)));
    assert_eq!(answer["GroupArn"], format!("arn:aws:identitystore:::group/{READERS}"));
    assert_eq!(answer["Revision"], "1");
    missing(&mut store, "DescribeGroup", json!({ "GroupId": NOBODY }), "GROUP");
}

#[test]
fn a_user_is_found_by_name_in_any_case_and_by_mail_address() {
    let mut store = store();
    store.set_contact(ALICE, "Alice", "a.lice@mail.example").unwrap();
    for body in [by("userName", "ALICE@corp.example"), by("emails.value", "A.Lice@mail.example")] {
        let answer = call(&mut store, "GetUserId", body).unwrap();
        assert_eq!((&answer["UserId"], &answer["IdentityStoreId"]), (&json!(ALICE), &json!(STORE)));
        assert_eq!(answer["UserArn"], format!("arn:aws:identitystore:::user/{ALICE}"));
    }
    missing(&mut store, "GetUserId", by("userName", "alice"), "USER");
    missing(&mut store, "GetUserId", by("emails.value", "alice@corp.example"), "USER");
}

#[test]
fn a_group_is_found_by_its_display_name() {
    let mut store = store();
    let answer = call(&mut store, "GetGroupId", by("displayName", "studio readers")).unwrap();
    assert_eq!((&answer["GroupId"], &answer["IdentityStoreId"]), (&json!(READERS), &json!(STORE)));
    assert_eq!(answer["GroupArn"], format!("arn:aws:identitystore:::group/{READERS}"));
    missing(&mut store, "GetGroupId", by("displayName", "Studio"), "GROUP");
}

#[test]
fn other_attributes_find_nobody() {
    let mut store = store();
    for path in ["displayName", "username", "emails", "name.familyName"] {
        invalid(&mut store, "GetUserId", by(path, "alice"));
    }
    invalid(&mut store, "GetGroupId", by("userName", "alice"));
    invalid(&mut store, "GetUserId", by("user name", "alice"));
    invalid(&mut store, "GetUserId", by("userName", ""));
}

#[test]
fn an_alternate_identifier_is_exactly_one_of_two() {
    let mut store = store();
    invalid(&mut store, "GetUserId", json!({}));
    invalid(&mut store, "GetUserId", json!({ "AlternateIdentifier": {} }));
    invalid(&mut store, "GetUserId", json!({ "AlternateIdentifier": { "UserName": "alice" } }));
    let external = json!({ "Issuer": "AD", "Id": "guid" });
    let mut both = by("userName", "alice");
    both["AlternateIdentifier"]["ExternalId"] = external.clone();
    invalid(&mut store, "GetUserId", both);
    missing(&mut store, "GetUserId", json!({ "AlternateIdentifier": { "ExternalId": external } }), "USER");
    invalid(&mut store, "GetUserId", json!({ "AlternateIdentifier": { "ExternalId": { "Id": "guid" } } }));
}
