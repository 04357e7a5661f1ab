//! What happens to one user, and what it costs: transitions, invocations, calls of AWS, capacity of the tables, and the price of a thousand. In
//! directories and mappings of any size: the cost must not depend on them.

mod company;
mod sequence;
mod units;

pub use company::Size;

use anyhow::{Context as _, Result, ensure};
use asl::{HistoryKind, Status};
use fake_aws::{CallRecord, Clock, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Nobody, Play};
use harness::report::{Entry, Execution};
use harness::setting;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use units::Units;

/// USD for a state transition of a standard workflow [5.32].
const TRANSITION: f64 = 0.025 / 1_000.0;
/// USD for an invocation of a function [5.33].
const INVOCATION: f64 = 0.20 / 1_000_000.0;
/// USD for a GB-second on arm64 [5.33].
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
/// Memory of a function, as the template says.
const GIGABYTES: f64 = 0.5;
/// USD for a read unit of a table on demand, in us-east-1.
const READ_UNIT: f64 = 0.125 / 1_000_000.0;
/// USD for a write unit.
const WRITE_UNIT: f64 = 0.625 / 1_000_000.0;

/// The sizes that docs/performance.md shows, the smallest first.
pub const SIZES: [Size; 8] = [
    Size { groups: 0, rows: 1 },
    Size { groups: 20, rows: 1 },
    Size { groups: 100, rows: 1 },
    Size { groups: 500, rows: 1 },
    Size { groups: 900, rows: 1 },
    Size { groups: 0, rows: 1_000 },
    Size { groups: 0, rows: 5_000 },
    Size { groups: 900, rows: 5_000 },
];

/// What one thing that happens to a user costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// What happened.
    pub title: String,
    /// State transitions: each entry into a state, and each retry.
    pub transitions: usize,
    /// Invocations of functions.
    pub invocations: usize,
    /// Calls of AWS by the functions.
    pub calls: usize,
    /// Calls one after the other before Studio is asked to change the profile, if it is.
    pub in_sequence: Option<usize>,
    /// Those of the Identity Store, by operation.
    pub identity_store: BTreeMap<String, usize>,
    /// Those of `DynamoDB`.
    pub tables: usize,
    /// Capacity of the tables.
    #[serde(flatten)]
    pub units: Units,
    /// How long the functions ran, all together, at 10 to 80 ms for a call of AWS.
    pub function_seconds: f64,
    /// USD for a thousand of them: Step Functions, Lambda and the tables.
    pub usd_per_thousand: f64,
}

/// Plays what happens to users in a directory and a mapping of this size, and counts.
pub fn costs(size: Size) -> Result<Vec<Cost>> {
    let scenario = company::scenario(size)?;
    let epoch = setting::beginning(&scenario)?;
    let report = run_virtual(async {
        let deployment = Deployment::build(&scenario, scenario.seed, Clock::virtual_from(epoch)).await?;
        let mut play = Play::on(&deployment, &scenario, &Nobody);
        play.steps(&scenario.timeline).await?;
        anyhow::Ok(play.report(scenario.seed).await?)
    })?;
    ensure!(report.disappointments.is_empty(), "{}", report.disappointments.join("\n"));
    let measured = company::MEASURED.iter().map(|title| {
        let execution = report.executions.iter().find(|execution| execution.title == *title);
        let execution = execution.with_context(|| format!("{title}: did not happen"))?;
        cost(execution)
    });
    measured.collect()
}

fn cost(execution: &Execution) -> Result<Cost> {
    ensure!(execution.status == Status::Succeeded, "{}: {:?}", execution.title, execution.cause);
    let (mut transitions, mut invocations, mut ran) = (0, 0, Duration::ZERO);
    let mut calls: Vec<&CallRecord> = Vec::new();
    for entry in &execution.entries {
        match entry {
            Entry::Event(event) => {
                let counts = matches!(
                    &event.kind,
                    HistoryKind::StateEntered { .. } | HistoryKind::RetryPlanned { .. }
                );
                transitions += usize::from(counts);
            }
            Entry::Invoked(invocation) => {
                invocations += 1;
                calls.extend(&invocation.calls);
                ran += invocation.took;
            }
        }
    }
    let units = calls.iter().map(|call| Units::of(call)).sum::<Units>();
    let mut identity_store = BTreeMap::new();
    for call in calls.iter().filter(|call| call.service == "identitystore") {
        *identity_store.entry(call.operation.clone()).or_default() += 1;
    }
    let number = |count: usize| u32::try_from(count).map(f64::from).context("so many do not happen");
    let usd = number(transitions)? * TRANSITION
        + number(invocations)? * INVOCATION
        + ran.as_secs_f64() * GIGABYTES * GIGABYTE_SECOND
        + units.read * READ_UNIT
        + units.write * WRITE_UNIT;
    Ok(Cost {
        title: execution.title.clone(),
        transitions,
        invocations,
        calls: calls.len(),
        in_sequence: sequence::before_the_change(&calls),
        identity_store,
        tables: calls.iter().filter(|call| call.service == "dynamodb").count(),
        units,
        function_seconds: ran.as_secs_f64(),
        usd_per_thousand: usd * 1_000.0,
    })
}
