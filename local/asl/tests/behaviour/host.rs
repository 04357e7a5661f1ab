//! A host on tokio's paused clock. The test defines each task's answer and how long the task takes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use asl::{Ended, HistoryEvent, HistoryKind, Host, Machine, Sleep, Start, TaskCall, TaskError, execute};
use serde_json::{Value, json};
use tokio::time::Instant;

/// The duration of a task in milliseconds, and its result.
pub(crate) type Answer = (u64, Result<Value, TaskError>);

pub(crate) struct TestHost<'t> {
    answer: Box<dyn Fn(&TaskCall) -> Answer + 't>,
    begun: Instant,
    pub(crate) calls: RefCell<Vec<TaskCall>>,
    pub(crate) sleeps: RefCell<Vec<(Sleep, f64)>>,
    pub(crate) events: RefCell<Vec<HistoryEvent>>,
}

impl<'t> TestHost<'t> {
    pub(crate) fn new(answer: impl Fn(&TaskCall) -> Answer + 't) -> Self {
        Self {
            answer: Box::new(answer),
            begun: Instant::now(),
            calls: RefCell::default(),
            sleeps: RefCell::default(),
            events: RefCell::default(),
        }
    }

    /// Returns a host whose tasks return their payload at once.
    pub(crate) fn echo() -> Self {
        Self::new(|call| (0, Ok(call.payload.clone())))
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Returns the names of the events that AWS would write.
    pub(crate) fn history(&self) -> Vec<String> {
        let events = self.events.borrow();
        events.iter().filter(|event| event.kind.counts()).map(|event| event.kind.name()).collect()
    }

    /// Records that the execution was stopped, as the caller that drops its future must.
    pub(crate) fn aborted(&self) {
        let id = self.history().len() as u64 + 1;
        let kind = HistoryKind::ExecutionAborted;
        self.events.borrow_mut().push(HistoryEvent {
            at: self.now(),
            id,
            kind,
            state: None,
            iteration: Vec::new(),
        });
    }

    /// Advances the clock.
    pub(crate) async fn passes(&self, duration: Duration) {
        pass(duration).await;
    }

    /// Returns the delays of the retries, in seconds.
    pub(crate) fn backoffs(&self) -> Vec<f64> {
        let sleeps = self.sleeps.borrow();
        let is_backoff = |reason: &Sleep| matches!(reason, Sleep::Backoff { .. });
        sleeps.iter().filter(|(reason, _)| is_backoff(reason)).map(|(_, seconds)| *seconds).collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the host is where an execution's waiting happens, on a paused clock"
)]
async fn pass(duration: Duration) {
    tokio::time::sleep(duration).await;
}

impl Host for TestHost<'_> {
    async fn invoke(&self, call: &TaskCall) -> Result<Value, TaskError> {
        self.calls.borrow_mut().push(call.clone());
        let (millis, answer) = (self.answer)(call);
        if millis > 0 {
            pass(Duration::from_millis(millis)).await;
        }
        answer
    }

    async fn sleep(&self, duration: Duration, reason: Sleep) {
        self.sleeps.borrow_mut().push((reason, duration.as_secs_f64()));
        pass(duration).await;
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000) + self.begun.elapsed()
    }

    fn jitter(&self) -> f64 {
        0.5
    }

    fn record(&self, event: &HistoryEvent) {
        self.events.borrow_mut().push(event.clone());
    }
}

pub(crate) fn error(name: &str) -> Result<Value, TaskError> {
    Err(TaskError { error: name.to_owned(), cause: format!("because of {name}") })
}

pub(crate) fn start(input: Value) -> Start {
    Start { name: "run-1".into(), arn: "arn:run-1".into(), machine_arn: "arn:m".into(), input }
}

/// Returns a machine with these states that starts at `A`.
pub(crate) fn machine(states: Value) -> Machine {
    load(json!({ "QueryLanguage": "JSONata", "StartAt": "A", "States": states }))
}

pub(crate) fn load(definition: Value) -> Machine {
    Machine::load("m", &definition.to_string(), &BTreeMap::new()).expect("the definition is right")
}

/// Returns a Task that sends `payload` to the function `f`. `more` adds fields; without `Next` in
/// it, the Task ends the machine.
pub(crate) fn task(payload: Value, more: Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": { "FunctionName": "f", "Payload": payload },
    });
    for (key, value) in more.as_object().expect("more fields come as an object") {
        state[key] = value.clone();
    }
    if state.get("Next").is_none() {
        state["End"] = json!(true);
    }
    state
}

pub(crate) async fn run(host: &TestHost<'_>, states: Value, input: Value) -> Ended {
    execute(&machine(states), host, start(input)).await.expect("the start is not refused")
}
