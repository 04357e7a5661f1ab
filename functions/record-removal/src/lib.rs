//! Purpose: write down what was taken away, and what of it could be needed again: the home directory's EFS uid and the spaces.
//! Looks once more after it has written: who came back while their access was being taken away is planned again.
//! Effects: one item of the ledger, by conditional write. The item stays for ever.
//! Idempotency: user and target; this execution may write again, another one's newer write is never overwritten.
//! Failures: `EntitledAgain`, `InvalidMapping`, `Superseded`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `record-grant`.
//! Time budget: one read, one write, the directory, the mappings.

use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::grant::{Grant, GrantStatus};
use contract::ids::RoleArn;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use gateway::entitled::{Entitled, StillNothing};
use gateway::fault::Fault;
use gateway::tables::{Ledger, Write};
use lambda::Step;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The step with what it may touch.
#[derive(Debug)]
pub struct RecordRemoval {
    entitled: Entitled,
    ledger: Ledger,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// What was planned, and done.
    pub plan: Planned,
    /// The profile had to stay for its spaces' sake.
    pub stays: bool,
    /// The role that was put in place of the old one, if it was not there already.
    pub withdrawn_to: Option<RoleArn>,
}

/// The members of the plan that matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// The version of the grant the plan was made on.
    pub seen_version: u64,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `removed` or `suspended`.
    pub status: GrantStatus,
    /// Spaces that went with the profile, or that keep it.
    pub spaces: BTreeSet<String>,
    /// The home directory's uid, for whoever has to find the files.
    pub home_efs_uid: Option<String>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The ledger could not be read or written.
    #[error("could not record the removal")]
    Ledger(#[source] Fault),
    /// The person is back, or it cannot be told.
    #[error("could not make sure that what was taken away is still due")]
    StillNothing(#[from] StillNothing),
    /// Another execution was there first.
    #[error("another execution has written the grant since the plan was made")]
    Superseded,
}

impl Named for RecordError {
    fn name(&self) -> &'static str {
        match self {
            Self::Ledger(fault) => fault.name(),
            Self::StillNothing(still) => still.name(),
            Self::Superseded => catalogue::SUPERSEDED,
        }
    }
}

impl Step for RecordRemoval {
    const NAME: &'static str = "record-removal";
    type Input = Input;
    type Output = Output;
    type Error = RecordError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { entitled: Entitled::open(sdk, env)?, ledger: Ledger::open(sdk, env)? })
    }

    async fn run(&self, Input { job, plan, stays, withdrawn_to }: Input) -> Result<Output, RecordError> {
        let status = if stays { GrantStatus::Suspended } else { GrantStatus::Removed };
        let grant = self.ledger.grant(&job.user.user_id, &job.target).await.map_err(RecordError::Ledger)?;
        // A profile that never had a grant leaves nothing to record; the plan found it by its mark alone.
        let Some(grant) = grant else {
            return Ok(Output { status, spaces: BTreeSet::new(), home_efs_uid: None });
        };
        let ended = Grant { status, role_arn: withdrawn_to.unwrap_or(grant.role_arn.clone()), ..grant };
        let output =
            Output { status, spaces: ended.spaces.clone(), home_efs_uid: ended.home_efs_uid.clone() };
        match self
            .ledger
            .put(&self.ledger.signed(ended, &job), plan.seen_version)
            .await
            .map_err(RecordError::Ledger)?
        {
            Write::Done => {}
            Write::Superseded => return Err(RecordError::Superseded),
        }
        self.entitled.still_nothing(&job).await?;
        Ok(output)
    }
}
