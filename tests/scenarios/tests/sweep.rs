//! The sweep: whom it finds, and what it never does.

use crate::played::read;
use local::scenario::Scenario;
use local::setting;
use local::stage::Stage;
use serde_json::{Value, json};
use world::{Clock, run_virtual};

/// A stage on which some of the scenario has happened already.
fn on_stage<T>(scenario: &Scenario, act: impl AsyncFnOnce(&Stage) -> T) -> T {
    let epoch = setting::beginning(scenario).unwrap();
    run_virtual(async {
        let stage = Stage::build(scenario, 1, Clock::virtual_from(epoch)).await.unwrap();
        act(&stage).await
    })
}

fn asked(stage: &Stage) -> Vec<Value> {
    stage.asked().into_iter().map(|asked| asked.input["userId"].clone()).collect()
}

/// The onboarding scenario's world, with everybody in their groups from the beginning and no event ever sent.
fn members() -> Scenario {
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
    on_stage(&scenario, async |stage| {
        let swept = stage.sweep("first", json!({})).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        assert_eq!(asked(stage).len(), scenario.directory.users.len());
        for start in stage.asked() {
            let ended = stage.execute(&start.name, start.input).await.unwrap();
            assert_eq!(ended.error, None, "{:?}", ended.cause);
        }
        let before = asked(stage).len();
        let again = stage.sweep("second", json!({})).await.unwrap();
        assert_eq!(again.error, None, "{:?}", again.cause);
        assert_eq!(asked(stage).len(), before, "nobody differs any more");
    });
}

#[test]
fn an_input_that_is_not_understood_is_refused_by_name() {
    on_stage(&members(), async |stage| {
        let swept = stage.sweep("first", json!({"gruop": "x"})).await.unwrap();
        assert_eq!(swept.error.as_deref(), Some("InvalidInput"));
        assert_eq!(asked(stage), Vec::<Value>::new());
    });
}

#[test]
fn one_person_is_looked_at_without_a_sweep() {
    let scenario = members();
    on_stage(&scenario, async |stage| {
        let id = scenario.directory.users[0].id.to_lowercase();
        let swept = stage.sweep("first", json!({"userId": id})).await.unwrap();
        assert_eq!((swept.error, asked(stage)), (None, vec![json!(id)]));
    });
}

#[test]
fn events_that_name_only_a_membership_are_gathered_into_one_sweep() {
    on_stage(&members(), async |stage| {
        let first = stage.sweep("first", json!({"membership": "m-1"})).await.unwrap();
        assert_eq!(first.error, None, "{:?}", first.cause);
        assert!(first.took.as_secs() >= 1);
    });
}
