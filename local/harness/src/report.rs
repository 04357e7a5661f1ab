//! The results of a run. [`show`](crate::show) prints them; programs read them as JSON.

use asl::{HistoryEvent, HistoryKind, Iteration, Status};
use fake_aws::services::studio::{LostVolume, Snapshot};
use fake_aws::{CallRecord, Tally};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One invocation of a function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// State that invoked the function.
    pub state: String,
    /// Enclosing Map iterations and Parallel branches, outermost first.
    pub iteration: Vec<Iteration>,
    /// Name of the function.
    pub function: String,
    /// Duration of the invocation.
    pub took: Duration,
    /// Time at which it ended.
    pub ended: SystemTime,
    /// Name of the error, if it failed.
    pub error: Option<String>,
    /// AWS calls that it made.
    pub calls: Vec<CallRecord>,
}

/// An entry in the course of an execution.
#[derive(Debug, Clone)]
pub enum Entry {
    /// An event of the history.
    Event(HistoryEvent),
    /// An invocation. The event of its end follows.
    Invoked(Invocation),
}

/// One execution with its course.
#[derive(Debug, Clone)]
pub struct Execution {
    /// State machine: `Access` or `Sweep`.
    pub machine: String,
    /// Name of the execution.
    pub name: String,
    /// Title of the step that started it.
    pub title: String,
    /// Time at which it started.
    pub began: SystemTime,
    /// Duration.
    pub took: Duration,
    /// Input; null if the deployment is sparing and it has been shown.
    pub input: Value,
    /// Final status.
    pub status: Status,
    /// Output, if it succeeded.
    pub output: Option<Value>,
    /// Name of the error, if it failed.
    pub error: Option<String>,
    /// Text of the error, if it failed.
    pub cause: Option<String>,
    /// Events and invocations, in order.
    pub entries: Vec<Entry>,
}

/// An event that could not start an execution and went to the rule's dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Title of the step that sent the event.
    pub title: String,
    /// Reason why it could not start an execution.
    pub why: String,
    /// Size of the event in bytes.
    pub bytes: usize,
}

/// The final state and all results of a run.
#[derive(Debug)]
pub struct Report {
    /// Title of the scenario.
    pub scenario: String,
    /// Seed of the run.
    pub seed: u64,
    /// All executions, in the order of their ends.
    pub executions: Vec<Execution>,
    /// Events that could not start an execution.
    pub dead_letters: Vec<DeadLetter>,
    /// All AWS calls, in the order of their effects. A sparing deployment drops most of them.
    pub calls: Vec<CallRecord>,
    /// Number of calls per service and operation.
    pub tallies: BTreeMap<(String, String), Tally>,
    /// Faults that no call met.
    pub idle_faults: Vec<String>,
    /// Volumes destroyed in this run. The emulated AWS may have lost others in an earlier one.
    pub lost: Vec<LostVolume>,
    /// Final state of Studio.
    pub studio: Snapshot,
    /// Groups, by display name, assigned to the application of each domain
    /// (`account/region/domain`).
    pub assignments: BTreeMap<String, Vec<String>>,
    /// Final grants in the ledger, as plain JSON.
    pub grants: Vec<Value>,
    /// The ledger's history: one line for each write of a grant, per target in the order of time.
    pub history: Vec<Value>,
    /// True if the scenario has expectations.
    pub expects: bool,
    /// Expectations that were not met.
    pub disappointments: Vec<String>,
}

/// Formats a time as RFC 3339.
pub fn moment(at: SystemTime) -> String {
    OffsetDateTime::from(at).format(&Rfc3339).unwrap_or_default()
}

impl Execution {
    /// Returns the status in AWS's spelling.
    pub fn status_word(&self) -> &'static str {
        match self.status {
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }

    /// Returns the result of each target, from the output of the Map `ForEachDomain`. A target that
    /// went well is a list of one, because a Parallel returns a list.
    pub fn results(&self) -> Vec<Value> {
        let mut exits = self.entries.iter().rev().filter_map(|entry| match entry {
            Entry::Event(HistoryEvent {
                kind: HistoryKind::StateExited { output, .. },
                state: Some(state),
                ..
            }) if state == "ForEachDomain" => output.as_array(),
            Entry::Event(_) | Entry::Invoked(_) => None,
        });
        let results = exits.next().into_iter().flatten();
        results.map(|result| result.get(0).unwrap_or(result).clone()).collect()
    }

    /// Returns the action of each target.
    pub fn actions(&self) -> Vec<String> {
        self.results().iter().map(|result| result["action"].as_str().unwrap_or("?").to_owned()).collect()
    }

    /// Drops the data that is no longer needed once the execution has been shown.
    pub(crate) fn forget(&mut self) {
        (self.input, self.output, self.entries) = (Value::Null, None, Vec::new());
    }

    fn to_json(&self) -> Value {
        let course: Vec<Value> = self.entries.iter().map(entry_json).collect();
        json!({"machine": self.machine, "name": self.name, "title": self.title, "began": moment(self.began), "seconds": self.took.as_secs_f64(),
            "status": self.status_word(), "input": self.input, "output": self.output, "error": self.error, "cause": self.cause,
            "course": course})
    }
}

