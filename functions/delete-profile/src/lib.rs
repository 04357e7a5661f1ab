//! Purpose: delete a leaver's profile, after a new check of its owner and of the directory.
//! Effects: the grant records the home directory's EFS uid, and the removal is counted against the
//! limits; then the profile is deleted. In this order, because the uid cannot be read afterwards [3.38].
//! Idempotency: a profile that is gone, or being deleted, is success.
//! Failures: `Paused`, `TooManySuspensions`, `LeaseLost`, `EntitledAgain`, `InvalidMapping`,
//! `UnmanagedProfile`, `DeleteProfile.StillInUse`, `ProfileBusy`, `Superseded`, `Throttled`,
//! `Transient`, `Misconfigured`, `Internal`.
//! Undo: the user joins again and gets a new profile; the recorded uid identifies the old home
//! directory.
//! Time budget: the directory, the mappings, one write, two or three calls.

mod decide;
mod error;

use crate::decide::Refused;
use crate::error::DeleteError;
use aws::clients::Clients;
use aws::studio::Deletion;
use aws::tables::Leaving;
use aws_types::SdkConfig;
use contract::job::Job;
use contract::limit::Limit;
use contract::payload::RemovalPlan;
use contract::settings::{BadSetting, Env};
use futures_util::future::join;
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct DeleteProfile(Clients);

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The plan to carry out.
    pub plan: RemovalPlan,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Uid of the home directory, which stays on the file system.
    pub home_efs_uid: Option<String>,
}

impl Step for DeleteProfile {
    const NAME: &'static str = "delete-profile";
    type Input = Input;
    type Output = Output;
    type Error = DeleteError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Clients::open(sdk, env).map(Self)
    }

    async fn run(&self, Input { job, plan }: Input) -> Result<Output, DeleteError> {
        let RemovalPlan { profile_name, removal_reason, read_at } = &plan;
        let (domain, grant) =
            join(self.0.studio.acting_domain(&job), self.0.ledger.grant(&job.user.user_id, &job.target))
                .await;
        let (domain, grant) = (domain?, grant?);
        let Some(profile) = domain.profile(profile_name).await? else {
            return Ok(Output { home_efs_uid: None });
        };
        let Some(grant) = grant.filter(|grant| profile.is_of(profile_name, grant)) else {
            return Err(DeleteError::UnmanagedProfile(profile_name.to_string()));
        };
        let home_efs_uid = profile.home_efs_uid;
        let is_spoilt = profile.status.is_spoilt();
        // A profile that never worked is no loss.
        let limits: &[Limit] = if is_spoilt { &[] } else { &[Limit::Suspensions, Limit::Deletions] };
        let (reason, home) = (removal_reason, home_efs_uid.as_deref());
        let leaving = Leaving { reason, spaces: &[], home_efs_uid: home, limits };
        self.0.ledger.note_leaving(&job, &grant, leaving).await?;
        if is_spoilt {
            self.0.entitled.recheck_deletion(&job, reason, Some(&grant), *read_at).await?;
        } else {
            self.0.check_deletion(&job, &plan, Some(&grant)).await?;
        }
        let fault = match domain.delete_profile(profile_name).await {
            Ok(Deletion::Begun) => return Ok(Output { home_efs_uid }),
            Ok(Deletion::InUse) => None,
            // Studio may refuse a wrong state with this code [3.50].
            Err(fault) if fault.0.is("ValidationException") => Some(fault),
            Err(fault) => return Err(DeleteError::Studio(fault)),
        };
        let there = domain.profile(profile_name).await?;
        match (decide::refused(there.map(|profile| profile.status)), fault) {
            (Refused::GoingAlready, _) => Ok(Output { home_efs_uid }),
            (Refused::Busy, _) => Err(DeleteError::Busy(profile_name.to_string())),
            (Refused::SomethingHangsOnIt, None) => Err(DeleteError::StillInUse(profile_name.to_string())),
            (Refused::SomethingHangsOnIt, Some(fault)) => Err(DeleteError::Studio(fault)),
        }
    }
}
