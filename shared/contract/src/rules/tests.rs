//! The winning row, the removal policy that applies, and invalid rows, which never mean "not
//! entitled".

use super::*;
use crate::ids::MembershipId;
use crate::mapping::from_row;
use serde_json::json;

const TARGET: &str = "111122223333/eu-west-1/d-abc";

fn member(group: &str) -> Membership {
    Membership {
        group_id: GroupId::new(format!("id-{group}")).unwrap(),
        group_name: group.into(),
        membership_id: MembershipId::new(format!("m-{group}")).unwrap(),
    }
}

fn rules(rows: &[serde_json::Value]) -> Rules {
    let mut rules = Rules::default();
    for row in rows {
        match from_row(row.as_object().unwrap()) {
            Ok(mapping) => rules.rows.push(mapping),
            Err(bad) => rules.bad.push(*bad),
        }
    }
    rules
}

fn row(group: &str, role: &str, priority: u32) -> serde_json::Value {
    json!({"group": group, "target": TARGET, "priority": priority,
        "executionRoleArn": format!("arn:aws:iam::111122223333:role/studio/{role}")})
}

fn role(groups: &[&str], rules: &Rules, status: UserStatus) -> Option<String> {
    let members: Vec<Membership> = groups.iter().map(|g| member(g)).collect();
    let matched = matched(&members, rules);
    let entitlement = matched.entitlement(status, &TARGET.parse().unwrap()).unwrap();
    entitlement.map(|e| e.execution_role_arn.as_str().rsplit('/').next().unwrap().to_owned())
}

#[test]
fn the_lowest_priority_number_wins_whatever_the_order() {
    let rules = rules(&[row("readers", "r", 50), row("admins", "a", 10)]);
    assert_eq!(role(&["readers", "admins"], &rules, UserStatus::Enabled).as_deref(), Some("a"));
    assert_eq!(role(&["admins", "readers"], &rules, UserStatus::Enabled).as_deref(), Some("a"));
    assert_eq!(role(&["readers"], &rules, UserStatus::Enabled).as_deref(), Some("r"));
}

#[test]
fn equal_priorities_are_settled_by_group_name() {
    let rules = rules(&[row("zebra", "z", 10), row("ant", "a", 10)]);
    assert_eq!(role(&["zebra", "ant"], &rules, UserStatus::Enabled).as_deref(), Some("a"));
}

#[test]
fn a_disabled_or_missing_user_is_entitled_to_nothing() {
    let rules = rules(&[row("admins", "a", 10)]);
    assert_eq!(role(&["admins"], &rules, UserStatus::Disabled), None);
    assert_eq!(role(&["admins"], &rules, UserStatus::Gone), None);
}

#[test]
fn a_group_may_be_named_by_its_id_and_nobody_else_by_that_id() {
    let id = "14F83478-A061-708F-8DE4-A3A2B99E9D89";
    let rules = rules(&[row(id, "a", 1)]);
    let target = TARGET.parse().unwrap();
    let by_id = Membership { group_id: GroupId::new(id).unwrap(), ..member("admins") };
    assert!(matched(&[by_id], &rules).entitlement(UserStatus::Enabled, &target).unwrap().is_some());
    let impostor = member(&id.to_lowercase());
    let impostor = Membership { group_id: GroupId::new("other").unwrap(), ..impostor };
    assert!(matched(&[impostor], &rules).entitlement(UserStatus::Enabled, &target).unwrap().is_none());
}

#[test]
fn a_row_means_its_group_by_every_form_of_the_id() {
    let id = "14f83478-a061-708f-8de4-a3a2b99e9d89";
    let target = TARGET.parse().unwrap();
    let forms = [id.to_owned(), format!("906716eb24-{id}"), format!("arn:aws:identitystore:::group/{id}")];
    for (row_form, there) in forms.iter().flat_map(|form| forms.iter().map(move |there| (form, there))) {
        let rules = rules(&[row(row_form, "a", 1)]);
        let by_id = Membership { group_id: GroupId::new(there).unwrap(), ..member("admins") };
        let entitlement = matched(&[by_id], &rules).entitlement(UserStatus::Enabled, &target).unwrap();
        assert!(entitlement.is_some(), "{row_form} {there}");
    }
}

