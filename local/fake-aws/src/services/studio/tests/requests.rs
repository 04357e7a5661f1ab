//! An invalid request is refused in the words of the service, before it has any effect.

use super::{Stand, creation, named, role};
use serde_json::{Value, json};

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

#[test]
fn a_name_outside_the_pattern_is_refused_in_the_services_words() {
    let mut stand = Stand::new();
    let (code, message) = stand.refused("DescribeUserProfile", named("alice@corp"));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value 'alice@corp' at 'userProfileName' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    );
    for bad in ["", "-a", "a-", "a.b", "a_b", "é"] {
        assert_eq!(stand.code("DescribeUserProfile", named(bad)), "ValidationException", "{bad}");
    }
    for good in ["a", "A--9", "alice-corp"] {
        assert_eq!(stand.code("DescribeUserProfile", named(good)), "ResourceNotFound", "{good}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut stand = Stand::new();
    let (_, message) = stand.refused("DescribeUserProfile", json!({ "UserProfileName": "x".repeat(64) }));
    assert!(message.starts_with("3 validation errors detected: "), "{message}");
    assert!(
        message.contains("Value null at 'domainId' failed to satisfy constraint: Member must not be null")
    );
    assert!(message.contains("Member must have length less than or equal to 63"));
}

#[test]
fn a_name_may_have_sixty_three_characters() {
    let mut stand = Stand::new();
    assert!(stand.create(&"x".repeat(63), "alice").is_ok());
}

#[test]
fn a_member_that_the_model_does_not_know_is_refused() {
    let mut stand = Stand::new();
    let (code, message) = stand.refused("DescribeUserProfile", with(named("alice"), "Region", json!("eu")));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("'region'"), "{message}");
    let inner = with(creation("alice", "alice"), "UserSettings", json!({ "Role": "x" }));
    assert!(stand.refused("CreateUserProfile", inner).1.contains("'userSettings.role'"));
}

#[test]
fn a_value_of_the_wrong_kind_does_not_parse() {
    let mut stand = Stand::new();
    assert_eq!(
        stand.code("DescribeUserProfile", with(named("a"), "UserProfileName", json!(7))),
        "SerializationException"
    );
    assert_eq!(stand.code("DescribeUserProfile", json!([])), "SerializationException");
}

#[test]
fn a_domain_id_outside_the_pattern_is_refused() {
    let mut stand = Stand::new();
    for bad in ["abc", "d-", "d-A", "d-a-", "D-abc"] {
        assert_eq!(stand.code("DescribeDomain", json!({ "DomainId": bad })), "ValidationException", "{bad}");
    }
    assert_eq!(stand.code("DescribeDomain", json!({ "DomainId": "d--other" })), "ResourceNotFound");
}

#[test]
fn an_execution_role_must_be_in_the_account_of_the_domain() {
    let mut stand = Stand::new();
    let foreign = "arn:aws:iam::999900001111:role/studio/Reader";
    for bad in ["reader", "arn:aws:iam::1111:role/Reader", "arn:aws:iam::111122223333:user/Reader", foreign] {
        let body = with(creation("alice", "alice"), "UserSettings", json!({ "ExecutionRole": bad }));
        assert_eq!(stand.code("CreateUserProfile", body), "ValidationException", "{bad}");
    }
    stand.create("alice", "alice").unwrap();
    stand.wait(20);
    let update = with(named("alice"), "UserSettings", json!({ "ExecutionRole": foreign }));
    assert_eq!(stand.code("UpdateUserProfile", update), "ValidationException");
    let gov = role("Reader").replace("arn:aws:", "arn:aws-us-gov:");
    let update = with(named("alice"), "UserSettings", json!({ "ExecutionRole": gov }));
    assert!(stand.call("UpdateUserProfile", update).is_ok());
}

#[test]
fn at_most_four_security_groups_of_the_right_form_are_taken() {
    let mut stand = Stand::new();
    let groups =
        |groups: Value| with(creation("alice", "alice"), "UserSettings", json!({ "SecurityGroups": groups }));
    assert_eq!(stand.code("CreateUserProfile", groups(json!(["sg-1", "sg 2"]))), "ValidationException");
    assert_eq!(
        stand.code("CreateUserProfile", groups(json!(["a", "b", "c", "d", "e"]))),
        "ValidationException"
    );
    let four = json!(["sg-1", "sg-2", "sg-3", "sg-4"]);
    assert!(stand.call("CreateUserProfile", groups(four.clone())).is_ok());
    assert_eq!(stand.describe("alice").unwrap()["UserSettings"]["SecurityGroups"], four);
}

#[test]
fn a_page_has_one_to_a_hundred_items() {
    let mut stand = Stand::new();
    for bad in [0, 101, -1] {
        assert_eq!(stand.code("ListApps", json!({ "MaxResults": bad })), "ValidationException", "{bad}");
    }
    assert!(
        stand.refused("ListSpaces", json!({ "MaxResults": 101 })).1.contains("less than or equal to 100")
    );
    assert_eq!(stand.code("ListUserProfiles", json!({ "SortOrder": "Up" })), "ValidationException");
}
