//! Purpose: look once whether Studio is done with the profile. Waiting is the state machine's business; the lease is renewed at each look.
//! Effects: the lease is renewed.
//! Idempotency: reads only.
//! Failures: `LeaseLost`, `ProfileFailed`, `PollProfile.TookTooLong`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: one write, one look.

mod decide;
mod error;

use crate::error::PollError;
use aws_types::SdkConfig;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use decide::Progress;
use gateway::studio::Studio;
use gateway::tables::Ledger;
use lambda::Step;
use serde::{Deserialize, Serialize};

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
        Ok(Output { progress, home_efs_uid: profile.and_then(|profile| profile.home_efs_uid) })
    }
}
