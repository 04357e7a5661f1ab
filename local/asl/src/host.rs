//! What the interpreter asks of the emulated AWS around it: tasks, time, chance, and somewhere to write the history.

use std::future::Future;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::history::HistoryEvent;
use crate::terms::{Iteration, Resource};

/// The emulated AWS an execution runs in. Futures need not be `Send`: one thread, one order, the same run every time.
pub trait Host {
    /// Carries out a task. For [`Resource::LambdaInvoke`] the answer is the function's payload; for [`Resource::StartExecution`] it is
    /// the whole result. The future is dropped when the task's `TimeoutSeconds` pass first.
    fn invoke(&self, call: &TaskCall) -> impl Future<Output = Result<Value, TaskError>>;

    /// Ends after `duration`. Dropped when no longer needed, as a timeout is when its task has answered.
    fn sleep(&self, duration: Duration, reason: Sleep) -> impl Future<Output = ()>;

    /// The time now.
    fn now(&self) -> SystemTime;

    /// A number in `[0, 1)`: the share of the computed delay that `JitterStrategy: FULL` waits [5.10].
    fn jitter(&self) -> f64;

    /// Writes one event of the history. Events come in order.
    fn record(&self, event: &HistoryEvent);
}

/// Why the interpreter sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// A `Wait` state.
    Wait,
    /// A retry's delay; `attempt` is the number of the retry that follows, from 1.
    Backoff {
        /// The retry that follows.
        attempt: u32,
    },
    /// Races with a task: its `TimeoutSeconds`.
    TaskTimeout,
    /// Races with the whole execution: the machine's `TimeoutSeconds`.
    ExecutionTimeout,
}

/// One attempt at a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskCall {
    /// What is called.
    pub resource: Resource,
    /// `FunctionName`, or `StateMachineArn`.
    pub function: String,
    /// `Payload`, or `Input`.
    pub payload: Value,
    /// `Name` of a started execution, if the definition gives one.
    pub name: Option<String>,
    /// The state that calls.
    pub state: String,
    /// The Map iterations around it, outermost first.
    pub iteration: Vec<Iteration>,
    /// Retries before this attempt in this visit of the state: 0 at first.
    pub attempt: u32,
    /// The execution's ARN.
    pub execution: String,
}

/// How a task fails: the name that `ErrorEquals` matches, and the text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// The error's name, case-sensitive [5.17].
    pub error: String,
    /// What happened.
    pub cause: String,
}
