//! Single steps, invoked alone: what holds whatever the state machine hands them.

use crate::played::read;
use crate::sweep::on_deployment;
use ::contract::failure::Failure;
use fake_aws::{Clock, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Nobody, Play};
use harness::scenario::Scenario;
use harness::setting::{self, GRANTS, HUB, HUB_REGION};
use harness::steps;
use serde_json::{Value, json};

/// Invokes functions one after the other in the emulated AWS of a scenario file, and gives their answers with the operations that were called.
fn alone(file: &str, invocations: &[(&str, Value)]) -> (Vec<Result<Value, Failure>>, Vec<String>) {
    invoked(file, false, invocations)
}

/// The same; `leased`: the execution of [`on_profile`] holds the lease.
fn invoked(
    file: &str,
    leased: bool,
    invocations: &[(&str, Value)],
) -> (Vec<Result<Value, Failure>>, Vec<String>) {
    let scenario = read(file);
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let deployment =
            Deployment::build(&scenario, scenario.seed, Clock::virtual_from(epoch)).await.unwrap();
        if leased {
            deployment.aws.put_item(HUB, HUB_REGION, GRANTS, lease()).await.unwrap();
        }
        let mut answers = Vec::new();
        for (function, payload) in invocations {
            answers.push(deployment.invoke(function, payload.clone()).await.unwrap());
        }
        (answers, deployment.aws.calls().into_iter().map(|call| call.operation).collect())
    })
}

#[test]
fn every_function_refuses_invalid_input_and_calls_nothing() {
    let names: Vec<&str> = run_virtual(async {
        let clock = Clock::virtual_from(std::time::UNIX_EPOCH);
        Deployment::build(&read("unmanaged.yaml"), 0, clock).await.unwrap().functions().collect()
    });
    assert_eq!(names.len(), steps::names().len());
    let half = json!({"version": 5, "job": {"user": "ana"}, "plan": 7});
    for payload in [json!({"version": 5}), json!("text"), json!(null), half, json!([1, 2])] {
        let invocations: Vec<(&str, Value)> = names.iter().map(|name| (*name, payload.clone())).collect();
        let (answers, calls) = alone("unmanaged.yaml", &invocations);
        for (name, answer) in names.iter().zip(answers) {
            assert_eq!(answer.unwrap_err().name, "InvalidInput", "{name} {payload}");
        }
        assert!(calls.is_empty(), "{calls:?}");
    }
}

/// A job of Ana's, who is entitled to nothing, and a profile.
fn on_profile(profile: &str) -> Value {
    json!({
        "version": 5,
        "job": {"execution": "by-hand", "cause": {"reason": "test"},
            "user": {"storeId": "d-906716eb24", "userId": "04c8e458-a021-702e-f9d1-000000000001", "userName": "ana",
                "status": "enabled"},
            "target": {"account": "222233334444", "region": "eu-west-1", "domainId": "d-research"}},
        "plan": {"action": "changeRole", "profileName": profile, "userName": "ana", "roleChanged": true, "entitlement": {"groupId": "14f83478-a061-708f-8de4-000000000001",
            "groupName": "studio-admins", "membershipId": "m", "priority": 100, "removal": "keep", "settings": {},
            "executionRoleArn": "arn:aws:iam::222233334444:role/studio/Admins"}},
        "executionArn": "arn:aws:states:us-east-1:111122223333:execution:Access:by-hand",
        "since": "2026-01-01T00:00:00Z", "coveredUntil": "2026-01-01T00:00:00Z", "spaces": []})
}

const ANA: &str = "04c8e458-a021-702e-f9d1-000000000001";

/// Ana's grant for the profile of her name.
fn grant() -> Value {
    let texts = [
        ("pk", format!("user#{ANA}")),
        ("sk", "target#222233334444/eu-west-1/d-research".into()),
        ("storeId", "d-906716eb24".into()),
        ("userId", ANA.into()),
        ("status", "changing".into()),
        ("profileName", "ana".into()),
        ("userName", "ana".into()),
        ("removal", "keep".into()),
        ("roleArn", "arn:aws:iam::222233334444:role/studio/Admins".into()),
        ("groupName", "studio-admins".into()),
        ("groupId", "14f83478-a061-708f-8de4-000000000001".into()),
        ("membershipId", "m".into()),
        ("execution", "before".into()),
        ("reason", "test".into()),
        ("updatedAt", "2026-01-01T00:00:00Z".into()),
    ];
    let mut item: serde_json::Map<String, Value> =
        texts.into_iter().map(|(name, text): (&str, String)| (name.to_owned(), json!({"S": text}))).collect();
    let target = [("account", "222233334444"), ("region", "eu-west-1"), ("domainId", "d-research")];
    let target: serde_json::Map<String, Value> =
        target.into_iter().map(|(name, text)| (name.to_owned(), json!({"S": text}))).collect();
    item.insert("target".into(), json!({"M": target}));
    item.insert("version".into(), json!({"N": "1"}));
    item.into()
}

/// The lease that this job's execution holds for a long time.
fn lease() -> Value {
    json!({"pk": {"S": "user#04c8e458-a021-702e-f9d1-000000000001"}, "sk": {"S": "lease#222233334444/eu-west-1/d-research"},
        "owner": {"S": "by-hand"}, "ownerArn": {"S": "arn"}, "expiresAt": {"N": "4000000000000"}})
}

const CHANGING: [&str; 3] = ["update-profile", "withdraw-role", "delete-profile"];

