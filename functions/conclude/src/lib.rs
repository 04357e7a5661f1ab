//! Purpose: one summary of the execution. It fails, by name, if any target failed, so that the execution shows red and can be found.
//! Effects: none.
//! Idempotency: a function of its input.
//! Failures: `Conclude.TargetsFailed`.
//! Undo: nothing to undo.
//! Time budget: none to speak of.

mod decide;

use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use lambda::Step;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The step; it touches nothing.
#[derive(Debug)]
pub struct Conclude;

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// What resolving the identity came to.
    pub because: String,
    /// What each target came to.
    pub results: Vec<Outcome>,
    /// What could not even be tried.
    pub problems: Vec<Problem>,
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
}

/// At least one target failed.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {all} could not be brought in order; {rest}: {details}", rest = if *.failed < *.all { "the others were" } else { "nothing else was to do" })]
pub struct TargetsFailed {
    failed: usize,
    all: usize,
    details: String,
}

impl Named for TargetsFailed {
    fn name(&self) -> &'static str {
        catalogue::TARGETS_FAILED
    }
}

impl Step for Conclude {
    const NAME: &'static str = "conclude";
    type Input = Input;
    type Output = Output;
    type Error = TargetsFailed;

    fn open(_: &SdkConfig, _: &Env) -> Result<Self, BadSetting> {
        Ok(Self)
    }

    async fn run(&self, input: Input) -> Result<Output, TargetsFailed> {
        decide::conclude(input)
    }
}
