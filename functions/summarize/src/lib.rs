//! Purpose: one summary of the execution. It fails, by name, if any target failed, so that the execution shows red and can be
//! found; redriven after that, it sends the execution back to its beginning.
//! Effects: a line in the log that counts what was done.
//! Idempotency: a function of its input.
//! Failures: `Summarize.DomainsFailed`, `Summarize.Redriven`.
//! Undo: nothing to undo.
//! Time budget: none to speak of.

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

/// The step; it touches nothing.
#[derive(Debug)]
pub struct Summarize;

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The user, if known; a definition of an earlier version passes none.
    #[serde(default)]
    pub user: Option<User>,
    /// What resolving the identity came to.
    pub because: String,
    /// What each target came to.
    pub results: Vec<Outcome>,
    /// What could not even be tried.
    pub problems: Vec<Problem>,
    /// Whether the execution was redriven since it began to look.
    #[serde(default)]
    pub redriven: bool,
    /// When what set the execution off had happened, as the event says: only counted, so whatever stands there is no reason to fail.
    #[serde(default)]
    pub event_time: Value,
    /// Milliseconds since 1970, as the state machine's clock shows them; a state machine from before told no time.
    #[serde(default)]
    pub now: Option<u64>,
}

/// What one target came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// `account/region/domain`.
    pub target: String,
    /// The action that was taken, or `failed`.
    pub action: String,
    /// Why, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The error's name, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The error's cause, if it failed: the text, or the JSON that Lambda makes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How the group stands to the domain's application, if anybody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Assignment>,
    /// What the last step answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// What could not even be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A name from the catalogue.
    pub error: String,
    /// What is wrong.
    pub cause: String,
}

/// The output of the execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The outcome in a sentence.
    pub summary: String,
    /// What each target came to.
    pub results: Vec<Outcome>,
    /// What is counted; no part of the answer.
    #[serde(skip)]
    counted: Option<Value>,
}

/// Why the execution does not end well.
#[derive(Debug, thiserror::Error)]
pub enum SummarizeError {
    /// At least one target failed.
    #[error("{failed} of {all} domains failed{who}; {rest}: {details}", rest = if *.failed < *.all { "the others succeeded" } else { "none succeeded" })]
    DomainsFailed {
        /// How many failed.
        failed: usize,
        /// How many there were.
        all: usize,
        /// For whom: nothing, or a space, `for` and the name or the id.
        who: String,
        /// Which failed, and why.
        details: String,
        /// What is counted.
        counted: Option<Value>,
    },
    /// The execution was redriven: what was read before decides about nothing any more.
    #[error("the execution was redriven, so it checks everything again; so far: {so_far}")]
    Redriven {
        /// What it had come to.
        so_far: String,
    },
}

impl Named for SummarizeError {
    fn name(&self) -> &'static str {
        match self {
            Self::DomainsFailed { .. } => catalogue::DOMAINS_FAILED,
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
            // Counted when the execution has come to its end.
            Err(SummarizeError::Redriven { .. }) => None,
        }
    }

    async fn run(&self, input: Input) -> Result<Output, SummarizeError> {
        decide::summarize(input)
    }
}
