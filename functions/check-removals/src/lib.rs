//! Purpose: holds a sweep's removals against the removal limit. Beyond it nothing is removed, and who would have been is told. What is lost in a domain
//! that is gone does not count: Studio is asked about the domains before anything is refused.
//! Effects: a verdict under the sweep's key, and the hour's count of removals.
//! Idempotency: a verdict that was given stands; it and the hour's count change in one transaction, so that a repeat counts nothing twice.
//! Failures: `CheckRemovals.OverLimit`, `CheckRemovals.ImplausibleRead`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: an approval (see docs/sweep.md).
//! Time budget: reads the sweep's notes: a hundred thousand are a minute.

mod decide;
mod domains;

use aws::error::AwsError;
use aws::tables::removal_limit::Allowed;
use aws::tables::sweeps::Sweeps;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Page, Phase, Progress};
use decide::{Before, List, Refused, RemovalLimits};
use domains::{Domain, Loss};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use step::Step;

/// More notes than a sweep can have.
const ALL: usize = 10_000_000;

/// The step with what it may touch.
#[derive(Debug)]
pub struct CheckRemovals {
    sweeps: Sweeps,
    limits: RemovalLimits,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Where the sweep stands.
    pub progress: Progress,
    /// What Studio says of the domains that were asked about; `null` if none was. A state machine from before this was asked sends
    /// nothing, and cannot ask.
    #[serde(default = "cannot_ask")]
    pub domains: Option<Vec<Domain>>,
}

#[expect(clippy::unnecessary_wraps, reason = "serde asks for the type of the member")]
fn cannot_ask() -> Option<Vec<Domain>> {
    Some(Vec::new())
}

/// Why nothing is removed.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The removal limit, or a reading that is not believed.
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
        // Before an operator is asked, Studio is: what is lost in a domain that is gone is no loss.
        let ask = domains::to_ask(&losses, &next.sweep);
        if domains.is_none() && !ask.is_empty() {
            return Ok(Page { ask, ..Page::new(progress, &[]) });
        }
        let verdict = json!({"status": "refused", "at": self.sweeps.now(), "count": counted.len()});
        if let Refused::OverLimit { .. } = refused {
            self.sweeps.mark(&next.sweep, "verdict", "attribute_not_exists(approvedBy)", &verdict).await?;
        }
        Err(JudgeError::Refused(refused))
    }
}

impl CheckRemovals {
    /// Leaves the place where the sweep goes on, which may be in another execution.
    async fn on(&self, progress: Progress) -> Result<Page, JudgeError> {
        self.sweeps.leave(&progress).await?;
        Ok(Page::new(progress, &[]))
    }

    /// Holds the users who would lose something against the removal limit. What is allowed is counted.
    async fn judge(&self, progress: &Progress, names: &[String]) -> Result<Result<(), Refused>, AwsError> {
        let unmatched = self.sweeps.unmatched(&progress.sweep).await?;
        let list = List { sweep: &progress.sweep, names, unmatched: &unmatched };
        let judged =
            decide::believe(progress, &list).and_then(|()| self.limits.judge(progress.found.held, &list));
        if judged.is_err() {
            return Ok(judged);
        }
        let (count, now) = (names.len() as u64, self.sweeps.now());
        Ok(match self.sweeps.allow(&progress.sweep, count, self.limits.per_hour, now).await? {
            Allowed::Now | Allowed::Before => Ok(()),
            Allowed::NoRoom => Err(self.limits.hour(&list)),
        })
    }

    /// What would be lost: each grant that no other mapped group keeps.
    async fn losses(&self, sweep: &str) -> Result<Vec<Loss>, AwsError> {
        let notes = self.sweeps.notes(sweep, "removal#", None, ALL).await?;
        let keys = notes.iter().map(|(key, _)| format!("kept#{key}")).collect();
        let kept: BTreeSet<String> = self.sweeps.which(sweep, keys).await?.into_iter().collect();
        let lost = notes.iter().filter(|(key, _)| !kept.contains(&format!("kept#{key}")));
        Ok(lost.map(|(key, note)| Loss::read(key, note)).collect())
    }
}
