//! Every kind of event: whom it reaches, in whatever form it spells an id, and what it starts when it names nobody.

use crate::played::{play, read};
use local::scenario::{Group, Scenario};
use local::setting;
use local::stage::Stage;
use serde_json::{Value, json};
use world::services::identity_store::{KmsMask, UserStatus};
use world::{Clock, run_virtual};

const DIRECTORY: &str = "sso-directory.amazonaws.com";
const STORE: &str = "identitystore.amazonaws.com";
const SCIM: &str = "identitystore-scim.amazonaws.com";

/// The onboarding scenario's world with everybody in their groups and provisioned.
fn provisioned(act: impl AsyncFnOnce(&Stage, &Scenario)) {
    let mut scenario = read("onboarding.yaml");
    // Another mapped group, with nobody in it: a directory in which nothing is mapped any more would not be believed.
    let mut row = scenario.mappings[0].clone();
    row.insert("group".into(), json!("another"));
    scenario.mappings.push(row);
    let groups: Vec<String> = scenario.directory.groups.iter().map(|group| group.name.clone()).collect();
    for user in &mut scenario.directory.users {
        user.groups.clone_from(&groups);
    }
    let id = "22222222-0000-4000-8000-000000000000".to_owned();
    scenario.directory.groups.push(Group { id, name: "another".into() });
    let epoch = setting::beginning(&scenario).expect("the scenario has a beginning");
    run_virtual(async {
        let stage =
            Stage::build(&scenario, 1, Clock::virtual_from(epoch)).await.expect("the scenario is good");
        for user in &scenario.directory.users {
            let given = stage.execute(&user.name, json!({"userId": user.id})).await.unwrap();
            assert_eq!(given.error, None, "{:?}", given.cause);
        }
        act(&stage, &scenario).await;
    });
}

fn record(source: &str, name: &str, parameters: &Value) -> Value {
    json!({"detail": {"eventSource": source, "eventName": name, "eventID": "e-1", "requestParameters": parameters}})
}

fn profiles(stage: &Stage) -> usize {
    let now = stage.world.clock().now();
    stage.world.studio(|studio| studio.snapshot(now).profiles.len())
}

/// Runs an event; it ends well.
async fn hear(stage: &Stage, name: &str, input: Value) {
    let ended = stage.execute(name, input).await.unwrap();
    assert_eq!(ended.error, None, "{name}: {:?}", ended.cause);
}

#[test]
fn every_event_about_a_user_takes_away_from_one_who_is_gone() {
    for (source, name, inside) in [
        (DIRECTORY, "DeleteUser", "userId"),
        (STORE, "DeleteUser", "userId"),
        (SCIM, "DeleteUser", "id"),
        (DIRECTORY, "RemoveMemberFromGroup", "memberId"),
        (STORE, "UpdateUser", "userId"),
        (SCIM, "PatchUser", "id"),
        (SCIM, "PutUser", "id"),
    ] {
        provisioned(async |stage, scenario| {
            let user = scenario.directory.users[0].id.clone();
            let before = profiles(stage);
            stage.world.directory(|store| store.delete_user(&user)).expect("the user is there");
            hear(stage, "gone", record(source, name, &json!({ inside: user }))).await;
            assert_eq!(profiles(stage), before - 1, "{source} {name}");
        });
    }
}

#[test]
fn an_event_may_spell_an_id_with_prefix_or_as_an_arn() {
    for form in ["906716eb24-{}", "arn:aws:identitystore:::user/{}", "{}"] {
        provisioned(async |stage, scenario| {
            let user = scenario.directory.users[0].id.clone();
            let spelled = form.replace("{}", &user.to_uppercase().replace("ARN", "arn"));
            let parameters = json!({"identityStoreId": "d-906716eb24", "userId": spelled});
            let before = profiles(stage);
            hear(stage, "present", record(DIRECTORY, "UpdateUser", &parameters)).await;
            assert_eq!(profiles(stage), before, "{form}: the user is there, whatever the event calls them");
            stage.world.directory(|store| store.delete_user(&user)).expect("the user is there");
            hear(stage, "gone", record(DIRECTORY, "DeleteUser", &parameters)).await;
            assert_eq!(profiles(stage), before - 1, "{form}: the ledger knows them by the other form");
        });
    }
}

