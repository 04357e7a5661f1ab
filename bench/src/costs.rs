//! What one user's onboarding, change of role and offboarding cost: transitions, invocations, calls of AWS, and the price of a thousand.

use anyhow::{Context as _, Result, ensure};
use asl::{HistoryKind, Status};
use fake_aws::{Clock, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Nobody, Play};
use harness::report::{Entry, Execution};
use harness::scenario::Scenario;
use harness::setting;
use serde::Serialize;
use std::time::Duration;

/// USD for a state transition of a standard workflow [5.32].
const TRANSITION: f64 = 0.025 / 1_000.0;
/// USD for an invocation of a function [5.33].
const INVOCATION: f64 = 0.20 / 1_000_000.0;
/// USD for a GB-second on arm64 [5.33].
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
/// Memory of a function, as the template says.
const GIGABYTES: f64 = 0.25;

/// The three things that happen to a user, one after the other.
const STORY: &str = include_str!("../story.yaml");

/// What one of them cost.
#[derive(Debug, Clone, Serialize)]
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
    /// How long the functions ran, all together, at 10 to 80 ms for a call of AWS.
    pub function_seconds: f64,
    /// USD for a thousand of them, Step Functions and Lambda.
    pub usd_per_thousand: f64,
}

/// Plays the story and counts.
pub fn costs() -> Result<Vec<Cost>> {
    let scenario = Scenario::parse(STORY, "the story")?;
    let epoch = setting::beginning(&scenario)?;
    let report = run_virtual(async {
        let deployment = Deployment::build(&scenario, scenario.seed, Clock::virtual_from(epoch)).await?;
        let mut play = Play::on(&deployment, &scenario, &Nobody);
        play.steps(&scenario.timeline).await?;
        anyhow::Ok(play.report(scenario.seed).await?)
    })?;
    ensure!(report.disappointments.is_empty(), "{}", report.disappointments.join("\n"));
    report.executions.iter().map(cost).collect()
}

fn cost(execution: &Execution) -> Result<Cost> {
    ensure!(execution.status == Status::Succeeded, "{}: {:?}", execution.title, execution.cause);
    let (mut transitions, mut invocations, mut calls, mut ran) = (0, 0, 0, Duration::ZERO);
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
                calls += invocation.calls.len();
                ran += invocation.took;
            }
        }
    }
    let number = |count: usize| u32::try_from(count).map(f64::from).context("so many do not happen");
    let usd = number(transitions)? * TRANSITION
        + number(invocations)? * INVOCATION
        + ran.as_secs_f64() * GIGABYTES * GIGABYTE_SECOND;
    Ok(Cost {
        title: execution.title.clone(),
        transitions,
        invocations,
        calls,
        function_seconds: ran.as_secs_f64(),
        usd_per_thousand: usd * 1_000.0,
    })
}
