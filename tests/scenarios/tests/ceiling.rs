//! The removal ceiling: what one sweep and one hour may take away, and what one approval lets through.

use crate::sweep::{approval, asked, crowd, leave, on_stage, run, settle};
use local::scenario::Scenario;
use local::setting::{GRANTS, HUB, HUB_REGION};
use local::stage::Stage;
use serde_json::{Value, json};
use std::time::Duration;
use world::{Effect, Rule};

const REFUSED: &str = "JudgeRemovals.CeilingReached";

fn with(mut scenario: Scenario, setting: &str, value: u32) -> Scenario {
    scenario.settings.insert(setting.to_owned(), value.to_string());
    scenario
}

/// Sweeps, and says how it failed and whom it started.
async fn swept(stage: &Stage, name: &str, input: Value) -> (Option<String>, usize) {
    let before = asked(stage).len();
    let ended = stage.sweep(name, input).await.unwrap();
    (ended.error, asked(stage).len() - before)
}

/// Sweeps beyond the ceiling, and returns the input that approves the list.
async fn refused(stage: &Stage, name: &str) -> Value {
    let before = asked(stage).len();
    let ended = stage.sweep(name, json!({})).await.unwrap();
    assert_eq!(asked(stage).len(), before, "{name}");
    approval(&ended)
}

fn profiles(stage: &Stage) -> Vec<String> {
    let now = stage.world.clock().now();
    let profiles = stage.world.studio(|studio| studio.snapshot(now)).profiles;
    let mut users: Vec<String> = profiles.into_iter().filter_map(|profile| profile.sso_user).collect();
    users.sort();
    users
}

/// The key of the sweep that an execution of this name opened.
async fn key_of(stage: &Stage, name: &str) -> String {
    let items = stage.world.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let keys = items.iter().filter_map(|item| item["pk"]["S"].as_str()?.strip_prefix("sweep#"));
    let mut keys = keys.filter(|key| key.split('/').next() == Some(name));
    keys.next().unwrap().to_owned()
}

/// What the hours have counted.
async fn counted(stage: &Stage) -> Vec<String> {
    let items = stage.world.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let hours = items.iter().filter(|item| item["pk"]["S"] == "sweep#hours");
    hours.map(|hour| hour["removals"]["N"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_sweep_takes_away_no_more_than_its_count() {
    let scenario = with(with(crowd(12), "REMOVAL_CEILING_COUNT", 3), "REMOVAL_CEILING_PERCENT", 100);
    on_stage(&scenario, async |stage| {
        settle(stage, "first").await;
        leave(stage, &scenario, 3);
        assert_eq!(swept(stage, "second", json!({})).await, (None, 3));
        leave_from(stage, &scenario, 3, 4);
        assert_eq!(swept(stage, "third", json!({})).await, (Some(REFUSED.to_owned()), 0));
    });
}

fn leave_from(stage: &Stage, scenario: &Scenario, from: usize, count: usize) {
    let group = &scenario.directory.groups[0].id;
    for user in scenario.directory.users.iter().skip(from).take(count) {
        stage.world.directory(|store| store.remove_member(group, &user.id)).unwrap();
    }
}

#[test]
fn one_sweep_takes_away_no_more_than_its_share_of_what_is_held() {
    let scenario = crowd(60);
    on_stage(&scenario, async |stage| {
        settle(stage, "first").await;
        leave(stage, &scenario, 7);
        assert_eq!(swept(stage, "second", json!({})).await, (Some(REFUSED.to_owned()), 0), "7 of 60");
        let back = &scenario.directory.users[0].id;
        let group = &scenario.directory.groups[0].id;
        stage.world.directory(|store| store.add_member(group, back)).unwrap();
        assert_eq!(swept(stage, "third", json!({})).await, (None, 6), "6 of 60");
    });
}

#[test]
fn all_sweeps_of_an_hour_together_take_away_no_more_than_its_count() {
    let scenario = with(crowd(12), "REMOVAL_CEILING_PER_HOUR", 3);
    on_stage(&scenario, async |stage| {
        settle(stage, "first").await;
        leave(stage, &scenario, 2);
        settle(stage, "second").await;
        leave_from(stage, &scenario, 2, 2);
        assert_eq!(swept(stage, "third", json!({})).await, (Some(REFUSED.to_owned()), 0), "2 and 2");
        assert_eq!(counted(stage).await, ["2"], "what is refused is not counted");
        stage.world.clock().sleep(Duration::from_hours(1)).await;
        assert_eq!(swept(stage, "fourth", json!({})).await, (None, 2), "another hour");
    });
}

#[test]
fn a_judgement_that_is_repeated_counts_its_removals_once() {
    for effect in [Effect::LoseAnswer, Effect::Twice] {
        let scenario = crowd(12);
        on_stage(&scenario, async |stage| {
            settle(stage, "first").await;
            leave(stage, &scenario, 2);
            let rule = Rule::on("dynamodb:*", effect).from("judge-removals").about("hour#");
            stage.world.inject(rule);
            assert_eq!(swept(stage, "second", json!({})).await, (None, 2));
            assert_eq!(stage.world.unspent_faults(), Vec::new());
            assert_eq!(counted(stage).await, ["2"]);
        });
    }
}

#[test]
fn an_approval_lets_exactly_the_refused_list_through_and_nobody_who_is_back_loses_anything() {
    let scenario = crowd(14);
    on_stage(&scenario, async |stage| {
        settle(stage, "first").await;
        leave(stage, &scenario, 11);
        let approval = refused(stage, "second").await;
        let group = &scenario.directory.groups[0].id;
        stage.world.directory(|store| store.add_member(group, &scenario.directory.users[4].id)).unwrap();
        leave_from(stage, &scenario, 11, 1);
        let before = asked(stage).len();
        assert_eq!(swept(stage, "third", approval).await, (None, 11));
        run(stage, before).await;
        assert_eq!(profiles(stage), ["user11", "user12", "user13", "user4"]);
    });
}

#[test]
fn an_approval_works_once_within_a_day_and_for_what_was_refused() {
    let scenario = crowd(12);
    on_stage(&scenario, async |stage| {
        let nothing = (Some("OpenSweep.NothingToApprove".to_owned()), 0);
        settle(stage, "first").await;
        leave(stage, &scenario, 11);
        let approval = refused(stage, "second").await;
        let named = |name: &str, start: &str| json!({"approve": format!("{name}{start}")});
        let start = approval["approve"].as_str().unwrap().trim_start_matches("second");
        assert_eq!(swept(stage, "unknown", named("tenth", start)).await, nothing);
        assert_eq!(swept(stage, "name-alone", named("second", "")).await, nothing);
        let first = key_of(stage, "first").await;
        assert_eq!(swept(stage, "allowed", json!({"approve": first})).await, nothing);
        stage.world.clock().sleep(Duration::from_hours(25)).await;
        assert_eq!(swept(stage, "late", approval).await, nothing);
        let again = refused(stage, "again").await;
        assert_eq!(swept(stage, "once", again.clone()).await, (None, 11));
        assert_eq!(swept(stage, "twice", again).await, nothing);
    });
}
