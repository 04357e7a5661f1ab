//! A user in many groups costs what a user in one group costs: the names of groups are shared.

use crate::played::{Played, play, play_with};
use harness::scenario::Scenario;
use std::fmt::Write as _;
use std::time::Duration;

const ADMINS: &str = "studio-admins";

/// Users who are in all of so many groups that no rule means, and join and leave the admins.
fn company(users: usize, groups: usize, leave_after: &str) -> Scenario {
    let mut text = String::from("name: Many groups\ndirectory:\n  groups:\n");
    writeln!(text, "    - {{ id: 14f83478-a061-708f-8de4-ffffffffffff, name: {ADMINS} }}").unwrap();
    for group in 0..groups {
        writeln!(text, "    - {{ id: 14f83478-a061-708f-8de4-{group:012}, name: ad-group-{group} }}")
            .unwrap();
    }
    text.push_str("  users:\n");
    let all = (0..groups).map(|group| format!("ad-group-{group}")).collect::<Vec<_>>().join(", ");
    for user in 0..users {
        writeln!(
            text,
            "    - {{ id: 04c8e458-a021-702e-f9d1-{user:012}, name: user{user}, groups: [{all}] }}"
        )
        .unwrap();
    }
    text.push_str("domains: [{ target: 222233334444/eu-west-1/d-research }]\nmappings:\n");
    text.push_str("  - { group: studio-admins, target: 222233334444/eu-west-1/d-research, removal: delete, graceDays: 0, executionRoleArn: \"arn:aws:iam::222233334444:role/studio/Admins\" }\ntimeline:\n");
    for (at, what) in [("0s", "join"), (leave_after, "leave")] {
        for user in 0..users {
            writeln!(text, "  - {{ say: user{user} {what}, at: {at}, {what}: {{ user: user{user}, group: {ADMINS} }}, expect: {{ status: SUCCEEDED }} }}").unwrap();
        }
    }
    text.push_str("expect: { profiles: [] }\n");
    Scenario::parse(&text, "a company").unwrap()
}

fn played(users: usize, groups: usize, leave_after: &str) -> Played {
    play_with(&company(users, groups, leave_after), 1)
}

/// The calls of an operation that an execution made.
fn calls(played: &Played, title: &str, operation: &str) -> usize {
    let name = &played.execution(title).name;
    let of_it =
        |scope: &Option<String>| scope.as_deref().is_some_and(|scope| scope.starts_with(name.as_str()));
    let all = played.report.calls.iter().filter(|call| of_it(&call.scope));
    all.filter(|call| call.operation == operation || operation.is_empty()).count()
}

#[test]
fn a_leaver_in_many_groups_costs_pages_but_reads_no_names() {
    let [one, many] = [0, 250].map(|groups| played(1, groups, "5m"));
    let count = |played: &Played, operation: &str| calls(played, "user0 leave", operation);
    assert_eq!(count(&many, "DescribeGroup"), 0);
    let looks = count(&one, "ListGroupMembershipsForMember");
    // The event's own group, then three pages of memberships instead of one, and three of names in each look; one row is resolved before the
    // profile goes.
    assert_eq!(count(&many, "ListGroupMembershipsForMember"), 3 * looks);
    // The domain is one read as well.
    assert_eq!((count(&one, "BatchGetItem"), count(&many, "BatchGetItem")), (2, 2 + 3 * looks));
    assert_eq!((count(&one, "GetGroupId"), count(&many, "GetGroupId")), (0, 1));
    // That it is resolved is looked up in the table, and remembered there.
    assert_eq!(count(&many, ""), count(&one, "") + 5 * looks + 3);
}

#[test]
fn a_convention_with_listed_roles_reads_few_group_names() {
    let by_convention = |roles: &str| {
        let mut scenario = company(1, 250, "15m");
        scenario.mappings.clear();
        let convention = format!(
            r#"{{"group": "{{domain}}-{{role}}", "role": "arn:aws:iam::{{account}}:role/studio/{{role}}", "removal": "delete", "graceDays": 0, {roles}
                "domains": {{"studio": "222233334444/eu-west-1/d-research"}}}}"#
        );
        scenario.settings.insert("NAMING_CONVENTION".to_owned(), convention);
        let played = play_with(&scenario, 1);
        played.as_expected("by convention");
        ["DescribeGroup", "GetGroupId"].map(|operation| calls(&played, "user0 leave", operation))
    };
    // The names are ten minutes old by then: one look reads them for the table, and the deletion those that matter.
    let [listed, any] = [r#""roles": ["admins", "analysts"],"#, ""].map(by_convention);
    assert_eq!(listed[1], 2, "two groups could give access: {listed:?}");
    assert_eq!(any[1], 0, "{any:?}");
    assert_eq!(any[0], listed[0] + 250, "without the list, every group of the leaver is read again");
}

#[test]
fn thirty_leavers_in_150_groups_finish_within_minutes() {
    let played = played(30, 150, "4h");
    for user in 0..30 {
        let took = played.execution(&format!("user{user} leave")).took;
        assert!(took < Duration::from_mins(5), "user{user}: {took:?}");
    }
    let names = played.calls("identitystore:DescribeGroup").len();
    let alone = 30 * 2 * 151;
    assert!(names * 6 < alone, "{names} reads of names, and {alone} if nobody shared them");
}

#[test]
fn a_name_that_went_to_another_group_gives_nobody_a_role() {
    let played = play("reused-group-name.yaml");
    assert!(
        played
            .done("sagemaker:CreateUserProfile")
            .iter()
            .all(|call| call.request["UserProfileName"] != "ana")
    );
}

#[test]
fn an_event_that_concerns_nobody_costs_no_call_of_the_directory() {
    let played = play("unmapped-group-event.yaml");
    for (title, expected) in [
        ("Ben joins it", ["BatchGetItem", "Query", "Query", "Scan"].as_slice()),
        ("and leaves it", &["BatchGetItem", "Query", "Query", "Scan"]),
        ("This was told late", &["BatchGetItem", "Query", "Query", "Scan", "UpdateItem"]),
        ("and another one", &["BatchGetItem", "Query", "Query"]),
    ] {
        let name = &played.execution(title).name;
        let scoped = played
            .report
            .calls
            .iter()
            .filter(|call| call.scope.as_deref().is_some_and(|scope| scope.starts_with(name.as_str())));
        let mut operations: Vec<&str> = scoped.map(|call| call.operation.as_str()).collect();
        operations.sort_unstable();
        assert_eq!(operations, expected, "{title}");
    }
}
