//! Purpose: move the profile to another role, in place; home directory and spaces stay as they are [3.12].
//! Reads once more, right before it gives anything, whose profile it is and whether the person is still entitled to exactly this.
//! Effects: the profile's settings and tags.
//! Idempotency: the wanted role; setting it again changes nothing.
//! Failures: `LeaseLost`, `ProfileBusy`, `Unowned`, `Superseded`, `InvalidMapping`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: another plan, with another role.
//! Time budget: the directory, the mappings, two reads, two calls.

use aws_types::SdkConfig;
use contract::catalogue;
use contract::entitlement::Entitlement;
use contract::failure::Named;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use gateway::entitled::{Entitled, Still};
use gateway::fault::Fault;
use gateway::studio::Studio;
use gateway::tables::{Ledger, LedgerError};
use lambda::Step;
use serde::{Deserialize, Serialize};

/// The step with what it may touch.
#[derive(Debug)]
pub struct UpdateProfile {
    entitled: Entitled,
    ledger: Ledger,
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
    /// The lease is lost, or cannot be told.
    #[error("could not make sure that nobody else is at work")]
    Lease(#[from] LedgerError),
    /// Something else is due now, or it cannot be told.
    #[error("could not go on with the plan")]
    Still(#[from] Still),
    /// The profile is no longer there: the plan is out of date.
    #[error("the profile {0:?} is gone since the plan was made")]
    Vanished(String),
    /// The profile is not ours (any more).
    #[error("the profile {0:?} was not made by studio-access; it is left alone")]
    Unowned(String),
    /// Studio is still at work on the profile.
    #[error("Studio is still busy with the profile {0:?}")]
    Busy(String),
}

impl Named for UpdateError {
    fn name(&self) -> &'static str {
        match self {
            Self::Studio(fault) => fault.name(),
            Self::Lease(error) => error.name(),
            Self::Still(still) => still.name(),
            Self::Vanished(_) => catalogue::SUPERSEDED,
            Self::Unowned(_) => catalogue::UNOWNED,
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
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }

    async fn run(&self, Input { job, plan }: Input) -> Result<Output, UpdateError> {
        self.ledger.hold(&job).await?;
        let domain = self.studio.domain(&job).await.map_err(UpdateError::Studio)?;
        let Entitlement { membership, execution_role_arn, settings, .. } = &plan.entitlement;
        let name = || plan.profile_name.to_string();
        let profile = domain.profile(&plan.profile_name).await.map_err(UpdateError::Studio)?;
        let profile = profile.ok_or_else(|| UpdateError::Vanished(name()))?;
        if profile.owner.as_ref() != Some(&job.user.user_id) {
            return Err(UpdateError::Unowned(name()));
        }
        self.entitled.still(&job, &plan.entitlement).await?;
        let tagged = domain.retag_profile(&profile, &membership.group_name, settings).await;
        tagged.map_err(UpdateError::Studio)?;
        let begun = domain.update_profile(&plan.profile_name, execution_role_arn, Some(settings)).await;
        if begun.map_err(UpdateError::Studio)? {
            Ok(Output { profile_name: plan.profile_name })
        } else {
            Err(UpdateError::Busy(name()))
        }
    }
}
