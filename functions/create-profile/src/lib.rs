//! Purpose: create the Studio user profile with the group's role and our ownership tag. Checks
//! again, right before the creation, that the user is still entitled to exactly this access.
//! Effects: the lease renewed and a grant in the ledger with status `creating`, then the last look at
//! the directory, then the profile. In this order, so that the next execution finds the grant after
//! a crash in between, and every execution for the same user sees it.
//! Idempotency: profile name and ownership tag; an existing profile that is ours and has this role
//! is success.
//! Failures: `Paused`, `LeaseLost`, `Superseded`, `InvalidMapping`, `ProfileBusy`, `UnmanagedProfile`,
//! `CreateProfile.NameTaken`, `CreateProfile.LimitExceeded`, `CreateProfile.HeldByFormerUser`,
//! `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: the removal path of the workflow (`list-apps` to `record-removal`).
//! Time budget: one read of the turns in a crowd; the directory, the mappings, one read, one write, one creation; after a refusal one
//! read, or ten pages of profiles and fifty of them.

mod decide;
mod error;

use crate::error::CreateError;
use aws::clients::Clients;
use aws::entitled::PlanOutdated;
use aws::error::{AwsError, Class};
use aws::studio::{Creation, Domain, DomainFacts, NewProfile, StudioError};
use aws::tables::{Remembered, TurnState, Turns};
use aws_types::SdkConfig;
use contract::grant::Grant;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::payload::{GrantPlan, Turn};
use contract::settings::{BadSetting, Env};
use futures_util::future::join3;
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct CreateProfile {
    clients: Clients,
    remembered: Remembered,
    turns: Turns,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The plan to carry out.
    pub plan: GrantPlan,
    /// Number of earlier attempts at this creation.
    #[serde(default)]
    pub attempt: u32,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The profile that Studio is creating, or has created.
    pub profile_name: ProfileName,
}

impl Step for CreateProfile {
    const NAME: &'static str = "create-profile";
    type Input = Input;
    type Output = Output;
    type Error = CreateError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            clients: Clients::open(sdk, env)?,
            remembered: Remembered::open(sdk, env)?,
            turns: Turns::open(sdk, env)?,
        })
    }

    async fn run(&self, Input { job, plan, attempt }: Input) -> Result<Output, CreateError> {
        self.wait_for_turn(&job, plan.turn, attempt).await?;
        let Clients { entitled, ledger, studio } = &self.clients;
        let grant = ledger.grant(&job.user.user_id, &job.target);
        let name = Box::pin(entitled.check_name(&plan.entitlement));
        let (domain, before, name) = join3(Box::pin(studio.acting_domain(&job)), grant, name).await;
        let (domain, before) = (domain?, before?);
        let known = name?;
        let user_name = plan.user_name.as_deref().ok_or(PlanOutdated::Changed)?;
        let gone = before.clone().map(Grant::gone);
        let given = Grant::given(&job, &plan.profile_name, user_name, &plan.entitlement, gone.as_ref());
        let intent = given.intended(before.as_ref());
        ledger.write(&job, before.as_ref(), intent).await?;
        entitled.recheck(&job, &plan.entitlement, Some(user_name), known).await?;
        let new = NewProfile {
            name: &plan.profile_name,
            user_name,
            owner: &job.user.user_id,
            group: &plan.entitlement.membership.group_name,
            role_arn: &plan.entitlement.execution_role_arn,
            settings: &plan.entitlement.settings,
        };
        let creation = match domain.create_profile(&new).await {
            Err(StudioError(fault)) if fault.class == Class::Throttled && fault.is_of_studio() => {
                return Err(self.throttled(&job, fault).await);
            }
            answered => answered?,
        };
        if plan.turn.is_some() {
            self.turns.taken(&job.target).await.map_err(CreateError::Turns)?;
        }
        match creation {
            Creation::Begun => {}
            Creation::NoDomain => {
                let key = DomainFacts::key(&job.target);
                self.remembered.forget(&key).await.map_err(CreateError::Remembered)?;
                return Err(CreateError::DomainGone);
            }
            Creation::LimitExceeded(said) => return Err(CreateError::LimitExceeded(said)),
            Creation::InUse => self.refused(&job, &domain, &new, plan.entitlement.adopt, None).await?,
            // Studio may refuse a second profile of the directory user with this code [3.8].
            Creation::Invalid(fault) => {
                self.refused(&job, &domain, &new, plan.entitlement.adopt, Some(fault)).await?;
            }
        }
        Ok(Output { profile_name: plan.profile_name })
    }
}

impl CreateProfile {
    /// Fails if the turn of the creation has not come, or if it has none and others wait for theirs:
    /// before anything is read or written. A first attempt without a turn follows `AssumeRole` within
    /// seconds, which has looked.
    async fn wait_for_turn(&self, job: &Job, turn: Option<Turn>, attempt: u32) -> Result<(), CreateError> {
        if turn.is_none() && attempt == 0 {
            return Ok(());
        }
        let verdict = self.turns.look(&job.target, turn).await.map_err(CreateError::Turns)?;
        match (verdict, turn) {
            (TurnState::Mine, _) => Ok(()),
            (TurnState::Others, Some(_)) => Err(CreateError::NotYet),
            (TurnState::Others, None) => Err(CreateError::Crowded),
        }
    }

    /// Notes that Studio creates no more profiles at the moment.
    async fn throttled(&self, job: &Job, fault: AwsError) -> CreateError {
        match self.turns.refused(&job.target).await {
            Err(error) => CreateError::Turns(error),
            Ok(()) => StudioError(fault).into(),
        }
    }

    /// Interprets a refusal. `fault`: Studio's validation error, if the refusal does not say that
    /// something is in use.
    async fn refused(
        &self,
        job: &Job,
        domain: &Domain,
        new: &NewProfile<'_>,
        adopt: bool,
        fault: Option<AwsError>,
    ) -> Result<(), CreateError> {
        let there = domain.profile(new.name).await?;
        if let (Some(profile), None) = (there, &fault) {
            return decide::in_use(new, &profile);
        }
        let holder = domain.holder(new.user_name).await?;
        let Some((name, profile)) = holder else {
            return Err(fault.map_or_else(|| decide::invisible(new), |fault| StudioError(fault).into()));
        };
        let former = match profile.tagged_owner().filter(|owner| owner != new.owner) {
            Some(owner) => self.clients.ledger.grant(&owner, &job.target).await?,
            None => None,
        };
        Err(decide::held(new, &name, &profile, former.as_ref(), adopt))
    }
}
