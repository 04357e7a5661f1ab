//! Errors as the language defines them, and the rules by which names match them.

use serde_json::{Value, json};

use crate::host::TaskError;
use crate::template::Unevaluated;

pub(super) const ALL: &str = "States.ALL";
pub(super) const DATA_LIMIT: &str = "States.DataLimitExceeded";
pub(super) const NO_CHOICE: &str = "States.NoChoiceMatched";
pub(super) const QUERY: &str = "States.QueryEvaluationError";
pub(super) const RUNTIME: &str = "States.Runtime";
pub(super) const TASK_FAILED: &str = "States.TaskFailed";
pub(super) const TIMEOUT: &str = "States.Timeout";

/// An error of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: String,
    pub(super) cause: String,
}

/// The reason why a level stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// An error that a Retry or a Catch can still handle.
    Failed(Failure),
    /// An error that ends the execution and that no Retry or Catch handles.
    Halted(Failure),
}

impl Failure {
    pub(super) fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: error.to_owned(), cause: cause.into() }
    }

    /// Returns `$states.errorOutput`.
    pub(super) fn output(&self) -> Value {
        json!({ "Error": self.error, "Cause": self.cause })
    }

    /// Returns true if a name in `ErrorEquals` matches this error. `States.ALL` matches everything
    /// except `States.DataLimitExceeded` and `States.Runtime`; `States.TaskFailed` matches
    /// everything except `States.Timeout` [5.12]. No name matches `States.Runtime`: it always fails
    /// the execution.
    pub(super) fn matches(&self, names: &[String]) -> bool {
        let error = self.error.as_str();
        error != RUNTIME
            && names.iter().any(|name| match name.as_str() {
                ALL => error != DATA_LIMIT,
                TASK_FAILED => error != TIMEOUT,
                exact => exact == error,
            })
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<TaskError> for Failure {
    fn from(TaskError { error, cause }: TaskError) -> Self {
        Self { error, cause }
    }
}

impl From<Unevaluated> for Failure {
    fn from(problem: Unevaluated) -> Self {
        Self::new(QUERY, problem.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(name: &str, error: &str) -> bool {
        Failure::new(error, "").matches(&[name.to_owned()])
    }

    #[test]
    fn states_all_matches_neither_data_limit_nor_runtime_errors() {
        assert!(takes(ALL, "Throttled") && takes(ALL, TIMEOUT) && takes(ALL, QUERY));
        assert!(!takes(ALL, DATA_LIMIT) && !takes(ALL, RUNTIME));
    }

    #[test]
    fn states_task_failed_takes_everything_but_a_timeout() {
        assert!(takes(TASK_FAILED, "Throttled") && takes(TASK_FAILED, DATA_LIMIT));
        assert!(!takes(TASK_FAILED, TIMEOUT));
    }

    #[test]
    fn any_other_name_takes_only_itself_and_case_counts() {
        assert!(takes(DATA_LIMIT, DATA_LIMIT) && takes(TIMEOUT, TIMEOUT));
        assert!(!takes("throttled", "Throttled") && !takes(RUNTIME, RUNTIME));
    }
}
