//! Single steps, invoked alone: what holds whatever the state machine hands them.

use crate::played::read;
use ::contract::failure::Failure;
use fake_aws::{Clock, run_virtual};
use harness::deployment::Deployment;
use harness::setting;
use harness::steps;
use serde_json::{Value, json};

/// Invokes functions one after the other in the emulated AWS of a scenario file, and gives their answers with the operations that were called.
fn alone(file: &str, invocations: &[(&str, Value)]) -> (Vec<Result<Value, Failure>>, Vec<String>) {
    let scenario = read(file);
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let deployment =
            Deployment::build(&scenario, scenario.seed, Clock::virtual_from(epoch)).await.unwrap();
        let mut answers = Vec::new();
        for (function, payload) in invocations {
            answers.push(deployment.invoke(function, payload.clone()).await.unwrap());
        }
        (answers, deployment.aws.calls().into_iter().map(|call| call.operation).collect())
    })
}

#[test]
fn every_function_refuses_an_input_that_does_not_fit_by_name_and_calls_nothing() {
    let names: Vec<&str> = run_virtual(async {
        let clock = Clock::virtual_from(std::time::UNIX_EPOCH);
        Deployment::build(&read("unmanaged.yaml"), 0, clock).await.unwrap().functions().collect()
    });
    assert_eq!(names.len(), steps::names().len());
    let half = json!({"version": 3, "job": {"user": "ana"}, "plan": 7});
    for payload in [json!({"version": 3}), json!("text"), json!(null), half, json!([1, 2])] {
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
        "version": 3,
        "job": {"execution": "by-hand", "cause": {"reason": "test"},
            "user": {"storeId": "d-906716eb24", "userId": "04c8e458-a021-702e-f9d1-000000000001", "userName": "ana",
                "status": "enabled"},
            "target": {"account": "222233334444", "region": "eu-west-1", "domainId": "d-research"}},
        "plan": {"action": "changeRole", "profileName": profile, "roleMoves": true, "entitlement": {"groupId": "14f83478-a061-708f-8de4-000000000001",
            "groupName": "studio-admins", "membershipId": "m", "priority": 100, "removal": "keep", "settings": {},
            "executionRoleArn": "arn:aws:iam::222233334444:role/studio/Admins"}},
        "spaces": []})
}

const CHANGING: [&str; 3] = ["update-profile", "withdraw-role", "delete-profile"];

fn all_on(profile: &str) -> (Vec<String>, Vec<String>) {
    let claim = {
        let mut claim = on_profile(profile);
        claim["executionArn"] = "arn:aws:states:us-east-1:111122223333:execution:Access:by-hand".into();
        claim["since"] = "2026-01-01T00:00:00Z".into();
        claim
    };
    let changes = CHANGING.map(|step| (step, on_profile(profile)));
    let invocations = [("acquire-lease", claim)].into_iter().chain(changes).collect::<Vec<_>>();
    let (mut answers, calls) = alone("unmanaged.yaml", &invocations);
    let lease = answers.remove(0);
    assert_eq!(lease, Ok(json!({"lease": "acquired"})));
    let name = |answer: Result<Value, Failure>| {
        answer.map_or_else(|error| error.name.to_owned(), |_| "done".to_owned())
    };
    (answers.into_iter().map(name).collect(), calls)
}

#[test]
fn a_step_that_changes_or_deletes_a_profile_looks_for_itself_whose_it_is() {
    // One without any mark, and one with another user's.
    for profile in ["Ana", "ben"] {
        let (answers, calls) = all_on(profile);
        assert_eq!(answers, ["UnmanagedProfile", "UnmanagedProfile", "UnmanagedProfile"], "{profile}");
        let effects = ["UpdateUserProfile", "DeleteUserProfile", "AddTags", "TransactWriteItems"];
        assert!(!calls.iter().any(|call| effects.contains(&call.as_str())), "{calls:?}");
    }
}

#[test]
fn a_profile_that_vanished_since_the_plan_is_planned_again_or_is_what_was_wanted() {
    assert_eq!(all_on("nobody").0, ["Superseded", "Superseded", "done"]);
}

#[test]
fn no_step_does_anything_without_the_lease() {
    let mut payload = on_profile("ben");
    for (name, value) in [
        (
            "app",
            json!({"owner": {"userProfileName": "ben"}, "appType": "Canvas", "appName": "default", "deleting": false}),
        ),
        ("space", json!({"name": "bens", "shared": false, "deleting": false})),
        ("profileName", "ben".into()),
        ("want", "gone".into()),
        ("polls", 0.into()),
        ("plans", 0.into()),
        ("rounds", 0.into()),
        ("stays", false.into()),
    ] {
        payload[name] = value;
    }
    payload["plan"]["removal"] = "keep".into();
    payload["plan"]["suspended"] = false.into();
    let steps = [
        "plan-access",
        "create-profile",
        "update-profile",
        "poll-profile",
        "record-grant",
        "list-apps",
        "delete-app",
        "delete-space",
        "withdraw-role",
        "delete-profile",
        "record-removal",
    ];
    let (answers, calls) = alone("unmanaged.yaml", &steps.map(|step| (step, payload.clone())));
    for (step, answer) in steps.iter().zip(answers) {
        assert_eq!(answer.unwrap_err().name, "LeaseLost", "{step}");
    }
    assert_eq!(calls, ["UpdateItem"; 11], "one look at the lease for each, and nothing else");
}

#[test]
fn after_five_plans_in_one_execution_the_facts_are_said_to_be_unsettled_and_nothing_is_called() {
    let mut again = on_profile("ana");
    again["plans"] = 5.into();
    let (answers, calls) = alone("unmanaged.yaml", &[("plan-access", again)]);
    assert_eq!(answers[0].as_ref().unwrap_err().name, "PlanAccess.TooManyReplans");
    assert!(calls.is_empty(), "{calls:?}");
}
