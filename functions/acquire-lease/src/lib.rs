//! Purpose: let one execution at a time work on one user in one target. The others wait, or find that there is nothing left to do.
//! Effects: the lease is this execution's.
//! Idempotency: who has the lease and asks again has it longer.
//! Failures: `LeaseHeld`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: `release-lease`; ten minutes without a renewal.
//! Time budget: one write; if another execution has the lease, one look at it and another write.

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

/// The step with what it may touch.
#[derive(Debug)]
pub struct AcquireLease {
    executions: Executions,
    ledger: Ledger,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// ARN of this execution.
    pub execution_arn: String,
    /// When this execution started: what it was started for had happened by then.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// How a claim ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Lease {
    /// It is this execution's turn.
    Acquired,
    /// Another execution has read the directory since this one started, and has brought everything in order.
    Covered,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Whether there is anything left to do.
    pub lease: Lease,
}

/// Why it is not this execution's turn.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// Another execution is at work.
    #[error("the execution {0} holds the lease on this user in this target")]
    Held(String),
    /// The lease could not be read or written.
    #[error("could not acquire the lease")]
    Ledger(#[source] AwsError),
    /// It could not be told whether the execution that has the lease has ended.
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
    /// Takes over from an execution that has ended without giving the lease back: aborted, or failed in a way that nothing caught.
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
