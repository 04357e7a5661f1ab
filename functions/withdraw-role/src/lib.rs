//! Purpose: replace the role of a profile by one that allows nothing, before its apps are stopped
//! and whether or not it is deleted afterwards.
//! Effects: the grant records the spaces, and the removal is counted against the limit of suspensions;
//! the profile's role changes.
//! Idempotency: setting the wanted role again changes nothing.
//! Failures: `Paused`, `TooManySuspensions`, `LeaseLost`, `EntitledAgain`, `InvalidMapping`,
//! `UnmanagedProfile`, `ProfileBusy`, `ProfileFailed`, `Superseded`, `Throttled`, `Transient`,
//! `Misconfigured`, `Internal`.
//! Undo: the user joins again, and a new plan sets the role of their group.
//! Time budget: the directory, the mappings, one write, two calls; after a refusal all pages of
//! spaces and apps.

use aws::clients::Clients;
use aws::entitled::RemovalOutdated;
use aws::error::AwsError;
use aws::studio::{Domain, Refusal, Space, StudioError, Update};
use aws::tables::{Leaving, LedgerError};
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::ids::RoleArn;
use contract::job::Job;
use contract::limit::Limit;
use contract::payload::{RemovalPlan, Withdrawal};
use contract::plan::RemovalReason;
use contract::settings::{BadSetting, Env};
use futures_util::future::join;
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct WithdrawRole(Clients);

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The plan to carry out.
    pub plan: RemovalPlan,
    /// The spaces that the profile owns.
    pub spaces: Vec<Space>,
    /// The profile must stay.
    #[serde(default)]
    pub stays: bool,
    /// Number of earlier attempts of this execution.
    #[serde(default)]
    pub attempts: u32,
    /// Number of times that the apps have been listed.
    #[serde(default)]
    pub rounds: u32,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The role that replaces the old one.
    pub withdrawn_to: RoleArn,
    /// The progress of the withdrawal.
    pub progress: Withdrawal,
    /// What follows when the apps have been told to stop.
    pub next: Next,
    /// Number of attempts so far, for the state machine.
    pub attempts: u32,
}

/// What follows when the apps have been told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// Look whether Studio has changed the role.
    PollProfile,
    /// Ask for the change once more: no app runs any more, perhaps.
    WithdrawRole,
    /// Wait until the apps are gone.
    Wait,
}

/// Rounds in which a refused withdrawal is tried a second time.
const EARLY_ROUNDS: u32 = 3;

fn next(progress: Withdrawal, attempts: u32, rounds: u32) -> Next {
    match progress {
        Withdrawal::Begun => Next::PollProfile,
        Withdrawal::AppsRun if rounds < EARLY_ROUNDS && attempts < 2 * rounds => Next::WithdrawRole,
        Withdrawal::AppsRun | Withdrawal::Stuck => Next::Wait,
    }
}

