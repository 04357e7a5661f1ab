//! One execution at a time works on one user in one target, and nobody waits for ever.

use crate::played::{caught, functions, invocations, play, read};
use asl::Status;
use fake_aws::{Clock, run_virtual};
use futures_util::future::{Either, select};
use harness::deployment::Deployment;
use harness::report::{Entry, Execution, Invocation};
use harness::setting::{self, GRANTS, HUB, HUB_REGION};
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;

const ANA: &str = "04c8e458-a021-702e-f9d1-000000000001";

/// Runs what a test does on a deployment where Ana is in the group of the admins, and has nothing yet.
pub(crate) fn on_deployment<T>(doing: impl AsyncFnOnce(&Deployment) -> T) -> T {
    let scenario = read("lease.yaml");
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let deployment =
            Deployment::build(&scenario, scenario.seed, Clock::virtual_from(epoch)).await.unwrap();
        deployment
            .aws
            .directory(|store| store.add_member("14f83478-a061-708f-8de4-000000000001", ANA))
            .unwrap();
        doing(&deployment).await
    })
}

pub(crate) async fn look_at_ana(deployment: &Deployment, title: &str) -> Execution {
    deployment.execute(title, json!({"userName": "ana"})).await.unwrap()
}

/// Starts an execution for Ana, and stops it after a while as an operator would in the console.
pub(crate) async fn stopped_after(deployment: &Deployment, seconds: u64) {
    let running = pin!(look_at_ana(deployment, "stopped"));
    let alarm = pin!(deployment.aws.clock().sleep(Duration::from_secs(seconds)));
    match select(running, alarm).await {
        Either::Left((ended, _)) => panic!("it ended by itself after {:?}", ended.took),
        Either::Right(((), _)) => {}
    }
}

