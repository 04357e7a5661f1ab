//! Purpose: move the profile to another role, in place; home directory and spaces stay as they are [3.12].
//! Effects: the profile's settings.
//! Idempotency: the wanted role; setting it again changes nothing.
//! Failures: `ProfileBusy`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: another plan, with another role.
//! Time budget: one call.

use aws_types::SdkConfig;
use contract::catalogue;
use contract::entitlement::Entitlement;
use contract::failure::Named;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use gateway::fault::Fault;
use gateway::studio::Studio;
use lambda::Step;
use serde::{Deserialize, Serialize};

/// The step with what it may touch.
#[derive(Debug)]
pub struct UpdateProfile {
    studio: Studio,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// What was planned.
    pub plan: Planned,
}

/// The members of the plan that matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// What the person should have.
    pub entitlement: Entitlement,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The profile that Studio is changing.
    pub profile_name: ProfileName,
}

/// Why the role was not set.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// Studio could not be asked.
    #[error("could not set the profile's role")]
    Studio(#[source] Fault),
    /// Studio is still at work on the profile.
    #[error("Studio is still busy with the profile {0:?}")]
    Busy(String),
}

impl Named for UpdateError {
    fn name(&self) -> &'static str {
        match self {
            Self::Studio(fault) => fault.name(),
            Self::Busy(_) => catalogue::PROFILE_BUSY,
        }
    }
}

impl Step for UpdateProfile {
    const NAME: &'static str = "update-profile";
    type Input = Input;
    type Output = Output;
    type Error = UpdateError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { studio: Studio::open(sdk, env)? })
    }

    async fn run(&self, Input { job, plan }: Input) -> Result<Output, UpdateError> {
        let domain = self.studio.domain(&job).await.map_err(UpdateError::Studio)?;
        let Entitlement { execution_role_arn, settings, .. } = &plan.entitlement;
        let begun = domain.update_profile(&plan.profile_name, execution_role_arn, Some(settings)).await;
        if begun.map_err(UpdateError::Studio)? {
            Ok(Output { profile_name: plan.profile_name })
        } else {
            Err(UpdateError::Busy(plan.profile_name.to_string()))
        }
    }
}
