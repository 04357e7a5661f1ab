//! What a sweep understands and what it makes of a group.

use super::*;
use serde_json::json;

const TARGET: &str = "111122223333/eu-west-1/d-abc";

fn rules(rows: &[(&str, &str, u32)]) -> Rules {
    let mut rules = Rules::default();
    for (group, role, priority) in rows {
        let row = json!({"group": group, "target": TARGET, "priority": priority,
            "executionRoleArn": format!("arn:aws:iam::111122223333:role/studio/{role}")});
        rules.rows.push(crate::mapping::from_row(row.as_object().unwrap()).unwrap());
    }
    rules
}

fn grant(group: &str, role: &str, status: &str) -> Grant {
    serde_json::from_value(json!({"storeId": "d-1", "userId": "u-1", "status": status, "profileName": "ana",
        "userName": "ana", "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"},
        "removal": "keep", "roleArn": format!("arn:aws:iam::111122223333:role/studio/{role}"), "groupName": group,
        "groupId": format!("id-{group}"), "membershipId": "m-1", "execution": "e", "reason": "r", "updatedAt": "t", "version": 1}))
    .unwrap()
}

fn id(group: &str) -> GroupId {
    GroupId::new(format!("id-{group}")).unwrap()
}

fn compare(group: &str, grant: Option<&Grant>, rules: &Rules) -> Against {
    let names = ["admins", "readers"].map(|name| (id(name), name.to_owned())).into();
    let mapped = Mapped::new(names, rules.clone());
    let given = mapped.gives(&id(group))[&TARGET.parse().unwrap()].clone();
    mapped.against(&id(group), &given, grant)
}

#[test]
fn an_empty_input_and_a_schedule_mean_everyone() {
    assert_eq!(parse(&json!({})).unwrap().asked, Asked::Everyone);
    let event = parse(&event()).unwrap();
    assert_eq!((event.asked, event.reason.as_str()), (Asked::Everyone, "schedule"));
    let time = time::OffsetDateTime::from_unix_timestamp(1_772_438_400).unwrap();
    assert_eq!(event.scheduled, Some(Scheduled { id: "e-1".to_owned(), time }));
}

