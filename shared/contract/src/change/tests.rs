//! Every input that the parser accepts, and every way in which it refuses one.

use super::*;
use serde_json::json;

const USER: &str = "04c8e458-a021-702e-f9d1-7f430ff2c752";

fn record(source: &str, name: &str, parameters: &Value) -> Value {
    json!({"detail-type": "AWS API Call via CloudTrail", "detail": {
        "eventSource": source, "eventName": name, "eventID": "c2c0873b", "requestParameters": parameters, "responseElements": null}})
}

fn subject(input: &Value) -> Subject {
    match parse(input) {
        Ok(ParsedEvent::Change(change)) => change.subject,
        other => panic!("{other:?}"),
    }
}

const STORE: &str = "d-906716eb24";

#[test]
fn each_event_names_whom_it_concerns_in_its_own_place() {
    let user = Subject::Id(UserId::new(USER).unwrap());
    let group = Subject::Group(GroupId::new("g-1").unwrap());
    for event in EVENTS.iter().filter(|event| !event.is_told_by_the_answer()) {
        let (parameters, expected) = match (event.source, event.name) {
            (_, "AddMemberToGroup") => {
                (json!({"identityStoreId": STORE, "groupId": "g", "member": {"memberId": USER}}), &user)
            }
            (_, "RemoveMemberFromGroup") => {
                (json!({"identityStoreId": STORE, "groupId": "g", "memberId": USER}), &user)
            }
            (_, "CreateGroupMembership") => {
                (json!({"identityStoreId": STORE, "groupId": "g", "memberId": {"userId": USER}}), &user)
            }
            (_, "DeleteGroupMembership") => (
                json!({"identityStoreId": STORE, "membershipId": "M-1"}),
                &Subject::Membership(MembershipId::new("m-1").unwrap()),
            ),
            ("identitystore-scim.amazonaws.com", name) if name.ends_with("Group") => {
                (json!({"tenantId": "t", "id": "G-1", "httpBody": {"operations": []}}), &group)
            }
            ("identitystore-scim.amazonaws.com", _) => (json!({"tenantId": "t", "id": USER}), &user),
            (_, name) if name.contains("Group") => {
                (json!({"identityStoreId": STORE, "groupId": "g-1"}), &group)
            }
            _ => (json!({"identityStoreId": STORE, "userId": USER}), &user),
        };
        assert_eq!(&subject(&record(event.source, event.name, &parameters)), expected, "{}", event.name);
    }
}

#[test]
fn a_group_that_scim_creates_is_named_by_the_answer() {
    let told = EVENTS.iter().filter(|event| event.is_told_by_the_answer());
    let told: Vec<_> = told.map(|event| (event.source, event.name)).collect();
    assert_eq!(told, [("identitystore-scim.amazonaws.com", "CreateGroup")]);
    let mut created = record(told[0].0, told[0].1, &json!({"tenantId": "t", "id": "of-the-request"}));
    assert!(parse(&created).unwrap_err().to_string().contains("responseElements is missing"));
    created["detail"]["responseElements"] = json!({"id": "G-1"});
    assert_eq!(subject(&created), Subject::Group(GroupId::new("g-1").unwrap()));
    created["detail"]["responseElements"] = json!({"displayName": "x"});
    assert!(parse(&created).unwrap_err().to_string().contains("responseElements.id is missing"));
}

#[test]
fn a_person_may_type_an_id_in_every_form_it_has() {
    let user = Subject::Id(UserId::new(USER).unwrap());
    let upper = USER.to_uppercase();
    for id in [
        USER,
        upper.as_str(),
        &format!("arn:aws:identitystore:::user/{USER}"),
        &format!("ARN:AWS:IDENTITYSTORE:::USER/{upper}"),
    ] {
        assert_eq!(subject(&json!({"userId": id})), user, "{id}");
    }
    let prefixed = format!("906716eb24-{USER}");
    let user = Subject::Id(UserId::new(&prefixed).unwrap());
    for id in [
        prefixed.as_str(),
        &prefixed.to_uppercase(),
        &format!("arn:aws-us-gov:identitystore:::user/{prefixed}"),
    ] {
        assert_eq!(subject(&json!({"userId": id})), user, "{id}");
    }
}

