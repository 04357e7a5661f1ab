//! Errors as the language sees them: a name and a text, and which names match which.

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

/// Why a run of states stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// An error that a Retry or a Catch may still take.
    Failed(Failure),
    /// The end of the execution, which nothing takes.
    Halted(Failure),
}

impl Failure {
    pub(super) fn new(error: &str, cause: impl Into<String>) -> Self {
        Self { error: error.to_owned(), cause: cause.into() }
    }

    /// `$states.errorOutput`.
    pub(super) fn output(&self) -> Value {
        json!({ "Error": self.error, "Cause": self.cause })
    }

    /// Whether one of the names of an `ErrorEquals` takes this error. `States.ALL` takes neither `States.DataLimitExceeded` nor
    /// `States.Runtime`, and `States.TaskFailed` everything but `States.Timeout` [5.12]. Nothing takes `States.Runtime`: it always
    /// fails the execution.
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
    fn states_all_takes_everything_but_the_two_that_end_an_execution() {
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
