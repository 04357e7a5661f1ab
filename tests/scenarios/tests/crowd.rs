//! Many who join at once where Studio creates few profiles in a second take turns.

use crate::played::{Played, play};
use fake_aws::{CallRecord, Outcome};

fn of_turns<'a>(played: &'a Played, title: &str) -> Vec<&'a CallRecord> {
    let name = &played.execution(title).name;
    let is_of = |call: &&CallRecord| {
        call.scope.as_deref().is_some_and(|scope| scope.starts_with(name.as_str()))
            && call.request["Key"]["pk"]["S"].as_str().is_some_and(|key| key.starts_with("turns#"))
    };
    played.report.calls.iter().filter(is_of).collect()
}

#[test]
fn who_waits_for_a_turn_reads_nothing_before_it() {
    let played = play("crowd.yaml");
    let title = "User 11";
    let name = &played.execution(title).name;
    let creating = |call: &&CallRecord| {
        let scope = call.scope.as_deref().unwrap_or_default();
        scope.starts_with(name.as_str()) && call.label == "create-profile"
    };
    let calls: Vec<&CallRecord> = played.report.calls.iter().filter(creating).collect();
    let looks = calls.iter().filter(|call| {
        call.operation == "GetItem"
            && call.request["Key"]["pk"]["S"].as_str().is_some_and(|key| key.starts_with("turns#"))
    });
    let [first, ..] = calls.as_slice() else { panic!("no creation") };
    assert_eq!(first.operation, "GetItem", "the turn comes first: {first}");
    let reads = calls.iter().filter(|call| call.operation == "ListGroupMembershipsForMember").count();
    let asked = calls
        .iter()
        .filter(|call| call.operation == "CreateUserProfile" && call.outcome == Outcome::Ok)
        .count();
    assert!(looks.count() >= reads, "{reads} looks at the user");
    assert_eq!(asked, 1);
}

#[test]
fn a_user_who_is_alone_takes_no_turn() {
    let played = play("crowd.yaml");
    assert!(of_turns(&played, "Alone").is_empty());
    assert!(!of_turns(&played, "User 11").is_empty());
}

#[test]
fn turns_are_given_in_the_order_in_which_users_came() {
    let played = play("crowd.yaml");
    let created = |title: &str| {
        let name = &played.execution(title).name;
        let mut calls = played.report.calls.iter();
        let is_it = |call: &CallRecord| {
            call.operation == "CreateUserProfile"
                && call.outcome == Outcome::Ok
                && call.scope.as_deref().is_some_and(|scope| scope.starts_with(name.as_str()))
        };
        calls.position(is_it).expect("it has been created")
    };
    for later in ["User 9", "User 10", "User 11"] {
        assert!(created("User 1") < created(later), "{later}");
    }
}