#[test]
fn a_user_name_typed_as_an_id_gets_a_hint() {
    for id in [
        "ana",
        "ana@example.com",
        "studio-admins",
        "04c8e458",
        "HIDDEN_DUE_TO_SECURITY_REASONS",
        "",
        "arn:aws:iam::111122223333:user/ana",
    ] {
        let error = parse(&json!({"userId": id})).unwrap_err();
        assert_eq!(error, BadChange::NotAnId(id.to_owned()));
        assert!(error.to_string().contains(r#"for a user name write {"userName": ...}"#), "{error}");
        assert_eq!(error.name(), "InvalidInput");
    }
    let event = record("sso-directory.amazonaws.com", "DeleteUser", &json!({"userId": "u-1"}));
    assert_eq!(subject(&event), Subject::Id(UserId::new("u-1").unwrap()), "an event may spell it otherwise");
}

#[test]
fn accepts_both_member_forms_of_the_public_api() {
    let created = |member: Value| {
        subject(&record("identitystore.amazonaws.com", "CreateGroupMembership", &json!({"memberId": member})))
    };
    assert_eq!(created(json!({"userId": USER})), created(json!(USER)));
}

#[test]
fn an_event_of_scim_names_no_store() {
    let heard = parse(&record("identitystore-scim.amazonaws.com", "PatchGroup", &json!({"id": "g-1"})));
    let Ok(ParsedEvent::Change(change)) = heard else { panic!("{heard:?}") };
    assert_eq!(change.store_id, None);
}

#[test]
fn a_bare_record_is_read_like_one_in_its_envelope() {
    let whole = record("sso-directory.amazonaws.com", "DeleteUser", &json!({"userId": USER}));
    assert_eq!(parse(&whole["detail"]), parse(&whole));
}

#[test]
fn a_person_may_start_it_by_name_or_by_id() {
    assert_eq!(subject(&json!({"userName": "ana@example.com"})), Subject::Name("ana@example.com".into()));
    assert_eq!(
        subject(&json!({"userId": USER, "reason": "ticket 7"})),
        Subject::Id(UserId::new(USER).unwrap())
    );
}

#[test]
fn the_cause_keeps_the_event_id() {
    let Ok(ParsedEvent::Change(change)) =
        parse(&record("sso-directory.amazonaws.com", "DeleteUser", &json!({"userId": USER})))
    else {
        panic!("a change")
    };
    assert_eq!(
        change.cause,
        Cause { reason: "DeleteUser".into(), event_id: Some("c2c0873b".into()), approval: None }
    );
}

#[test]
fn a_call_that_failed_is_no_change() {
    let mut input = record("sso-directory.amazonaws.com", "AddMemberToGroup", &json!({}));
    input["detail"]["errorCode"] = json!("AccessDenied");
    let heard = parse(&input).unwrap();
    assert_eq!(
        heard,
        ParsedEvent::FailedCall { event_name: "AddMemberToGroup".into(), error_code: "AccessDenied".into() }
    );
}

#[test]
fn every_bad_input_says_what_is_wrong_with_it() {
    let add = |parameters: Value| record("sso-directory.amazonaws.com", "AddMemberToGroup", &parameters);
    for (input, expected) in [
        (json!("text"), "neither a CloudTrail record"),
        (json!({}), "neither a CloudTrail record"),
        (json!({"detail": 7}), "detail is not an object"),
        (json!({"detail": {}}), "eventName is missing"),
        (json!({"userNam": "x", "userName": "y"}), r#"unknown member "userNam""#),
        (json!({"userName": "x", "userId": USER}), "not both"),
        (json!({"userName": ""}), "userName is missing"),
        (json!({"userName": 7}), "userName is not text"),
        (record("s3.amazonaws.com", "PutObject", &json!({})), "s3.amazonaws.com"),
        (record("sso-directory.amazonaws.com", "CreateGroup", &json!({})), "CreateGroup"),
        (add(json!({})), "requestParameters.member.memberId is missing"),
        (add(json!({"member": "x"})), "requestParameters.member.memberId is not inside an object"),
        (add(json!({"member": {"memberId": ["x"]}})), "requestParameters.member.memberId is not text"),
        (add(json!({"member": {"memberId": "HIDDEN_DUE_TO_SECURITY_REASONS"}})), "an id is malformed"),
        (add(Value::Null), "requestParameters is missing"),
        (
            record("identitystore.amazonaws.com", "CreateGroupMembership", &json!({"memberId": {}})),
            "requestParameters.memberId.userId is missing",
        ),
        (
            record("identitystore-scim.amazonaws.com", "PatchGroup", &json!({})),
            "requestParameters.id is missing",
        ),
        (record("identitystore-scim.amazonaws.com", "CreateUser", &json!({"id": "u"})), "CreateUser"),
    ] {
        let error = parse(&input).unwrap_err();
        assert!(error.to_string().contains(expected), "{error} should contain {expected}");
        assert_eq!(error.name(), "InvalidInput");
    }
}

#[test]
fn an_endless_text_is_refused_and_never_repeated_whole() {
    let endless = "x".repeat(200_000);
    let inputs = [
        json!({"userName": endless}),
        json!({"userName": "ana", "reason": endless}),
        json!({"userId": endless}),
        json!({"eventName": endless}),
        json!({"eventName": endless, "eventSource": endless}),
        record("sso-directory.amazonaws.com", &endless, &json!({})),
    ];
    for input in &inputs {
        let said = format!("{:?}", parse(input));
        assert!(said.len() < 1000, "{} characters", said.len());
    }
    assert_eq!(parse(&inputs[0]), Err(BadChange::LongName));
}
