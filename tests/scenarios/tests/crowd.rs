//! Many who join at once where Studio creates few profiles in a second take turns.

use crate::played::{Played, play, play_with};
use fake_aws::{CallRecord, Outcome};
use harness::report::Entry;
use harness::scenario::Scenario;
use std::fmt::Write as _;

fn is_of_turns(call: &CallRecord) -> bool {
    call.request["Key"]["pk"]["S"].as_str().is_some_and(|key| key.starts_with("turns#"))
}

fn of_turns<'a>(played: &'a Played, title: &str) -> Vec<&'a CallRecord> {
    let name = &played.execution(title).name;
    let is_of = |call: &&CallRecord| {
        call.scope.as_deref().is_some_and(|scope| scope.starts_with(name.as_str())) && is_of_turns(call)
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
    let looks = calls.iter().filter(|call| call.operation == "GetItem" && is_of_turns(call));
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

/// Users who join at the same moment. Studio creates so many profiles in a second.
fn at_once(users: usize, creations_per_second: f64) -> Played {
    let mut text = String::from(
        "name: Many at once\ndirectory:\n  groups: [{ id: 14f83478-a061-708f-8de4-000000000001, name: studio-admins }]\n  users:\n",
    );
    for user in 1..=users {
        writeln!(text, "    - {{ id: 04c8e458-a021-702e-f9d1-{user:012}, name: user{user} }}").unwrap();
    }
    text.push_str("domains: [{ target: 222233334444/eu-west-1/d-research }]\n");
    text.push_str("mappings: [{ group: studio-admins, target: 222233334444/eu-west-1/d-research, executionRoleArn: \"arn:aws:iam::222233334444:role/studio/Admins\", graceDays: 0 }]\n");
    writeln!(text, "limits: [{{ on: 'sagemaker:CreateUserProfile', perSecond: {creations_per_second} }}]")
        .unwrap();
    text.push_str("timeline:\n");
    for user in 1..=users {
        writeln!(text, "  - {{ say: User {user}, at: 1s, join: {{ user: user{user}, group: studio-admins }}, expect: {{ actions: [create] }} }}").unwrap();
    }
    play_with(&Scenario::parse(&text, "many at once").unwrap(), 1)
}

#[test]
fn who_was_refused_by_the_directory_asks_for_a_turn_first() {
    // Four times what the directory answers in a second.
    let played = at_once(80, 100.0);
    played.as_expected("many at once");
    let mut asked_again = 0;
    for user in 1..=80 {
        let execution = played.execution(&format!("User {user}"));
        let attempts = execution.entries.iter().filter_map(|entry| match entry {
            Entry::Invoked(invocation) if invocation.function == "resolve-identity" => Some(invocation),
            Entry::Invoked(_) | Entry::Event(_) => None,
        });
        for attempt in attempts.skip(1) {
            asked_again += 1;
            let [first, others @ ..] = attempt.calls.as_slice() else { panic!("no call") };
            assert!(is_of_turns(first), "{first}");
            let asked_directory = others.iter().any(|call| call.service == "identitystore");
            assert!(first.outcome == Outcome::Ok || !asked_directory || others.iter().any(is_of_turns));
        }
    }
    assert!(asked_again > 20, "{asked_again} attempts after the first");
}

#[test]
fn who_has_not_been_called_has_read_nothing() {
    let played = at_once(160, 1.0);
    played.as_expected("many at once");
    let creations =
        played.report.executions.iter().flat_map(|one| &one.entries).filter_map(|entry| match entry {
            Entry::Invoked(invocation) if invocation.function == "create-profile" => Some(invocation),
            Entry::Invoked(_) | Entry::Event(_) => None,
        });
    let not_called = creations
        .filter(|one| one.error.as_deref() == Some("Throttled") && one.calls.iter().all(is_of_turns))
        .count();
    assert!(not_called > 0, "everybody was called at once");
}
