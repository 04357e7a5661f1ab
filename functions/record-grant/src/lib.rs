//! Purpose: record what was provisioned: which user has which role in which target, for which
//! group, since when and why. Records nothing for a profile that is not the granted one, or that is
//! bound to a former user name.
//! Effects: one item of the ledger, by conditional write; the lease is given back with it.
//! Idempotency: user and target; the execution does not repeat its own write, and never overwrites
//! the write of another execution.
//! Failures: `LeaseLost`, `Superseded`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `record-removal`.
//! Time budget: one read, one write.

use aws::tables::{Ledger, LedgerError};
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::grant::{Grant, GrantStatus};
use contract::ids::{ProfileName, RoleArn};
use contract::job::Job;
use contract::payload::{GrantPlan, Polled};
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;
use time::OffsetDateTime;

/// The step and its clients.
#[derive(Debug)]
pub struct RecordGrant(Ledger);

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The plan that was carried out.
    pub plan: GrantPlan,
    /// Start of the reads behind the plan.
    #[serde(rename = "coveredUntil", with = "time::serde::rfc3339")]
    pub covered_until: OffsetDateTime,
    /// The profile as `PollProfile` read it right before this step.
    #[serde(flatten)]
    pub polled: Polled,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The profile.
    pub profile_name: ProfileName,
    /// The profile's role.
    pub role_arn: RoleArn,
}

/// Reasons why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The profile is not bound to a user name, so we did not create it.
    #[error("Studio returned no user name for the profile")]
    NoUserName,
    /// The tag, the grant or the user name differs from the time when the role was set.
    #[error("the profile {0:?} no longer belongs to the user: the tag, the grant or the user name differs")]
    NotTheirs(String),
    /// The lease is lost, or the ledger could not be read or written.
    #[error("could not write the grant")]
    Ledger(#[from] LedgerError),
}

impl Named for RecordError {
    fn name(&self) -> &'static str {
        match self {
            Self::NoUserName => catalogue::MISCONFIGURED,
            Self::NotTheirs(_) => catalogue::SUPERSEDED,
            Self::Ledger(error) => error.name(),
        }
    }
}

impl Step for RecordGrant {
    const NAME: &'static str = "record-grant";
    type Input = Input;
    type Output = Output;
    type Error = RecordError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ledger::open(sdk, env).map(Self)
    }

    async fn run(&self, Input { job, plan, covered_until, polled }: Input) -> Result<Output, RecordError> {
        let Self(ledger) = self;
        let Polled { home_efs_uid, user_name, owner } = polled;
        let before = ledger.grant(&job.user.user_id, &job.target).await?;
        let user_name = user_name.ok_or(RecordError::NoUserName)?;
        let tagged = owner.as_ref() == Some(&job.user.user_id);
        let granted = before.as_ref().is_some_and(|grant| grant.is_of(&plan.profile_name));
        let named = plan.user_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&user_name));
        if !(tagged && granted && named) {
            return Err(RecordError::NotTheirs(plan.profile_name.to_string()));
        }
        let given = Grant::given(&job, &plan.profile_name, &user_name, &plan.entitlement, before.as_ref());
        let grant = Grant { status: GrantStatus::Active, home_efs_uid, ..given };
        ledger.conclude(&job, before.as_ref(), grant, covered_until.into()).await?;
        Ok(Output { profile_name: plan.profile_name, role_arn: plan.entitlement.execution_role_arn })
    }
}
