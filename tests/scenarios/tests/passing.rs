//! Errors that pass are retried until they have passed.

use crate::lease::{look_at_ana, on_deployment};
use crate::played::{invocations, play};
use asl::Status;
use fake_aws::service::Refusal;
use fake_aws::{CallRecord, Effect, Outcome, Rule};
use futures_util::future::join;
use harness::report::Invocation;
use std::time::Duration;

const CONFLICT: &str = "TransactionConflictException";

#[test]
fn a_conflict_with_a_transaction_is_retried() {
    let played = play("lease-conflict.yaml");
    let refused = played.calls("dynamodb:UpdateItem").into_iter();
    let refused = refused.filter(|call| call.outcome == Outcome::Refused(CONFLICT.to_owned()));
    assert_eq!(refused.count(), 2);
    let leaving = played.execution("Ana leaves");
    for step in ["plan-access", "list-apps"] {
        assert_eq!(invocations(leaving, step).len(), 2, "{step}");
    }
}

#[test]
fn a_stale_signature_is_retried() {
    let played = play("stale-signature.yaml");
    let joining = played.execution("Ana joins");
    for step in ["resolve-identity", "plan-access", "create-profile"] {
        assert_eq!(invocations(joining, step).len(), 2, "{step}");
    }
}

#[test]
fn the_first_step_outlasts_an_outage() {
    let played = play("outage.yaml");
    let joining = played.execution("Ana joins");
    assert_eq!(invocations(joining, "resolve-identity").len(), 10);
    assert!(joining.took > Duration::from_mins(2), "{:?}", joining.took);
}

#[test]
fn two_minutes_without_a_service_end_no_execution() {
    for service in ["identitystore:*", "dynamodb:*", "sts:*", "sagemaker:*"] {
        on_deployment(async |deployment| {
            // Not a server error: the SDK would retry it, and its quota of retries is the process's.
            let refusal = Refusal::new("ServiceUnavailable", "in the outage");
            deployment.aws.inject(Rule::on(service, Effect::Refuse(refusal)).always());
            let outage = async {
                deployment.aws.clock().sleep(Duration::from_mins(2)).await;
                deployment.aws.clear_faults();
            };
            let (ended, ()) = join(look_at_ana(deployment, "in the outage"), outage).await;
            assert_eq!(ended.status, Status::Succeeded, "{service}: {:?}", ended.cause);
            assert!(ended.took > Duration::from_mins(2), "{service}: {:?}", ended.took);
        });
    }
}

#[test]
fn a_step_that_took_too_long_sends_no_change() {
    on_deployment(async |deployment| {
        // Twice twenty seconds for each of three calls, one after the other.
        for call in ["sts:AssumeRole", "dynamodb:TransactWriteItems", "identitystore:DescribeUser"] {
            for delay in [Duration::from_mins(2), Duration::from_millis(9_500)] {
                deployment.aws.inject(Rule::on(call, Effect::Delay(delay)).from("create-profile"));
            }
        }
        let ended = look_at_ana(deployment, "slow").await;
        assert_eq!(ended.status, Status::Succeeded, "{:?}", ended.cause);
        let [slow, quick] = invocations(&ended, "create-profile")[..] else { panic!("two attempts") };
        assert_eq!(slow.error.as_deref(), Some("Transient"));
        let sent = |one: &Invocation| one.calls.iter().any(|call| call.operation == "CreateUserProfile");
        assert_eq!((sent(slow), sent(quick)), (false, true));
    });
}

/// Two executions for one user; the second one's claim of the lease is held up on its way.
fn two_executions(held_up: Duration) -> Vec<CallRecord> {
    on_deployment(async |deployment| {
        let claim = Rule::on("dynamodb:UpdateItem", Effect::Delay(held_up)).from("plan-access");
        deployment.aws.inject(claim.after(1));
        let second = async {
            deployment.aws.clock().sleep(Duration::from_millis(100)).await;
            look_at_ana(deployment, "second").await
        };
        let both = join(look_at_ana(deployment, "first"), second).await;
        for execution in [both.0, both.1] {
            assert_eq!(execution.status, Status::Succeeded, "{:?}", execution.cause);
        }
        deployment.aws.calls()
    })
}

#[test]
fn executions_that_meet_in_a_transaction_both_succeed() {
    let conflicts = |calls: &[CallRecord]| {
        let met = calls.iter().filter(|call| call.outcome == Outcome::Refused(CONFLICT.to_owned()));
        met.map(|call| call.label.clone()).collect::<Vec<_>>()
    };
    let calm = two_executions(Duration::ZERO);
    assert_eq!(conflicts(&calm), [""; 0]);
    let at = |label: &str, operation: &str, number: usize| {
        let mut all = calm.iter().filter(|call| call.label == label && call.operation == operation);
        all.nth(number).map(|call| call.at).expect("there is such a call")
    };
    let (claimed, noted) =
        (at("plan-access", "UpdateItem", 1), at("create-profile", "TransactWriteItems", 0));
    let held_up = noted.duration_since(claimed).expect("the lease is claimed first");
    assert_eq!(conflicts(&two_executions(held_up + Duration::from_millis(1))), ["plan-access"]);
}
