//! Purpose: check the access to the Studio account, and that its domain can be used. What was found
//! for one user holds for all users for ten minutes.
//! Effects: a session in this process, which never leaves the process; a note of a usable domain.
//! Idempotency: the same facts give the same note.
//! Failures: `AssumeRole.DomainNotSso`, `AssumeRole.DomainNotReady`, `Throttled`, `Transient`,
//! `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: one read; the first time two more calls and a write.

mod decide;
mod error;

use crate::error::AssumeError;
use aws::studio::{DomainFacts, Studio};
use aws::tables::Remembered;
use aws_types::SdkConfig;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use step::Step;

/// The status of a domain that Studio does not know: `PlanAccess` closes its grants and refuses its
/// mapping rows.
pub const GONE: &str = "Gone";

/// Time for which a domain is believed to be usable. If it is deleted meanwhile, `CreateProfile`
/// notices.
const AGE: Duration = Duration::from_mins(10);

/// The step and its clients.
#[derive(Debug)]
pub struct AssumeRole {
    remembered: Remembered,
    studio: Studio,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// Number of earlier attempts (`State.RetryCount`).
    pub attempt: u32,
    /// Ask Studio, whatever is remembered: a sweep is about to close the grants of a domain that is
    /// gone.
    #[serde(default)]
    pub anew: bool,
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
    /// Studio creates no more profiles at the moment than it is asked for: a creation waits for its
    /// turn.
    pub crowded: bool,
}

impl Step for AssumeRole {
    const NAME: &'static str = "assume-role";
    type Input = Input;
    type Output = Output;
    type Error = AssumeError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { remembered: Remembered::open(sdk, env)?, studio: Studio::open(sdk, env)? })
    }

    async fn run(&self, input: Input) -> Result<Output, AssumeError> {
        let target = &input.job.target;
        let key = DomainFacts::key(target);
        let recalled = self.remembered.recall_with_turns(&key, AGE, target).await;
        let (known, crowded) = recalled.map_err(AssumeError::Remembered)?;
        if let Some(facts) = known.filter(|_| !input.anew) {
            return Ok(usable(facts, crowded));
        }
        let Some(facts) = self.ask(&input).await? else {
            return Ok(Output { domain_status: GONE.to_owned(), application_arn: None, crowded });
        };
        decide::fit(&facts)?;
        self.remembered.remember(&key, &facts).await.map_err(AssumeError::Remembered)?;
        Ok(usable(facts, crowded))
    }
}

fn usable(facts: DomainFacts, crowded: bool) -> Output {
    Output { domain_status: facts.status, application_arn: facts.application_arn, crowded }
}

impl AssumeRole {
    /// Opens a session in the Studio account and asks for the domain. `None`: Studio has no such
    /// domain.
    async fn ask(&self, input: &Input) -> Result<Option<DomainFacts>, AssumeError> {
        let denied = |error| decide::not_assumed(error, input.attempt);
        let domain = self.studio.domain(&input.job).await.map_err(denied)?;
        domain.facts().await.map_err(denied)
    }
}
