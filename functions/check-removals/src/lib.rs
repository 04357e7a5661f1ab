//! Purpose: compare a sweep's removals with the limit of suspensions. Beyond it, the sweep removes
//! nothing and names the users. Removals in deleted domains do not count: before the step refuses a
//! list, it requests a check of the domains in Studio.
//! Effects: a verdict under the sweep's key.
//! Idempotency: a list that was allowed stays so; nothing is counted here.
//! Failures: `CheckRemovals.OverLimit`, `CheckRemovals.ImplausibleRead`, `Throttled`, `Transient`,
//! `Misconfigured`, `Internal`.
//! Undo: an approval (see docs/sweep.md).
//! Time budget: reads the sweep's notes: a hundred thousand take a minute.

mod decide;
mod domains;

use aws::error::AwsError;
use aws::tables::sweeps::Sweeps;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::limit::{Limit, RemovalLimits};
use contract::settings::{BadSetting, Env};
use contract::sweep::{Page, Phase, Progress};
use decide::{Before, List, Refused};
use domains::{Domain, Loss};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use step::Step;

/// Larger than the number of notes of any sweep.
const ALL: usize = 10_000_000;

/// The step and its clients.
#[derive(Debug)]
pub struct CheckRemovals {
    sweeps: Sweeps,
    limits: RemovalLimits,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The progress of the sweep.
    pub progress: Progress,
    /// Studio's answers about the checked domains; `null` if none was checked. A state machine of
    /// an earlier version sends nothing, and cannot check domains.
    #[serde(default = "cannot_ask")]
    pub domains: Option<Vec<Domain>>,
}

#[expect(clippy::unnecessary_wraps, reason = "serde asks for the type of the member")]
fn cannot_ask() -> Option<Vec<Domain>> {
    Some(Vec::new())
}

/// Reasons why the sweep removes nothing.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The removals exceed a limit, or the read is implausible.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The notes could not be read or written.
    #[error("could not read or write the notes of the sweep")]
    Notes(#[from] AwsError),
}

impl Named for JudgeError {
    fn name(&self) -> &'static str {
        match self {
            Self::Refused(Refused::ImplausibleRead { .. }) => catalogue::IMPLAUSIBLE_READ,
            Self::Refused(Refused::OverLimit { .. }) => catalogue::OVER_LIMIT,
            Self::Notes(fault) => fault.name(),
        }
    }
}

impl Step for CheckRemovals {
    const NAME: &'static str = "check-removals";
    type Input = Input;
    type Output = Page;
    type Error = JudgeError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { sweeps: Sweeps::open(sdk, env)?, limits: RemovalLimits::read(env)? })
    }

    async fn run(&self, Input { progress, domains }: Input) -> Result<Page, JudgeError> {
        let next = Progress { phase: Phase::Removals, after: None, ..progress.clone() };
        match decide::before(self.sweeps.verdict(&next.sweep).await?.as_ref()) {
            Before::Nothing => {}
            Before::Allowed => return self.on(next).await,
            Before::Approved => return self.on(Progress { phase: Phase::Close, ..next }).await,
        }
        let losses = self.losses(&next.sweep).await?;
        let counted = domains::counted(&losses, domains.as_deref().unwrap_or_default());
        let Err(refused) = self.judge(&next, &counted).await? else { return self.on(next).await };
        // Check the domains in Studio before an operator has to decide: a grant in a deleted domain
        // is no loss.
        let ask = domains::to_ask(&losses, &next.sweep);
        if domains.is_none() && !ask.is_empty() {
            return Ok(Page { ask, ..Page::new(progress, &[]) });
        }
        let verdict = json!({"status": "refused", "at": self.sweeps.now(), "count": counted.len()});
        self.sweeps.end_turn(&next.sweep).await?;
        if let Refused::OverLimit { .. } = refused {
            self.sweeps.mark(&next.sweep, "verdict", "attribute_not_exists(approvedBy)", &verdict).await?;
        }
        Err(JudgeError::Refused(refused))
    }
}

impl CheckRemovals {
    /// Stores the place where the sweep continues, which may be in another execution.
    async fn on(&self, progress: Progress) -> Result<Page, JudgeError> {
        self.sweeps.leave(&progress).await?;
        Ok(Page::new(progress, &[]))
    }

    /// Compares the users to remove with the limit of suspensions, and allows the list. Deletions after
    /// the days of grace take what it leaves of the limit of deletions; the others wait for the next
    /// sweep. Nothing is counted here: each removal is counted with its intent.
    async fn judge(&self, progress: &Progress, counted: &[&Loss]) -> Result<Result<(), Refused>, AwsError> {
        let unmatched = self.sweeps.unmatched(&progress.sweep).await?;
        let names: Vec<String> = counted.iter().map(|loss| loss.name.clone()).collect();
        let held_back = counted.iter().filter(|loss| loss.held_back).count();
        let list = List { sweep: &progress.sweep, names: &names, held_back, unmatched: &unmatched };
        let (held, count) = (progress.found.held, names.len() as u64);
        let left = |limit| self.sweeps.left_of(limit, self.limits.of(limit), held);
        let suspensions = left(Limit::Suspensions).await?;
        let judged = decide::believe(progress, &list).and_then(|()| decide::judge(suspensions, &list));
        if judged.is_err() {
            return Ok(judged);
        }
        let due = self.sweeps.notes(&progress.sweep, "due#", None, ALL).await?.len() as u64;
        let deletions = left(Limit::Deletions).await?;
        let due = due.min((deletions.grants + deletions.users).saturating_sub(count));
        let verdict = json!({"status": "allowed", "at": self.sweeps.now(), "count": count, "due": due});
        self.sweeps.mark(&progress.sweep, "verdict", "attribute_not_exists(approvedBy)", &verdict).await?;
        Ok(Ok(()))
    }

    /// Returns the removals: each grant that no other mapped group keeps. None keeps that of a disabled
    /// user.
    async fn losses(&self, sweep: &str) -> Result<Vec<Loss>, AwsError> {
        let notes = self.sweeps.notes(sweep, "removal#", None, ALL).await?;
        let keys = notes.iter().map(|(key, _)| format!("kept#{key}")).collect();
        let kept: BTreeSet<String> = self.sweeps.which(sweep, keys).await?.into_iter().collect();
        let all = notes.iter().map(|(key, note)| (key, Loss::read(key, note)));
        let lost = all.filter(|(key, loss)| loss.disabled || !kept.contains(&format!("kept#{key}")));
        Ok(lost.map(|(_, loss)| loss).collect())
    }
}
