//! The sweep: whom it finds, and what it never does.

use crate::played::{read, without_grace};
use fake_aws::services::identity_store::KmsMask;
use fake_aws::{Clock, run_virtual};
use harness::deployment::Deployment;
use harness::report::Execution;
use harness::scenario::Scenario;
use harness::setting;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// A stage on which some of the scenario has happened already.
pub(crate) fn on_deployment<T>(scenario: &Scenario, act: impl AsyncFnOnce(&Deployment) -> T) -> T {
    let epoch = setting::beginning(scenario).unwrap();
    run_virtual(async {
        let deployment = Deployment::build(scenario, 1, Clock::virtual_from(epoch)).await.unwrap();
        act(&deployment).await
    })
}

pub(crate) fn asked(deployment: &Deployment) -> Vec<Value> {
    deployment.asked().into_iter().map(|asked| asked.input["userId"].clone()).collect()
}

/// The onboarding scenario's emulated AWS, with everybody in their groups from the beginning and no event ever sent.
pub(crate) fn members() -> Scenario {
    let mut scenario = read("onboarding.yaml");
    let groups: Vec<String> = scenario.directory.groups.iter().map(|group| group.name.clone()).collect();
    for user in &mut scenario.directory.users {
        user.groups.clone_from(&groups);
    }
    scenario
}

#[test]
fn members_who_joined_before_us_are_found_and_found_once() {
    let scenario = members();
    on_deployment(&scenario, async |deployment| {
        let swept = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        assert_eq!(asked(deployment).len(), scenario.directory.users.len());
        for start in deployment.asked() {
            let ended = deployment.execute(&start.name, start.input).await.unwrap();
            assert_eq!(ended.error, None, "{:?}", ended.cause);
        }
        let before = asked(deployment).len();
        let again = deployment.sweep("second", json!({})).await.unwrap();
        assert_eq!(again.error, None, "{:?}", again.cause);
        assert_eq!(asked(deployment).len(), before, "nobody differs any more");
    });
}

#[test]
fn an_input_that_is_not_understood_is_refused_by_name() {
    on_deployment(&members(), async |deployment| {
        let swept = deployment.sweep("first", json!({"gruop": "x"})).await.unwrap();
        assert_eq!(swept.error.as_deref(), Some("InvalidInput"));
        assert_eq!(asked(deployment), Vec::<Value>::new());
    });
}

#[test]
fn one_person_is_looked_at_without_a_sweep() {
    let scenario = members();
    on_deployment(&scenario, async |deployment| {
        let id = scenario.directory.users[0].id.to_lowercase();
        let swept = deployment.sweep("first", json!({"userId": id})).await.unwrap();
        assert_eq!((swept.error, asked(deployment)), (None, vec![json!(id)]));
    });
}

#[test]
fn membership_events_are_gathered_before_the_sweep() {
    on_deployment(&members(), async |deployment| {
        let first = deployment.sweep("first", json!({"membership": "m-1"})).await.unwrap();
        assert_eq!(first.error, None, "{:?}", first.cause);
        assert!(first.took.as_secs() >= 1);
    });
}

/// The onboarding scenario's emulated AWS with this many users, all in its first group.
pub(crate) fn crowd(size: u32) -> Scenario {
    let mut scenario = members();
    without_grace(&mut scenario);
    let pattern = scenario.directory.users[0].clone();
    let group = scenario.directory.groups[0].name.clone();
    let user = |number: u32| {
        let mut user = pattern.clone();
        user.id = format!("{number:08x}-a021-702e-f9d1-7f430ff2c752");
        user.name = format!("user{number}");
        user.groups = vec![group.clone()];
        user
    };
    scenario.directory.users = (0..size).map(user).collect();
    scenario
}

/// Approves the list of a refused sweep, with what it tells people to paste. Returns the input of the sweep
/// that starts its removals.
pub(crate) async fn approval(deployment: &Deployment, refused: &Execution) -> Value {
    assert_eq!(refused.error.as_deref(), Some("CheckRemovals.OverLimit"), "{:?}", refused.cause);
    let cause: Value = serde_json::from_str(refused.cause.as_deref().unwrap()).unwrap();
    let message = cause["errorMessage"].as_str().unwrap();
    let (from, to) = (message.find("{\"approve\"").unwrap(), message.find('}').unwrap());
    let told = serde_json::from_str(&message[from..=to]).unwrap();
    setting::approve(&deployment.aws, &told).await.unwrap()
}

/// Sweeps, and runs what the sweep has started.
pub(crate) async fn settle(deployment: &Deployment, name: &str) {
    let before = deployment.asked().len();
    let swept = deployment.sweep(name, json!({})).await.unwrap();
    assert_eq!(swept.error, None, "{:?}", swept.cause);
    run(deployment, before).await;
}

/// Runs what was started after so many others, each to its end.
pub(crate) async fn run(deployment: &Deployment, before: usize) {
    for start in deployment.asked().split_off(before) {
        let ended = deployment.execute(&start.name, start.input).await.unwrap();
        assert_eq!(ended.error, None, "{:?}", ended.cause);
    }
}

/// The first so many users of a crowd leave.
pub(crate) fn leave(deployment: &Deployment, scenario: &Scenario, leavers: usize) {
    leave_from(deployment, scenario, 0, leavers);
}

