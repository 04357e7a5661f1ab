//! The clients that nearly every step on a profile needs.

use crate::entitled::{Entitled, RemovalOutdated, Snapshot, Unknown};
use crate::studio::Studio;
use crate::tables::Ledger;
use aws_types::SdkConfig;
use contract::grant::Grant;
use contract::job::Job;
use contract::payload::RemovalPlan;
use contract::settings::{BadSetting, Env};
use futures_util::future::join;

/// Clients of the directory and the mappings, of the ledger, and of Studio.
#[derive(Debug)]
pub struct Clients {
    /// Reads a user's entitlement.
    pub entitled: Entitled,
    /// Reads and writes grants and leases.
    pub ledger: Ledger,
    /// Reads and changes profiles.
    pub studio: Studio,
}

impl Clients {
    /// Opens all three clients from their environment variables.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }

    /// Checks that something of a user may be deleted now: the user has left, the days of grace are over,
    /// and no operator holds it. A step calls this right before a deletion, so that as little as possible
    /// can change in between.
    pub async fn check_deletion(
        &self,
        job: &Job,
        plan: &RemovalPlan,
        grant: Option<&Grant>,
    ) -> Result<Snapshot, RemovalOutdated> {
        let controls = self.ledger.controls().map_err(Unknown::from)?;
        let (now, on_hold) = join(
            self.entitled.recheck_deletion(job, &plan.removal_reason, grant, plan.read_at),
            controls.is_on_hold(&job.user.user_id),
        )
        .await;
        let now = now?;
        if let Some(grant) = grant {
            now.check_grace(grant, self.ledger.now())?;
        }
        if on_hold.map_err(Unknown::from)? { Err(RemovalOutdated::OnHold) } else { Ok(now) }
    }
}
