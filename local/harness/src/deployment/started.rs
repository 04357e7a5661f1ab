//! Sweeps, and the executions that other executions start. Such a start is noted; whoever plays decides whether it is
//! run.

use super::{Deployment, NoInjection, Performance};
use crate::report::{Execution, moment};
use crate::setting::{HUB, HUB_REGION};
use asl::{Host, StartRefused, TaskCall, TaskError};
use serde_json::{Value, json};

/// An execution that another one has started.
#[derive(Debug, Clone, PartialEq)]
pub struct StartedExecution {
    /// ARN of its state machine.
    pub machine: String,
    /// Its name.
    pub name: String,
    /// Its input.
    pub input: Value,
    /// The name of the execution that started it.
    pub by: String,
}

impl StartedExecution {
    /// Whether a sweep goes on in it.
    pub fn is_sweep(&self) -> bool {
        self.machine.ends_with(":Sweep")
    }
}

impl Deployment {
    /// Runs a sweep of this name to its end. What it starts is noted and not run: see
    /// [`Deployment::asked`]. A successor that was noted may be run, once; any other name that was used in
    /// the last 90 days is refused [5.6].
    pub async fn sweep(&self, name: &str, input: Value) -> Result<Execution, StartRefused> {
        self.run(("Sweep", &self.sweep), name.to_owned(), "a sweep", input, &NoInjection).await
    }

    /// The same with a title, and under the next free name. The name is short: what the sweep starts is named after it.
    pub async fn sweep_as(&self, title: &str, input: Value) -> Result<Execution, StartRefused> {
        let name = self.next_name("sweep");
        self.run(("Sweep", &self.sweep), name, title, input, &NoInjection).await
    }

    /// Runs an execution that another one has started, to its end.
    pub async fn run_asked(&self, title: &str, asked: StartedExecution) -> Result<Execution, StartRefused> {
        let (kind, machine) =
            if asked.is_sweep() { ("Sweep", &self.sweep) } else { ("Access", &self.machine) };
        self.run((kind, machine), asked.name, title, asked.input, &NoInjection).await
    }

    /// The event with which the schedule starts a sweep now, as EventBridge delivers it.
    pub fn scheduled(&self, id: &str) -> Value {
        let rule = format!("arn:aws:events:{HUB_REGION}:{HUB}:rule/studio-access-sweep");
        let time = moment(self.aws.clock().now());
        json!({"version": "0", "id": id, "detail-type": "Scheduled Event", "source": "aws.events",
            "account": HUB, "time": time, "region": HUB_REGION, "resources": [rule], "detail": {}})
    }

    /// Every execution that another one has started so far.
    pub fn asked(&self) -> Vec<StartedExecution> {
        self.asked.borrow().clone()
    }

    /// Every execution that the one of this name has started.
    pub fn asked_by(&self, name: &str) -> Vec<StartedExecution> {
        self.asked.borrow().iter().filter(|asked| asked.by == name).cloned().collect()
    }
}

impl Performance<'_> {
    /// Notes the start of an execution. A name that was used is refused: the real service accepts the same name with the same input only
    /// while the first one runs [5.6], so the caller has to cope with both.
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
        Ok(json!({"ExecutionArn": arn, "StartDate": moment(self.now())}))
    }
}
