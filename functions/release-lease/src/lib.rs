//! Purpose: give back the lease of a target that failed, for the next execution on the user. A target
//! that succeeded gives it back with its outcome.
//! Effects: the lease is free.
//! Idempotency: the step does not touch a lease of another execution.
//! Failures: `Throttled`, `Transient`, `Misconfigured`, `Internal`. They do not change the target's
//! outcome: the lease expires by itself.
//! Undo: `plan-access`.
//! Time budget: one write.

use aws::error::AwsError;
use aws::tables::Ledger;
use aws_types::SdkConfig;
use contract::failure::Named;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct ReleaseLease {
    ledger: Ledger,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {}

/// The lease was not released.
#[derive(Debug, thiserror::Error)]
#[error("could not release the lease")]
pub struct ReleaseError(#[source] AwsError);

impl Named for ReleaseError {
    fn name(&self) -> &'static str {
        self.0.name()
    }
}

impl Step for ReleaseLease {
    const NAME: &'static str = "release-lease";
    type Input = Input;
    type Output = Output;
    type Error = ReleaseError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { ledger: Ledger::open(sdk, env)? })
    }

    async fn run(&self, Input { job }: Input) -> Result<Output, ReleaseError> {
        self.ledger.release(&job).await.map_err(ReleaseError)?;
        Ok(Output {})
    }
}
