//! Compares what a group gives with a grant.

use super::*;
use serde_json::json;

const TARGET: &str = "111122223333/eu-west-1/d-abc";

fn rules(rows: &[(&str, &str, u32)]) -> Rules {
    let mut rules = Rules::default();
    for (group, role, priority) in rows {
        let row = json!({"group": group, "target": TARGET, "priority": priority,
            "executionRoleArn": format!("arn:aws:iam::111122223333:role/studio/{role}")});
        rules.rows.push(contract::mapping::from_row(row.as_object().unwrap()).unwrap());
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

fn compare(group: &str, grant: Option<&Grant>, rules: &Rules) -> Comparison {
    let names = ["admins", "readers"].map(|name| (id(name), name.to_owned())).into();
    let mapped = MappedGroups::new(names, rules.clone());
    let given = mapped.gives(&id(group))[&TARGET.parse().unwrap()].clone();
    mapped.compare(&id(group), &given, grant)
}

#[test]
fn a_grant_is_compared_with_its_group_in_every_form_of_the_id() {
    let uuid = "14f83478-a061-708f-8de4-a3a2b99e9d89";
    let prefixed = GroupId::new(format!("906716eb24-{uuid}")).unwrap();
    let mapped =
        MappedGroups::new([(prefixed.clone(), "admins".to_owned())].into(), rules(&[("admins", "a", 1)]));
    let given = mapped.gives(&prefixed)[&TARGET.parse().unwrap()].clone();
    let grant =
        Grant { group_id: GroupId::new(uuid.to_uppercase()).unwrap(), ..grant("admins", "a", "active") };
    assert_eq!(mapped.compare(&prefixed, &given, Some(&grant)), Comparison::Right);
    assert_eq!(mapped.known(&GroupId::new(uuid).unwrap()), Some(prefixed));
}

#[test]
fn a_member_without_an_active_grant_differs() {
    let rules = rules(&[("admins", "a", 1)]);
    assert_eq!(compare("admins", None, &rules), Comparison::Differs);
    for status in ["creating", "suspended", "removed"] {
        assert_eq!(
            compare("admins", Some(&grant("admins", "a", status)), &rules),
            Comparison::Differs,
            "{status}"
        );
    }
    assert_eq!(compare("admins", Some(&grant("admins", "a", "active")), &rules), Comparison::Right);
}

#[test]
fn a_grant_with_another_role_than_the_group_gives_now_differs() {
    let rules = rules(&[("admins", "new", 1)]);
    assert_eq!(compare("admins", Some(&grant("admins", "old", "active")), &rules), Comparison::Differs);
}

#[test]
fn the_better_group_counts_whichever_is_looked_at() {
    let rules = rules(&[("admins", "a", 1), ("readers", "r", 50)]);
    assert_eq!(compare("readers", Some(&grant("admins", "a", "active")), &rules), Comparison::Elsewhere);
    assert_eq!(compare("admins", Some(&grant("readers", "r", "active")), &rules), Comparison::Differs);
}

#[test]
fn a_grant_of_a_group_that_is_not_mapped_any_more_differs() {
    let rules = rules(&[("readers", "r", 50)]);
    assert_eq!(compare("readers", Some(&grant("admins", "a", "active")), &rules), Comparison::Differs);
}

#[test]
fn an_unreadable_row_counts_as_mapped() {
    let mut rules = rules(&[]);
    let target = TARGET.parse().unwrap();
    let to_target = |rules: &Rules| {
        let names = [(id("admins"), "admins".to_owned())].into();
        MappedGroups::new(names, rules.clone()).is_mapped(&id("admins"), &target)
    };
    assert!(!to_target(&rules));
    for written in [TARGET, "nowhere"] {
        let bad = json!({"group": "admins", "target": written, "executionRoleArn": "x"});
        rules.bad = vec![*contract::mapping::from_row(bad.as_object().unwrap()).unwrap_err()];
        assert!(to_target(&rules), "{written}");
        assert!(is_mapped(&id("admins"), "admins", &rules), "{written}");
        assert!(!is_mapped(&id("others"), "others", &rules), "{written}");
    }
}
