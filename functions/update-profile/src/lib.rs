//! Purpose: move the profile to another role, in place; home directory and spaces stay as they are [3.12]. A profile that somebody else made for
//! the person is taken over on the way, where the mapping says so.
//! Reads once more, right before it gives anything, whose profile it is and whether the person is still entitled to exactly this.
//! Effects: the grant notes what is about to change, then the profile's tags and settings change.
//! Idempotency: the wanted role; setting it again changes nothing.
//! Failures: `LeaseLost`, `ProfileBusy`, `Unowned`, `Superseded`, `InvalidMapping`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: another plan, with another role.
//! Time budget: the directory, the mappings, three reads, one write, two calls.

mod decide;

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
    /// Somebody else made the profile; it is to be taken over.
    #[serde(default)]
    pub foreign: bool,
    /// Apps may run on under the role from before.
    pub role_moves: bool,
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
        let (user, name) = (&job.user.user_id, || plan.profile_name.to_string());
        let profile = domain.profile(&plan.profile_name).await.map_err(UpdateError::Studio)?;
        let profile = profile.ok_or_else(|| UpdateError::Vanished(name()))?;
        let foreign = match &profile.owner {
            Some(owner) if owner == user => false,
            None if plan.foreign => true,
            Some(_) | None => return Err(UpdateError::Unowned(name())),
        };
        let before = self.ledger.grant(user, &job.target).await.map_err(LedgerError::from)?;
        let person = self.entitled.still(&job, &plan.entitlement).await?;
        if foreign && !decide::may_be_taken_over(&profile, &plan, &person) {
            return Err(UpdateError::Unowned(name()));
        }
        if let Some(intent) = decide::intent(&job, &plan, &profile, foreign, before.as_ref()) {
            self.ledger.write(&job, before.as_ref(), intent).await?;
        }
        let tagged = domain.retag_profile(&profile, user, &membership.group_name, settings).await;
        tagged.map_err(UpdateError::Studio)?;
        let begun = domain.update_profile(&plan.profile_name, execution_role_arn, Some(settings)).await;
        if begun.map_err(UpdateError::Studio)? {
            Ok(Output { profile_name: plan.profile_name })
        } else {
            Err(UpdateError::Busy(name()))
        }
    }
}
