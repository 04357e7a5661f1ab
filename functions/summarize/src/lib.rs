//! Purpose: summarize the execution. The step fails with a named error if any target failed, so
//! that the execution appears as failed; after a redrive it sends the execution back to its start.
//! Effects: a log line that counts the results.
//! Idempotency: the output depends only on the input.
//! Failures: `Summarize.DomainsFailed`, `Summarize.HeldBack`, `Paused`, `Summarize.Redriven`.
//! Undo: nothing to undo.
//! Time budget: negligible.

mod count;
mod decide;

use aws_types::SdkConfig;
use contract::assignment::Assignment;
use contract::catalogue;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::user::User;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use step::Step;

/// The step; it has no clients.
#[derive(Debug)]
pub struct Summarize;

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The user, if known; a definition of an earlier version passes none.
    #[serde(default)]
    pub user: Option<User>,
    /// The outcome of `ResolveIdentity`.
    pub reason: String,
    /// The outcome of each target.
    pub results: Vec<Outcome>,
    /// Problems that prevented a check.
    pub problems: Vec<Problem>,
    /// Whether the execution was redriven since it started its reads.
    #[serde(default)]
    pub redriven: bool,
    /// Time of the triggering event, from the event. It is only counted, so an unreadable value
    /// does not fail the step.
    #[serde(default)]
    pub event_time: Value,
    /// Milliseconds since 1970, from the state machine's clock; an earlier version of the state
    /// machine passes none.
    #[serde(default)]
    pub now: Option<u64>,
}

/// The outcome of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// `account/region/domain`.
    pub target: String,
    /// The action that was taken, or `failed`.
    pub action: String,
    /// The reason for the move, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The error's name, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The error's cause, if it failed: the text, or the JSON that Lambda makes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The state of the group's assignment to the domain's application, if it was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Assignment>,
    /// The output of the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// Problems that prevented a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A name from the catalogue.
    pub error: String,
    /// The problem in one sentence.
    pub cause: String,
}

/// The output of the execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The outcome in one sentence.
    pub summary: String,
    /// The outcome of each target.
    pub results: Vec<Outcome>,
    /// The counts; not part of the output.
    #[serde(skip)]
    counted: Option<Value>,
}

/// What has stopped all domains of an execution that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedBy {
    /// An operator's pause, and perhaps limits on removals.
    Pause,
    /// Nothing but limits on removals.
    Limits,
    /// At least one of them has another error.
    Failures,
}

/// Reasons why the execution fails.
#[derive(Debug, thiserror::Error)]
pub enum SummarizeError {
    /// At least one target failed.
    #[error("{failed} of {all} domains failed{who}; {rest}: {details}", rest = if *.failed < *.all { "the others succeeded" } else { "none succeeded" })]
    DomainsFailed {
        /// Number of failed targets and problems.
        failed: usize,
        /// Number of all targets and problems.
        all: usize,
        /// The user: empty, or ` for ` and the name or the id.
        who: String,
        /// The failed targets with their errors.
        details: String,
        /// What has stopped them.
        stopped_by: StoppedBy,
        /// The counts.
        counted: Option<Value>,
    },
    /// The execution was redriven: its earlier reads are out of date.
    #[error("the execution was redriven, so it checks everything again; so far: {so_far}")]
    Redriven {
        /// The results so far.
        so_far: String,
    },
}

impl Named for SummarizeError {
    fn name(&self) -> &'static str {
        match self {
            Self::DomainsFailed { stopped_by: StoppedBy::Limits, .. } => catalogue::HELD_BACK,
            Self::DomainsFailed { stopped_by: StoppedBy::Pause, .. } => catalogue::PAUSED,
            Self::DomainsFailed { stopped_by: StoppedBy::Failures, .. } => catalogue::DOMAINS_FAILED,
            Self::Redriven { .. } => catalogue::REDRIVEN,
        }
    }
}

impl Step for Summarize {
    const NAME: &'static str = "summarize";
    type Input = Input;
    type Output = Output;
    type Error = SummarizeError;

    async fn clients() -> SdkConfig {
        step::no_clients()
    }

    fn open(_: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self)
    }

    fn metric(outcome: Result<&Output, &SummarizeError>) -> Option<Value> {
        match outcome {
            Ok(Output { counted, .. }) | Err(SummarizeError::DomainsFailed { counted, .. }) => {
                counted.clone()
            }
            // Counted when the execution ends.
            Err(SummarizeError::Redriven { .. }) => None,
        }
    }

    async fn run(&self, input: Input) -> Result<Output, SummarizeError> {
        decide::summarize(input)
    }
}
