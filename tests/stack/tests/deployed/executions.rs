//! Executions of the deployed state machines: started by an event through the deployed rule or by hand, and awaited.

use crate::deployment::Deployment;
use crate::sources::{OF_AWS, OF_TESTS};
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use stack::folders;
use std::fs;
use std::thread;
use std::time::Duration;

/// Longer than any of them takes here.
const TIMEOUT: Duration = Duration::from_mins(5);
const STEP: Duration = Duration::from_millis(250);

/// A sample event.
pub(crate) fn sample(file: &str) -> Result<Value> {
    let text = fs::read_to_string(folders::root().join("events").join(file))
        .with_context(|| format!("could not read events/{file}"))?;
    serde_json::from_str(&text).with_context(|| format!("events/{file} is not JSON"))
}

/// An execution.
pub(crate) struct Execution {
    arn: String,
    /// `RUNNING`, `SUCCEEDED` and so on.
    pub(crate) status: String,
    /// What it failed with, or nothing.
    pub(crate) error: String,
    /// What is said about that, or nothing.
    pub(crate) cause: String,
    input: String,
}

impl Execution {
    /// Starts `Access` by hand.
    pub(crate) fn start(stack: &Deployment, name: &str, input: &Value) -> Result<Self> {
        Self::start_of(stack, "AccessStateMachine", name, input)
    }

    /// Starts the state machine that an output of the stack names.
    pub(crate) fn start_of(stack: &Deployment, machine: &str, name: &str, input: &Value) -> Result<Self> {
        Self::start_at(stack, stack.output(machine)?, name, input)
    }

    /// Starts the state machine with this ARN.
    pub(crate) fn start_at(stack: &Deployment, arn: &str, name: &str, input: &Value) -> Result<Self> {
        let asked = json!({"stateMachineArn": arn, "name": name, "input": input.to_string()});
        let started = stack.admin.call("stepfunctions", "start_execution", &asked)?;
        Self::described(stack, started["executionArn"].as_str().context("it has no ARN")?)
    }

    /// Puts an event on the bus under the source that the deployed copy of the rule asks for
    /// ([`crate::sources::replayed`]), and finds the execution that the rule starts with it.
    pub(crate) fn of_event(stack: &Deployment, event: &Value) -> Result<Self> {
        let source = event["source"].as_str().context("the sample has no source")?;
        let entry = json!({
            "Source": source.replacen(OF_AWS, OF_TESTS, 1),
            "DetailType": event["detail-type"],
            "Detail": event["detail"].to_string(),
        });
        let put = stack.admin.call("events", "put_events", &json!({"Entries": [entry]}))?;
        ensure!(put["FailedEntryCount"] == 0, "the event was refused: {put}");
        Self::about(stack, event["detail"]["eventID"].as_str().context("the sample has no id")?)
    }

    /// The execution of `Access` with this text in its input, as soon as there is one.
    pub(crate) fn about(stack: &Deployment, text: &str) -> Result<Self> {
        let asked = json!({"stateMachineArn": stack.output("AccessStateMachine")?});
        let mut waited = Duration::ZERO;
        while waited < TIMEOUT {
            let listed = stack.admin.call("stepfunctions", "list_executions", &asked)?;
            for row in listed["executions"].as_array().into_iter().flatten() {
                let execution = Self::described(stack, row["executionArn"].as_str().unwrap_or_default())?;
                if execution.input.contains(text) {
                    return Ok(execution);
                }
            }
            thread::sleep(STEP);
            waited += STEP;
        }
        bail!("no execution about {text}\n{}", stack.ministack.log())
    }

    fn described(stack: &Deployment, arn: &str) -> Result<Self> {
        let described =
            stack.admin.call("stepfunctions", "describe_execution", &json!({"executionArn": arn}))?;
        let text = |member: &str| described[member].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            arn: arn.to_owned(),
            status: text("status"),
            error: text("error"),
            cause: text("cause"),
            input: text("input"),
        })
    }

    /// The same, when it has come to its end.
    pub(crate) fn ended(self, stack: &Deployment) -> Result<Self> {
        let mut waited = Duration::ZERO;
        while waited < TIMEOUT {
            let now = Self::described(stack, &self.arn)?;
            if now.status != "RUNNING" {
                return Ok(now);
            }
            thread::sleep(STEP);
            waited += STEP;
        }
        bail!("{} does not end\n{}", self.arn, self.told(stack))
    }

    fn history(&self, stack: &Deployment) -> Result<Vec<Value>> {
        let asked = json!({"executionArn": self.arn, "maxResults": 1000});
        let history = stack.admin.call("stepfunctions", "get_execution_history", &asked)?;
        history["events"].as_array().cloned().context("there is no history")
    }

    /// What happened, for an operator who wonders.
    pub(crate) fn told(&self, stack: &Deployment) -> String {
        let history = match self.history(stack) {
            Ok(events) => events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"),
            Err(error) => format!("{error:#}"),
        };
        format!("{} {} {}\n{history}", self.status, self.error, self.cause)
    }
}
