//! Thousands of users leave within an hour, under limits that are raised for it. How long each removal takes, beside the same removals that have
//! been counted before and so meet no counter.

use crate::deployed::{deployed, user_id};
use anyhow::{Context as _, Result};
use asl::Status;
use fake_aws::{CallRecord, run_virtual};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use harness::deployment::{Deployment, NoInjection};
use harness::scenario::Scenario;
use harness::setting;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

const ACCOUNT: &str = "444455556666";
const DOMAIN: &str = "d-removals";
const GROUP: &str = "14f83478-a061-708f-8de4-a3a2b99e9d89";

/// How many leave, and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Removals {
    /// Users who leave. Each has a profile without apps and spaces, which goes at once.
    pub users: usize,
    /// The time in which they leave, evenly spread.
    pub within: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Users who left.
    pub users: usize,
    /// The removals, counted against both limits.
    pub counted: Side,
    /// The same removals, which were counted before.
    pub uncounted: Side,
}

/// One of the two runs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// From the first event to the end of the last execution.
    pub took_seconds: f64,
    /// The mean time of an execution.
    pub mean_seconds: f64,
    /// The longest execution.
    pub longest_seconds: f64,
    /// Executions that did not end well.
    pub failed: usize,
    /// All calls of AWS.
    pub calls: usize,
    /// Transactions that DynamoDB cancelled: they met another one, or a part of the count that was full.
    pub cancelled: usize,
    /// Profiles that are left.
    pub left: usize,
}

impl Figures {
    /// The mean time of a removal that is counted, beside one that is not.
    pub fn ratio(&self) -> f64 {
        self.counted.mean_seconds / self.uncounted.mean_seconds
    }
}

fn user_name(number: usize) -> String {
    format!("user{number}@example.com")
}

fn target() -> String {
    format!("{ACCOUNT}/us-east-1/{DOMAIN}")
}

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/studio/All")
}

fn scenario(users: usize) -> Result<Scenario> {
    let people: Vec<Value> =
        (0..users).map(|user| json!({"id": user_id(user), "name": user_name(user)})).collect();
    let profiles: Vec<Value> = (0..users)
        .map(|user| {
            json!({"target": target(), "name": format!("user{user}"), "user": user_name(user), "role": role(),
                "tags": {"studio-access:user-id": user_id(user)}})
        })
        .collect();
    let limit = json!({"perHour": 10 * users, "percent": 100});
    let scenario = json!({
        "name": "thousands leave",
        "directory": {"groups": [{"id": GROUP, "name": "studio-all"}], "users": people},
        "domains": [{"target": target()}],
        "mappings": [{"group": "studio-all", "target": target(), "executionRoleArn": role(), "graceDays": 0}],
        "profiles": profiles,
        "removalLimits": {"suspensions": limit, "deletions": limit},
    });
    serde_json::from_value(scenario).context("the removals are no scenario")
}

fn grant(number: usize, is_counted: bool) -> Map<String, Value> {
    let user = user_id(number);
    let counted: &[&str] = if is_counted { &["suspensions", "deletions"] } else { &[] };
    let row = json!({
        "pk": format!("user#{user}"), "sk": format!("target#{}", target()),
        "storeId": "d-906716eb24", "userId": user, "status": "active", "profileName": format!("user{number}"),
        "target": {"account": ACCOUNT, "region": "us-east-1", "domainId": DOMAIN},
        "userName": user_name(number), "roleArn": role(), "groupName": "studio-all", "groupId": GROUP,
        "membershipId": user, "removal": "keep", "graceDays": 0, "counted": counted, "execution": "before", "reason": "before",
        "updatedAt": "2026-03-02T08:00:00Z", "version": 2,
    });
    row.as_object().cloned().unwrap_or_default()
}

fn event(number: usize) -> Value {
    json!({"detail": {"eventSource": "sso-directory.amazonaws.com", "eventName": "RemoveMemberFromGroup", "eventID": format!("leaver-{number}"),
        "requestParameters": {"identityStoreId": "d-906716eb24", "groupId": GROUP, "memberId": user_id(number)}}})
}

/// Lets them leave, twice. `tell` hears how many are done, now and then.
pub fn run(removals: Removals, tell: &dyn Fn(&str)) -> Result<Figures> {
    let counted = side(removals, false, tell)?;
    let uncounted = side(removals, true, tell)?;
    Ok(Figures { users: removals.users, counted, uncounted })
}

fn side(Removals { users, within }: Removals, is_counted: bool, tell: &dyn Fn(&str)) -> Result<Side> {
    let scenario = scenario(users)?;
    let epoch = setting::beginning(&scenario)?;
    run_virtual(async {
        let deployment = deployed(&scenario, epoch).await?.silent();
        for number in 0..users {
            setting::put_row(&deployment.aws, setting::GRANTS, &grant(number, is_counted)).await?;
        }
        let clock = deployment.aws.clock().clone();
        let began = clock.now();
        let every = within / u32::try_from(users)?;
        let mut running: FuturesUnordered<_> = (0..users)
            .map(|number| {
                let (deployment, clock) = (&deployment, clock.clone());
                let after = every * u32::try_from(number).unwrap_or(u32::MAX);
                async move {
                    clock.sleep(after).await;
                    deployment.execute_with("leave", event(number), &NoInjection).await
                }
            })
            .collect();
        let (mut times, mut failed) = (Vec::new(), 0);
        while let Some(execution) = running.next().await {
            let execution = execution?;
            failed += usize::from(execution.status != Status::Succeeded);
            times.push(execution.took);
            if times.len().is_multiple_of(1_000) {
                tell(&format!("{} of {users} have ended", times.len()));
            }
        }
        drop(running);
        let took = clock.now().duration_since(began)?;
        Ok(figures(&deployment, &times, took, failed))
    })
}

fn figures(deployment: &Deployment, times: &[Duration], took: Duration, failed: usize) -> Side {
    let calls = deployment.aws.calls();
    let cancelled = |call: &&CallRecord| call.outcome.to_string().contains("TransactionCanceled");
    let now = deployment.aws.clock().now();
    #[expect(clippy::cast_precision_loss, reason = "a number of users is small")]
    let mean_seconds = times.iter().map(Duration::as_secs_f64).sum::<f64>() / times.len() as f64;
    Side {
        took_seconds: took.as_secs_f64(),
        mean_seconds,
        longest_seconds: times.iter().max().map_or(0.0, Duration::as_secs_f64),
        failed,
        calls: calls.len(),
        cancelled: calls.iter().filter(cancelled).count(),
        left: deployment.aws.studio(|studio| studio.snapshot(now)).profiles.len(),
    }
}
