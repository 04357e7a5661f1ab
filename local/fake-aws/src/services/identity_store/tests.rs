//! Tests of the Identity Store, call by call.

mod changes;
mod lookups;
mod memberships;

use super::{IdentityStore, KmsMask};
use crate::service::{Call, Caller, Refusal};
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

const STORE: &str = "d-1234567890";
const REGION: &str = "eu-west-1";
const ALICE: &str = "a1b2c3d4-0000-4000-8000-00000000a11c";
const BOB: &str = "1234567890-a1b2c3d4-0000-4000-8000-000000000b0b";
const READERS: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const WRITERS: &str = "a1b2c3d4-0000-4000-8000-000000000002";
const NOBODY: &str = "a1b2c3d4-0000-4000-8000-ffffffffffff";

/// Returns a store with two users and two groups that have no members.
fn store() -> IdentityStore {
    let mut store = IdentityStore::new("999988887777", REGION, STORE);
    store.add_user(ALICE, "Alice@corp.example").unwrap();
    store.add_user(BOB, "bob@corp.example").unwrap();
    store.add_group(READERS, "Studio Readers").unwrap();
    store.add_group(WRITERS, "Studio Writers").unwrap();
    store
}

fn call_in(store: &mut IdentityStore, region: &str, operation: &str, body: &Value) -> Result<Value, Refusal> {
    let caller = Caller { account: "111122223333".to_owned(), arn: String::new(), label: String::new() };
    store.handle(&Call { caller: &caller, region, operation, body, now: UNIX_EPOCH })
}

/// Calls the store in its Region, with the store's id filled in.
fn call(store: &mut IdentityStore, operation: &str, mut body: Value) -> Result<Value, Refusal> {
    if body.get("IdentityStoreId").is_none() {
        body["IdentityStoreId"] = json!(STORE);
    }
    call_in(store, REGION, operation, &body)
}

fn refused(store: &mut IdentityStore, operation: &str, body: Value) -> Refusal {
    let refusal = call(store, operation, body).unwrap_err();
    assert_eq!(refusal.status, 400);
    refusal
}

/// Expects that a resource of this kind is not found.
fn missing(store: &mut IdentityStore, operation: &str, body: Value, kind: &str) -> Refusal {
    let refusal = refused(store, operation, body);
    assert_eq!(refusal.code, "ResourceNotFoundException");
    assert_eq!(refusal.extra["ResourceType"], kind);
    assert!(!refusal.extra.contains_key("Reason"));
    refusal
}

fn invalid(store: &mut IdentityStore, operation: &str, body: Value) -> String {
    let refusal = refused(store, operation, body);
    assert_eq!(refusal.code, "ValidationException");
    refusal.message
}

fn user(id: &str) -> Value {
    json!({ "UserId": id })
}

#[test]
fn answers_listed_operations_and_refuses_others_by_name() {
    let mut store = store();
    for operation in super::OPERATIONS {
        // Every operation refuses this body, whichever members it requires: no page has a thousand
        // entries [2.5].
        let body = json!({ "MaxResults": 1000 });
        assert_eq!(refused(&mut store, operation, body).code, "ValidationException", "{operation}");
    }
    let refusal = call(&mut store, "DeleteUser", user(ALICE)).unwrap_err();
    assert_eq!((refusal.status, refusal.code.as_str()), (501, "NotEmulated"));
    assert!(refusal.message.contains("identitystore:DeleteUser"));
}

#[test]
fn lists_users_and_groups_by_page_and_users_with_status() {
    let mut store = store();
    store.set_status(BOB, super::UserStatus::Disabled).unwrap();
    for (operation, list) in [("ListUsers", "Users"), ("ListGroups", "Groups")] {
        let first = call(&mut store, operation, json!({ "MaxResults": 1 })).unwrap();
        let body = json!({ "MaxResults": 1, "NextToken": first["NextToken"] });
        let second = call(&mut store, operation, body).unwrap();
        assert_eq!((first[list].as_array().unwrap().len(), second[list].as_array().unwrap().len()), (1, 1));
        assert_ne!(first[list], second[list]);
        assert!(second.get("NextToken").is_none_or(Value::is_null), "{operation}: {second}");
    }
    let users = call(&mut store, "ListUsers", json!({})).unwrap();
    let statuses: Vec<&str> =
        users["Users"].as_array().unwrap().iter().map(|user| user["UserStatus"].as_str().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == "DISABLED").count(), 1, "{statuses:?}");
}

