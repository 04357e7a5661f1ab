//! Purpose: let the next execution have the user in the target, and tell it how far the directory's changes are covered.
//! Effects: the lease is nobody's.
//! Idempotency: a lease that is not this execution's is left alone.
//! Failures: `Throttled`, `Transient`, `Misconfigured`, `Internal`. The target's outcome stands: the lease ends by itself.
//! Undo: `acquire-lease`.
//! Time budget: one write.

use aws::error::AwsError;
use aws::tables::Ledger;
use aws_types::SdkConfig;
use contract::failure::Named;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;
use time::OffsetDateTime;

/// The step with what it may touch.
#[derive(Debug)]
pub struct ReleaseLease {
    ledger: Ledger,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// When the look began after which everything was brought in order; nothing if it was not.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub covered_until: Option<OffsetDateTime>,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {}

/// Why the lease was not given back.
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

    async fn run(&self, Input { job, covered_until }: Input) -> Result<Output, ReleaseError> {
        self.ledger.release(&job, covered_until.map(Into::into)).await.map_err(ReleaseError)?;
        Ok(Output {})
    }
}
