//! Purpose: prove the way into the Studio account, and that its domain is one we can work in.
//! Effects: a session in this process, which never leaves it.
//! Idempotency: reads only.
//! Failures: `AssumeRole.DomainNotSso`, `AssumeRole.DomainNotReady`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
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

/// The state of a domain that Studio does not know: `PlanAccess` closes its grants and refuses its mapping rows.
pub const GONE: &str = "Gone";

/// The step with what it may touch.
#[derive(Debug)]
pub struct AssumeRole {
    studio: Studio,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// How often the state machine has tried already (`State.RetryCount`).
    pub attempt: u32,
}

/// What the state machine gets back: the proof, and what the domain says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// The domain's state in Studio's word, or [`GONE`].
    pub domain_status: String,
    /// The Identity Center application that lets people into the domain; nothing for a domain made before 1 October 2023 [3.42].
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
