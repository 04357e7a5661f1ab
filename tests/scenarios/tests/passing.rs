//! Errors that pass are retried until they have passed.

use crate::lease::{look_at_ana, on_stage};
use crate::played::{invocations, play};
use engine::Status;
use futures_util::future::{join, join_all};
use std::time::Duration;
use world::{Effect, Outcome, Rule};

const CONFLICT: &str = "TransactionConflictException";

#[test]
fn a_conflict_with_a_transaction_is_retried() {
    let played = play("lease-conflict.yaml");
    let refused = played.calls("dynamodb:UpdateItem").into_iter();
    let refused = refused.filter(|call| call.outcome == Outcome::Refused(CONFLICT.to_owned()));
    assert_eq!(refused.count(), 3);
    let leaving = played.execution("Ana leaves");
    for step in ["acquire-lease", "delete-profile", "release-lease"] {
        assert_eq!(invocations(leaving, step).len(), 2, "{step}");
    }
}

#[test]
fn a_stale_signature_is_retried() {
    let played = play("stale-signature.yaml");
    let joining = played.execution("Ana joins");
    for step in ["resolve-identity", "acquire-lease", "create-profile"] {
        assert_eq!(invocations(joining, step).len(), 2, "{step}");
    }
}

#[test]
fn the_first_step_outlasts_an_outage() {
    let played = play("outage.yaml");
    assert_eq!(invocations(played.execution("Ana joins"), "resolve-identity").len(), 9);
}

#[test]
fn two_minutes_without_a_service_end_no_execution() {
    for service in ["identitystore:*", "dynamodb:*", "sts:*", "sagemaker:*"] {
        on_stage(async |stage| {
            stage.world.inject(Rule::on(service, Effect::ServerError).always());
            let outage = async {
                stage.world.clock().sleep(Duration::from_mins(2)).await;
                stage.world.clear_faults();
            };
            let (ended, ()) = join(look_at_ana(stage, "in the outage"), outage).await;
            assert_eq!(ended.status, Status::Succeeded, "{service}: {:?}", ended.cause);
            assert!(ended.took > Duration::from_mins(2), "{service}: {:?}", ended.took);
        });
    }
}

/// Executions for one user that start 10 ms apart: some take the lease while a transaction checks it.
#[test]
fn executions_that_meet_in_a_transaction_all_succeed() {
    on_stage(async |stage| {
        let crowd = (0..200_u64).map(|number| async move {
            stage.world.clock().sleep(Duration::from_millis(10 * number)).await;
            look_at_ana(stage, &format!("execution {number}")).await
        });
        for execution in join_all(crowd).await {
            assert_eq!(execution.status, Status::Succeeded, "{:?}", execution.cause);
        }
        let calls = stage.world.calls();
        let met = calls.iter().filter(|call| call.outcome == Outcome::Refused(CONFLICT.to_owned()));
        assert!(met.count() > 0, "no write met a transaction: the test shows nothing");
    });
}
