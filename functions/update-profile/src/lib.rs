//! Purpose: change the role of the profile in place; home directory and spaces stay as they are
//! [3.12]. If the mapping allows it, take over a profile that was created for the user by another
//! tool or user. Checks again, right before the change, the owner of the profile and that the user
//! is still entitled to exactly this access.
//! Effects: the grant records the planned change, then the profile's tags and settings change.
//! Idempotency: setting the wanted role again changes nothing.
//! Failures: `Paused`, `LeaseLost`, `ProfileBusy`, `ProfileFailed`, `UnmanagedProfile`, `Superseded`,
//! `UpdateProfile.AppsRunning`, `InvalidMapping`, `Throttled`, `Transient`, `Misconfigured`,
//! `Internal`.
//! Undo: another plan, with another role.
//! Time budget: the directory, the mappings, three reads, one write, two calls.

mod decide;

use aws::clients::Clients;
use aws::entitled::PlanOutdated;
use aws::studio::{ActingDomain, StudioError, Update};
use aws::tables::LedgerError;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::entitlement::Entitlement;
use contract::failure::Named;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::payload::ChangePlan;
use contract::settings::{BadSetting, Env};
use decide::Claim;
use futures_util::future::join3;
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct UpdateProfile(Clients);

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The plan to carry out.
    pub plan: ChangePlan,
}

/// The progress of the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Progress {
    /// Studio has begun, or only tags had to change.
    Begun,
    /// Studio refuses another role while apps run [8.8]: they must be stopped first.
    AppsRun,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The profile that Studio is changing.
    pub profile_name: ProfileName,
    /// The progress of the change.
    pub progress: Progress,
}

/// Reasons why the role was not set.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The call to Studio failed.
    #[error("could not set the profile's role")]
    Studio(#[from] StudioError),
    /// The lease is lost, or could not be renewed.
    #[error("could not renew the lease")]
    Lease(#[from] LedgerError),
    /// The entitlement has changed, or could not be read.
    #[error("could not continue the plan")]
    PlanOutdated(#[from] PlanOutdated),
    /// The profile does not exist any more: the plan is out of date.
    #[error("the profile {0:?} was deleted after the plan was made")]
    Vanished(String),
    /// The profile is not ours, or no longer ours.
    #[error("the profile {0:?} was not created by studio-access and was not changed")]
    UnmanagedProfile(String),
    /// The user was renamed since the plan was made: another user could open the profile, so it
    /// must not get the role.
    #[error("the profile {0:?} is bound to a former name of the user")]
    Renamed(String),
    /// Studio is still working on the profile.
    #[error("Studio is still busy with the profile {0:?}")]
    Busy(String),
    /// Studio cannot change a profile in this state.
    #[error("Studio reports the profile {profile:?} as {status}: {reason}")]
    ProfileFailed {
        /// The profile.
        profile: String,
        /// The profile's status.
        status: &'static str,
        /// Reason as Studio reports it.
        reason: String,
    },
    /// Studio refuses while apps run, and the mapping does not allow the workflow to stop them.
    #[error(
        "Studio does not change the role of {profile:?} while apps run, and the mapping of {group:?} says \"runningApps\": \"keep\""
    )]
    AppsRunning {
        /// The profile.
        profile: String,
        /// The group of the mapping that applies.
        group: String,
    },
}

impl Named for UpdateError {
    fn name(&self) -> &'static str {
        match self {
            Self::Studio(fault) => fault.name(),
            Self::Lease(error) => error.name(),
            Self::PlanOutdated(recheck) => recheck.name(),
            Self::Vanished(_) | Self::Renamed(_) => catalogue::SUPERSEDED,
            Self::UnmanagedProfile(_) => catalogue::UNMANAGED_PROFILE,
            Self::Busy(_) => catalogue::PROFILE_BUSY,
            Self::ProfileFailed { .. } => catalogue::PROFILE_FAILED,
            Self::AppsRunning { .. } => catalogue::APPS_RUNNING,
        }
    }
}

impl Step for UpdateProfile {
    const NAME: &'static str = "update-profile";
    type Input = Input;
    type Output = Output;
    type Error = UpdateError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Clients::open(sdk, env).map(Self)
    }

    async fn run(&self, Input { job, plan }: Input) -> Result<Output, UpdateError> {
        let Entitlement { membership, settings, .. } = &plan.entitlement;
        let (user_id, name) = (&job.user.user_id, || plan.profile_name.to_string());
        let grant = self.0.ledger.grant(user_id, &job.target);
        let group_name = Box::pin(self.0.entitled.check_name(&plan.entitlement));
        let (domain, before, group_name) =
            join3(Box::pin(self.0.studio.acting_domain(&job)), grant, group_name).await;
        let (domain, before) = (domain?, before?);
        let known = group_name?;
        let profile = domain.profile(&plan.profile_name).await?;
        let profile = profile.ok_or_else(|| UpdateError::Vanished(name()))?;
        let ours = before.as_ref().is_some_and(|grant| profile.is_of(&plan.profile_name, grant));
        if !(ours || plan.unmanaged) {
            return Err(UpdateError::UnmanagedProfile(name()));
        }
        let unmanaged = match decide::claim(&profile, &plan, user_id, before.as_ref()) {
            Claim::Ours => false,
            Claim::ToBeTakenOver => true,
            Claim::Renamed => return Err(UpdateError::Renamed(name())),
            Claim::UnmanagedProfile => return Err(UpdateError::UnmanagedProfile(name())),
        };
        match decide::intent(&job, &plan, &profile, unmanaged, before.as_ref()) {
            Some(intent) => self.0.ledger.write(&job, before.as_ref(), intent).await?,
            None => self.0.ledger.renew(&job).await?,
        }
        self.0.entitled.recheck(&job, &plan.entitlement, plan.user_name.as_deref(), known).await?;
        let former = profile.former_tags(before.as_ref(), settings);
        let tagged = domain.retag_profile(&profile, user_id, &membership.group_name, settings, former).await;
        tagged?;
        let progress =
            if decide::fits(&plan, &profile) { Progress::Begun } else { self.change(&domain, &plan).await? };
        Ok(Output { profile_name: plan.profile_name, progress })
    }
}

impl UpdateProfile {
    async fn change(&self, domain: &ActingDomain, plan: &ChangePlan) -> Result<Progress, UpdateError> {
        let Entitlement { execution_role_arn, settings, .. } = &plan.entitlement;
        let updated = domain.update_profile(&plan.profile_name, execution_role_arn, Some(settings)).await;
        let fault = match updated? {
            Update::Begun => return Ok(Progress::Begun),
            Update::Refused(fault) => fault,
        };
        let refusal = domain.refusal(&plan.profile_name, fault).await?;
        decide::refused(plan, refusal)
    }
}
