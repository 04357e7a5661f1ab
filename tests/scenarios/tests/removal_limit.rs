//! The removal limit: what one sweep and one hour may take away, and what one approval lets through.

use crate::sweep::{approval, asked, crowd, leave, on_deployment, run, settle};
use fake_aws::{Effect, Rule};
use harness::deployment::Deployment;
use harness::scenario::Scenario;
use harness::setting::{GRANTS, HUB, HUB_REGION};
use serde_json::{Value, json};
use std::time::Duration;

const REFUSED: &str = "CheckRemovals.OverLimit";

fn with(mut scenario: Scenario, setting: &str, value: u32) -> Scenario {
    scenario.settings.insert(setting.to_owned(), value.to_string());
    scenario
}

/// Sweeps, and says how it failed and whom it started.
async fn swept(deployment: &Deployment, name: &str, input: Value) -> (Option<String>, usize) {
    let before = asked(deployment).len();
    let ended = deployment.sweep(name, input).await.unwrap();
    (ended.error, asked(deployment).len() - before)
}

/// Sweeps beyond the removal limit, and returns the input that approves the list.
async fn refused(deployment: &Deployment, name: &str) -> Value {
    let before = asked(deployment).len();
    let ended = deployment.sweep(name, json!({})).await.unwrap();
    assert_eq!(asked(deployment).len(), before, "{name}");
    approval(&ended)
}

fn profiles(deployment: &Deployment) -> Vec<String> {
    let now = deployment.aws.clock().now();
    let profiles = deployment.aws.studio(|studio| studio.snapshot(now)).profiles;
    let mut users: Vec<String> = profiles.into_iter().filter_map(|profile| profile.sso_user).collect();
    users.sort();
    users
}

/// The key of the sweep that an execution of this name opened.
async fn key_of(deployment: &Deployment, name: &str) -> String {
    let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let keys = items.iter().filter_map(|item| item["pk"]["S"].as_str()?.strip_prefix("sweep#"));
    let mut keys = keys.filter(|key| key.split('/').next() == Some(name));
    keys.next().unwrap().to_owned()
}

/// What the hours have counted.
async fn counted(deployment: &Deployment) -> Vec<String> {
    let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let hours = items.iter().filter(|item| item["pk"]["S"] == "sweep#hours");
    hours.map(|hour| hour["removals"]["N"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_sweep_takes_away_no_more_than_its_count() {
    let scenario = with(with(crowd(12), "REMOVAL_LIMIT_COUNT", 3), "REMOVAL_LIMIT_PERCENT", 100);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 3);
        assert_eq!(swept(deployment, "second", json!({})).await, (None, 3));
        leave_from(deployment, &scenario, 3, 4);
        assert_eq!(swept(deployment, "third", json!({})).await, (Some(REFUSED.to_owned()), 0));
    });
}

fn leave_from(deployment: &Deployment, scenario: &Scenario, from: usize, count: usize) {
    let group = &scenario.directory.groups[0].id;
    for user in scenario.directory.users.iter().skip(from).take(count) {
        deployment.aws.directory(|store| store.remove_member(group, &user.id)).unwrap();
    }
}

#[test]
fn one_sweep_takes_away_no_more_than_its_share_of_what_is_held() {
    let scenario = crowd(60);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 7);
        assert_eq!(swept(deployment, "second", json!({})).await, (Some(REFUSED.to_owned()), 0), "7 of 60");
        let back = &scenario.directory.users[0].id;
        let group = &scenario.directory.groups[0].id;
        deployment.aws.directory(|store| store.add_member(group, back)).unwrap();
        assert_eq!(swept(deployment, "third", json!({})).await, (None, 6), "6 of 60");
    });
}

#[test]
fn sweeps_of_one_hour_share_the_removal_limit() {
    let scenario = with(crowd(12), "REMOVAL_LIMIT_PER_HOUR", 3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 2);
        settle(deployment, "second").await;
        leave_from(deployment, &scenario, 2, 2);
        assert_eq!(swept(deployment, "third", json!({})).await, (Some(REFUSED.to_owned()), 0), "2 and 2");
        assert_eq!(counted(deployment).await, ["2"], "what is refused is not counted");
        deployment.aws.clock().sleep(Duration::from_hours(1)).await;
        assert_eq!(swept(deployment, "fourth", json!({})).await, (None, 2), "another hour");
    });
}

#[test]
fn a_judgement_that_is_repeated_counts_its_removals_once() {
    for effect in [Effect::LoseAnswer, Effect::Twice] {
        let scenario = crowd(12);
        on_deployment(&scenario, async |deployment| {
            settle(deployment, "first").await;
            leave(deployment, &scenario, 2);
            let rule = Rule::on("dynamodb:*", effect).from("check-removals").about("hour#");
            deployment.aws.inject(rule);
            assert_eq!(swept(deployment, "second", json!({})).await, (None, 2));
            assert_eq!(deployment.aws.unspent_faults(), Vec::new());
            assert_eq!(counted(deployment).await, ["2"]);
        });
    }
}

#[test]
fn an_approval_removes_only_listed_leavers_still_absent() {
    let scenario = crowd(14);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let approval = refused(deployment, "second").await;
        let group = &scenario.directory.groups[0].id;
        deployment.aws.directory(|store| store.add_member(group, &scenario.directory.users[4].id)).unwrap();
        leave_from(deployment, &scenario, 11, 1);
        let before = asked(deployment).len();
        assert_eq!(swept(deployment, "third", approval).await, (None, 11));
        run(deployment, before).await;
        assert_eq!(profiles(deployment), ["user11", "user12", "user13", "user4"]);
    });
}

#[test]
fn an_approval_works_once_within_a_day_and_for_what_was_refused() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        let nothing = (Some("StartSweep.NothingToApprove".to_owned()), 0);
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let approval = refused(deployment, "second").await;
        let named = |name: &str, start: &str| json!({"approve": format!("{name}{start}")});
        let start = approval["approve"].as_str().unwrap().trim_start_matches("second");
        assert_eq!(swept(deployment, "unknown", named("tenth", start)).await, nothing);
        assert_eq!(swept(deployment, "name-alone", named("second", "")).await, nothing);
        let first = key_of(deployment, "first").await;
        assert_eq!(swept(deployment, "allowed", json!({"approve": first})).await, nothing);
        deployment.aws.clock().sleep(Duration::from_hours(25)).await;
        assert_eq!(swept(deployment, "late", approval).await, nothing);
        let again = refused(deployment, "again").await;
        assert_eq!(swept(deployment, "once", again.clone()).await, (None, 11));
        assert_eq!(swept(deployment, "twice", again).await, nothing);
    });
}