/// Reasons why the role was not withdrawn.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// The user is entitled again, or the entitlement could not be read: nothing is removed.
    #[error("could not continue the removal")]
    RemovalOutdated(#[from] RemovalOutdated),
    /// The profile is not ours, or no longer ours.
    #[error("the profile {0:?} was not created by studio-access and was not changed")]
    UnmanagedProfile(String),
    /// The profile does not exist any more: the plan is out of date.
    #[error("the profile {0:?} was deleted after the plan was made")]
    Vanished(String),
    /// Studio is still working on the profile.
    #[error("Studio is still busy with the profile {0:?}")]
    Busy(String),
    /// Studio cannot change a profile in this state, and it must not be deleted.
    #[error("Studio reports the profile {profile:?} as {status}: {reason}")]
    ProfileFailed {
        /// The profile.
        profile: String,
        /// The profile's status.
        status: &'static str,
        /// Reason as Studio reports it.
        reason: String,
    },
    /// The lease is lost, a limit is reached, or the ledger could not be written.
    #[error("could not record the removal in the ledger")]
    Ledger(#[from] LedgerError),
    /// The call to Studio failed.
    #[error("could not withdraw the role")]
    Studio(#[from] StudioError),
}

impl Named for WithdrawError {
    fn name(&self) -> &'static str {
        match self {
            Self::RemovalOutdated(recheck) => recheck.name(),
            Self::UnmanagedProfile(_) => catalogue::UNMANAGED_PROFILE,
            Self::Busy(_) => catalogue::PROFILE_BUSY,
            Self::ProfileFailed { .. } => catalogue::PROFILE_FAILED,
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
        Clients::open(sdk, env).map(Self)
    }

    async fn run(
        &self,
        Input { job, plan, spaces, stays, attempts, rounds }: Input,
    ) -> Result<Output, WithdrawError> {
        let (domain, grant) =
            join(self.0.studio.acting_domain(&job), self.0.ledger.grant(&job.user.user_id, &job.target))
                .await;
        let (domain, grant) = (domain?, grant?);
        let withdrawn_to = self.0.studio.no_access_role(&job)?;
        let profile = domain.profile(&plan.profile_name).await?;
        let profile = profile.ok_or_else(|| WithdrawError::Vanished(plan.profile_name.to_string()))?;
        let Some(grant) = grant.filter(|grant| profile.is_of(&plan.profile_name, grant)) else {
            return Err(WithdrawError::UnmanagedProfile(plan.profile_name.to_string()));
        };
        let names: Vec<String> = spaces.into_iter().map(|space| space.name).collect();
        let home = profile.home_efs_uid.as_deref();
        let limits: &[Limit] = match plan.removal_reason {
            // The profile is bound to a name that another user may get: that cannot wait.
            RemovalReason::Renamed { .. } => &[],
            RemovalReason::Left
            | RemovalReason::InGrace { .. }
            | RemovalReason::OverLimit
            | RemovalReason::OnHold
            | RemovalReason::RowGone => &[Limit::Suspensions],
        };
        let leaving = Leaving { reason: &plan.removal_reason, spaces: &names, home_efs_uid: home, limits };
        self.0.ledger.note_leaving(&job, &grant, leaving).await?;
        // Check last, right before the change, so that as little as possible can happen in between.
        self.0.entitled.recheck_removal(&job, &plan.removal_reason, Some(&grant)).await?;
        let updated = domain.update_profile(&plan.profile_name, &withdrawn_to, None).await;
        let progress = match updated? {
            Update::Begun => Withdrawal::Begun,
            Update::Refused(fault) => refused(&domain, &plan, stays, fault).await?,
        };
        let attempts = attempts + 1;
        Ok(Output { withdrawn_to, progress, next: next(progress, attempts, rounds), attempts })
    }
}

async fn refused(
    domain: &Domain,
    plan: &RemovalPlan,
    stays: bool,
    fault: AwsError,
) -> Result<Withdrawal, WithdrawError> {
    let profile = plan.profile_name.to_string();
    match domain.refusal(&plan.profile_name, fault).await? {
        Refusal::Gone => Err(WithdrawError::Vanished(profile)),
        Refusal::Busy => Err(WithdrawError::Busy(profile)),
        Refusal::AppsRun => Ok(Withdrawal::AppsRun),
        Refusal::Failed { .. } if !stays => Ok(Withdrawal::Stuck),
        Refusal::Failed { status, reason } => Err(WithdrawError::ProfileFailed { profile, status, reason }),
        Refusal::Unexplained(fault) => Err(WithdrawError::Studio(fault.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_a_refused_withdrawal_once_in_the_first_two_rounds() {
        assert_eq!(next(Withdrawal::Begun, 1, 1), Next::PollProfile);
        assert_eq!(next(Withdrawal::Stuck, 1, 1), Next::Wait);
        for (attempts, rounds, expected) in [
            (1, 1, Next::WithdrawRole),
            (2, 1, Next::Wait),
            (3, 2, Next::WithdrawRole),
            (4, 2, Next::Wait),
            (5, 3, Next::Wait),
        ] {
            assert_eq!(next(Withdrawal::AppsRun, attempts, rounds), expected, "{attempts} {rounds}");
        }
    }
}
