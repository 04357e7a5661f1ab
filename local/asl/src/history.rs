//! The history of an execution: the events that AWS writes, with full inputs and outputs, and a few
//! notes that AWS does not record. The events alone are enough to print a timeline per state.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::model::StateKind;
use crate::terms::{Iteration, Resource, Status};

/// An event in the history of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// Time of the event on the host's clock.
    pub at: SystemTime,
    /// Number of AWS events so far, including this one. A note has the number of the event before
    /// it.
    pub id: u64,
    /// Type of the event, with its data.
    pub kind: HistoryKind,
    /// State that the event belongs to; `None` for events of the execution itself.
    pub state: Option<String>,
    /// Enclosing Map iterations and Parallel branches, outermost first.
    pub iteration: Vec<Iteration>,
}

/// The type of an event. [`HistoryKind::name`] returns AWS's name for it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are named as in AWS's history and say what they hold")]
pub enum HistoryKind {
    /// The execution has started.
    ExecutionStarted { input: Value },
    /// A state has been entered.
    StateEntered { kind: StateKind, input: Value },
    /// A state has been left, normally or through a Catch.
    StateExited { kind: StateKind, output: Value, assigned: BTreeMap<String, Value> },
    /// A task's arguments have been evaluated, and the task is about to be called.
    TaskScheduled {
        resource: Resource,
        function: String,
        payload: Value,
        attempt: u32,
        timeout: Option<Duration>,
    },
    /// The task is running.
    TaskStarted,
    /// The task has returned `result`, which becomes `$states.result`.
    TaskSucceeded { result: Value },
    /// The task has failed.
    TaskFailed { error: String, cause: String },
    /// The task has not returned within its `TimeoutSeconds`.
    TaskTimedOut { error: String, cause: String },
    /// A JSONata expression has failed; `location` is the field that contains it.
    EvaluationFailed { error: String, cause: String, location: String },
    /// Note: a Wait state has started to wait.
    Waiting { seconds: u64 },
    /// Note: the state will be retried after `delay`. `attempt` counts the retries of this visit,
    /// from 1.
    RetryPlanned { error: String, delay: Duration, attempt: u32 },
    /// Note: a catcher has matched the error; the execution continues at `next`.
    Caught { error: String, next: String },
    /// A Map has started.
    MapStarted { length: usize },
    /// A Map iteration has started.
    IterationStarted { index: usize, input: Value },
    /// A Map iteration has succeeded.
    IterationSucceeded { index: usize },
    /// A Map iteration has failed, which fails the Map.
    IterationFailed { index: usize, error: String, cause: String },
    /// A Map iteration has been dropped because another one failed.
    IterationAborted { index: usize },
    /// All iterations of a Map have succeeded.
    MapSucceeded,
    /// A Map has failed.
    MapFailed { error: String, cause: String },
    /// A Parallel has started. AWS does not record the number of branches.
    ParallelStarted { branches: usize },
    /// All branches of a Parallel have succeeded.
    ParallelSucceeded,
    /// A Parallel has failed.
    ParallelFailed { error: String, cause: String },
    /// The execution has succeeded.
    ExecutionSucceeded { output: Value },
    /// The execution has failed.
    ExecutionFailed { error: String, cause: String },
    /// The execution has exceeded the machine's `TimeoutSeconds`.
    ExecutionTimedOut,
    /// The execution has been stopped from outside. The caller that drops the interpreter's future
    /// writes this event: by then the interpreter no longer exists.
    ExecutionAborted,
    /// The execution has been redriven; `count` is the number of this redrive, from 1.
    ExecutionRedriven { count: u32 },
}

impl HistoryKind {
    /// Returns true if AWS writes this event, so that it counts towards the limit of 25,000 [5.2].
    /// The other events are notes.
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Waiting { .. } | Self::RetryPlanned { .. } | Self::Caught { .. })
    }

    /// Returns the final status if this event ends the execution.
    pub(crate) fn ends(&self) -> Option<Status> {
        match self {
            Self::ExecutionSucceeded { .. } => Some(Status::Succeeded),
            Self::ExecutionFailed { .. } => Some(Status::Failed),
            Self::ExecutionTimedOut => Some(Status::TimedOut),
            Self::ExecutionAborted => Some(Status::Aborted),
            Self::ExecutionStarted { .. }
            | Self::ExecutionRedriven { .. }
            | Self::StateEntered { .. }
            | Self::StateExited { .. }
            | Self::TaskScheduled { .. }
            | Self::TaskStarted
            | Self::TaskSucceeded { .. }
            | Self::TaskFailed { .. }
            | Self::TaskTimedOut { .. }
            | Self::EvaluationFailed { .. }
            | Self::Waiting { .. }
            | Self::RetryPlanned { .. }
            | Self::Caught { .. }
            | Self::MapStarted { .. }
            | Self::IterationStarted { .. }
            | Self::IterationSucceeded { .. }
            | Self::IterationFailed { .. }
            | Self::IterationAborted { .. }
            | Self::MapSucceeded
            | Self::MapFailed { .. }
            | Self::ParallelStarted { .. }
            | Self::ParallelSucceeded
            | Self::ParallelFailed { .. } => None,
        }
    }

    /// Returns AWS's name of the event, such as `TaskStateEntered`. Notes have names that AWS does
    /// not use.
    pub fn name(&self) -> String {
        let fixed = match self {
            Self::StateEntered { kind, .. } => return format!("{kind}StateEntered"),
            Self::StateExited { kind, .. } => return format!("{kind}StateExited"),
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            Self::TaskScheduled { .. } => "TaskScheduled",
            Self::TaskStarted => "TaskStarted",
            Self::TaskSucceeded { .. } => "TaskSucceeded",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::TaskTimedOut { .. } => "TaskTimedOut",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
            Self::Waiting { .. } => "Waiting",
            Self::RetryPlanned { .. } => "RetryPlanned",
            Self::Caught { .. } => "Caught",
            Self::MapStarted { .. } => "MapStateStarted",
            Self::IterationStarted { .. } => "MapIterationStarted",
            Self::IterationSucceeded { .. } => "MapIterationSucceeded",
            Self::IterationFailed { .. } => "MapIterationFailed",
            Self::IterationAborted { .. } => "MapIterationAborted",
            Self::MapSucceeded => "MapStateSucceeded",
            Self::MapFailed { .. } => "MapStateFailed",
            Self::ParallelStarted { .. } => "ParallelStateStarted",
            Self::ParallelSucceeded => "ParallelStateSucceeded",
            Self::ParallelFailed { .. } => "ParallelStateFailed",
            Self::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Self::ExecutionFailed { .. } => "ExecutionFailed",
            Self::ExecutionTimedOut => "ExecutionTimedOut",
            Self::ExecutionAborted => "ExecutionAborted",
            Self::ExecutionRedriven { .. } => "ExecutionRedriven",
        };
        fixed.to_owned()
    }
}
