//! Purpose: tell people of an execution that did not end well: who, where, what, and what to do. No step of a workflow: EventBridge invokes it
//! when an execution has ended.
//! Effects: one message to a topic of SNS.
//! Idempotency: a repeat sends the message again.
//! Failures: `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: two calls.

mod decide;

use aws::error::AwsError;
use aws::executions::Executions;
use aws::notices::Notices;
use aws_types::SdkConfig;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;

/// The function with what it may touch.
#[derive(Debug)]
pub struct Notify {
    executions: Executions,
    notices: Notices,
    pages: Option<String>,
}

/// What the rule passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Of which execution. What became of it is not taken from the event but looked up: it may run again by now, and whether the event carries
    /// error and cause is not documented.
    pub execution_arn: String,
}

/// What is answered, to nobody in particular.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Whether there was anything to tell.
    pub told: bool,
}

/// Why nobody could be told.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// What became of the execution is not known.
    #[error("could not read the execution")]
    Execution(#[source] AwsError),
    /// The message was not taken.
    #[error("could not send the message")]
    Send(#[source] AwsError),
}

impl Named for NotifyError {
    fn name(&self) -> &'static str {
        match self {
            Self::Execution(fault) | Self::Send(fault) => fault.name(),
        }
    }
}

impl Step for Notify {
    const NAME: &'static str = "notify";
    type Input = Input;
    type Output = Output;
    type Error = NotifyError;

    /// `ERROR_PAGES` is where the pages of `docs/` can be read, if anywhere.
    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let pages = env.optional("ERROR_PAGES").map(|address| address.trim_end_matches('/').to_owned());
        Ok(Self { executions: Executions::open(sdk, env)?, notices: Notices::open(sdk, env)?, pages })
    }

    async fn run(&self, input: Input) -> Result<Output, NotifyError> {
        let ended = self.executions.outcome(&input.execution_arn).await.map_err(NotifyError::Execution)?;
        let Some(notice) = decide::notice(&input.execution_arn, &ended, self.pages.as_deref()) else {
            return Ok(Output { told: false });
        };
        self.notices.send(&notice.subject, &notice.text).await.map_err(NotifyError::Send)?;
        Ok(Output { told: true })
    }
}