#[test]
fn a_call_in_another_region_or_for_another_store_finds_nothing() {
    let mut store = store();
    let body = json!({ "IdentityStoreId": STORE, "UserId": ALICE });
    let refusal = call_in(&mut store, "us-east-1", "DescribeUser", &body).unwrap_err();
    assert_eq!(
        (refusal.code.as_str(), &refusal.extra["ResourceType"]),
        ("ResourceNotFoundException", &json!("IDENTITY_STORE"))
    );
    let other = json!({ "IdentityStoreId": "d-0987654321", "UserId": ALICE });
    let refusal = missing(&mut store, "DescribeUser", other, "IDENTITY_STORE");
    assert_eq!(refusal.extra["ResourceId"], "d-0987654321");
    let arn = "arn:aws:identitystore::111122223333:identitystore/d-1234567890";
    missing(&mut store, "DescribeUser", json!({ "IdentityStoreId": arn, "UserId": ALICE }), "IDENTITY_STORE");
}

#[test]
fn store_and_user_can_be_named_by_their_arns() {
    let mut store = store();
    let (arn, of_alice) = (store.store_arn(), format!("arn:aws:identitystore:::user/{ALICE}"));
    let answer =
        call(&mut store, "DescribeUser", json!({ "IdentityStoreId": arn, "UserId": of_alice })).unwrap();
    assert_eq!((&answer["UserId"], &answer["IdentityStoreId"]), (&json!(ALICE), &json!(STORE)));
    assert_eq!(answer["UserArn"], of_alice);
    let of_group = format!("arn:aws:identitystore:::group/{READERS}");
    assert!(call(&mut store, "DescribeGroup", json!({ "GroupId": of_group })).is_ok());
    invalid(&mut store, "DescribeUser", user(&of_group));
}

#[test]
fn a_store_that_moved_partition_tells_so_in_its_arns() {
    for (region, partition) in
        [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-east-1", "aws")]
    {
        let store = IdentityStore::new("999988887777", region, STORE);
        assert!(
            store.store_arn().starts_with(&format!("arn:{partition}:identitystore::999988887777:")),
            "{region}"
        );
    }
}

#[test]
fn ids_do_not_mind_case_and_a_prefix_makes_another_id() {
    let mut store = store();
    assert_eq!(call(&mut store, "DescribeUser", user(&ALICE.to_uppercase())).unwrap()["UserId"], ALICE);
    let bare = BOB.split_once('-').unwrap().1;
    missing(&mut store, "DescribeUser", user(bare), "USER");
    assert_eq!(call(&mut store, "DescribeUser", user(BOB)).unwrap()["UserName"], "bob@corp.example");
}

#[test]
fn ids_outside_the_patterns_are_refused() {
    let mut store = store();
    for bad in [
        "",
        "alice",
        "d-1234567890",
        "12345-a1b2c3d4-0000-4000-8000-00000000a11c",
        "arn:aws:identitystore:::role/x",
    ] {
        assert!(invalid(&mut store, "DescribeUser", user(bad)).contains("'userId'"), "{bad}");
    }
    for bad in
        ["", "d-123", "d-123456789G", "1234567890", "arn:aws:identitystore::1:identitystore/d-1234567890"]
    {
        let body = json!({ "IdentityStoreId": bad, "UserId": ALICE });
        assert!(invalid(&mut store, "DescribeUser", body).contains("'identityStoreId'"), "{bad}");
    }
    missing(
        &mut store,
        "DescribeUser",
        json!({ "IdentityStoreId": NOBODY, "UserId": ALICE }),
        "IDENTITY_STORE",
    );
}

#[test]
fn a_member_that_the_model_does_not_know_is_refused() {
    let mut store = store();
    assert!(
        invalid(&mut store, "DescribeGroup", json!({ "GroupId": READERS, "Name": "x" })).contains("'name'")
    );
}

#[test]
fn behind_a_masked_key_nothing_is_told_and_the_reason_says_so() {
    for (mask, code, reason) in [
        (KmsMask::KeyNotFound, "ResourceNotFoundException", "KMS_KEY_NOT_FOUND"),
        (KmsMask::AccessDenied, "AccessDeniedException", "KMS_ACCESS_DENIED"),
        (KmsMask::Disabled, "ValidationException", "KMS_DISABLED"),
        (KmsMask::Throttled, "ThrottlingException", "KMS_THROTTLING"),
    ] {
        let mut store = store();
        store.kms_masked = Some(mask);
        for operation in super::OPERATIONS {
            let refusal = refused(&mut store, operation, user(ALICE));
            assert_eq!(
                (refusal.code.as_str(), &refusal.extra["Reason"]),
                (code, &json!(reason)),
                "{operation}"
            );
        }
        assert_eq!(call(&mut store, "DeleteUser", user(ALICE)).unwrap_err().code, "NotEmulated");
        store.kms_masked = None;
        assert!(call(&mut store, "DescribeUser", user(ALICE)).is_ok());
    }
}
