//! Purpose: a leaver's profile stays for its spaces' sake, with a role that allows nothing.
//! Effects: the grant notes the spaces; the profile's role changes.
//! Idempotency: the wanted role; setting it again changes nothing.
//! Failures: `LeaseLost`, `EntitledAgain`, `InvalidMapping`, `Unowned`, `ProfileBusy`, `Superseded`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: the person joins again, and a new plan puts the role of their group in place.
//! Time budget: the directory, the mappings, one write, two calls.

use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::ids::{ProfileName, RoleArn};
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use gateway::entitled::{Entitled, StillNothing};
use gateway::fault::Fault;
use gateway::studio::{Space, Studio};
use gateway::tables::{Ledger, LedgerError};
use lambda::Step;
use serde::{Deserialize, Serialize};

/// The step with what it may touch.
#[derive(Debug)]
pub struct WithdrawRole {
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
    /// The spaces that keep the profile.
    pub spaces: Vec<Space>,
}

/// The members of the plan that matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// The profile's name.
    pub profile_name: ProfileName,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The role that is put in place.
    pub withdrawn_to: RoleArn,
}

/// Why the role is still there.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// The person is back, or it cannot be told: nothing is taken away.
    #[error("could not go on with the removal")]
    StillNothing(#[from] StillNothing),
    /// The profile is not ours (any more).
    #[error("the profile {0:?} was not made by studio-access; it is left alone")]
    Unowned(String),
    /// The profile is no longer there: the plan is out of date.
    #[error("the profile {0:?} is gone since the plan was made")]
    Vanished(String),
    /// Studio is still at work on the profile.
    #[error("Studio is still busy with the profile {0:?}")]
    Busy(String),
    /// The lease is lost, or the ledger could not be written.
    #[error("could not note the spaces in the ledger")]
    Ledger(#[from] LedgerError),
    /// Studio could not be asked.
    #[error("could not withdraw the role")]
    Studio(#[source] Fault),
}

impl Named for WithdrawError {
    fn name(&self) -> &'static str {
        match self {
            Self::StillNothing(still) => still.name(),
            Self::Unowned(_) => catalogue::UNOWNED,
            Self::Busy(_) => catalogue::PROFILE_BUSY,
            Self::Ledger(error) => error.name(),
            Self::Studio(fault) => fault.name(),
            Self::Vanished(_) => catalogue::SUPERSEDED,
        }
    }
}

impl Step for WithdrawRole {
    const NAME: &'static str = "withdraw-role";
    type Input = Input;
    type Output = Output;
    type Error = WithdrawError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }

    async fn run(&self, Input { job, plan, spaces }: Input) -> Result<Output, WithdrawError> {
        self.ledger.hold(&job).await?;
        let domain = self.studio.domain(&job).await.map_err(WithdrawError::Studio)?;
        let withdrawn_to = self.studio.no_access_role(&job).map_err(WithdrawError::Studio)?;
        let profile = domain.profile(&plan.profile_name).await.map_err(WithdrawError::Studio)?;
        let profile = profile.ok_or_else(|| WithdrawError::Vanished(plan.profile_name.to_string()))?;
        if profile.owner.as_ref() != Some(&job.user.user_id) {
            return Err(WithdrawError::Unowned(plan.profile_name.to_string()));
        }
        let names: Vec<String> = spaces.into_iter().map(|space| space.name).collect();
        self.ledger.note_leaving(&job, &names, profile.home_efs_uid.as_deref()).await?;
        // The last thing before the change, so that as little as possible can happen in between.
        self.entitled.still_nothing(&job).await?;
        let begun = domain.update_profile(&plan.profile_name, &withdrawn_to, None).await;
        if begun.map_err(WithdrawError::Studio)? {
            Ok(Output { withdrawn_to })
        } else {
            Err(WithdrawError::Busy(plan.profile_name.to_string()))
        }
    }
}