#[test]
fn the_more_careful_policy_counts() {
    use RemovalPolicy as P;
    let granted = |removal: &str| -> Grant {
        serde_json::from_value(json!({"storeId": "d-1", "userId": "u-1", "status": "active", "profileName": "ana",
            "userName": "ana", "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"},
            "removal": removal, "roleArn": "arn:aws:iam::111122223333:role/studio/x", "groupName": "g", "groupId": "g-1",
            "membershipId": "m-1", "execution": "e", "reason": "r", "updatedAt": "t", "version": 1}))
        .unwrap()
    };
    let says = |removal: &str| {
        let mut row = row("g", "x", 1);
        row["removal"] = json!(removal);
        rules(&[row])
    };
    assert_eq!(says("keep").removal(&granted("delete")), P::Keep);
    assert_eq!(says("delete").removal(&granted("keep")), P::Keep);
    assert_eq!(says("deleteShared").removal(&granted("delete")), P::Delete);
    assert_eq!(rules(&[]).removal(&granted("delete")), P::Delete);
    assert_eq!(says("nonsense").removal(&granted("delete")), P::Keep);
    let id = "14f83478-a061-708f-8de4-a3a2b99e9d89";
    let of_id = Grant { group_id: GroupId::new(id).unwrap(), ..granted("delete") };
    let by_id = |group: &str| rules(&[row(group, "x", 1)]).removal(&of_id);
    assert_eq!(by_id(&format!("906716eb24-{}", id.to_uppercase())), P::Keep, "its row, by another form");
}

#[test]
fn the_days_of_grace_are_fixed_when_the_user_leaves() {
    let granted = |left_at| -> Grant {
        serde_json::from_value(json!({"storeId": "d-1", "userId": "u-1", "status": "active", "profileName": "ana",
            "userName": "ana", "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"},
            "removal": "keep", "graceDays": 10, "leftAt": left_at, "roleArn": "arn:aws:iam::111122223333:role/studio/x",
            "groupName": "studio-x-dev", "groupId": "g-1", "membershipId": "m-1", "execution": "e", "reason": "r",
            "updatedAt": "t", "version": 1}))
        .unwrap()
    };
    let (member, left) = (granted(json!(null)), granted(json!("2026-11-23T10:00:00Z")));
    let row = |days: serde_json::Value| {
        let mut row = row("studio-x-dev", "x", 1);
        row["graceDays"] = days;
        rules(&[row])
    };
    let convention = json!({"group": "studio-{domain}-{role}", "role": "arn:aws:iam::{account}:role/{role}",
        "domains": {"x": TARGET}, "graceDays": 3});
    let by_name = Rules { convention: serde_json::from_value(convention).unwrap(), ..rules(&[]) };
    for (rules, of_member, of_leaver) in [
        (rules(&[]), Some(10), Some(10)),
        (row(json!(0)), Some(0), Some(10)),
        (row(json!(30)), Some(30), Some(30)),
        (row(json!("many")), None, None),
        (by_name, Some(3), Some(10)),
    ] {
        assert_eq!((rules.grace_days(&member), rules.grace_days(&left)), (of_member, of_leaver), "{rules:?}");
    }
}

#[test]
fn a_row_overrides_the_convention_even_when_disabled() {
    let mut rules = rules(&[]);
    rules.convention = Some(
        serde_json::from_value(json!({"group": "studio-{domain}-{role}",
        "role": "arn:aws:iam::{account}:role/{role}", "domains": {"x": TARGET}}))
        .unwrap(),
    );
    assert_eq!(role(&["studio-x-dev"], &rules, UserStatus::Enabled).as_deref(), Some("dev"));
    let mut off = row("studio-x-dev", "table", 1);
    off["enabled"] = json!(false);
    rules.rows.push(from_row(off.as_object().unwrap()).unwrap());
    assert_eq!(role(&["studio-x-dev"], &rules, UserStatus::Enabled), None);
}

#[test]
fn an_unreadable_row_of_ones_own_group_is_never_a_no() {
    let mut bad = row("admins", "a", 10);
    bad["executionRoleArn"] = json!("nonsense");
    let adrift = json!({"group": "admins", "target": "nowhere", "executionRoleArn": "x"});
    for bad in [bad, adrift] {
        let matched = matched(&[member("admins")], &rules(&[bad]));
        assert!(matched.entitlement(UserStatus::Enabled, &TARGET.parse().unwrap()).is_err());
    }
}

#[test]
fn somebody_elses_unreadable_row_stops_nobody() {
    let mut bad = row("others", "a", 10);
    bad["priority"] = json!("x");
    assert_eq!(
        role(&["admins"], &rules(&[bad, row("admins", "a", 1)]), UserStatus::Enabled).as_deref(),
        Some("a")
    );
}