fn all_on(profile: &str) -> (Vec<String>, Vec<String>) {
    let changes = CHANGING.map(|step| (step, on_profile(profile)));
    let (answers, calls) = invoked("unmanaged.yaml", true, &changes);
    let name = |answer: Result<Value, Failure>| {
        answer.map_or_else(|error| error.name.to_owned(), |_| "done".to_owned())
    };
    (answers.into_iter().map(name).collect(), calls)
}

#[test]
fn profile_changes_and_deletions_recheck_the_owner() {
    // One without any mark, and one with another user's.
    for profile in ["Ana", "ben"] {
        let (answers, calls) = all_on(profile);
        assert_eq!(answers, ["UnmanagedProfile", "UnmanagedProfile", "UnmanagedProfile"], "{profile}");
        let effects = ["UpdateUserProfile", "DeleteUserProfile", "AddTags", "TransactWriteItems"];
        assert!(!calls.iter().any(|call| effects.contains(&call.as_str())), "{calls:?}");
    }
}

#[test]
fn a_vanished_profile_is_replanned_or_counts_as_deleted() {
    assert_eq!(all_on("nobody").0, ["Superseded", "Superseded", "done"]);
}

/// Ana has a profile of ours, and a space.
const JOINED: &str = r#"
name: Joined
directory:
  groups: [{ id: 14f83478-a061-708f-8de4-000000000001, name: studio-admins }]
  users: [{ id: 04c8e458-a021-702e-f9d1-000000000001, name: ana }]
domains: [{ target: 222233334444/eu-west-1/d-research }]
mappings:
  - { group: studio-admins, target: 222233334444/eu-west-1/d-research, executionRoleArn: "arn:aws:iam::222233334444:role/studio/Admins", graceDays: 0 }
timeline:
  - { join: { user: ana, group: studio-admins }, expect: { status: SUCCEEDED } }
  - openSpace: { target: 222233334444/eu-west-1/d-research, name: anas, ofUser: ana }
"#;

/// What changes something in Studio.
const EFFECTS: [&str; 6] =
    ["CreateUserProfile", "UpdateUserProfile", "DeleteUserProfile", "DeleteSpace", "DeleteApp", "AddTags"];

#[test]
fn no_step_does_anything_without_the_lease() {
    let mut payload = on_profile("ana");
    for (name, value) in [
        (
            "app",
            json!({"owner": {"userProfileName": "ana"}, "appType": "Canvas", "appName": "default", "deleting": false}),
        ),
        ("space", json!({"name": "anas", "shared": false, "deleting": false})),
        ("profileName", "ana".into()),
        ("want", "gone".into()),
        // Every third look at a profile renews the lease.
        ("polls", 2.into()),
        ("rounds", 0.into()),
        ("stays", false.into()),
    ] {
        payload[name] = value;
    }
    payload["plan"]["removal"] = "keep".into();
    payload["plan"]["suspended"] = false.into();
    let steps = [
        "create-profile",
        "update-profile",
        "poll-profile",
        "list-apps",
        "delete-app",
        "delete-space",
        "withdraw-role",
        "delete-profile",
    ];
    let scenario = Scenario::parse(JOINED, "joined").unwrap();
    on_deployment(&scenario, async |deployment| {
        Play::on(deployment, &scenario, &Nobody).steps(&scenario.timeline).await.unwrap();
        for step in steps {
            let before = deployment.aws.calls().len();
            let table = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
            let answer = deployment.invoke(step, payload.clone()).await.unwrap();
            assert_eq!(answer.unwrap_err().name, "LeaseLost", "{step}");
            let calls = deployment.aws.calls().split_off(before);
            assert!(
                !calls.iter().any(|call| EFFECTS.contains(&call.operation.as_str())),
                "{step}: {calls:?}"
            );
            assert_eq!(deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap(), table, "{step}");
        }
    });
}

#[test]
fn no_outcome_is_recorded_without_the_lease() {
    let mut payload = on_profile("ana");
    for (name, value) in [("userName", "ana"), ("owner", ANA)] {
        payload[name] = value.into();
    }
    payload["stays"] = false.into();
    let steps = ["record-grant", "record-removal"];
    let scenario = read("unmanaged.yaml");
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let deployment =
            Deployment::build(&scenario, scenario.seed, Clock::virtual_from(epoch)).await.unwrap();
        deployment.aws.put_item(HUB, HUB_REGION, GRANTS, grant()).await.unwrap();
        for step in steps {
            let before = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
            let answer = deployment.invoke(step, payload.clone()).await.unwrap();
            assert_eq!(answer.unwrap_err().name, "LeaseLost", "{step}");
            assert_eq!(deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap(), before, "{step}");
        }
        deployment.aws.put_item(HUB, HUB_REGION, GRANTS, lease()).await.unwrap();
        for step in steps {
            deployment.aws.put_item(HUB, HUB_REGION, GRANTS, lease()).await.unwrap();
            assert!(deployment.invoke(step, payload.clone()).await.unwrap().is_ok(), "{step}");
        }
    });
}

#[test]
fn after_five_plans_an_execution_fails_without_a_call() {
    let mut again = on_profile("ana");
    again["plans"] = 5.into();
    let (answers, calls) = alone("unmanaged.yaml", &[("plan-access", again)]);
    assert_eq!(answers[0].as_ref().unwrap_err().name, "PlanAccess.TooManyReplans");
    assert!(calls.is_empty(), "{calls:?}");
}