/// As EventBridge writes it.
fn event() -> Value {
    json!({"version": "0", "id": "e-1", "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "111122223333", "time": "2026-03-02T08:00:00Z", "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:111122223333:rule/studio-access-sweep"], "detail": {}})
}

#[test]
fn only_an_event_of_the_schedule_is_scheduled() {
    for by_hand in [json!({"reason": "schedule"}), json!({"group": "admins", "reason": "schedule"})] {
        assert_eq!(parse(&by_hand).unwrap().scheduled, None, "{by_hand}");
    }
    for (member, value) in [("id", json!(null)), ("time", json!("soon")), ("time", json!(null))] {
        let mut event = event();
        event[member] = value;
        assert_eq!(parse(&event).unwrap().scheduled, None, "{event}");
    }
    for (member, value) in [
        ("source", json!("mine")),
        ("detail-type", json!("x")),
        ("group", json!("a")),
        ("scheduled", json!(true)),
    ] {
        let mut event = event();
        event[member] = value;
        assert!(parse(&event).is_err(), "{event}");
    }
}

#[test]
fn a_sweep_is_kept_under_its_name_and_the_time_of_its_start() {
    let at = |seconds| key("nightly", time::OffsetDateTime::from_unix_timestamp(seconds).unwrap());
    assert_eq!(at(1_772_438_400), "nightly/2026-03-02T08:00:00Z");
    assert_ne!(at(1_772_438_400), at(1_772_438_401));
}

#[test]
fn a_progress_with_anything_else_in_it_is_not_read() {
    let progress = json!({"sweep": "s", "list": "s", "reason": "r", "scheduled": false, "phase": "starts",
        "found": {"groups": 1, "members": 2, "held": 3, "started": 4, "removals": 5}});
    let read = |value: &Value| serde_json::from_value::<Progress>(value.clone());
    let whole = read(&progress).unwrap();
    assert_eq!(read(&serde_json::from_str(&whole.text()).unwrap()).unwrap(), whole);
    let mut more = progress.clone();
    more["approve"] = json!("s");
    let mut counted = progress;
    counted["found"]["more"] = json!(1);
    assert!(read(&more).is_err() && read(&counted).is_err());
}

#[test]
fn a_grant_is_compared_with_its_group_in_every_form_of_the_id() {
    let uuid = "14f83478-a061-708f-8de4-a3a2b99e9d89";
    let prefixed = GroupId::new(format!("906716eb24-{uuid}")).unwrap();
    let mapped = Mapped::new([(prefixed.clone(), "admins".to_owned())].into(), rules(&[("admins", "a", 1)]));
    let given = mapped.gives(&prefixed)[&TARGET.parse().unwrap()].clone();
    let grant = Grant { group_id: uuid.to_uppercase(), ..grant("admins", "a", "active") };
    assert_eq!(mapped.against(&prefixed, &given, Some(&grant)), Against::Right);
    assert_eq!(mapped.known(uuid), Some(&prefixed));
}

#[test]
fn one_thing_may_be_named_with_a_reason() {
    let asked = |value| parse(&value).unwrap().asked;
    assert_eq!(
        asked(json!({"group": "admins", "reason": "DeleteGroup", "eventId": "e", "version": 2})),
        Asked::Group("admins".into())
    );
    assert_eq!(asked(json!({"membership": "m-1"})), Asked::Membership("m-1".into()));
    assert_eq!(asked(json!({"userName": "ana"})), Asked::UserName("ana".into()));
    assert_eq!(asked(json!({"approve": "sweep-1"})), Asked::Approve("sweep-1".into()));
}

#[test]
fn what_is_not_understood_is_refused_with_the_reason() {
    let refused = |value: Value| parse(&value).unwrap_err().to_string();
    assert!(refused(json!([])).contains("JSON object"));
    assert!(refused(json!({"groups": "a"})).contains("\"groups\""));
    assert!(refused(json!({"group": "a", "approve": "b"})).contains("exclude"));
    assert!(refused(json!({"group": 7})).contains("group is not a text"));
    assert!(refused(json!({"userId": "two words"})).contains("userId"));
    assert!(refused(json!({"userId": "ana"})).contains(r#"for a user name write {"userName": ...}"#));
}

#[test]
fn a_member_without_an_active_grant_differs() {
    let rules = rules(&[("admins", "a", 1)]);
    assert_eq!(compare("admins", None, &rules), Against::Differs);
    for status in ["creating", "suspended", "removed"] {
        assert_eq!(
            compare("admins", Some(&grant("admins", "a", status)), &rules),
            Against::Differs,
            "{status}"
        );
    }
    assert_eq!(compare("admins", Some(&grant("admins", "a", "active")), &rules), Against::Right);
}

#[test]
fn a_grant_with_another_role_than_the_group_gives_now_differs() {
    let rules = rules(&[("admins", "new", 1)]);
    assert_eq!(compare("admins", Some(&grant("admins", "old", "active")), &rules), Against::Differs);
}

#[test]
fn the_better_group_counts_whichever_is_looked_at() {
    let rules = rules(&[("admins", "a", 1), ("readers", "r", 50)]);
    assert_eq!(compare("readers", Some(&grant("admins", "a", "active")), &rules), Against::Elsewhere);
    assert_eq!(compare("admins", Some(&grant("readers", "r", "active")), &rules), Against::Differs);
}

#[test]
fn a_grant_of_a_group_that_is_not_mapped_any_more_differs() {
    let rules = rules(&[("readers", "r", 50)]);
    assert_eq!(compare("readers", Some(&grant("admins", "a", "active")), &rules), Against::Differs);
}

#[test]
fn an_unreadable_row_counts_as_mapped() {
    let mut rules = rules(&[]);
    let target = TARGET.parse().unwrap();
    let is_mapped = |rules: &Rules| {
        let names = [(id("admins"), "admins".to_owned())].into();
        Mapped::new(names, rules.clone()).is_mapped(&id("admins"), &target)
    };
    assert!(!is_mapped(&rules));
    for written in [TARGET, "nowhere"] {
        let bad = json!({"group": "admins", "target": written, "executionRoleArn": "x"});
        rules.bad = vec![*crate::mapping::from_row(bad.as_object().unwrap()).unwrap_err()];
        assert!(is_mapped(&rules), "{written}");
        assert!(is_mapped_at_all(&id("admins"), "admins", &rules), "{written}");
        assert!(!is_mapped_at_all(&id("others"), "others", &rules), "{written}");
    }
}
