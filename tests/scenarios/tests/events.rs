//! Every kind of event: whom it reaches, in whatever form it spells an id, and what it starts when it names nobody.

use crate::played::{play, read, without_grace};
use fake_aws::services::identity_store::{KmsMask, UserStatus};
use fake_aws::{Clock, run_virtual};
use harness::deployment::Deployment;
use harness::scenario::{Group, Scenario};
use harness::setting;
use serde_json::{Value, json};

const DIRECTORY: &str = "sso-directory.amazonaws.com";
const STORE: &str = "identitystore.amazonaws.com";
const SCIM: &str = "identitystore-scim.amazonaws.com";

/// The onboarding scenario's emulated AWS with everybody in their groups and provisioned.
fn provisioned(act: impl AsyncFnOnce(&Deployment, &Scenario)) {
    let mut scenario = read("onboarding.yaml");
    // Another mapped group, with nobody in it: a directory in which nothing is mapped any more would not be believed.
    without_grace(&mut scenario);
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
        let deployment =
            Deployment::build(&scenario, 1, Clock::virtual_from(epoch)).await.expect("the scenario is good");
        for user in &scenario.directory.users {
            let given = deployment.execute(&user.name, json!({"userId": user.id})).await.unwrap();
            assert_eq!(given.error, None, "{:?}", given.cause);
        }
        act(&deployment, &scenario).await;
    });
}

fn record(source: &str, name: &str, parameters: &Value) -> Value {
    json!({"detail": {"eventSource": source, "eventName": name, "eventID": "e-1", "requestParameters": parameters}})
}

fn profiles(deployment: &Deployment) -> usize {
    let now = deployment.aws.clock().now();
    deployment.aws.studio(|studio| studio.snapshot(now).profiles.len())
}

/// Runs an event; it ends well.
async fn hear(deployment: &Deployment, name: &str, input: Value) {
    let ended = deployment.execute(name, input).await.unwrap();
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
        provisioned(async |deployment, scenario| {
            let user = scenario.directory.users[0].id.clone();
            let before = profiles(deployment);
            deployment.aws.directory(|store| store.delete_user(&user)).expect("the user is there");
            hear(deployment, "gone", record(source, name, &json!({ inside: user }))).await;
            assert_eq!(profiles(deployment), before - 1, "{source} {name}");
        });
    }
}

#[test]
fn an_event_may_spell_an_id_with_prefix_or_as_an_arn() {
    for form in ["906716eb24-{}", "arn:aws:identitystore:::user/{}", "{}"] {
        provisioned(async |deployment, scenario| {
            let user = scenario.directory.users[0].id.clone();
            let spelled = form.replace("{}", &user.to_uppercase().replace("ARN", "arn"));
            let parameters = json!({"identityStoreId": "d-906716eb24", "userId": spelled});
            let before = profiles(deployment);
            hear(deployment, "present", record(DIRECTORY, "UpdateUser", &parameters)).await;
            assert_eq!(
                profiles(deployment),
                before,
                "{form}: the user is there, whatever the event calls them"
            );
            deployment.aws.directory(|store| store.delete_user(&user)).expect("the user is there");
            hear(deployment, "gone", record(DIRECTORY, "DeleteUser", &parameters)).await;
            assert_eq!(profiles(deployment), before - 1, "{form}: the ledger knows them by the other form");
        });
    }
}

#[test]
fn an_unknown_membership_starts_a_sweep_a_known_one_does_not() {
    provisioned(async |deployment, scenario| {
        let (user, group) = (&scenario.directory.users[0].id, &scenario.directory.groups[0].id);
        let membership =
            deployment.aws.directory(|store| store.remove_member(group, user)).expect("a member");
        let before = profiles(deployment);
        let ended = |id: &str| record(STORE, "DeleteGroupMembership", &json!({"membershipId": id}));
        hear(deployment, "known", ended(&membership)).await;
        assert_eq!((profiles(deployment), deployment.asked().len()), (before - 1, 0));
        hear(deployment, "unknown", ended("00000000-0000-4000-8000-000000000000")).await;
        let asked = deployment.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].input["membership"], "00000000-0000-4000-8000-000000000000");
        assert_eq!(
            (&asked[0].input["reason"], &asked[0].input["eventId"]),
            (&json!("DeleteGroupMembership"), &json!("e-1"))
        );
    });
}

#[test]
fn a_group_event_starts_a_sweep_that_reaches_every_member() {
    for (source, name, inside) in [
        (DIRECTORY, "DeleteGroup", "groupId"),
        (STORE, "DeleteGroup", "groupId"),
        (SCIM, "DeleteGroup", "id"),
    ] {
        provisioned(async |deployment, scenario| {
            let group = scenario.directory.groups[0].id.clone();
            deployment.aws.directory(|store| store.delete_group(&group)).expect("the group is there");
            hear(deployment, "deleted", record(source, name, &json!({ inside: group }))).await;
            let asked = deployment.asked();
            assert_eq!((asked.len(), &asked[0].input["group"]), (1, &json!(group)), "{source} {name}");
            let swept = deployment.sweep("sweep", asked[0].input.clone()).await.unwrap();
            assert_eq!(swept.error, None, "{:?}", swept.cause);
            let started = deployment.asked().split_off(1);
            assert_eq!(started.len(), scenario.directory.users.len());
            for start in started {
                hear(deployment, &start.name, start.input).await;
            }
            assert_eq!(profiles(deployment), 0, "{source} {name}");
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
        let deployment =
            Deployment::build(&scenario, 0, Clock::virtual_from(epoch)).await.expect("it is good");
        hear(&deployment, "created", scenario.timeline[0].event.clone().unwrap()).await;
        let asked = deployment.asked();
        assert_eq!((asked.len(), &asked[0].input["group"]), (1, &json!(scenario.directory.groups[0].id)));
        let swept = deployment.sweep("sweep", asked[0].input.clone()).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        for start in deployment.asked().split_off(1) {
            hear(&deployment, &start.name, start.input).await;
        }
        assert_eq!(profiles(&deployment), 1, "its member has a profile");
    });
}

#[test]
fn a_disabled_user_loses_access_and_an_enabled_one_gets_it_back() {
    provisioned(async |deployment, scenario| {
        let user = scenario.directory.users[0].id.clone();
        let before = profiles(deployment);
        let turn = |status| deployment.aws.directory(|store| store.set_status(&user, status)).expect("there");
        turn(UserStatus::Disabled);
        hear(deployment, "off", record(DIRECTORY, "DisableUser", &json!({"userId": user}))).await;
        assert_eq!(profiles(deployment), before - 1);
        turn(UserStatus::Enabled);
        hear(deployment, "on", record(DIRECTORY, "EnableUser", &json!({"userId": user}))).await;
        assert_eq!(profiles(deployment), before);
    });
}

#[test]
fn an_event_about_a_user_whom_a_key_hides_takes_nothing_away() {
    provisioned(async |deployment, scenario| {
        let user = scenario.directory.users[0].id.clone();
        let before = profiles(deployment);
        deployment.aws.directory(|store| store.kms_masked = Some(KmsMask::KeyNotFound));
        for (source, name, inside) in [
            (DIRECTORY, "DeleteUser", "userId"),
            (SCIM, "DeleteUser", "id"),
            (DIRECTORY, "RemoveMemberFromGroup", "memberId"),
        ] {
            let input = record(source, name, &json!({ inside: user }));
            let ended = deployment.execute(&format!("{source}-{name}"), input).await.unwrap();
            assert_eq!(ended.error.as_deref(), Some("Misconfigured"), "{name}");
        }
        assert_eq!(profiles(deployment), before);
    });
}
