//! Purpose: list the apps of a leaver, or the apps under a profile's former role, and decide the
//! next move. The state machine returns here until nothing is left, so that it also finds an app
//! that was started in the meantime [3.34]. The step reads the directory each time, so that no app
//! is stopped for a plan that is out of date.
//! Effects: none.
//! Idempotency: reads only.
//! Failures: `LeaseLost`, `EntitledAgain`, `Superseded`, `InvalidMapping`, `ListApps.Timeout`,
//! `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: the directory, the mappings; all pages of spaces, and of apps for the profile and
//! for each of its spaces.

mod decide;
mod leaving;
mod moving;

use aws::clients::Clients;
use aws::entitled::{NewNames, PlanOutdated, RemovalOutdated};
use aws::studio::{App, Domain, Space, StudioError};
use aws::tables::LedgerError;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::ids::ProfileName;
use contract::job::Job;
use contract::mapping::RemovalPolicy;
use contract::payload::{GrantPlan, Withdrawal};
use contract::plan::RemovalReason;
use contract::settings::{BadSetting, Env};
use decide::{Next, Seen};
use serde::{Deserialize, Serialize};
use step::Step;
use time::OffsetDateTime;

/// The step and its clients.
#[derive(Debug)]
pub struct ListApps(Clients);

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The plan to carry out.
    pub plan: Planned,
    /// Number of earlier listings by this execution.
    pub rounds: u32,
    /// Time since when the profile has the wanted role, if Studio reports it: every app that was
    /// started later has the role too.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub role_since: Option<OffsetDateTime>,
    /// Apps whose deletion was requested since then. If one of them runs, it was started again: it
    /// has the role, whatever its start time [3.49].
    #[serde(default)]
    pub ended: Vec<App>,
    /// Studio refused the role because apps run, so the role is not set yet.
    #[serde(default)]
    pub role_refused: bool,
    /// The profile's spaces, if an earlier call has listed them all.
    #[serde(default)]
    pub spaces: Option<Vec<Space>>,
    /// Progress of the withdrawal by this execution, if it has called `WithdrawRole`.
    #[serde(default)]
    pub withdrawal: Option<Withdrawal>,
}

/// The plan, with the members that this step needs.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum Planned {
    /// Remove everything.
    Remove(Leaving),
    /// The role has changed, in this execution or in one that did not finish: only apps under
    /// another role matter.
    #[serde(alias = "adopt")]
    ChangeRole(GrantPlan),
}

/// A removal.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leaving {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// The removal policy for the profile's spaces.
    pub removal: RemovalPolicy,
    /// The role was withdrawn before, and the profile has the role that allows nothing.
    pub suspended: bool,
    /// The reason for the removal.
    #[serde(default)]
    pub removal_reason: RemovalReason,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Decides the next move.
    pub next: Next,
    /// The reason for the move, in one sentence.
    pub reason: String,
    /// Apps to delete now.
    pub apps: Vec<App>,
    /// Apps that may still run under another role.
    pub left: Vec<App>,
    /// Spaces that the profile owns.
    pub spaces: Vec<Space>,
    /// Whether these are all, so that the next call reads only them.
    pub complete: bool,
    /// The profile stays, with a role that allows nothing.
    pub stays: bool,
}

/// Reasons why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The call to Studio failed.
    #[error("could not list the profile's apps and spaces")]
    Studio(#[from] StudioError),
    /// The lease is lost, or could not be renewed.
    #[error("could not renew the lease")]
    Lease(#[from] LedgerError),
    /// The user is entitled again, or the entitlement could not be read.
    #[error("could not continue the removal")]
    RemovalOutdated(#[from] RemovalOutdated),
    /// The entitlement has changed, or could not be read.
    #[error("could not continue the change of role")]
    PlanOutdated(#[from] PlanOutdated),
    /// Something is not deleted in time, or new apps keep starting.
    #[error("apps or spaces of {profile:?} remain after {rounds} rounds: {left}")]
    Timeout {
        /// The profile.
        profile: String,
        /// Number of listings.
        rounds: u32,
        /// The remaining apps and spaces.
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
        let Input { job, plan, rounds, role_since, ended, role_refused, spaces: known, withdrawal } = input;
        let seen = Seen { rounds, role_since, ended, role_refused, withdrawal };
        self.0.ledger.renew(&job).await?;
        let domain = self.0.studio.domain(&job).await?;
        match plan {
            Planned::Remove(plan) => {
                if rounds > 0 {
                    self.0.entitled.recheck_removal(&job, &plan.removal_reason, None).await?;
                }
                let output = match everything_of(&domain, &plan.profile_name, known).await {
                    Ok((apps, spaces)) => leaving::next(&plan, &seen, apps, spaces)?,
                    Err(error) => leaving::unlisted(&plan, &seen, error)?,
                };
                // The step after the first listing looks at the directory itself, unless it deletes
                // apps.
                if rounds == 0 && output.next == Next::DeleteApps {
                    self.0.entitled.recheck_removal(&job, &plan.removal_reason, None).await?;
                }
                Ok(output)
            }
            Planned::ChangeRole(plan) => {
                let (entitled, user_name) = (&self.0.entitled, plan.user_name.as_deref());
                entitled.recheck(&job, &plan.entitlement, user_name, NewNames::default()).await?;
                let mut spaces = spaces_of(&domain, &plan.profile_name, known).await?;
                // Apps in a shared space have the domain's role, whatever the profile's role
                // [3.13].
                spaces.retain(|space| !space.shared);
                let apps = domain.apps(&plan.profile_name, &spaces).await?;
                moving::next(&plan, &seen, apps, spaces)
            }
        }
    }
}

/// Lists all apps and spaces of a profile.
async fn everything_of(
    domain: &Domain,
    profile: &ProfileName,
    known: Option<Vec<Space>>,
) -> Result<(Vec<App>, Vec<Space>), StudioError> {
    let spaces = spaces_of(domain, profile, known).await?;
    let apps = domain.apps(profile, &spaces).await?;
    Ok((apps, spaces))
}

/// Lists the spaces of a profile, or reads again those that are known. A space that was opened
/// since makes Studio refuse the deletion of the profile, and then all are listed again.
async fn spaces_of(
    domain: &Domain,
    profile: &ProfileName,
    known: Option<Vec<Space>>,
) -> Result<Vec<Space>, StudioError> {
    match known {
        Some(known) => domain.spaces_again(profile, &known).await,
        None => domain.spaces(profile).await,
    }
}