/// So many users of a crowd leave, from this one on.
pub(crate) fn leave_from(deployment: &Deployment, scenario: &Scenario, from: usize, leavers: usize) {
    let group = &scenario.directory.groups[0].id;
    for user in scenario.directory.users.iter().skip(from).take(leavers) {
        deployment.aws.directory(|store| store.remove_member(group, &user.id)).unwrap();
    }
}

#[test]
fn a_few_who_left_unheard_are_looked_at() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 2);
        let before = asked(deployment).len();
        let swept = deployment.sweep("second", json!({})).await.unwrap();
        assert_eq!((swept.error, asked(deployment).len() - before), (None, 2));
    });
}

#[test]
fn removals_over_the_limit_need_an_approval_usable_once() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let before = asked(deployment).len();
        let swept = deployment.sweep("second", json!({})).await.unwrap();
        assert_eq!(swept.error.as_deref(), Some("CheckRemovals.OverLimit"));
        assert!(swept.cause.as_deref().unwrap().contains("user0"));
        assert_eq!(asked(deployment).len(), before);
        let approved = deployment.sweep("third", approval(deployment, &swept).await).await.unwrap();
        assert_eq!((approved.error, asked(deployment).len() - before), (None, 11));
        let again = deployment.sweep("fourth", approval(deployment, &swept).await).await.unwrap();
        assert_eq!(again.error.as_deref(), Some("StartSweep.NothingToApprove"));
    });
}

#[test]
fn a_directory_that_looks_empty_or_hides_removes_nobody() {
    let scenario = crowd(3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        let before = asked(deployment).len();
        deployment.aws.directory(|store| store.kms_masked = Some(KmsMask::KeyNotFound));
        let hidden = deployment.sweep("second", json!({})).await.unwrap();
        assert_eq!(hidden.error.as_deref(), Some("Misconfigured"));
        deployment.aws.directory(|store| store.kms_masked = None);
        leave(deployment, &scenario, 3);
        let empty = deployment.sweep("third", json!({})).await.unwrap();
        assert_eq!(empty.error.as_deref(), Some("CheckRemovals.ImplausibleRead"));
        assert_eq!(asked(deployment).len(), before);
    });
}

#[test]
fn a_sweep_starts_a_thousand_users_once_at_directory_pace() {
    let scenario = crowd(1_000);
    on_deployment(&scenario, async |deployment| {
        let swept = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        assert_eq!(asked(deployment).iter().filter(|id| id.is_string()).count(), 1_000);
        assert!(swept.took.as_secs() >= 50, "twice the pace of the directory, if nobody waits for it");
        assert!(swept.entries.len() < 20_000, "{} entries", swept.entries.len());
    });
}

#[test]
fn a_sweep_starts_nobody_while_others_wait_for_the_directory() {
    on_deployment(&crowd(150), async |deployment| {
        directory_is_busy_for(deployment, Duration::from_secs(20)).await;
        let swept = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!((swept.error, asked(deployment).len()), (None, 150));
        let took = swept.took.as_secs();
        assert!((21..45).contains(&took), "{took} s");
    });
}

#[test]
fn a_sweep_outlasts_a_directory_that_is_busy_for_long() {
    let scenario = crowd(150);
    on_deployment(&scenario, async |deployment| {
        let began = deployment.aws.clock().now();
        directory_is_busy_for(deployment, Duration::from_hours(1)).await;
        to_the_end(deployment, "first", json!({})).await;
        let users =
            |from: usize| deployment.asked().into_iter().skip(from).filter(|asked| !asked.is_sweep()).count();
        assert_eq!(users(0), 150);
        let took = deployment.aws.clock().now().duration_since(began).unwrap();
        assert!((100..600).contains(&took.as_secs()), "it waits, and not for ever: {took:?}");
        let before = deployment.asked().len();
        run_users(deployment).await;
        leave(deployment, &scenario, 120);
        directory_is_busy_for(deployment, Duration::from_hours(1)).await;
        let told = to_the_end(deployment, "second", json!({})).await;
        let approval = approval(deployment, &told).await;
        directory_is_busy_for(deployment, Duration::from_hours(1)).await;
        let ended = to_the_end(deployment, "approved", approval).await;
        assert_eq!((ended.error, users(before)), (None, 120), "what was approved is not lost");
    });
}

/// Others take all turns at the directory for so long.
async fn directory_is_busy_for(deployment: &Deployment, span: Duration) {
    let now = deployment.aws.clock().now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let next_at = u64::try_from((now + span).as_millis()).unwrap();
    let turns = json!({"pk": "turns#looks", "sk": "fact", "nextAt": next_at});
    setting::put_row(&deployment.aws, setting::GRANTS, turns.as_object().unwrap()).await.unwrap();
}

/// Sweeps, with all successors. Returns the last execution.
async fn to_the_end(deployment: &Deployment, name: &str, input: Value) -> Execution {
    let mut done = deployment.asked().len();
    let mut ended = deployment.sweep(name, input).await.unwrap();
    loop {
        let asked = deployment.asked();
        let next = asked.iter().enumerate().skip(done).find(|(_, asked)| asked.is_sweep());
        let Some((number, successor)) = next else { return ended };
        done = number + 1;
        ended = deployment.sweep(&successor.name, successor.input.clone()).await.unwrap();
    }
}

/// Runs everything that was started for users, each to its end.
async fn run_users(deployment: &Deployment) {
    for start in deployment.asked().into_iter().filter(|asked| !asked.is_sweep()) {
        let ended = deployment.execute(&start.name.replace("sweep-", "run-"), start.input).await.unwrap();
        assert_eq!(ended.error, None, "{:?}", ended.cause);
    }
}
