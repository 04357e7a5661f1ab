//! Purpose: delete a leaver's profile, after one more look at whose it is and at the directory.
//! Effects: the grant notes the home directory's EFS uid, then the profile goes. In this order, because nothing tells the uid afterwards [3.38].
//! Idempotency: a profile that is gone, or going, is success.
//! Failures: `LeaseLost`, `EntitledAgain`, `InvalidMapping`, `UnmanagedProfile`, `DeleteProfile.StillInUse`, `ProfileBusy`, `Superseded`, `Throttled`,
//! `Transient`, `Misconfigured`, `Internal`.
//! Undo: the user joins again and gets a new profile; the old home directory is found by the recorded uid.
//! Time budget: the directory, the mappings, one write, two or three calls.

mod decide;
mod error;

use crate::decide::Refused;
use crate::error::DeleteError;
use aws::clients::Clients;
use aws::studio::Deletion;
use aws_types::SdkConfig;
use contract::job::Job;
use contract::payload::RemovalPlan;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;

/// The step with what it may touch.
#[derive(Debug)]
pub struct DeleteProfile(Clients);

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// What was planned.
    pub plan: RemovalPlan,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Uid of the home directory that stays behind.
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

    async fn run(
        &self,
        Input { job, plan: RemovalPlan { profile_name, reason } }: Input,
    ) -> Result<Output, DeleteError> {
        self.0.ledger.renew(&job).await?;
        let domain = self.0.studio.domain(&job).await?;
        let Some(profile) = domain.profile(&profile_name).await? else {
            return Ok(Output { home_efs_uid: None });
        };
        let grant = self.0.ledger.grant(&job.user.user_id, &job.target).await?;
        let Some(grant) = grant.filter(|grant| profile.is_of(&profile_name, grant)) else {
            return Err(DeleteError::UnmanagedProfile(profile_name.to_string()));
        };
        let home_efs_uid = profile.home_efs_uid;
        self.0.ledger.note_leaving(&job, &grant, &[], home_efs_uid.as_deref()).await?;
        // The last thing before the deletion, so that as little as possible can change in between.
        self.0.entitled.recheck_deletion(&job, &reason, Some(&grant)).await?;
        let fault = match domain.delete_profile(&profile_name).await {
            Ok(Deletion::Begun) => return Ok(Output { home_efs_uid }),
            Ok(Deletion::InUse) => None,
            // It may be how Studio refuses a wrong state [3.50].
            Err(fault) if fault.0.is("ValidationException") => Some(fault),
            Err(fault) => return Err(DeleteError::Studio(fault)),
        };
        let there = domain.profile(&profile_name).await?;
        match (decide::refused(there.map(|profile| profile.status)), fault) {
            (Refused::GoingAlready, _) => Ok(Output { home_efs_uid }),
            (Refused::Busy, _) => Err(DeleteError::Busy(profile_name.to_string())),
            (Refused::SomethingHangsOnIt, None) => Err(DeleteError::StillInUse(profile_name.to_string())),
            (Refused::SomethingHangsOnIt, Some(fault)) => Err(DeleteError::Studio(fault)),
        }
    }
}
