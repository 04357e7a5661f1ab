//! One switch stops every effect, and nothing is lost by it.

use crate::played::{play, read};
use crate::sweep::on_deployment;
use fake_aws::service::Refusal;
use fake_aws::{Effect, Rule};
use harness::deployment::Deployment;
use harness::scenario::Scenario;
use harness::setting::{CONTROLS, GRANTS, HUB, HUB_REGION, delete_row, put_row};
use serde_json::{Value, json};
use std::time::Duration;

const ANALYSTS: &str = "14f83478-a061-708f-8de4-000000000001";
const BEN: &str = "04c8e458-a021-702e-f9d1-000000000002";

/// The control, and its key.
async fn pause(deployment: &Deployment) {
    let pause = json!({"pk": "pause", "sk": "all", "reason": "CHG-4711"});
    put_row(&deployment.aws, CONTROLS, pause.as_object().unwrap()).await.unwrap();
}

async fn resume(deployment: &Deployment) {
    let key = json!({"pk": "pause", "sk": "all"});
    delete_row(&deployment.aws, CONTROLS, key.as_object().unwrap()).await.unwrap();
}

/// Analysts, and Ben, who has joined them, without a profile yet.
fn scene() -> Scenario {
    let mut scenario = read("pause.yaml");
    scenario.directory.users[1].groups = vec!["studio-analysts".to_owned()];
    scenario
}

/// How many calls of this operation there were, however they ended.
fn calls(deployment: &Deployment, operation: &str) -> usize {
    deployment.aws.calls().iter().filter(|call| call.operation == operation).count()
}

#[test]
fn nobody_gains_or_loses_anything_until_the_operator_resumes() {
    let played = play("pause.yaml");
    let ended = played.execution("ben joins studio-analysts");
    let functions = crate::played::functions(ended);
    assert_eq!(
        functions.last(),
        Some(&"summarize"),
        "the lease is given back, and the end has a summary: {functions:?}"
    );
    assert!(functions.contains(&"release-lease"), "{functions:?}");
}

#[test]
fn a_step_that_began_before_the_pause_has_no_effect_later() {
    let scenario = scene();
    on_deployment(&scenario, async |deployment| {
        // The last look at the directory, after the intent: the step has read that there is no pause.
        let slow =
            Rule::on("identitystore:ListGroupMembershipsForMember", Effect::Delay(Duration::from_secs(15)));
        deployment.aws.inject(slow.from("create-profile"));
        let input = json!({"userName": "ben"});
        let operator = async {
            while calls(deployment, "TransactWriteItems") == 0 {
                deployment.aws.clock().sleep(Duration::from_millis(100)).await;
            }
            pause(deployment).await;
        };
        let (ended, ()) = futures_util::future::join(deployment.execute("ben", input), operator).await;
        let ended = ended.unwrap();
        assert_eq!(ended.error.as_deref(), Some("Paused"), "{:?}", ended.cause);
        assert_eq!(calls(deployment, "CreateUserProfile"), 0);
        assert!(deployment.aws.unspent_faults().is_empty());
    });
}

#[test]
fn a_redrive_after_the_pause_finishes_what_was_begun() {
    on_deployment(&scene(), async |deployment| {
        pause(deployment).await;
        let ended = deployment.execute("ben", json!({"userName": "ben"})).await.unwrap();
        assert_eq!(ended.error.as_deref(), Some("Paused"));
        let again = deployment.redrive(ended).await.unwrap();
        assert_eq!(again.error.as_deref(), Some("Paused"), "it is paused still");
        resume(deployment).await;
        let done = deployment.redrive(again).await.unwrap();
        assert_eq!(done.error, None, "{:?}", done.cause);
        assert_eq!(calls(deployment, "CreateUserProfile"), 1);
    });
}

#[test]
fn whether_there_is_a_pause_must_be_known() {
    on_deployment(&scene(), async |deployment| {
        let denied = Refusal::new("AccessDeniedException", "not authorized");
        deployment.aws.inject(Rule::on("dynamodb:GetItem", Effect::Refuse(denied)).about(CONTROLS).always());
        let ended = deployment.execute("ben", json!({"userName": "ben"})).await.unwrap();
        assert!(ended.cause.unwrap().contains("Misconfigured"));
        assert_eq!(calls(deployment, "CreateUserProfile"), 0);
        let swept = deployment.sweep("all", json!({})).await.unwrap();
        assert_eq!((swept.error.as_deref(), deployment.asked().len()), (Some("Misconfigured"), 0));
        let assigned = deployment.invoke("ensure-assignment", assignment(deployment)).await.unwrap();
        assert_eq!(
            assigned.unwrap_err().name,
            "Misconfigured",
            "it is not a permission to assign that lacks"
        );
    });
}