#[test]
fn executions_for_one_user_never_work_beside_each_other() {
    let played = play("lease.yaml");
    // Who finds that nothing is left to do has no turn.
    for (user, turns_of_user) in [("ana", 1), ("ben", 2)] {
        let id = played.grant(user)["userId"].as_str().unwrap().to_owned();
        let of_user =
            |execution: &&Execution| execution.entries.iter().any(|entry| format!("{entry:?}").contains(&id));
        let mut turns: Vec<(Duration, Duration)> = Vec::new();
        for execution in played.report.executions.iter().filter(of_user) {
            let calls = played
                .report
                .calls
                .iter()
                .filter(|call| call.scope.as_deref().is_some_and(|s| s.starts_with(&execution.name)));
            let looks = ["resolve-identity", "assume-role", "plan-access", "ensure-assignment"];
            let at_work = calls.filter(|call| !looks.contains(&call.label.as_str()));
            let times: Vec<Duration> =
                at_work.map(|call| call.at.duration_since(std::time::UNIX_EPOCH).unwrap()).collect();
            turns.extend(times.first().copied().zip(times.last().copied()));
        }
        turns.sort_unstable();
        assert_eq!(turns.len(), turns_of_user, "{user}: {turns:?}");
        assert!(turns.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{user}: {turns:?}");
    }
}

#[test]
fn who_waited_for_what_is_done_by_then_is_done_as_well() {
    let played = play("lease.yaml");
    let waiting = ["The second", "The third"].map(|title| played.execution(title));
    let mut actions: Vec<String> = waiting.iter().flat_map(|execution| execution.actions()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["covered", "keep"]);
    for execution in waiting {
        let changing = ["create-profile", "update-profile", "record-grant", "release-lease"];
        assert!(!functions(execution).iter().any(|function| changing.contains(function)));
        let looks = invocations(execution, "plan-access");
        let directory = |look: &&&Invocation| look.calls.iter().any(|call| call.service == "identitystore");
        let [first, last] = [looks.first(), looks.last()].map(Option::unwrap);
        // The look before the first plan is that of `ResolveIdentity`.
        assert_eq!(looks.iter().filter(directory).count(), usize::from(execution.actions() == ["keep"]));
        assert_eq!((first.error.as_deref(), last.error.as_deref()), (Some("LeaseHeld"), None));
    }
}

#[test]
fn an_execution_that_was_stopped_delays_the_next_one_by_minutes() {
    on_deployment(async |deployment| {
        stopped_after(deployment, 8).await;
        let next = look_at_ana(deployment, "the next").await;
        assert_eq!(next.status, Status::Succeeded, "{:?}", next.cause);
        assert!(
            next.took > Duration::from_mins(2),
            "nobody is overtaken whose functions may still run: {:?}",
            next.took
        );
        assert!(next.took < Duration::from_mins(6), "{:?}", next.took);
        assert!(invocations(&next, "plan-access").len() > 1);
    });
}

#[test]
fn a_stopped_execution_is_overtaken_when_its_lease_expires() {
    on_deployment(async |deployment| {
        deployment.aws.executions(|all| all.lag = Duration::from_hours(24));
        stopped_after(deployment, 8).await;
        let next = look_at_ana(deployment, "the next").await;
        assert_eq!(next.status, Status::Succeeded, "{:?}", next.cause);
        assert!(next.took > Duration::from_mins(9), "{:?}", next.took);
        assert!(next.took < Duration::from_mins(14), "{:?}", next.took);
    });
}

#[test]
fn a_running_execution_is_not_overtaken_when_studio_is_slow() {
    on_deployment(async |deployment| {
        deployment.aws.studio(|studio| studio.switches.timing.create_profile = Duration::from_mins(18));
        let both = futures_util::future::join(look_at_ana(deployment, "first"), async {
            deployment.aws.clock().sleep(Duration::from_secs(20)).await;
            look_at_ana(deployment, "second").await
        });
        let (first, second) = both.await;
        assert_eq!(first.status, Status::Succeeded, "{:?}", first.cause);
        assert_eq!(functions(&second).last(), Some(&"summarize"));
        assert!(second.began + second.took > first.began + first.took);
        assert_eq!(caught(&first), []);
    });
}

/// Gives Ana's lease to somebody who is not there.
async fn robbed(deployment: &Deployment) {
    let now = deployment.aws.clock().since_1970().as_millis();
    let text = |text: &str| json!({"S": text});
    let item = json!({"pk": text(&format!("user#{ANA}")), "sk": text("lease#222233334444/eu-west-1/d-research"),
        "owner": text("robber"), "ownerArn": text("arn:aws:states:us-east-1:111122223333:execution:Access:robber"),
        "expiresAt": {"N": (now + 600_000).to_string()}});
    deployment.aws.put_item(HUB, HUB_REGION, GRANTS, item).await.unwrap();
}

#[test]
fn an_execution_that_loses_its_lease_stops_and_starts_over() {
    on_deployment(async |deployment| {
        let (execution, ()) = futures_util::future::join(look_at_ana(deployment, "robbed"), async {
            deployment.aws.clock().sleep(Duration::from_secs(5)).await;
            robbed(deployment).await;
        })
        .await;
        assert_eq!(execution.status, Status::Succeeded, "{:?}", execution.cause);
        assert_eq!(caught(&execution), [("LeaseLost", "Reconcile")]);
        let lost = execution
            .entries
            .iter()
            .position(|entry| format!("{entry:?}").contains("\"LeaseLost\""))
            .unwrap();
        let recorded = |entry: &Entry| matches!(entry, Entry::Invoked(one) if one.function == "record-grant" && one.error.is_none());
        let before = &execution.entries[..lost];
        assert!(!before.iter().any(recorded), "nothing was recorded by who had lost the lease");
        let grants = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
        let grant =
            grants.iter().find(|item| item["sk"]["S"].as_str().unwrap().starts_with("target#")).unwrap();
        assert_eq!(grant["status"]["S"], Value::from("active"));
    });
}
