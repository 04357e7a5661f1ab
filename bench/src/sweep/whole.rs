//! A first sweep of a company, with all executions that it starts, run to their end.

use crate::burst::Figures;
use crate::deployed::deployed;
use crate::sweep::company::{Case, Company, Size};
use crate::sweep::figures::{LOOKS, best};
use anyhow::{Result, ensure};
use asl::Status;
use contract::catalogue;
use fake_aws::run_virtual;
use harness::report::Execution;
use harness::scenario::Limit;
use harness::setting;
use std::collections::BTreeMap;

/// Sweeps a company whose users have nothing yet, and runs what the sweep starts. Studio creates so
/// many profiles a second in each of four accounts. `tell` hears how many are done, now and then.
pub fn whole(size: Size, creations_per_second: f64, tell: &dyn Fn(&str)) -> Result<Figures> {
    let mut company = Company::found(size, Case::Backfill)?;
    company.open_studio();
    let limit = Limit { on: "sagemaker:CreateUserProfile".to_owned(), per_second: creations_per_second };
    company.scenario.limits.push(limit);
    let epoch = setting::beginning(&company.scenario)?;
    run_virtual(async {
        let deployment = deployed(&company.scenario, epoch).await?.silent();
        let clock = deployment.aws.clock().clone();
        let (mut ended, mut failed) = (0, 0);
        let mut errors: BTreeMap<String, usize> = BTreeMap::new();
        let mut hear = |execution: &Execution| {
            if execution.status != Status::Succeeded {
                failed += 1;
                *errors.entry(error_in(execution)).or_default() += 1;
            }
            ended += 1;
            if ended % 1_000 == 0 {
                let took = clock.now().duration_since(epoch).unwrap_or_default();
                tell(&format!("{ended} executions have ended after {} s", took.as_secs()));
            }
        };
        let scheduled = deployment.scheduled("of-the-schedule");
        deployment.sweep_with_all("first", scheduled, &mut hear).await?;
        let took = clock.now().duration_since(epoch)?;
        let started = company.expected.len();
        let figures = Figures::of(
            started,
            bound(&company, size, creations_per_second),
            &deployment,
            took,
            failed,
            &|profile| {
                let user = profile.sso_user.as_deref().unwrap_or_default();
                company.is_due(user, &profile.effective_role)
            },
        );
        ensure!(
            figures.provided == started,
            "{} of {started} have what is due; executions failed with {errors:?}: {figures:?}",
            figures.provided
        );
        Ok(figures)
    })
}

/// The innermost error that an execution has failed with.
fn error_in(execution: &Execution) -> String {
    let cause = execution.cause.as_deref().unwrap_or_default();
    let names = catalogue::ALL.iter().map(|entry| entry.name);
    let inside = names.filter(|name| cause.contains(&format!("{name} ("))).collect::<Vec<_>>().join(", ");
    if inside.is_empty() { execution.error.clone().unwrap_or_default() } else { inside }
}

/// The best time that the limits of the directory and of Studio allow, and the limit that decides.
#[expect(clippy::cast_precision_loss, reason = "a number of users is small")]
fn bound(company: &Company, size: Size, creations_per_second: f64) -> (f64, &'static str) {
    let most = company.in_account.values().max().copied().unwrap_or_default();
    let studio = (most as f64 / creations_per_second, "creations in Studio");
    let directory = best(company, size, company.expected.len(), LOOKS);
    if studio.0 > directory.0 { studio } else { directory }
}
