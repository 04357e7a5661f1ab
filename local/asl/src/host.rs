//! The interface between the interpreter and its environment: tasks, time, randomness and the
//! history.

use std::future::Future;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::history::HistoryEvent;
use crate::terms::{Iteration, Resource};

/// The environment that an execution runs in. Futures need not be `Send`: everything runs on one
/// thread in a fixed order, so a run is reproducible.
pub trait Host {
    /// Runs a task. For [`Resource::LambdaInvoke`] the answer is the function's payload; for
    /// [`Resource::StartExecution`] it is the whole result. The future is dropped if the task's
    /// `TimeoutSeconds` pass first.
    fn invoke(&self, call: &TaskCall) -> impl Future<Output = Result<Value, TaskError>>;

    /// Completes after `duration`. The future is dropped when it is no longer needed, such as a
    /// timeout whose task has returned.
    fn sleep(&self, duration: Duration, reason: Sleep) -> impl Future<Output = ()>;

    /// Returns the current time.
    fn now(&self) -> SystemTime;

    /// Returns a number in `[0, 1)`: the share of the computed delay that `JitterStrategy: FULL`
    /// waits [5.10].
    fn jitter(&self) -> f64;

    /// Writes one event of the history. Events arrive in order.
    fn record(&self, event: &HistoryEvent);
}

/// The reason for a sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// A `Wait` state.
    Wait,
    /// The delay before a retry.
    Backoff {
        /// Number of the retry that follows, from 1.
        attempt: u32,
    },
    /// A task's `TimeoutSeconds`, in a race with the task.
    TaskTimeout,
    /// The machine's `TimeoutSeconds`, in a race with the execution.
    ExecutionTimeout,
}

/// One attempt at a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskCall {
    /// Service integration of the task.
    pub resource: Resource,
    /// `FunctionName`, or `StateMachineArn`.
    pub function: String,
    /// `Payload`, or `Input`.
    pub payload: Value,
    /// `Name` of the execution to start, if the definition sets one.
    pub name: Option<String>,
    /// Name of the calling state.
    pub state: String,
    /// Enclosing Map iterations and Parallel branches, outermost first.
    pub iteration: Vec<Iteration>,
    /// Retries before this attempt in this visit of the state; 0 for the first attempt.
    pub attempt: u32,
    /// ARN of the calling execution.
    pub execution: String,
}

/// A failure of a task: the name that `ErrorEquals` matches, and a text for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// Name of the error, case-sensitive [5.17].
    pub error: String,
    /// Description of the failure.
    pub cause: String,
}
