//! Purpose: check once whether Studio has finished working on the profile, and then whether the
//! profile is as it was set: ours by tag and grant, with the role, and bound to the user by their
//! current name. The state machine does the waiting; each check renews the lease.
//! Effects: renews the lease.
//! Idempotency: reads only.
//! Failures: `LeaseLost`, `Superseded`, `ProfileFailed`, `PollProfile.Timeout`, `Throttled`,
//! `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: one write, one read; once the profile is ready one read of the ledger and of the
//! user.

mod decide;
mod error;

use crate::error::PollError;
use aws::directory::Directory;
use aws::studio::{Profile, Studio};
use aws::tables::Ledger;
use aws_types::SdkConfig;
use contract::ids::{ProfileName, RoleArn};
use contract::job::Job;
use contract::payload::Polled;
use contract::settings::{BadSetting, Env};
use decide::Progress;
use serde::{Deserialize, Serialize};
use step::Step;
use time::OffsetDateTime;

/// The step and its clients.
#[derive(Debug)]
pub struct PollProfile {
    directory: Directory,
    ledger: Ledger,
    studio: Studio,
}

/// The state to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Want {
    /// The profile is ready.
    InService,
    /// The profile does not exist any more.
    Gone,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The profile's name.
    pub profile_name: ProfileName,
    /// The state to wait for.
    pub want: Want,
    /// The role that was set, if the profile is to be ready.
    pub role_arn: Option<RoleArn>,
    /// The role is that of a group, and not the one that allows nothing.
    #[serde(default)]
    pub gives: bool,
    /// Number of earlier reads.
    pub polls: u32,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `settled` or `waiting`.
    pub progress: Progress,
    /// The profile; `directoryName` only where it is ready with an entitled role.
    #[serde(flatten)]
    pub polled: Polled,
    /// Last change of the profile: apps that were started before may run under another role.
    #[serde(with = "time::serde::rfc3339::option")]
    pub modified_at: Option<OffsetDateTime>,
}

impl Step for PollProfile {
    const NAME: &'static str = "poll-profile";
    type Input = Input;
    type Output = Output;
    type Error = PollError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            directory: Directory::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }

    async fn run(&self, input: Input) -> Result<Output, PollError> {
        self.ledger.renew(&input.job).await?;
        let domain = self.studio.domain(&input.job).await?;
        let profile = domain.profile(&input.profile_name).await?;
        let progress = decide::progress(&input, profile.as_ref())?;
        let Some(profile) = profile else {
            return Ok(Output { progress, polled: Polled::default(), modified_at: None });
        };
        let directory_name = if input.gives && progress == Progress::Settled {
            self.theirs(&input, &profile).await?
        } else {
            None
        };
        let owner = profile.tagged_owner();
        let Profile { home_efs_uid, user_name, modified_at, .. } = profile;
        let polled = Polled { home_efs_uid, user_name, owner, directory_name };
        Ok(Output { progress, polled, modified_at })
    }
}

impl PollProfile {
    /// Checks that the profile that now has an entitled role is the one of the grant, and bound to
    /// the user by their current name. Returns that name.
    async fn theirs(&self, input: &Input, profile: &Profile) -> Result<Option<String>, PollError> {
        let Job { user, target, .. } = &input.job;
        let grant = self.ledger.grant(&user.user_id, target).await?;
        let user = self.directory.user(&user.user_id).await?;
        decide::theirs(input, profile, grant.as_ref(), &user)?;
        Ok(user.user_name)
    }
}
