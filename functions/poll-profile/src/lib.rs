//! Purpose: check once whether Studio has finished working on the profile, and then whether the
//! profile is as it was set: with our tag and the role. The state machine does the waiting.
//! Effects: renews the lease, in every third check.
//! Idempotency: reads only.
//! Failures: `LeaseLost`, `Superseded`, `ProfileFailed`, `PollProfile.Timeout`, `Throttled`,
//! `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: one read, at times one write; another read for a profile without our tag.

mod decide;
mod error;

use crate::error::PollError;
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
    /// Number of earlier reads.
    pub polls: u32,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `settled` or `waiting`.
    pub progress: Progress,
    /// The profile.
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
        Ok(Self { ledger: Ledger::open(sdk, env)?, studio: Studio::open(sdk, env)? })
    }

    async fn run(&self, input: Input) -> Result<Output, PollError> {
        if decide::renews(input.polls) {
            self.ledger.renew(&input.job).await?;
        }
        let domain = self.studio.domain(&input.job).await?;
        let profile = domain.profile_in_work(&input.profile_name).await?;
        if let Some(profile) = profile.as_ref().filter(|profile| decide::may_be_new(&input, profile)) {
            let grant = self.ledger.grant(&input.job.user.user_id, &input.job.target).await?;
            if grant.is_some_and(|grant| profile.has_replaced(&grant)) {
                return Err(PollError::Foreign(input.profile_name.to_string()));
            }
        }
        let progress = decide::progress(&input, profile.as_ref())?;
        let Some(profile) = profile else {
            return Ok(Output { progress, polled: Polled::default(), modified_at: None });
        };
        let owner = profile.tagged_owner();
        let Profile { home_efs_uid, user_name, modified_at, .. } = profile;
        let polled = Polled { home_efs_uid, user_name, owner };
        Ok(Output { progress, polled, modified_at })
    }
}
