//! Purpose: look once whether Studio is done with the profile, and whether it is then as it was set. Waiting is the state machine's business; the lease is renewed at each look.
//! Effects: the lease is renewed.
//! Idempotency: reads only.
//! Failures: `LeaseLost`, `Superseded`, `ProfileFailed`, `PollProfile.TookTooLong`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: one write, one look.

mod decide;
mod error;

use crate::error::PollError;
use aws_types::SdkConfig;
use contract::ids::{ProfileName, RoleArn};
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use decide::Progress;
use gateway::studio::Studio;
use gateway::tables::Ledger;
use lambda::Step;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The step with what it may touch.
#[derive(Debug)]
pub struct PollProfile {
    ledger: Ledger,
    studio: Studio,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Want {
    /// The profile is ready.
    InService,
    /// The profile is no longer there.
    Gone,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// The profile's name.
    pub profile_name: ProfileName,
    /// What is waited for.
    pub want: Want,
    /// The role that was set, for a profile that is to be ready.
    pub role_arn: Option<RoleArn>,
    /// How often it was looked at before.
    pub polls: u32,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `settled` or `waiting`.
    pub progress: Progress,
    /// Uid of the home directory, once there is one.
    pub home_efs_uid: Option<String>,
    /// The directory user name that the profile is bound to.
    pub user_name: Option<String>,
    /// Since when it is as it is now: apps that were started before may run under another role.
    #[serde(with = "time::serde::rfc3339::option")]
    pub modified_at: Option<OffsetDateTime>,
}

impl Step for PollProfile {
    const NAME: &'static str = "poll-profile";
    type Input = Input;
    type Output = Output;
    type Error = PollError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { ledger: Ledger::open(sdk, env)?, studio: Studio::open(sdk, env)? })
    }

    async fn run(&self, input: Input) -> Result<Output, PollError> {
        self.ledger.hold(&input.job).await?;
        let domain = self.studio.domain(&input.job).await.map_err(PollError::Studio)?;
        let profile = domain.profile(&input.profile_name).await.map_err(PollError::Studio)?;
        let progress = decide::progress(&input, profile.as_ref())?;
        let (home_efs_uid, user_name, modified_at) = match profile {
            Some(profile) => (profile.home_efs_uid, profile.user_name, profile.modified_at),
            None => (None, None, None),
        };
        Ok(Output { progress, home_efs_uid, user_name, modified_at })
    }
}
