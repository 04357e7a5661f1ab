//! The data that all states of an execution share: machine, host, start, and the history with its
//! limit.

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

/// The position of a level: the enclosing Map iterations and Parallel branches, and the item of the
/// innermost iteration.
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
    /// Number of redrives, and the time of the last one.
    redriven: Option<(u32, String)>,
}

impl<'r, H: Host> Run<'r, H> {
    pub(super) fn new(machine: &'r Machine, host: &'r H, start: &'r Start) -> Self {
        let started = moment(host.now());
        Self { host, start, machine, started, events: Cell::new(0), redriven: None }
    }

    /// Continues an execution: `started` is the time of its first start, `events` the size of its
    /// history, `count` the number of the redrive.
    pub(super) fn again(
        machine: &'r Machine,
        host: &'r H,
        start: &'r Start,
        (started, events, count): (SystemTime, u64, u32),
    ) -> Self {
        let (started, redriven) = (moment(started), Some((count, moment(host.now()))));
        Self { host, start, machine, started, events: Cell::new(events), redriven }
    }

    /// Returns the current time in the format of context objects.
    pub(super) fn time(&self) -> String {
        moment(self.host.now())
    }

    pub(super) fn events(&self) -> u64 {
        self.events.get()
    }

    /// Records an event of a state. The last place in the history is reserved for the end of the
    /// execution: when no other place is left, the execution is halted.
    pub(super) fn record(&self, place: &Place, state: &str, kind: HistoryKind) -> Result<(), Stop> {
        if kind.counts() && self.events.get() + 1 >= EVENTS_MAX {
            let cause = format!("The execution reached the maximum number of history events ({EVENTS_MAX}).");
            return Err(Stop::Halted(Failure::new(RUNTIME, cause)));
        }
        self.write(place, Some(state), kind);
        Ok(())
    }

    /// Records an event of the execution itself: its start, its end, or a redrive.
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

/// The data of a state's context object.
pub(super) struct About<'v, 'r, H> {
    pub(super) run: &'v Run<'r, H>,
    pub(super) place: &'v Place,
    pub(super) state: &'v str,
    pub(super) entered: &'v str,
    pub(super) retries: u32,
}

impl<H> About<'_, '_, H> {
    /// Returns `$states.context`. `RedriveTime` exists only after a redrive, `RedriveCount` always.
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

/// Formats a time as context objects do.
pub(super) fn moment(at: SystemTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from(at).format(&format).expect("the format names only parts that every time has")
}
