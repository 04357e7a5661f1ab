//! Thousands of people join a group at once, and Studio creates a few profiles a second. How long that takes, beside the best that the limit
//! allows, and whether anybody is lost.

use anyhow::{Context as _, Result};
use asl::Status;
use fake_aws::{Bodies, Clock, FakeAws, FakeAwsSettings, run_virtual};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use harness::deployment::{Deployment, NoInjection};
use harness::scenario::Scenario;
use harness::setting;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

const TARGET: &str = "444455556666/us-east-1/d-burst";
const GROUP: &str = "14f83478-a061-708f-8de4-a3a2b99e9d89";

/// How many join, and what the limits are.
#[derive(Debug, Clone, Copy)]
pub struct Burst {
    /// People who join.
    pub people: usize,
    /// How many profiles Studio creates in a second. AWS publishes no figure [3.20].
    pub creations_per_second: f64,
    /// How many executions Step Functions starts in a second [5.3].
    pub starts_per_second: f64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// People who joined.
    pub people: usize,
    /// From the first event to the end of the last execution.
    pub took_seconds: f64,
    /// The best that Studio's limit on creations allows.
    pub best_seconds: f64,
    /// People who have the profile that is due.
    pub provided: usize,
    /// Executions that did not end well.
    pub failed: usize,
    /// Calls of `CreateUserProfile`.
    pub creations: usize,
    /// Of these, throttled.
    pub creations_throttled: usize,
    /// All calls of AWS.
    pub calls: usize,
    /// Of these, throttled.
    pub throttled: usize,
}

impl Figures {
    /// Time beside the best.
    pub fn ratio(&self) -> f64 {
        self.took_seconds / self.best_seconds
    }
}

fn user_id(number: usize) -> String {
    format!("{number:08x}-a021-702e-f9d1-7f430ff2c752")
}

fn scenario(burst: Burst) -> Result<Scenario> {
    let users: Vec<Value> = (0..burst.people)
        .map(|number| json!({"id": user_id(number), "name": format!("user{number}@example.com"), "groups": ["studio-all"]}))
        .collect();
    let scenario = json!({
        "name": "a burst",
        "directory": {"groups": [{"id": GROUP, "name": "studio-all"}], "users": users},
        "domains": [{"target": TARGET}],
        "mappings": [{"group": "studio-all", "target": TARGET, "executionRoleArn": "arn:aws:iam::444455556666:role/studio/All"}],
        "limits": [{"on": "sagemaker:CreateUserProfile", "perSecond": burst.creations_per_second}],
    });
    serde_json::from_value(scenario).context("the burst is no scenario")
}

fn event(number: usize) -> Value {
    json!({"detail": {"eventSource": "sso-directory.amazonaws.com", "eventName": "AddMemberToGroup", "eventID": format!("burst-{number}"),
        "requestParameters": {"identityStoreId": "d-906716eb24", "groupId": GROUP, "member": {"memberId": user_id(number)}}}})
}

/// Lets them join. `tell` hears how many are done, now and then.
pub fn run(burst: Burst, tell: &dyn Fn(&str)) -> Result<Figures> {
    let scenario = scenario(burst)?;
    let epoch = setting::beginning(&scenario)?;
    run_virtual(async {
        let settings = FakeAwsSettings::new(1, Clock::virtual_from(epoch));
        let aws = FakeAws::new(FakeAwsSettings { bodies: Bodies::Neither, ..settings });
        let deployment = Deployment::build_in(aws, &scenario).await?.silent();
        let clock = deployment.aws.clock().clone();
        let began = clock.now();
        let mut running: FuturesUnordered<_> = (0..burst.people)
            .map(|number| {
                let (deployment, clock) = (&deployment, clock.clone());
                #[expect(clippy::cast_precision_loss, reason = "a number of people is small")]
                let after = Duration::from_secs_f64(number as f64 / burst.starts_per_second);
                async move {
                    clock.sleep(after).await;
                    deployment.execute_with("join", event(number), &NoInjection).await
                }
            })
            .collect();
        let (mut ended, mut failed) = (0, 0);
        while let Some(execution) = running.next().await {
            ended += 1;
            failed += usize::from(execution?.status != Status::Succeeded);
            if ended % 1_000 == 0 {
                let took = clock.now().duration_since(began).unwrap_or_default();
                tell(&format!("{ended} of {} have ended after {} s", burst.people, took.as_secs()));
            }
        }
        drop(running);
        let took = clock.now().duration_since(began)?;
        Ok(figures(burst, &deployment, took, failed))
    })
}

fn figures(burst: Burst, deployment: &Deployment, took: Duration, failed: usize) -> Figures {
    let calls = deployment.aws.calls();
    let throttled = |call: &&fake_aws::CallRecord| call.outcome.to_string().contains("Throttl");
    let creations: Vec<_> = calls.iter().filter(|call| call.operation == "CreateUserProfile").collect();
    let now = deployment.aws.clock().now();
    let profiles = deployment.aws.studio(|studio| studio.snapshot(now)).profiles;
    let right = |role: &str| role.ends_with("role/studio/All");
    #[expect(clippy::cast_precision_loss, reason = "a number of people is small")]
    let best_seconds = burst.people as f64 / burst.creations_per_second;
    Figures {
        people: burst.people,
        took_seconds: took.as_secs_f64(),
        best_seconds,
        provided: profiles.iter().filter(|p| p.status == "InService" && right(&p.effective_role)).count(),
        failed,
        creations: creations.len(),
        creations_throttled: creations.iter().copied().filter(throttled).count(),
        calls: calls.len(),
        throttled: calls.iter().filter(throttled).count(),
    }
}
