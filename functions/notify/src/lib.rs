//! Purpose: report an execution that ended badly: user, domains, problem, and what to do. Not a
//! step of a workflow: EventBridge invokes the function when an execution has ended.
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

/// The function and its clients.
#[derive(Debug)]
pub struct Notify {
    executions: Executions,
    notices: Notices,
    pages: Option<String>,
}

/// The input from the EventBridge rule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// ARN of the execution. The function reads the outcome instead of taking it from the event:
    /// the execution may run again by now, and it is not documented whether the event carries error
    /// and cause.
    pub execution_arn: String,
}

/// The output, which has no reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Whether a message was sent.
    pub told: bool,
}

/// Reasons why no message was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The execution could not be read.
    #[error("could not read the execution")]
    Execution(#[source] AwsError),
    /// SNS refused the message.
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

    /// `ERROR_PAGES` is the address of the pages of `docs/`, if they are published.
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
