//! Purpose: record what was removed, and what may be needed again: the home directory's EFS uid and
//! the spaces.
//! Effects: one item of the ledger, by conditional write; the lease is given back with it, except
//! after a rename or beyond a limit, which end as failures. The item is never deleted.
//! Idempotency: user and target; the execution does not repeat its own write, and never overwrites
//! the write of another execution.
//! Failures: `Renamed`, `TooManyDeletions`, `LeaseLost`, `Superseded`, `Throttled`, `Transient`, `Misconfigured`,
//! `Internal`.
//! Undo: `record-grant`.
//! Time budget: one read, one write.

use aws::tables::{Ledger, LedgerError};
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::grant::GrantStatus;
use contract::ids::RoleArn;
use contract::job::Job;
use contract::plan::RemovalReason;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use step::Step;
use time::OffsetDateTime;

/// The step and its clients.
#[derive(Debug)]
pub struct RecordRemoval {
    ledger: Ledger,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The profile stays, with a role that allows nothing.
    pub stays: bool,
    /// The spaces that were listed last. `WithdrawRole` records them too, unless they could not be
    /// listed before it.
    #[serde(default)]
    pub spaces: Vec<ListedSpace>,
    /// The reason for the removal.
    #[serde(default)]
    pub removal_reason: RemovalReason,
    /// Start of the reads behind the plan.
    #[serde(with = "time::serde::rfc3339")]
    pub covered_until: OffsetDateTime,
    /// The role that replaced the old one, if the profile did not have it already.
    pub withdrawn_to: Option<RoleArn>,
}

/// A space as `ListApps` returns it.
#[derive(Debug, Deserialize)]
pub struct ListedSpace {
    /// Name of the space.
    pub name: String,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `removed` or `suspended`.
    pub status: GrantStatus,
    /// Spaces that were deleted with the profile, or that keep it.
    pub spaces: BTreeSet<String>,
    /// Uid of the home directory, to find the files.
    pub home_efs_uid: Option<String>,
}

/// Reasons why the removal does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Nothing was written.
    #[error("could not record the removal")]
    Ledger(#[from] LedgerError),
    /// The removal was written, and an operator must move the user's work to a profile of the new
    /// name.
    #[error(
        "the profile {profile:?} is bound to the user name {bound_to:?}, but the user is now {now:?}; another user may have the name {bound_to:?} by now, so its role was withdrawn and its apps were stopped"
    )]
    Renamed {
        /// The profile.
        profile: String,
        /// The user name that the profile is bound to.
        bound_to: String,
        /// The user's current name.
        now: String,
    },
    /// The removal was written as far as it may go in this hour.
    #[error(
        "the user has left and is suspended, but the profile {0:?} is not deleted: the deletions of this hour are used up"
    )]
    OverLimit(String),
}

impl Named for RecordError {
    fn name(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.name(),
            Self::Renamed { .. } => catalogue::RENAMED,
            Self::OverLimit(_) => catalogue::TOO_MANY_DELETIONS,
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

    async fn run(&self, input: Input) -> Result<Output, RecordError> {
        let Input { job, stays, spaces, removal_reason, covered_until, withdrawn_to } = input;
        let before = self.ledger.grant(&job.user.user_id, &job.target).await?;
        // A profile that never had a grant leaves nothing to record; the plan found it by its tag
        // alone.
        let Some(before) = before else {
            self.ledger.release(&job).await.map_err(LedgerError::from)?;
            let status = if stays { GrantStatus::Suspended } else { GrantStatus::Removed };
            return Ok(Output { status, spaces: BTreeSet::new(), home_efs_uid: None });
        };
        let role_arn = withdrawn_to.unwrap_or_else(|| before.role_arn.clone());
        let listed = spaces.into_iter().map(|space| space.name).collect();
        let at = self.ledger.now();
        let ended = before.clone().ended(role_arn, stays, &removal_reason, listed, at);
        let output = Output {
            status: ended.status,
            spaces: ended.spaces.clone(),
            home_efs_uid: ended.home_efs_uid.clone(),
        };
        let profile = ended.profile_name.to_string();
        match removal_reason {
            RemovalReason::Left
            | RemovalReason::InGrace { .. }
            | RemovalReason::OnHold
            | RemovalReason::RowGone => {
                self.ledger.conclude(&job, Some(&before), ended, covered_until.into()).await?;
                Ok(output)
            }
            // The removal is recorded. The execution fails on purpose, because only an operator can
            // do the rest.
            RemovalReason::Renamed { bound_to, now } => {
                self.ledger.write(&job, Some(&before), ended).await?;
                Err(RecordError::Renamed { profile, bound_to, now })
            }
            // A later execution deletes the profile: that of the next sweep.
            RemovalReason::OverLimit => {
                self.ledger.write(&job, Some(&before), ended).await?;
                Err(RecordError::OverLimit(profile))
            }
        }
    }
}
