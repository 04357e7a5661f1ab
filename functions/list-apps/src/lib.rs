//! Purpose: what still runs for a leaver, or under the role that a profile had before, and what the next move is. The state machine comes back
//! here until nothing is left, so that an app started in the meantime is found as well [3.34].
//! It looks at the directory each time: nobody's apps are stopped for a plan that is out of date.
//! Effects: none.
//! Idempotency: reads only.
//! Failures: `LeaseLost`, `EntitledAgain`, `Superseded`, `InvalidMapping`, `ListApps.Timeout`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: the directory, the mappings; all pages of spaces, and of apps for the profile and for each of its spaces.

mod decide;
mod leaving;
mod moving;

use aws::clients::Clients;
use aws::entitled::{PlanOutdated, RemovalOutdated};
use aws::studio::{App, Space, StudioError};
use aws::tables::LedgerError;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::mapping::RemovalPolicy;
use contract::payload::GrantPlan;
use contract::plan::RemovalReason;
use contract::settings::{BadSetting, Env};
use decide::{Next, Seen};
use serde::{Deserialize, Serialize};
use step::Step;
use time::OffsetDateTime;

/// The step with what it may touch.
#[derive(Debug)]
pub struct ListApps(Clients);

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// What was planned.
    pub plan: Planned,
    /// How often this execution has listed before.
    pub rounds: u32,
    /// Since when the profile has the role that it should have, if Studio tells: every app that was started later has it too.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub role_since: Option<OffsetDateTime>,
    /// Apps that were told to stop since then. One of them that runs was started again: it has the role, whatever its time says [3.49].
    #[serde(default)]
    pub ended: Vec<App>,
    /// Studio refused the role because apps run, so it is not in place yet.
    #[serde(default)]
    pub role_refused: bool,
}

/// What was planned, with the members that matter here.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum Planned {
    /// Everything goes.
    Remove(Leaving),
    /// The role has changed, here or in an execution that did not come to its end: only apps under another one are in question.
    #[serde(alias = "adopt")]
    ChangeRole(GrantPlan),
}

/// A removal.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leaving {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// What happens to its spaces.
    pub removal: RemovalPolicy,
    /// The role was withdrawn before, and is in place.
    pub suspended: bool,
    /// Why the access is taken away.
    #[serde(default)]
    pub reason: RemovalReason,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The next move.
    pub next: Next,
    /// Why, in a sentence.
    pub because: String,
    /// Apps to delete now.
    pub apps: Vec<App>,
    /// Apps that may run on under another role.
    pub left: Vec<App>,
    /// Spaces that the profile owns.
    pub spaces: Vec<Space>,
    /// Whether the profile stays, with a role that allows nothing.
    pub stays: bool,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Studio could not be asked.
    #[error("could not list the profile's apps and spaces")]
    Studio(#[from] StudioError),
    /// The lease is lost, or cannot be told.
    #[error("could not renew the lease")]
    Lease(#[from] LedgerError),
    /// The user is back, or it cannot be told.
    #[error("could not continue the removal")]
    RemovalOutdated(#[from] RemovalOutdated),
    /// Something else is due now, or it cannot be told.
    #[error("could not continue the change of role")]
    PlanOutdated(#[from] PlanOutdated),
    /// Something does not go away, or new things keep starting.
    #[error("apps or spaces of {profile:?} remain after {rounds} rounds: {left}")]
    Timeout {
        /// The profile.
        profile: String,
        /// How often we listed.
        rounds: u32,
        /// What is left.
        left: String,
    },
}

impl Named for ListError {
    fn name(&self) -> &'static str {
        match self {
            Self::Studio(fault) => fault.name(),
            Self::Lease(error) => error.name(),
            Self::RemovalOutdated(recheck) => recheck.name(),
            Self::PlanOutdated(recheck) => recheck.name(),
            Self::Timeout { .. } => catalogue::APPS_TIMEOUT,
        }
    }
}

impl Step for ListApps {
    const NAME: &'static str = "list-apps";
    type Input = Input;
    type Output = Output;
    type Error = ListError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Clients::open(sdk, env).map(Self)
    }

    async fn run(&self, input: Input) -> Result<Output, ListError> {
        let Input { job, plan, rounds, role_since, ended, role_refused } = input;
        let seen = Seen { rounds, role_since, ended, role_refused };
        self.0.ledger.renew(&job).await?;
        let domain = self.0.studio.domain(&job).await?;
        match plan {
            Planned::Remove(plan) => {
                self.0.entitled.recheck_removal(&job, &plan.reason).await?;
                let spaces = domain.spaces(&plan.profile_name).await?;
                let apps = domain.apps(&plan.profile_name, &spaces).await?;
                leaving::next(&plan, &seen, apps, spaces)
            }
            Planned::ChangeRole(plan) => {
                self.0.entitled.recheck(&job, &plan.entitlement).await?;
                let mut spaces = domain.spaces(&plan.profile_name).await?;
                // What runs in a shared space has the domain's role, whatever the profile's is [3.13].
                spaces.retain(|space| !space.shared);
                let apps = domain.apps(&plan.profile_name, &spaces).await?;
                moving::next(&plan, &seen, apps)
            }
        }
    }
}
