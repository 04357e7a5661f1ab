//! The history of an execution: the events that AWS would write, with full inputs and outputs, and a few notes that AWS keeps to itself.
//! Whoever holds the events can print a timeline per state without asking the interpreter again.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::model::StateKind;
use crate::terms::{Iteration, Resource, Status};

/// Something that happened in an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// When.
    pub at: SystemTime,
    /// The number of AWS events so far, this one included. A note repeats the number of the event before it.
    pub id: u64,
    /// What.
    pub kind: HistoryKind,
    /// In which state; none for the execution's own events.
    pub state: Option<String>,
    /// In which Map iterations, outermost first.
    pub iteration: Vec<Iteration>,
}

/// What happened. [`HistoryKind::name`] gives AWS's name for it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are named as in AWS's history and say what they hold")]
pub enum HistoryKind {
    /// The execution began.
    ExecutionStarted { input: Value },
    /// A state was entered.
    StateEntered { kind: StateKind, input: Value },
    /// A state was left, by its normal way or through a Catch.
    StateExited { kind: StateKind, output: Value, assigned: BTreeMap<String, Value> },
    /// A task's arguments are known and it is about to be called.
    TaskScheduled {
        resource: Resource,
        function: String,
        payload: Value,
        attempt: u32,
        timeout: Option<Duration>,
    },
    /// The task runs.
    TaskStarted,
    /// The task answered; this is `$states.result`.
    TaskSucceeded { result: Value },
    /// The task failed.
    TaskFailed { error: String, cause: String },
    /// The task did not answer within its `TimeoutSeconds`.
    TaskTimedOut { error: String, cause: String },
    /// A JSONata expression failed; `location` is its field.
    EvaluationFailed { error: String, cause: String, location: String },
    /// Note: a Wait state begins to wait.
    Waiting { seconds: u64 },
    /// Note: the state is going to be tried again after `delay`. `attempt` counts the retries of this visit, from 1.
    RetryPlanned { error: String, delay: Duration, attempt: u32 },
    /// Note: a catcher took the error and leads to `next`.
    Caught { error: String, next: String },
    /// A Map begins its iterations.
    MapStarted { length: usize },
    /// A Map iteration began.
    IterationStarted { index: usize, input: Value },
    /// A Map iteration came to its end.
    IterationSucceeded { index: usize },
    /// A Map iteration failed, and with it the Map.
    IterationFailed { index: usize, error: String, cause: String },
    /// A Map iteration was dropped, because another one failed.
    IterationAborted { index: usize },
    /// All iterations of a Map are done.
    MapSucceeded,
    /// A Map failed.
    MapFailed { error: String, cause: String },
    /// The execution ended well.
    ExecutionSucceeded { output: Value },
    /// The execution failed.
    ExecutionFailed { error: String, cause: String },
    /// The machine's `TimeoutSeconds` passed.
    ExecutionTimedOut,
    /// The execution was stopped from outside. Written by whoever dropped the interpreter's future, since the interpreter is gone by then.
    ExecutionAborted,
    /// The execution goes on where it had ended; `count` is the number of this redrive, from 1.
    ExecutionRedriven { count: u32 },
}

impl HistoryKind {
    /// Whether AWS writes this event, so that it counts towards the 25,000 [5.2]. The others are notes.
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Waiting { .. } | Self::RetryPlanned { .. } | Self::Caught { .. })
    }

    /// How the execution ended, if this is its end.
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
            | Self::MapFailed { .. } => None,
        }
    }

    /// AWS's name of the event, such as `TaskStateEntered`; notes have names of their own.
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
            Self::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Self::ExecutionFailed { .. } => "ExecutionFailed",
            Self::ExecutionTimedOut => "ExecutionTimedOut",
            Self::ExecutionAborted => "ExecutionAborted",
            Self::ExecutionRedriven { .. } => "ExecutionRedriven",
        };
        fixed.to_owned()
    }
}