fn entry_json(entry: &Entry) -> Value {
    match entry {
        Entry::Event(event) => {
            let mut json = json!({"at": moment(event.at), "event": event.kind.name(), "state": event.state,
                "iteration": iteration(&event.iteration)});
            if let Some((name, value)) = carried(&event.kind) {
                json[name] = value.clone();
            }
            if let Some(text) = error_text(&event.kind) {
                json["details"] = text.into();
            }
            json
        }
        Entry::Invoked(invocation) => {
            let calls: Vec<Value> = invocation.calls.iter().map(call_json).collect();
            json!({"function": invocation.function, "state": invocation.state, "iteration": iteration(&invocation.iteration),
                "seconds": invocation.took.as_secs_f64(), "error": invocation.error, "calls": calls})
        }
    }
}

/// Returns the data of an event, with the name of its member.
fn carried(kind: &HistoryKind) -> Option<(&'static str, &Value)> {
    if let HistoryKind::StateEntered { input, .. }
    | HistoryKind::ExecutionStarted { input }
    | HistoryKind::IterationStarted { input, .. } = kind
    {
        Some(("input", input))
    } else if let HistoryKind::StateExited { output, .. } | HistoryKind::ExecutionSucceeded { output } = kind
    {
        Some(("output", output))
    } else if let HistoryKind::TaskScheduled { payload, .. } = kind {
        Some(("payload", payload))
    } else if let HistoryKind::TaskSucceeded { result } = kind {
        Some(("result", result))
    } else {
        None
    }
}

/// Describes an event that reports an error, a delay or a redrive.
fn error_text(kind: &HistoryKind) -> Option<String> {
    match kind {
        HistoryKind::TaskFailed { error, cause }
        | HistoryKind::TaskTimedOut { error, cause }
        | HistoryKind::MapFailed { error, cause }
        | HistoryKind::ParallelFailed { error, cause }
        | HistoryKind::ExecutionFailed { error, cause }
        | HistoryKind::IterationFailed { error, cause, .. }
        | HistoryKind::EvaluationFailed { error, cause, .. } => Some(format!("{error}: {cause}")),
        HistoryKind::RetryPlanned { error, delay, attempt } => {
            Some(format!("{error}: retry {attempt} in {:.1} s", delay.as_secs_f64()))
        }
        HistoryKind::Caught { error, next } => Some(format!("{error}: caught, on to {next}")),
        HistoryKind::Waiting { seconds } => Some(format!("{seconds} s")),
        HistoryKind::MapStarted { length } => Some(format!("{length} items")),
        HistoryKind::ParallelStarted { branches } => Some(format!("{branches} branches")),
        HistoryKind::ExecutionRedriven { count } => Some(format!("for the {count}. time")),
        HistoryKind::ExecutionStarted { .. }
        | HistoryKind::StateEntered { .. }
        | HistoryKind::StateExited { .. }
        | HistoryKind::TaskScheduled { .. }
        | HistoryKind::TaskStarted
        | HistoryKind::TaskSucceeded { .. }
        | HistoryKind::IterationStarted { .. }
        | HistoryKind::IterationSucceeded { .. }
        | HistoryKind::IterationAborted { .. }
        | HistoryKind::MapSucceeded
        | HistoryKind::ParallelSucceeded
        | HistoryKind::ExecutionSucceeded { .. }
        | HistoryKind::ExecutionTimedOut
        | HistoryKind::ExecutionAborted => None,
    }
}

fn iteration(path: &[Iteration]) -> Value {
    path.iter().map(|(state, index)| json!({"state": state, "index": index})).collect()
}

fn call_json(call: &CallRecord) -> Value {
    json!({"at": moment(call.at), "function": call.label, "account": call.account, "region": call.region, "service": call.service,
        "operation": call.operation, "about": call.resource, "outcome": call.outcome.to_string(), "fault": call.fault,
        "seconds": call.duration.as_secs_f64(), "request": call.request, "response": call.response})
}

#[derive(Serialize)]
struct Final<'a> {
    #[serde(flatten)]
    studio: &'a Snapshot,
    assignments: &'a BTreeMap<String, Vec<String>>,
    grants: &'a [Value],
    history: &'a [Value],
}

impl Report {
    /// Converts the whole run to JSON.
    pub fn to_json(&self) -> Value {
        let letters =
            self.dead_letters.iter().map(|l| json!({"title": l.title, "why": l.why, "bytes": l.bytes}));
        json!({"scenario": self.scenario, "seed": self.seed,
            "executions": self.executions.iter().map(Execution::to_json).collect::<Vec<_>>(),
            "deadLetters": letters.collect::<Vec<_>>(),
            "calls": self.calls.iter().map(call_json).collect::<Vec<_>>(),
            "final": Final { studio: &self.studio, assignments: &self.assignments, grants: &self.grants, history: &self.history },
            "idleFaults": self.idle_faults, "disappointments": self.disappointments})
    }
}
