//! What a user on hold has is never deleted.

use crate::played::{functions, play, read};
use crate::sweep::on_deployment;
use fake_aws::service::Refusal;
use fake_aws::{Effect, Rule};
use harness::deployment::Deployment;
use harness::setting::{CONTROLS, put_row};
use serde_json::json;
use std::time::Duration;

const BEN: &str = "04c8e458-a021-702e-f9d1-000000000002";

async fn hold_ben(deployment: &Deployment) {
    let hold = json!({"pk": "hold", "sk": BEN, "reason": "CASE-12"});
    put_row(&deployment.aws, CONTROLS, hold.as_object().unwrap()).await.unwrap();
}

/// Gives Ben a profile with a space, and takes him out of his group.
async fn ben_leaves(deployment: &Deployment) {
    let scenario = read("hold.yaml");
    let created = deployment.execute("ben joins", json!({"userName": "ben"})).await.unwrap();
    assert_eq!(created.error, None, "{:?}", created.cause);
    let group = &scenario.directory.groups[0].id;
    deployment.aws.directory(|store| store.remove_member(group, BEN)).unwrap();
}

fn deletions(deployment: &Deployment) -> usize {
    let calls = deployment.aws.calls();
    calls
        .iter()
        .filter(|call| ["DeleteUserProfile", "DeleteSpace"].contains(&call.operation.as_str()))
        .count()
}

#[test]
fn a_leaver_on_hold_is_suspended_and_kept() {
    let played = play("hold.yaml");
    for title in ["ben leaves studio-analysts", "Another look at Ben"] {
        let ended = played.execution(title);
        assert!(!functions(ended).contains(&"delete-profile"), "{title}: no step tries it");
        let said = ended.output.as_ref().unwrap().to_string();
        assert!(said.contains("nothing is deleted while the user is on hold"), "{said}");
    }
}

#[test]
fn a_hold_that_comes_after_the_plan_is_seen_before_the_deletion() {
    on_deployment(&read("hold.yaml"), async |deployment| {
        ben_leaves(deployment).await;
        let before = deployment.aws.calls().len();
        let operator = async {
            let planned = || {
                let calls = deployment.aws.calls();
                calls[before..].iter().any(|call| call.operation == "ListSpaces")
            };
            while !planned() {
                deployment.aws.clock().sleep(Duration::from_millis(20)).await;
            }
            hold_ben(deployment).await;
        };
        let execution = deployment.execute("ben leaves", json!({"userName": "ben"}));
        let (ended, ()) = futures_util::future::join(execution, operator).await;
        let ended = ended.unwrap();
        assert_eq!((ended.error.as_deref(), deletions(deployment)), (None, 0), "{:?}", ended.cause);
        let tried = functions(&ended).into_iter().filter(|function| *function == "delete-profile");
        assert_eq!(tried.count(), 1, "the step saw the hold, and the next plan kept everything");
    });
}

#[test]
fn a_hold_counts_in_every_form_of_the_id() {
    for id in [BEN.to_uppercase(), format!("arn:aws:identitystore:::user/{BEN}")] {
        on_deployment(&read("hold.yaml"), async |deployment| {
            ben_leaves(deployment).await;
            let hold = json!({"pk": "hold", "sk": id});
            put_row(&deployment.aws, CONTROLS, hold.as_object().unwrap()).await.unwrap();
            let ended = deployment.execute("ben leaves", json!({"userName": "ben"})).await.unwrap();
            assert_eq!((ended.error, deletions(deployment)), (None, 0), "{id}");
        });
    }
}

#[test]
fn whether_a_user_is_on_hold_must_be_known() {
    on_deployment(&read("hold.yaml"), async |deployment| {
        ben_leaves(deployment).await;
        let denied = Refusal::new("AccessDeniedException", "not authorized");
        let rule = Rule::on("dynamodb:Query", Effect::Refuse(denied)).about("\"hold\"");
        deployment.aws.inject(rule.always());
        let ended = deployment.execute("ben leaves", json!({"userName": "ben"})).await.unwrap();
        assert!(ended.cause.unwrap().contains("Misconfigured"));
        assert_eq!(deletions(deployment), 0);
    });
}
