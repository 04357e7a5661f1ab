//! Purpose: check the access to the Studio account, and that its domain can be used.
//! Effects: a session in this process, which never leaves the process.
//! Idempotency: reads only.
//! Failures: `AssumeRole.DomainNotSso`, `AssumeRole.DomainNotReady`, `Throttled`, `Transient`,
//! `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: two calls.

mod decide;
mod error;

use crate::error::AssumeError;
use aws::studio::Studio;
use aws_types::SdkConfig;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;

/// The status of a domain that Studio does not know: `PlanAccess` closes its grants and refuses its
/// mapping rows.
pub const GONE: &str = "Gone";

/// The step and its clients.
#[derive(Debug)]
pub struct AssumeRole {
    studio: Studio,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// Number of earlier attempts (`State.RetryCount`).
    pub attempt: u32,
}

/// The output to the state machine: the properties of the domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The domain's status as Studio reports it, or [`GONE`].
    pub domain_status: String,
    /// The Identity Center application that gives users access to the domain; `None` for a domain
    /// made before 1 October 2023 [3.42].
    pub application_arn: Option<String>,
}

impl Step for AssumeRole {
    const NAME: &'static str = "assume-role";
    type Input = Input;
    type Output = Output;
    type Error = AssumeError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { studio: Studio::open(sdk, env)? })
    }

    async fn run(&self, input: Input) -> Result<Output, AssumeError> {
        let domain = self.studio.domain(&input.job).await;
        let domain = domain.map_err(|error| decide::not_assumed(error, input.attempt))?;
        let facts = domain.facts().await.map_err(|error| decide::not_assumed(error, input.attempt))?;
        let Some(facts) = facts else {
            return Ok(Output { domain_status: GONE.to_owned(), application_arn: None });
        };
        decide::fit(&facts)?;
        Ok(Output { domain_status: facts.status, application_arn: facts.application_arn })
    }
}
