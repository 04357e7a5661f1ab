//! Purpose: write down what was taken away, and what of it could be needed again: the home directory's EFS uid and the spaces.
//! Effects: one item of the ledger, by conditional write. The item stays for ever.
//! Idempotency: user and target; what this execution has written is not written again, another one's write is never overwritten.
//! Failures: `Renamed`, `LeaseLost`, `Superseded`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `record-grant`.
//! Time budget: one read, two writes.

use aws::tables::{Ledger, LedgerError};
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::grant::{Grant, GrantStatus};
use contract::ids::RoleArn;
use contract::job::Job;
use contract::plan::RemovalReason;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use step::Step;

/// The step with what it may touch.
#[derive(Debug)]
pub struct RecordRemoval {
    ledger: Ledger,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// The profile stays, with a role that allows nothing.
    pub stays: bool,
    /// Why the access was taken away.
    #[serde(default)]
    pub reason: RemovalReason,
    /// The role that was put in place of the old one, if it was not there already.
    pub withdrawn_to: Option<RoleArn>,
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

/// Why the removal does not end well.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Nothing was written.
    #[error("could not record the removal")]
    Ledger(#[from] LedgerError),
    /// It was written, and an operator has to move the user's work to a profile of the new name.
    #[error(
        "the profile {profile:?} is bound to the user name {bound_to:?}, but the user is now {now:?}; another user may have the name {bound_to:?} by now, so its role was withdrawn and its apps were stopped"
    )]
    Renamed {
        /// The profile.
        profile: String,
        /// The user name that it is bound to.
        bound_to: String,
        /// The user name now.
        now: String,
    },
}

impl Named for RecordError {
    fn name(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.name(),
            Self::Renamed { .. } => catalogue::RENAMED,
        }
    }
}

impl Step for RecordRemoval {
    const NAME: &'static str = "record-removal";
    type Input = Input;
    type Output = Output;
    type Error = RecordError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { ledger: Ledger::open(sdk, env)? })
    }

    async fn run(&self, Input { job, stays, reason, withdrawn_to }: Input) -> Result<Output, RecordError> {
        self.ledger.renew(&job).await?;
        let status = if stays { GrantStatus::Suspended } else { GrantStatus::Removed };
        let before = self.ledger.grant(&job.user.user_id, &job.target).await?;
        // A profile that never had a grant leaves nothing to record; the plan found it by its mark alone.
        let Some(before) = before else {
            return Ok(Output { status, spaces: BTreeSet::new(), home_efs_uid: None });
        };
        let role_arn = withdrawn_to.unwrap_or_else(|| before.role_arn.clone());
        let ended = Grant { status, role_arn, ..before.clone() };
        let output =
            Output { status, spaces: ended.spaces.clone(), home_efs_uid: ended.home_efs_uid.clone() };
        let profile = ended.profile_name.to_string();
        self.ledger.write(&job, Some(&before), ended).await?;
        match reason {
            RemovalReason::Left | RemovalReason::RowGone => Ok(output),
            // It is written; the execution shows red, because only a user can do the rest.
            RemovalReason::Renamed { bound_to, now } => Err(RecordError::Renamed { profile, bound_to, now }),
        }
    }
}
