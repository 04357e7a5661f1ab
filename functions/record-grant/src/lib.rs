//! Purpose: write down what was provisioned: who has which role where, for which group, since when and why. Nothing is recorded of a profile that
//! is not the granted one, or that is bound to another user name than the user has now.
//! Effects: one item of the ledger, by conditional write.
//! Idempotency: user and target; what this execution has written is not written again, another one's write is never overwritten.
//! Failures: `LeaseLost`, `Superseded`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `record-removal`.
//! Time budget: one read, two writes.

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

/// The step with what it may touch.
#[derive(Debug)]
pub struct RecordGrant(Ledger);

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// What was planned, and done.
    pub plan: GrantPlan,
    /// The profile as the poll right before this step saw it.
    #[serde(flatten)]
    pub polled: Polled,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The profile.
    pub profile_name: ProfileName,
    /// Its role.
    pub role_arn: RoleArn,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A profile that is bound to nobody is none that we made.
    #[error("Studio returned no user name for the profile")]
    NoUserName,
    /// The tag, the grant or the user name is another one than when the role was given.
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

    async fn run(&self, Input { job, plan, polled }: Input) -> Result<Output, RecordError> {
        let Self(ledger) = self;
        let Polled { home_efs_uid, user_name, owner, directory_name } = polled;
        ledger.renew(&job).await?;
        let before = ledger.grant(&job.user.user_id, &job.target).await?;
        let user_name = user_name.ok_or(RecordError::NoUserName)?;
        let tagged = owner.as_ref() == Some(&job.user.user_id);
        let granted = before.as_ref().is_some_and(|grant| grant.is_of(&plan.profile_name));
        let named = directory_name.is_some_and(|name| name.eq_ignore_ascii_case(&user_name));
        if !(tagged && granted && named) {
            return Err(RecordError::NotTheirs(plan.profile_name.to_string()));
        }
        let given = Grant::given(&job, &plan.profile_name, &user_name, &plan.entitlement, before.as_ref());
        let grant = Grant { status: GrantStatus::Active, home_efs_uid, ..given };
        ledger.write(&job, before.as_ref(), grant).await?;
        Ok(Output { profile_name: plan.profile_name, role_arn: plan.entitlement.execution_role_arn })
    }
}
