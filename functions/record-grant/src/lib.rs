//! Purpose: write down what was provisioned: who has which role where, for which group, since when and why.
//! Looks once more after it has written: who left while the profile was being made or changed is planned again. Either this look sees that they
//! left, or the execution of their leaving sees what was given.
//! Effects: one item of the ledger, by conditional write.
//! Idempotency: user and target; this execution may write again, another one's newer write is never overwritten.
//! Failures: `Superseded`, `InvalidMapping`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `record-removal`.
//! Time budget: one read, one write, the directory, the mappings.

use aws_types::SdkConfig;
use contract::catalogue;
use contract::entitlement::Entitlement;
use contract::failure::Named;
use contract::grant::{Grant, GrantStatus};
use contract::ids::{ProfileName, RoleArn};
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use gateway::entitled::{Entitled, Still};
use gateway::fault::Fault;
use gateway::tables::{Ledger, Write};
use lambda::Step;
use serde::{Deserialize, Serialize};

/// The step with what it may touch.
#[derive(Debug)]
pub struct RecordGrant {
    entitled: Entitled,
    ledger: Ledger,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// What was planned, and done.
    pub plan: Planned,
    /// Uid of the home directory, as the last look told it.
    pub home_efs_uid: Option<String>,
}

/// The members of the plan that matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// What the person has now.
    pub entitlement: Entitlement,
    /// The version of the grant the plan was made on.
    pub seen_version: u64,
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
    /// A user without a user name has no profile to record.
    #[error("the user has no user name")]
    NoUserName,
    /// The ledger could not be read or written.
    #[error("could not write the grant")]
    Ledger(#[source] Fault),
    /// Something else is due now, or it cannot be told.
    #[error("could not make sure that what was given is still due")]
    Still(#[from] Still),
    /// Another execution was there first.
    #[error("another execution has written the grant since the plan was made")]
    Superseded,
}

impl Named for RecordError {
    fn name(&self) -> &'static str {
        match self {
            Self::NoUserName => catalogue::MISCONFIGURED,
            Self::Ledger(fault) => fault.name(),
            Self::Still(still) => still.name(),
            Self::Superseded => catalogue::SUPERSEDED,
        }
    }
}

impl Step for RecordGrant {
    const NAME: &'static str = "record-grant";
    type Input = Input;
    type Output = Output;
    type Error = RecordError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { entitled: Entitled::open(sdk, env)?, ledger: Ledger::open(sdk, env)? })
    }

    async fn run(&self, Input { job, plan, home_efs_uid }: Input) -> Result<Output, RecordError> {
        let before = self.ledger.grant(&job.user.user_id, &job.target).await.map_err(RecordError::Ledger)?;
        let user_name = job.user.user_name.as_deref().ok_or(RecordError::NoUserName)?;
        let given = Grant::given(&job, &plan.profile_name, user_name, &plan.entitlement, before.as_ref());
        // A creation has written `seen + 1` already.
        let version = plan.seen_version + 1;
        let grant = Grant { status: GrantStatus::Active, home_efs_uid, version, ..given };
        match self
            .ledger
            .put(&self.ledger.signed(grant, &job), plan.seen_version)
            .await
            .map_err(RecordError::Ledger)?
        {
            Write::Done => {}
            Write::Superseded => return Err(RecordError::Superseded),
        }
        self.entitled.still(&job, &plan.entitlement).await?;
        Ok(Output { profile_name: plan.profile_name, role_arn: plan.entitlement.execution_role_arn })
    }
}
