//! Runs one execution from start to end. All state lives in the future: dropping it aborts the
//! execution.

mod bindings;
mod failure;
mod join;
mod level;
mod limits;
mod map;
mod parallel;
mod past;
mod record;
mod redrive;
mod retry;
mod scope;
mod task;
mod visit;

use std::cell::Cell;
use std::pin::pin;

use futures_util::future::{Either, select};
use serde_json::Value;

use crate::history::HistoryKind;
use crate::host::{Host, Sleep};
use crate::model::Machine;
use crate::terms::Status;
use failure::{Failure, Stop};
use past::Past;
use record::{Place, Run};
use scope::Scope;

pub use redrive::{RedriveRefused, redrive};

/// Characters that an execution's name must not contain, besides white space and control characters
/// [5.5].
const NAME_REFUSED: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";
const NAME_CHARS_MAX: usize = 80;

/// Name, ARNs and input of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// `$states.context.Execution.Name`.
    pub name: String,
    /// `$states.context.Execution.Id`.
    pub arn: String,
    /// `$states.context.StateMachine.Id`.
    pub machine_arn: String,
    /// `$states.context.Execution.Input`.
    pub input: Value,
}

/// The reason why an execution could not start. Nothing is recorded and no state is entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartRefused {
    /// The input is larger than the limit for a state's input [5.1].
    #[error("the input has {bytes} bytes, more than 262144")]
    InputTooLarge {
        /// Size of the input as JSON.
        bytes: usize,
    },
    /// The name was used for another execution in the last 90 days [5.6]. Returned by the owner of
    /// the executions: the interpreter does not store names.
    #[error("Execution Already Exists: {name}")]
    AlreadyExists {
        /// The name that is taken.
        name: String,
    },
    /// The name is empty, too long, or contains characters that are not allowed [5.5].
    #[error("{name:?} cannot be the name of an execution")]
    InvalidName {
        /// The refused name.
        name: String,
    },
}

/// The result of an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Final status.
    pub status: Status,
    /// Output, if the execution succeeded.
    pub output: Option<Value>,
    /// Name of the error, if the execution did not succeed.
    pub error: Option<String>,
    /// Text of the error, if the execution failed.
    pub cause: Option<String>,
    /// Number of events that AWS would have in its history.
    pub events: u64,
}

/// Runs a machine on a host until the execution ends. Drop the future to abort the execution.
pub async fn execute<H: Host>(machine: &Machine, host: &H, start: Start) -> Result<Ended, StartRefused> {
    refuse(&start)?;
    let run = Run::new(machine, host, &start);
    run.record_end(HistoryKind::ExecutionStarted { input: start.input.clone() });
    Ok(to_the_end(&run, machine, Past::start(start.input.clone())).await)
}

/// Continues from `past` until the execution ends.
async fn to_the_end<H: Host>(run: &Run<'_, H>, machine: &Machine, past: Past) -> Ended {
    let total = Cell::new(0);
    let mut scope = Scope::outermost(&total);
    let place = Place::default();
    let work = Box::pin(level::run(run, &machine.root, past, &mut scope, &place));
    let outcome = match machine.timeout {
        None => Some(work.await),
        Some(limit) => match select(work, pin!(run.host.sleep(limit, Sleep::ExecutionTimeout))).await {
            Either::Left((outcome, _)) => Some(outcome),
            Either::Right(((), _)) => None,
        },
    };
    end(run, outcome)
}

fn refuse(start: &Start) -> Result<(), StartRefused> {
    let is_usable = |next: char| !next.is_whitespace() && !next.is_control() && !NAME_REFUSED.contains(next);
    let chars = start.name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX || !start.name.chars().all(is_usable) {
        return Err(StartRefused::InvalidName { name: start.name.clone() });
    }
    let bytes = limits::size(&start.input);
    if bytes > limits::PAYLOAD_BYTES_MAX {
        return Err(StartRefused::InputTooLarge { bytes });
    }
    Ok(())
}

/// Writes the last event. `None` means that the machine's `TimeoutSeconds` have passed.
fn end<H: Host>(run: &Run<'_, H>, outcome: Option<Result<Value, Stop>>) -> Ended {
    let mut ended = Ended { status: Status::Succeeded, output: None, error: None, cause: None, events: 0 };
    match outcome {
        Some(Ok(output)) => {
            ended.output = Some(output.clone());
            run.record_end(HistoryKind::ExecutionSucceeded { output });
        }
        Some(Err(Stop::Failed(failure) | Stop::Halted(failure))) => {
            let Failure { error, cause } = failure;
            ended.status = Status::Failed;
            ended.error = Some(error.clone());
            ended.cause = Some(cause.clone());
            run.record_end(HistoryKind::ExecutionFailed { error, cause });
        }
        None => {
            ended.status = Status::TimedOut;
            ended.error = Some(failure::TIMEOUT.to_owned());
            run.record_end(HistoryKind::ExecutionTimedOut);
        }
    }
    ended.events = run.events();
    ended
}
