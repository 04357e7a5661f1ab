//! What came out of a run: for programs as JSON, for [`show`](crate::show) as it is.

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
    /// The state that invoked.
    pub state: String,
    /// The Map iterations around it.
    pub iteration: Vec<Iteration>,
    /// The function.
    pub function: String,
    /// How long it took.
    pub took: Duration,
    /// When it was over.
    pub ended: SystemTime,
    /// The name of its error, if it failed.
    pub error: Option<String>,
    /// The AWS calls it made.
    pub calls: Vec<CallRecord>,
}

/// Something in the course of an execution.
#[derive(Debug, Clone)]
pub enum Entry {
    /// An event of the history.
    Event(HistoryEvent),
    /// An invocation; the event of its end follows.
    Invoked(Invocation),
}

/// One execution.
#[derive(Debug, Clone)]
pub struct Execution {
    /// Its state machine: `Access` or `Sweep`.
    pub machine: String,
    /// Its name.
    pub name: String,
    /// The title of the step that started it.
    pub title: String,
    /// When it began.
    pub began: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// Its input.
    pub input: Value,
    /// How it ended.
    pub status: Status,
    /// Its output, if it succeeded.
    pub output: Option<Value>,
    /// Its error, if it failed.
    pub error: Option<String>,
    /// What happened, if it failed.
    pub cause: Option<String>,
    /// Its course.
    pub entries: Vec<Entry>,
}

/// An event that could not start an execution. The rule keeps it in the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The title of the step that sent it.
    pub title: String,
    /// Why it could not start anything.
    pub why: String,
    /// How many bytes it has.
    pub bytes: usize,
}

/// Everything that a run leaves behind.
#[derive(Debug)]
pub struct Report {
    /// Title of the scenario.
    pub scenario: String,
    /// The seed that it was played with.
    pub seed: u64,
    /// Every execution, in the order of their ends.
    pub executions: Vec<Execution>,
    /// Events that could not start one.
    pub dead_letters: Vec<DeadLetter>,
    /// All AWS calls, in the order of their effects; those that are kept, if the deployment is sparing.
    pub calls: Vec<CallRecord>,
    /// How often each operation of each service was called.
    pub tallies: BTreeMap<(String, String), Tally>,
    /// Faults that met no call.
    pub idle_faults: Vec<String>,
    /// Volumes that were destroyed in this run, which may go on in an emulated AWS where others were destroyed before.
    pub lost: Vec<LostVolume>,
    /// Studio in the end.
    pub studio: Snapshot,
    /// Which groups, by display name, are assigned to the application of which domain (`account/region/domain`).
    pub assignments: BTreeMap<String, Vec<String>>,
    /// The ledger in the end, as plain JSON.
    pub grants: Vec<Value>,
    /// The history: a line for each write of a grant, by target, in the order of time.
    pub history: Vec<Value>,
    /// Whether the scenario expects anything.
    pub expects: bool,
    /// Expectations that did not hold.
    pub disappointments: Vec<String>,
}

/// A moment as RFC 3339.
pub fn moment(at: SystemTime) -> String {
    OffsetDateTime::from(at).format(&Rfc3339).unwrap_or_default()
}

impl Execution {
    /// The status in AWS's spelling.
    pub fn status_word(&self) -> &'static str {
        match self.status {
            Status::Succeeded => "SUCCEEDED",
            Status::Failed => "FAILED",
            Status::TimedOut => "TIMED_OUT",
            Status::Aborted => "ABORTED",
        }
    }

    /// What each target came to, as the Map over targets put it together.
    pub fn results(&self) -> Vec<Value> {
        let mut exits = self.entries.iter().rev().filter_map(|entry| match entry {
            Entry::Event(HistoryEvent {
                kind: HistoryKind::StateExited { output, .. },
                state: Some(state),
                ..
            }) if state == "ForEachDomain" => output.as_array().cloned(),
            Entry::Event(_) | Entry::Invoked(_) => None,
        });
        exits.next().unwrap_or_default()
    }

    /// The actions of the targets.
    pub fn actions(&self) -> Vec<String> {
        self.results().iter().map(|result| result["action"].as_str().unwrap_or("?").to_owned()).collect()
    }

    /// Drops everything but how it ended, when nobody will ask any more.
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

/// The data that an event carries, with its name.
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

/// What an event of trouble or delay says.
fn error_text(kind: &HistoryKind) -> Option<String> {
    match kind {
        HistoryKind::TaskFailed { error, cause }
        | HistoryKind::TaskTimedOut { error, cause }
        | HistoryKind::MapFailed { error, cause }
        | HistoryKind::ExecutionFailed { error, cause }
        | HistoryKind::IterationFailed { error, cause, .. }
        | HistoryKind::EvaluationFailed { error, cause, .. } => Some(format!("{error}: {cause}")),
        HistoryKind::RetryPlanned { error, delay, attempt } => {
            Some(format!("{error}: retry {attempt} in {:.1} s", delay.as_secs_f64()))
        }
        HistoryKind::Caught { error, next } => Some(format!("{error}: caught, on to {next}")),
        HistoryKind::Waiting { seconds } => Some(format!("{seconds} s")),
        HistoryKind::MapStarted { length } => Some(format!("{length} items")),
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
    /// The whole run for programs.
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