#[test]
fn nothing_starts_another_execution_during_a_pause() {
    on_deployment(&scene(), async |deployment| {
        pause(deployment).await;
        let event = include_str!("../../../events/delete-group-membership.json");
        let ended = deployment.execute("an event", serde_json::from_str(event).unwrap()).await.unwrap();
        assert_eq!(ended.error.as_deref(), Some("Paused"), "{:?}", ended.cause);
        for input in [json!({"userId": BEN}), json!({"group": "studio-analysts"})] {
            let swept = deployment.sweep(&input.to_string().len().to_string(), input).await.unwrap();
            assert_eq!(swept.error.as_deref(), Some("Paused"));
        }
        assert_eq!(deployment.asked().len(), 0);
    });
}

#[test]
fn a_pause_leaves_no_intent_and_counts_no_removal() {
    on_deployment(&scene(), async |deployment| {
        let items = async || {
            let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
            let is_fact = |item: &Value| {
                let starts = |key: &str, with: &str| item[key]["S"].as_str().unwrap().starts_with(with);
                starts("sk", "target#") || starts("pk", "limit#")
            };
            items.into_iter().filter(is_fact).collect::<Vec<Value>>()
        };
        let joined = deployment.execute("ben", json!({"userName": "ben"})).await.unwrap();
        assert_eq!(joined.error, None, "{:?}", joined.cause);
        let before = items().await;
        deployment.aws.directory(|store| store.remove_member(ANALYSTS, BEN)).unwrap();
        pause(deployment).await;
        deployment.aws.clock().sleep(Duration::from_mins(1)).await;
        for user in ["ben", "ana"] {
            let ended = deployment.execute(&format!("{user} now"), json!({"userName": user})).await.unwrap();
            assert_eq!(ended.error.as_deref(), Some("Paused"), "{user}");
        }
        assert_eq!(items().await, before);
    });
}

#[test]
fn a_pause_stops_a_sweep_between_two_pages() {
    on_deployment(&scene(), async |deployment| {
        let slow = Rule::on("identitystore:ListGroups", Effect::Delay(Duration::from_secs(12)));
        deployment.aws.inject(slow);
        let operator = async {
            deployment.aws.clock().sleep(Duration::from_secs(5)).await;
            pause(deployment).await;
        };
        let (swept, ()) = futures_util::future::join(deployment.sweep("all", json!({})), operator).await;
        assert_eq!((swept.unwrap().error.as_deref(), deployment.asked().len()), (Some("Paused"), 0));
    });
}

#[test]
fn no_group_is_assigned_during_a_pause() {
    let mut scenario = scene();
    scenario.timeline.clear();
    on_deployment(&scenario, async |deployment| {
        let input = assignment(deployment);
        pause(deployment).await;
        let refused = deployment.invoke("ensure-assignment", input.clone()).await.unwrap().unwrap_err();
        assert_eq!((refused.name, calls(deployment, "CreateApplicationAssignment")), ("Paused", 0));
        resume(deployment).await;
        assert_eq!(
            deployment.invoke("ensure-assignment", input).await.unwrap().unwrap(),
            json!({"assignment": "made"})
        );
    });
}

/// An input that asks for the assignment of the analysts to the only domain.
fn assignment(deployment: &Deployment) -> Value {
    json!({"job": {"execution": "e", "user": {"storeId": "d-1", "userId": BEN, "status": "enabled"},
        "target": {"account": "222233334444", "region": "eu-west-1", "domainId": "d-research"}, "cause": {"reason": "r"}},
        "version": 5, "groupId": ANALYSTS, "applicationArn": application(deployment)})
}

/// The application of the only domain.
fn application(deployment: &Deployment) -> Value {
    let now = deployment.aws.clock().now();
    let domains = deployment.aws.studio(|studio| studio.snapshot(now)).domains;
    domains[0].application_arn.clone().into()
}
