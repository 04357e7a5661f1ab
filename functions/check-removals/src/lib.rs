//! Purpose: compare a sweep's removals with the limit of suspensions. Beyond it, the sweep removes
//! nothing and names the users. Users whose removal a limit has held back are left out: they wait for
//! an approval of this list. Removals in deleted domains do not count: before the step refuses a
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
use contract::limit::Limit;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Found, Page, Phase, Progress, list_id};
use decide::{Before, List, Refused};
use domains::{Domain, Loss};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use step::Step;

/// Larger than the number of notes of any sweep.
const ALL: usize = 10_000_000;

/// The step and its clients.
#[derive(Debug)]
pub struct CheckRemovals {
    sweeps: Sweeps,
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
        Ok(Self { sweeps: Sweeps::open(sdk, env)? })
    }

    async fn run(&self, Input { progress, domains }: Input) -> Result<Page, JudgeError> {
        let next = Progress { phase: Phase::Removals, after: None, ..progress.clone() };
        let earlier = self.sweeps.verdict(&next.sweep).await?;
        match decide::before(earlier.as_ref()) {
            Before::Nothing => {}
            Before::Allowed { held_back, list } => return self.on(with(next, held_back, &list)).await,
            Before::Approved => return self.on(Progress { phase: Phase::Close, ..next }).await,
        }
        let losses = self.losses(&next.sweep).await?;
        let checked = domains.as_deref().unwrap_or_default();
        let (held_back, counted): (Vec<&Loss>, Vec<&Loss>) =
            domains::counted(&losses, checked).into_iter().partition(|loss| loss.held_back);
        let held_back = held_back.len() as u64;
        let list = list_id(&next.sweep, losses.iter().map(|loss| loss.key.as_str()));
        let next = with(next, held_back, &list);
        let judged = self.judge(&next, &list, &counted).await?;
        // Check the domains in Studio before an operator has to decide: a grant in a deleted domain
        // is no loss.
        let ask = domains::to_ask(&losses, &next.sweep);
        if domains.is_none() && !ask.is_empty() && (judged.is_err() || held_back > 0) {
            return Ok(Page { ask, ..Page::new(progress, &[]) });
        }
        let found_at = decide::found_at(earlier.as_ref(), &list).unwrap_or_else(|| self.sweeps.now());
        let mut verdict = json!({"at": found_at, "list": list, "count": counted.len(),
            "awaitingApproval": held_back, "gone": domains::gone(checked)});
        match judged {
            Ok(due) => {
                (verdict["status"], verdict["due"]) = ("allowed".into(), due.into());
                self.keep(&next, &verdict).await?;
                self.on(next).await
            }
            Err(refused) => {
                verdict["status"] = "refused".into();
                self.sweeps.end_turn(&next.sweep).await?;
                if let Refused::OverLimit { .. } = refused {
                    self.keep(&next, &verdict).await?;
                }
                Err(JudgeError::Refused(refused))
            }
        }
    }
}

/// Returns the progress with this number of removals on the list that a limit holds back.
fn with(progress: Progress, held_back: u64, list: &str) -> Progress {
    let found = Found { held_back, ..progress.found };
    Progress { found, held_back: (held_back > 0).then(|| list.to_owned()), ..progress }
}

impl CheckRemovals {
    /// Stores the place where the sweep continues, which may be in another execution.
    async fn on(&self, progress: Progress) -> Result<Page, JudgeError> {
        self.sweeps.leave(&progress).await?;
        Ok(Page::new(progress, &[]))
    }

    /// Stores the verdict, unless somebody has approved the list meanwhile.
    async fn keep(&self, progress: &Progress, verdict: &Value) -> Result<bool, AwsError> {
        self.sweeps.mark(&progress.sweep, "verdict", "attribute_not_exists(approvedBy)", verdict).await
    }

    /// Compares the users to remove with the limit of suspensions. Returns how many deletions may follow
    /// after the days of grace: they take what the removals leave of the limit of deletions, and the others
    /// wait for the next sweep. Nothing is counted here: each removal is counted with its intent.
    async fn judge(
        &self,
        progress: &Progress,
        list: &str,
        counted: &[&Loss],
    ) -> Result<Result<u64, Refused>, AwsError> {
        let unmatched = self.sweeps.unmatched(&progress.sweep).await?;
        let names: Vec<String> = counted.iter().map(|loss| loss.name.clone()).collect();
        let held_back = progress.found.held_back;
        let list = List { id: list, names: &names, held_back, unmatched: &unmatched };
        let (held, count) = (self.sweeps.held().await?, names.len() as u64);
        let suspensions = self.sweeps.remaining(Limit::Suspensions, held).await?;
        let judged = decide::believe(progress, &list).and_then(|()| decide::judge(suspensions, &list));
        if let Err(refused) = judged {
            return Ok(Err(refused));
        }
        let due = self.sweeps.notes(&progress.sweep, "due#", None, ALL).await?.len() as u64;
        let deletions = self.sweeps.remaining(Limit::Deletions, held).await?;
        Ok(Ok(due.min((deletions.grants + deletions.users).saturating_sub(count))))
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
