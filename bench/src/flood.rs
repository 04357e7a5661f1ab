//! The first synchronisation of a directory: events about groups that no rule means, and one event among them that matters. How long that one
//! takes, beside the same alone.

use crate::deployed::{deployed, user_id};
use anyhow::{Context as _, Result, ensure};
use asl::Status;
use fake_aws::run_virtual;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use harness::deployment::Deployment;
use harness::report::{Execution, moment};
use harness::scenario::Scenario;
use harness::setting;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

const TARGET: &str = "444455556666/us-east-1/d-flood";
const MAPPED: &str = "14f83478-a061-708f-8de4-a3a2b99e9d89";

/// How many events, and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Flood {
    /// Events about groups that no rule means, group after group.
    pub events: usize,
    /// Events in a second.
    pub per_second: f64,
    /// These groups.
    pub groups: usize,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Events that concern nobody.
    pub events: usize,
    /// Events in a second.
    pub per_second: f64,
    /// From the event that matters to the profile in service, alone.
    pub alone_seconds: f64,
    /// The same in the middle of the flood.
    pub among_seconds: f64,
    /// The longest execution of an event that concerns nobody.
    pub longest_seconds: f64,
    /// Calls of AWS for an event that concerns nobody.
    pub calls_each: f64,
    /// Calls of the Identity Store for all of them.
    pub identity_store: usize,
    /// Calls that were throttled.
    pub throttled: usize,
    /// Executions that did not end well.
    pub failed: usize,
}

fn group_id(number: usize) -> String {
    format!("{number:08x}-0000-4000-8000-a3a2b99e9d89")
}

fn scenario(flood: Flood) -> Result<Scenario> {
    let mut groups = vec![json!({"id": MAPPED, "name": "studio-all"})];
    groups.extend(
        (0..flood.groups).map(|number| json!({"id": group_id(number), "name": format!("ad-group-{number}")})),
    );
    let scenario = json!({
        "name": "a flood of events",
        "directory": {"groups": groups, "users": [{"id": user_id(0), "name": "ana@example.com", "groups": ["studio-all"]}]},
        "domains": [{"target": TARGET}],
        "mappings": [{"group": "studio-all", "target": TARGET, "executionRoleArn": "arn:aws:iam::444455556666:role/studio/All"}],
    });
    serde_json::from_value(scenario).context("the flood is no scenario")
}

/// How late the events come: EventBridge delivers what CloudTrail has recorded, seconds to minutes after it happened.
const LATE: Duration = Duration::from_secs(15);

fn event(number: usize, happened: SystemTime, group: &str, user: usize) -> Value {
    let happened = moment(happened);
    json!({"detail": {"eventTime": happened, "eventSource": "sso-directory.amazonaws.com", "eventName": "AddMemberToGroup", "eventID": format!("flood-{number}"),
        "requestParameters": {"identityStoreId": "d-906716eb24", "groupId": group, "member": {"memberId": user_id(user)}}}})
}

/// Lets the events come, `tell` hears how many are done, now and then.
pub fn run(flood: Flood, tell: &dyn Fn(&str)) -> Result<Figures> {
    ensure!(flood.events > 0 && flood.groups > 0, "there must be events and groups");
    let (alone, _, _) = play(Flood { events: 0, ..flood }, tell)?;
    let (among, others, deployment) = play(flood, tell)?;
    let calls = deployment.aws.calls();
    let of_others: Vec<_> = calls
        .iter()
        .filter(|call| call.scope.as_deref().is_some_and(|scope| scope.contains("-nobody")))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a number of calls is small")]
    let calls_each = of_others.len() as f64 / flood.events as f64;
    let well = |execution: &&Execution| execution.status == Status::Succeeded;
    Ok(Figures {
        events: flood.events,
        per_second: flood.per_second,
        alone_seconds: alone.took.as_secs_f64(),
        among_seconds: among.took.as_secs_f64(),
        longest_seconds: others.iter().map(|one| one.took).max().unwrap_or_default().as_secs_f64(),
        calls_each,
        identity_store: of_others.iter().filter(|call| call.service == "identitystore").count(),
        throttled: calls.iter().filter(|call| call.outcome.to_string().contains("Throttl")).count(),
        failed: others.len() + 1 - others.iter().chain([&among]).filter(well).count(),
    })
}

/// Plays the events, and in the middle the one that matters. Returns its execution, and the others.
fn play(flood: Flood, tell: &dyn Fn(&str)) -> Result<(Execution, Vec<Execution>, Deployment)> {
    let scenario = scenario(flood)?;
    let epoch = setting::beginning(&scenario)?;
    run_virtual(async {
        let deployment = deployed(&scenario, epoch).await?.silent();
        #[expect(clippy::cast_precision_loss, reason = "a number of events is small")]
        let at = |number: usize| Duration::from_secs_f64(number as f64 / flood.per_second);
        let begin = |after: Duration, title: &'static str, number: usize, group: String, user: usize| {
            let (deployment, clock) = (&deployment, deployment.aws.clock().clone());
            async move {
                clock.sleep(after).await;
                let happened = clock.now() - LATE;
                deployment.execute(title, event(number, happened, &group, user)).await
            }
        };
        let each = flood.events.div_ceil(flood.groups).max(1);
        let nobody = (0..flood.events)
            .map(|number| begin(at(number), "nobody", number, group_id(number / each), number + 1));
        let mut running: FuturesUnordered<_> = nobody.collect();
        running.push(begin(at(flood.events / 2), "ana", flood.events, MAPPED.to_owned(), 0));
        let (mut among, mut others) = (None, Vec::new());
        while let Some(execution) = running.next().await {
            let mut execution = execution?;
            execution.entries = Vec::new();
            if execution.title == "ana" {
                among = Some(execution);
            } else {
                others.push(execution);
            }
            if others.len() % 1_000 == 999 {
                tell(&format!("{} of {} have ended", others.len() + 1, flood.events));
            }
        }
        drop(running);
        Ok((among.context("the event that matters did not end")?, others, deployment))
    })
}
