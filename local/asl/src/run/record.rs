//! The execution as all its states share it: machine, host, start, and the history with its limit.

use std::cell::Cell;
use std::time::SystemTime;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::Start;
use super::failure::{Failure, RUNTIME, Stop};
use super::limits::EVENTS_MAX;
use crate::history::{HistoryEvent, HistoryKind};
use crate::host::Host;
use crate::model::Machine;
use crate::terms::Iteration;

/// Where in the machine a level runs: in which Map iterations, and on which item of the innermost.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) iteration: Vec<Iteration>,
    pub(super) item: Option<(usize, Value)>,
}

pub(super) struct Run<'r, H> {
    pub(super) host: &'r H,
    pub(super) start: &'r Start,
    machine: &'r Machine,
    started: String,
    events: Cell<u64>,
    /// How often it was redriven, and when for the last time.
    redriven: Option<(u32, String)>,
}

impl<'r, H: Host> Run<'r, H> {
    pub(super) fn new(machine: &'r Machine, host: &'r H, start: &'r Start) -> Self {
        let started = moment(host.now());
        Self { host, start, machine, started, events: Cell::new(0), redriven: None }
    }

    /// An execution that goes on: with the events it has, and the time of its first start.
    pub(super) fn again(
        machine: &'r Machine,
        host: &'r H,
        start: &'r Start,
        (started, events, count): (SystemTime, u64, u32),
    ) -> Self {
        let (started, redriven) = (moment(started), Some((count, moment(host.now()))));
        Self { host, start, machine, started, events: Cell::new(events), redriven }
    }

    /// The time now, as context objects write it.
    pub(super) fn time(&self) -> String {
        moment(self.host.now())
    }

    pub(super) fn events(&self) -> u64 {
        self.events.get()
    }

    /// Writes an event of a state. The last place in the history is kept for the end: when nothing else is left, the execution is over.
    pub(super) fn record(&self, place: &Place, state: &str, kind: HistoryKind) -> Result<(), Stop> {
        if kind.counts() && self.events.get() + 1 >= EVENTS_MAX {
            let cause = format!("The execution reached the maximum number of history events ({EVENTS_MAX}).");
            return Err(Stop::Halted(Failure::new(RUNTIME, cause)));
        }
        self.write(place, Some(state), kind);
        Ok(())
    }

    /// Writes the execution's own first or last event.
    pub(super) fn record_end(&self, kind: HistoryKind) {
        self.write(&Place::default(), None, kind);
    }

    fn write(&self, place: &Place, state: Option<&str>, kind: HistoryKind) {
        self.events.set(self.events.get() + u64::from(kind.counts()));
        self.host.record(&HistoryEvent {
            at: self.host.now(),
            id: self.events.get(),
            kind,
            state: state.map(str::to_owned),
            iteration: place.iteration.clone(),
        });
    }
}

/// What the context object of a state is made of.
pub(super) struct About<'v, 'r, H> {
    pub(super) run: &'v Run<'r, H>,
    pub(super) place: &'v Place,
    pub(super) state: &'v str,
    pub(super) entered: &'v str,
    pub(super) retries: u32,
}

impl<H> About<'_, '_, H> {
    /// `$states.context`. There is a `RedriveTime` only after a redrive, and a `RedriveCount` always.
    pub(super) fn context(&self) -> Value {
        let Self { run, place, state, entered, retries } = self;
        let mut context = json!({
            "Execution": {
                "Id": run.start.arn,
                "Name": run.start.name,
                "Input": run.start.input,
                "StartTime": run.started,
                "RedriveCount": run.redriven.as_ref().map_or(0, |(count, _)| *count),
            },
            "State": { "Name": state, "EnteredTime": entered, "RetryCount": retries },
            "StateMachine": { "Id": run.start.machine_arn, "Name": run.machine.name },
        });
        if let Some((_, at)) = &run.redriven {
            context["Execution"]["RedriveTime"] = json!(at);
        }
        if let Some((index, value)) = &place.item {
            context["Map"] = json!({ "Item": { "Index": index, "Value": value } });
        }
        context
    }
}

/// A time as context objects write it.
pub(super) fn moment(at: SystemTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from(at).format(&format).expect("the format names only parts that every time has")
}
