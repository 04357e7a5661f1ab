//! Thousands of users join their groups at once, and Studio creates a few profiles a second in each account. How long that takes, beside the
//! best that the limits allow, and whether anybody is lost.

use crate::deployed::{deployed, user_id};
use crate::sweep::figures::{CALLS_A_SECOND, LOOKS};
use anyhow::{Context as _, Result};
use asl::Status;
use fake_aws::services::studio::ProfileRow;
use fake_aws::{CallRecord, run_virtual};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use harness::deployment::{Deployment, NoInjection};
use harness::scenario::Scenario;
use harness::setting;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// How many join, and what the limits are.
#[derive(Debug, Clone, Copy)]
pub struct Burst {
    /// Users who join.
    pub users: usize,
    /// Groups of the directory.
    pub groups: usize,
    /// Groups that each user is in. One of them gives access to one domain.
    pub memberships: usize,
    /// Rows of the mapping. The groups of most do not exist.
    pub rows: usize,
    /// Studio accounts, each with one domain.
    pub accounts: usize,
    /// How many profiles Studio creates in a second in each account. AWS publishes no figure [3.20].
    pub creations_per_second: f64,
    /// How many executions Step Functions starts in a second [5.3].
    pub starts_per_second: f64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Users who joined.
    pub users: usize,
    /// From the first event to the end of the last execution.
    pub took_seconds: f64,
    /// The best that the limits allow for the calls that nobody can do without.
    pub best_seconds: f64,
    /// The limit that decides about the best.
    pub decided_by: &'static str,
    /// Users who have the profile that is due.
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
    /// The most functions that ran at the same time.
    pub most_at_once: usize,
    /// Throttled calls by operation.
    pub throttled_calls: BTreeMap<String, usize>,
}

impl Figures {
    /// Time beside the best.
    pub fn ratio(&self) -> f64 {
        self.took_seconds / self.best_seconds
    }
}

impl Burst {
    /// The best time that the limits allow, and the limit that decides. The promises need two looks at each user and one creation.
    fn best(&self) -> (f64, &'static str) {
        #[expect(clippy::cast_precision_loss, reason = "a number of users is small")]
        let (users, accounts, looks) = (self.users as f64, self.accounts as f64, (self.users * LOOKS) as f64);
        let limits = [
            (users / accounts / self.creations_per_second, "creations in Studio"),
            (looks / CALLS_A_SECOND, "reads of the Identity Store"),
            (users / self.starts_per_second, "starts of executions"),
        ];
        limits.into_iter().fold((0.0, ""), |best, limit| if limit.0 > best.0 { limit } else { best })
    }

    /// Groups that give access: ten in each account, if there are so many.
    fn mapped(&self) -> usize {
        (10 * self.accounts).min(self.groups).min(self.rows).max(1)
    }
}

fn group_id(number: usize) -> String {
    format!("{number:08x}-a061-708f-8de4-a3a2b99e9d89")
}

fn account(number: usize) -> String {
    format!("{:012}", 444_455_550_000 + number)
}

fn row(burst: &Burst, number: usize, group: &str) -> Value {
    let account = account(number % burst.accounts);
    json!({"group": group, "target": format!("{account}/us-east-1/d-burst"), "executionRoleArn": format!("arn:aws:iam::{account}:role/studio/All")})
}

fn scenario(burst: &Burst) -> Result<Scenario> {
    let mapped = burst.mapped();
    let name = |number: usize| {
        if number < mapped { format!("studio-{number}") } else { format!("ad-group-{number}") }
    };
    let groups: Vec<Value> =
        (0..burst.groups).map(|number| json!({"id": group_id(number), "name": name(number)})).collect();
    // Each user is in the next group that gives access, and in others that do not, evenly spread.
    let others = burst.groups - mapped;
    let groups_of = |user: usize| {
        let other = (0..burst.memberships.saturating_sub(1).min(others))
            .map(|place| name(mapped + (user * 7 + place) % others));
        std::iter::once(name(user % mapped)).chain(other).collect::<Vec<_>>()
    };
    let users: Vec<Value> = (0..burst.users)
        .map(|user| json!({"id": user_id(user), "name": format!("user{user}@example.com"), "groups": groups_of(user)}))
        .collect();
    let used = (0..mapped).map(|number| row(burst, number, &name(number)));
    let unused = (mapped..burst.rows).map(|number| row(burst, number, &format!("studio-elsewhere-{number}")));
    let domains: Vec<Value> = (0..burst.accounts)
        .map(|number| json!({"target": format!("{}/us-east-1/d-burst", account(number))}))
        .collect();
    let scenario = json!({
        "name": "a burst",
        "directory": {"groups": groups, "users": users},
        "domains": domains,
        "mappings": used.chain(unused).collect::<Vec<_>>(),
        "limits": [{"on": "sagemaker:CreateUserProfile", "perSecond": burst.creations_per_second}],
    });
    serde_json::from_value(scenario).context("the burst is no scenario")
}

