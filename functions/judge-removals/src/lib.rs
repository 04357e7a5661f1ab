//! Purpose: holds a sweep's removals against the ceiling. Beyond it nothing is removed, and who would have been is told.
//! Effects: a verdict under the sweep's key, and the hour's count of removals.
//! Idempotency: a verdict that was given stands; it and the hour's count change in one transaction, so that a repeat counts nothing twice.
//! Failures: `JudgeRemovals.CeilingReached`, `JudgeRemovals.NotBelieved`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: an approval (see docs/sweep.md).
//! Time budget: reads the sweep's notes: a hundred thousand are a minute.

mod decide;

use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Page, Phase, Progress};
use decide::{Before, Ceiling, List, Refused};
use gateway::fault::Fault;
use gateway::tables::ceiling::Allowed;
use gateway::tables::sweeps::Sweeps;
use lambda::Step;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// More notes than a sweep can have.
const ALL: usize = 10_000_000;

/// The step with what it may touch.
#[derive(Debug)]
pub struct JudgeRemovals {
    sweeps: Sweeps,
    ceiling: Ceiling,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Where the sweep stands.
    pub progress: Progress,
}

/// Why nothing is removed.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The ceiling, or a reading that is not believed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The notes could not be read or written.
    #[error("could not judge the removals")]
    Notes(#[from] Fault),
}

impl Named for JudgeError {
    fn name(&self) -> &'static str {
        match self {
            Self::Refused(Refused::NotBelieved { .. }) => catalogue::NOT_BELIEVED,
            Self::Refused(Refused::Ceiling { .. }) => catalogue::CEILING_REACHED,
            Self::Notes(fault) => fault.name(),
        }
    }
}

impl Step for JudgeRemovals {
    const NAME: &'static str = "judge-removals";
    type Input = Input;
    type Output = Page;
    type Error = JudgeError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { sweeps: Sweeps::open(sdk, env)?, ceiling: Ceiling::read(env)? })
    }

    async fn run(&self, Input { progress }: Input) -> Result<Page, JudgeError> {
        let next = Progress { phase: Phase::Removals, after: None, ..progress };
        match decide::before(self.sweeps.verdict(&next.sweep).await?.as_ref()) {
            Before::Nothing => {}
            Before::Allowed => return self.on(next).await,
            Before::Approved => return self.on(Progress { phase: Phase::Close, ..next }).await,
        }
        let names = self.names(&next.sweep).await?;
        let unmatched = self.sweeps.unmatched(&next.sweep).await?;
        let list = List { sweep: &next.sweep, names: &names, unmatched: &unmatched };
        decide::believe(&next, &list)?;
        let count = names.len() as u64;
        let mut judged = self.ceiling.judge(next.found.held, &list);
        let now = self.sweeps.now();
        if judged.is_ok() {
            judged = match self.sweeps.allow(&next.sweep, count, self.ceiling.per_hour, now).await? {
                Allowed::Now | Allowed::Before => return self.on(next).await,
                Allowed::NoRoom => Err(self.ceiling.hour(&list)),
            };
        }
        let refused = json!({"status": "refused", "at": now, "count": count});
        self.sweeps.mark(&next.sweep, "verdict", "attribute_not_exists(approvedBy)", &refused).await?;
        judged?;
        self.on(next).await
    }
}

impl JudgeRemovals {
    /// Leaves the place where the sweep goes on, which may be in another execution.
    async fn on(&self, progress: Progress) -> Result<Page, JudgeError> {
        self.sweeps.leave(&progress).await?;
        Ok(Page::new(progress, &[]))
    }

    /// Who would lose something: everybody whom no other mapped group keeps.
    async fn names(&self, sweep: &str) -> Result<Vec<String>, Fault> {
        let notes = self.sweeps.notes(sweep, "removal#", None, ALL).await?;
        let keys = notes.iter().map(|(key, _)| format!("kept#{key}")).collect();
        let kept: BTreeSet<String> = self.sweeps.which(sweep, keys).await?.into_iter().collect();
        let lost = notes.into_iter().filter(|(key, _)| !kept.contains(&format!("kept#{key}")));
        Ok(lost
            .map(|(_, note)| note.get("userName").and_then(Value::as_str).unwrap_or("?").to_owned())
            .collect())
    }
}
