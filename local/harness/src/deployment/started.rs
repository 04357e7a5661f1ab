//! Runs sweeps and the executions that other executions start. Such a start is only noted; the
//! caller decides whether it runs.

use super::{Deployment, NoInjection, Performance};
use crate::report::{Execution, moment};
use crate::setting::{HUB, HUB_REGION};
use asl::{Host, StartRefused, TaskCall, TaskError};
use serde_json::{Value, json};

/// An execution that another one has started.
#[derive(Debug, Clone, PartialEq)]
pub struct StartedExecution {
    /// ARN of the state machine.
    pub machine: String,
    /// Name of the execution.
    pub name: String,
    /// Input of the execution.
    pub input: Value,
    /// Name of the execution that started it.
    pub by: String,
}

impl StartedExecution {
    /// Returns true if this execution continues a sweep.
    pub fn is_sweep(&self) -> bool {
        self.machine.ends_with(":Sweep")
    }
}

impl Deployment {
    /// Runs a sweep of this name to its end. Executions that it starts are noted and not run: see
    /// [`Deployment::asked`]. A noted successor can run once; any other name that was used in the
    /// last 90 days is refused [5.6].
    pub async fn sweep(&self, name: &str, input: Value) -> Result<Execution, StartRefused> {
        self.run(("Sweep", &self.sweep), name.to_owned(), "a sweep", input, &NoInjection).await
    }

    /// Like [`Deployment::sweep`], with a title and under the next free name. The name is short,
    /// because the executions that the sweep starts are named after it.
    pub async fn sweep_as(&self, title: &str, input: Value) -> Result<Execution, StartRefused> {
        let name = self.next_name("sweep");
        self.run(("Sweep", &self.sweep), name, title, input, &NoInjection).await
    }

    /// Runs a noted execution to its end.
    pub async fn run_asked(&self, title: &str, asked: StartedExecution) -> Result<Execution, StartRefused> {
        let (kind, machine) =
            if asked.is_sweep() { ("Sweep", &self.sweep) } else { ("Access", &self.machine) };
        self.run((kind, machine), asked.name, title, asked.input, &NoInjection).await
    }

    /// Returns the event with which the schedule starts a sweep now, in EventBridge's format.
    pub fn scheduled(&self, id: &str) -> Value {
        let rule = format!("arn:aws:events:{HUB_REGION}:{HUB}:rule/studio-access-sweep");
        let time = moment(self.aws.clock().now());
        json!({"version": "0", "id": id, "detail-type": "Scheduled Event", "source": "aws.events",
            "account": HUB, "time": time, "region": HUB_REGION, "resources": [rule], "detail": {}})
    }

    /// Returns all executions that others have started so far.
    pub fn asked(&self) -> Vec<StartedExecution> {
        self.asked.borrow().clone()
    }

    /// Returns the executions that others have started after this many.
    pub(super) fn asked_after(&self, seen: usize) -> Vec<StartedExecution> {
        self.asked.borrow().iter().skip(seen).cloned().collect()
    }

    /// Returns all executions that this one has started.
    pub fn asked_by(&self, name: &str) -> Vec<StartedExecution> {
        self.asked.borrow().iter().filter(|asked| asked.by == name).cloned().collect()
    }
}

impl Performance<'_> {
    /// Notes the start of an execution. A name that was used is refused. The real service accepts
    /// the same name with the same input while the first execution runs [5.6], so callers must
    /// handle both.
    pub(super) fn start(&self, call: &TaskCall) -> Result<Value, TaskError> {
        let mut asked = self.deployment.asked.borrow_mut();
        let name = call.name.clone().unwrap_or_else(|| format!("unnamed-{}", asked.len()));
        if !self.deployment.names.note(&call.function, &name, &call.payload, self.now()) {
            let error = "StepFunctions.ExecutionAlreadyExistsException".to_owned();
            return Err(TaskError { error, cause: format!("Execution Already Exists: {name}") });
        }
        let arn = format!("{}:{name}", call.function.replace(":stateMachine:", ":execution:"));
        let (machine, input, by) = (call.function.clone(), call.payload.clone(), self.name.clone());
        asked.push(StartedExecution { machine, name, input, by });
        self.deployment.noted.notify_waiters();
        Ok(json!({"ExecutionArn": arn, "StartDate": moment(self.now())}))
    }
}