fn event(burst: &Burst, number: usize) -> Value {
    json!({"detail": {"eventSource": "sso-directory.amazonaws.com", "eventName": "AddMemberToGroup", "eventID": format!("burst-{number}"),
        "requestParameters": {"identityStoreId": "d-906716eb24", "groupId": group_id(number % burst.mapped()), "member": {"memberId": user_id(number)}}}})
}

/// Lets them join. `tell` hears how many are done, now and then.
pub fn run(burst: Burst, tell: &dyn Fn(&str)) -> Result<Figures> {
    let scenario = scenario(&burst)?;
    let epoch = setting::beginning(&scenario)?;
    run_virtual(async {
        let deployment = deployed(&scenario, epoch).await?.silent();
        let clock = deployment.aws.clock().clone();
        let began = clock.now();
        let mut running: FuturesUnordered<_> = (0..burst.users)
            .map(|number| {
                let (deployment, clock) = (&deployment, clock.clone());
                #[expect(clippy::cast_precision_loss, reason = "a number of users is small")]
                let after = Duration::from_secs_f64(number as f64 / burst.starts_per_second);
                async move {
                    clock.sleep(after).await;
                    deployment.execute_with("join", event(&burst, number), &NoInjection).await
                }
            })
            .collect();
        let (mut ended, mut failed) = (0, 0);
        while let Some(execution) = running.next().await {
            ended += 1;
            failed += usize::from(execution?.status != Status::Succeeded);
            if ended % 1_000 == 0 {
                let took = clock.now().duration_since(began).unwrap_or_default();
                tell(&format!("{ended} of {} have ended after {} s", burst.users, took.as_secs()));
            }
        }
        drop(running);
        let took = clock.now().duration_since(began)?;
        Ok(figures(burst, &deployment, took, failed))
    })
}

fn figures(burst: Burst, deployment: &Deployment, took: Duration, failed: usize) -> Figures {
    let best = burst.best();
    Figures::of(burst.users, best, deployment, took, failed, &|profile| {
        profile.effective_role.ends_with("role/studio/All")
    })
}

impl Figures {
    /// Counts the calls, and the profiles that are in service and `is_due`.
    pub(crate) fn of(
        users: usize,
        (best_seconds, decided_by): (f64, &'static str),
        deployment: &Deployment,
        took: Duration,
        failed: usize,
        is_due: &dyn Fn(&ProfileRow) -> bool,
    ) -> Self {
        let calls = deployment.aws.calls();
        let throttled = |call: &&CallRecord| call.outcome.to_string().contains("Throttl");
        let creations: Vec<_> = calls.iter().filter(|call| call.operation == "CreateUserProfile").collect();
        let mut throttled_calls = BTreeMap::new();
        for call in calls.iter().filter(throttled) {
            *throttled_calls.entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
        }
        let now = deployment.aws.clock().now();
        let profiles = deployment.aws.studio(|studio| studio.snapshot(now)).profiles;
        Self {
            users,
            took_seconds: took.as_secs_f64(),
            best_seconds,
            decided_by,
            provided: profiles.iter().filter(|p| p.status == "InService" && is_due(p)).count(),
            failed,
            creations: creations.len(),
            creations_throttled: creations.iter().copied().filter(throttled).count(),
            calls: calls.len(),
            throttled: throttled_calls.values().sum(),
            most_at_once: deployment.most_at_once(),
            throttled_calls,
        }
    }
}
