//! What the runs have touched: ways between states, errors that were retried, errors that were caught. What no run touches is not shown to work.

use asl::{HistoryEvent, HistoryKind};
use contract::catalogue;
use harness::deployment::machine;
use std::collections::{BTreeMap, BTreeSet};

/// A retried error; what Lambda reports on its own account stands under one name, because it is handled alike.
fn retries(state: &str, error: &str) -> String {
    let own = ["Lambda.", "Sandbox.", "Runtime."].iter().any(|prefix| error.starts_with(prefix));
    format!("{state} retries {}", if own { "Lambda's own errors" } else { error })
}

/// A name of the catalogue that a function has failed with.
fn raised(error: &str) -> String {
    format!("somebody raises {error}")
}

/// What was touched, or could be: `A -> B`, `A retries E`, `A catches E`, `somebody raises E`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Each thing, in words.
    pub touched: BTreeSet<String>,
}

impl Coverage {
    /// Takes note of an event. `last` is the state that each iteration of the execution was in last.
    pub fn note(&mut self, event: &HistoryEvent, last: &mut BTreeMap<String, String>) {
        let Some(state) = &event.state else { return };
        let place = format!("{:?}", event.iteration);
        if let HistoryKind::StateEntered { .. } = &event.kind {
            let before = last.insert(place, state.clone());
            self.touched.extend(before.map(|before| format!("{before} -> {state}")));
        } else if let HistoryKind::RetryPlanned { error, .. } = &event.kind {
            self.touched.insert(retries(state, error));
        } else if let HistoryKind::Caught { error, .. } = &event.kind {
            self.touched.insert(format!("{state} catches {error}"));
        } else if let HistoryKind::TaskFailed { error, .. } = &event.kind {
            self.touched.insert(raised(error));
        }
    }

    /// What was not touched.
    pub fn untouched(&self) -> BTreeSet<String> {
        Self::possible().difference(&self.touched).cloned().collect()
    }

    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.touched.extend(other.touched);
    }

    /// All that the definition names: every way, every retried name, every caught name (what a catcher of everything takes is not a name); and
    /// every name of the catalogue.
    pub fn possible() -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for state in machine().states() {
            all.extend(state.edges.iter().map(|edge| format!("{} -> {}", state.name, edge.to)));
            let retried = state.retries.iter().flat_map(|retry| &retry.errors);
            all.extend(retried.map(|error| retries(&state.name, error)));
            let caught =
                state.catches.iter().flat_map(|catch| &catch.errors).filter(|error| *error != "States.ALL");
            all.extend(caught.map(|error| format!("{} catches {error}", state.name)));
        }
        all.extend(catalogue::ALL.iter().map(|entry| raised(entry.name)));
        all
    }
}