#[test]
fn a_membership_that_decided_is_known_to_the_ledger_and_another_one_starts_a_sweep() {
    provisioned(async |stage, scenario| {
        let (user, group) = (&scenario.directory.users[0].id, &scenario.directory.groups[0].id);
        let membership = stage.world.directory(|store| store.remove_member(group, user)).expect("a member");
        let before = profiles(stage);
        let ended = |id: &str| record(STORE, "DeleteGroupMembership", &json!({"membershipId": id}));
        hear(stage, "known", ended(&membership)).await;
        assert_eq!((profiles(stage), stage.asked().len()), (before - 1, 0));
        hear(stage, "unknown", ended("00000000-0000-4000-8000-000000000000")).await;
        let asked = stage.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].input["membership"], "00000000-0000-4000-8000-000000000000");
        assert_eq!(
            (&asked[0].input["reason"], &asked[0].input["eventId"]),
            (&json!("DeleteGroupMembership"), &json!("e-1"))
        );
    });
}

#[test]
fn an_event_about_a_group_starts_a_sweep_of_that_group_which_reaches_everybody_in_it() {
    for (source, name, inside) in [
        (DIRECTORY, "DeleteGroup", "groupId"),
        (STORE, "DeleteGroup", "groupId"),
        (SCIM, "DeleteGroup", "id"),
    ] {
        provisioned(async |stage, scenario| {
            let group = scenario.directory.groups[0].id.clone();
            stage.world.directory(|store| store.delete_group(&group)).expect("the group is there");
            hear(stage, "deleted", record(source, name, &json!({ inside: group }))).await;
            let asked = stage.asked();
            assert_eq!((asked.len(), &asked[0].input["group"]), (1, &json!(group)), "{source} {name}");
            let swept = stage.sweep("sweep", asked[0].input.clone()).await.unwrap();
            assert_eq!(swept.error, None, "{:?}", swept.cause);
            let started = stage.asked().split_off(1);
            assert_eq!(started.len(), scenario.directory.users.len());
            for start in started {
                hear(stage, &start.name, start.input).await;
            }
            assert_eq!(profiles(stage), 0, "{source} {name}");
        });
    }
}

#[test]
fn a_group_that_is_created_with_members_is_swept() {
    let played = play("scim-group.yaml");
    assert!(played.report.studio.profiles.is_empty(), "the event itself gives nobody anything");
    let scenario = read("scim-group.yaml");
    let epoch = setting::beginning(&scenario).expect("the scenario has a beginning");
    run_virtual(async {
        let stage = Stage::build(&scenario, 0, Clock::virtual_from(epoch)).await.expect("it is good");
        hear(&stage, "created", scenario.timeline[0].event.clone().unwrap()).await;
        let asked = stage.asked();
        assert_eq!((asked.len(), &asked[0].input["group"]), (1, &json!(scenario.directory.groups[0].id)));
        let swept = stage.sweep("sweep", asked[0].input.clone()).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        for start in stage.asked().split_off(1) {
            hear(&stage, &start.name, start.input).await;
        }
        assert_eq!(profiles(&stage), 1, "its member has a profile");
    });
}

#[test]
fn a_disabled_user_loses_access_and_an_enabled_one_gets_it_back() {
    provisioned(async |stage, scenario| {
        let user = scenario.directory.users[0].id.clone();
        let before = profiles(stage);
        let turn = |status| stage.world.directory(|store| store.set_status(&user, status)).expect("there");
        turn(UserStatus::Disabled);
        hear(stage, "off", record(DIRECTORY, "DisableUser", &json!({"userId": user}))).await;
        assert_eq!(profiles(stage), before - 1);
        turn(UserStatus::Enabled);
        hear(stage, "on", record(DIRECTORY, "EnableUser", &json!({"userId": user}))).await;
        assert_eq!(profiles(stage), before);
    });
}

#[test]
fn an_event_about_a_user_whom_a_key_hides_takes_nothing_away() {
    provisioned(async |stage, scenario| {
        let user = scenario.directory.users[0].id.clone();
        let before = profiles(stage);
        stage.world.directory(|store| store.kms_masked = Some(KmsMask::KeyNotFound));
        for (source, name, inside) in [
            (DIRECTORY, "DeleteUser", "userId"),
            (SCIM, "DeleteUser", "id"),
            (DIRECTORY, "RemoveMemberFromGroup", "memberId"),
        ] {
            let input = record(source, name, &json!({ inside: user }));
            let ended = stage.execute(&format!("{source}-{name}"), input).await.unwrap();
            assert_eq!(ended.error.as_deref(), Some("Misconfigured"), "{name}");
        }
        assert_eq!(profiles(stage), before);
    });
}
