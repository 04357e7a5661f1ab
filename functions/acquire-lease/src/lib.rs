//! Purpose: acquire the lease, so that one execution at a time works on one user in one target.
//! Other executions wait, or find that there is nothing left to do.
//! Effects: this execution holds the lease.
//! Idempotency: acquiring a lease that this execution already holds renews it.
//! Failures: `LeaseHeld`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `release-lease`; ten minutes without a renewal.
//! Time budget: one write; if another execution holds the lease, one read of it and another write.

use aws::error::AwsError;
use aws::executions::Executions;
use aws::tables::{Acquired, Claim, Holder, Ledger};
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;
use time::OffsetDateTime;

/// The step and its clients.
#[derive(Debug)]
pub struct AcquireLease {
    executions: Executions,
    ledger: Ledger,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// ARN of this execution.
    pub execution_arn: String,
    /// Start of this execution. The change that started it happened before.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// The result of a successful claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Lease {
    /// This execution holds the lease.
    Acquired,
    /// Another execution has read the directory since this one started, and has completed all
    /// changes.
    Covered,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Says whether there is anything left to do.
    pub lease: Lease,
}

/// Reasons why this execution does not hold the lease.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// Another execution holds the lease. The value is its name.
    #[error("the execution {0} holds the lease on this user in this target")]
    Held(String),
    /// The lease could not be read or written.
    #[error("could not acquire the lease")]
    Ledger(#[source] AwsError),
    /// The step could not check whether the execution that holds the lease has ended.
    #[error("could not read the execution that holds the lease")]
    Owner(#[source] AwsError),
}

impl Named for AcquireError {
    fn name(&self) -> &'static str {
        match self {
            Self::Held(_) => catalogue::LEASE_HELD,
            Self::Ledger(fault) | Self::Owner(fault) => fault.name(),
        }
    }
}

impl Step for AcquireLease {
    const NAME: &'static str = "acquire-lease";
    type Input = Input;
    type Output = Output;
    type Error = AcquireError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { executions: Executions::open(sdk, env)?, ledger: Ledger::open(sdk, env)? })
    }

    async fn run(&self, input: Input) -> Result<Output, AcquireError> {
        let claim = Claim { job: &input.job, execution_arn: &input.execution_arn, since: input.since.into() };
        match self.ledger.acquire(&claim).await.map_err(AcquireError::Ledger)? {
            Acquired::Ours => Ok(Output { lease: Lease::Acquired }),
            Acquired::Covered => Ok(Output { lease: Lease::Covered }),
            Acquired::Held(holder) => self.inherit(&claim, holder).await,
        }
    }
}

impl AcquireLease {
    /// Takes over the lease of an execution that ended without releasing it: it was aborted, or
    /// failed in a way that no state caught.
    async fn inherit(&self, claim: &Claim<'_>, holder: Holder) -> Result<Output, AcquireError> {
        if holder.quiet {
            let ended = self.executions.has_ended(&holder.execution_arn).await;
            if ended.map_err(AcquireError::Owner)?
                && self.ledger.take_over(claim, &holder).await.map_err(AcquireError::Ledger)?
            {
                return Ok(Output { lease: Lease::Acquired });
            }
        }
        Err(AcquireError::Held(holder.owner))
    }
}
