//! What an execution had reached when it ended, read from its history: AWS too redrives the states that were entered and never left [5.18].
//! A fresh execution is one whose past is its input.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::Value;

use super::failure::DATA_LIMIT;
use crate::history::{HistoryEvent, HistoryKind};
use crate::model::{Body, Level};
use crate::terms::Iteration;

/// A run of states, as far as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Past {
    /// The variables that its states have assigned.
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) at: At,
}

/// Where a run of states stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum At {
    /// Before its first state, with this input.
    Start(Value),
    /// In a state.
    Inside(Stay),
    /// Behind a state that gave this output: at the end of an iteration, since there is nothing between two states to end in.
    Left(Value),
}

/// A state that was entered and not left.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stay {
    pub(super) state: String,
    pub(super) input: Value,
    pub(super) entered: SystemTime,
    /// The iterations of a Map that has begun with them, each as far as it came.
    pub(super) items: Option<Iterations>,
}

/// The iterations of a Map; nothing for one that had to wait for its turn.
pub(super) type Iterations = Vec<Option<Past>>;

impl Past {
    /// Nothing has happened yet.
    pub(super) fn start(input: Value) -> Self {
        Self { variables: BTreeMap::new(), at: At::Start(input) }
    }

    /// What a history leaves; nothing if it is not the history of an execution from its start.
    pub(super) fn read(history: &[HistoryEvent]) -> Option<Self> {
        let (first, rest) = history.split_first()?;
        let HistoryKind::ExecutionStarted { input } = &first.kind else { return None };
        let mut past = Self::start(input.clone());
        for event in rest {
            past.level(&event.iteration)?.happens(event)?;
        }
        Some(past)
    }

    /// Whether this is a past of the level's.
    pub(super) fn fits(&self, level: &Level) -> bool {
        let At::Inside(stay) = &self.at else { return true };
        let Some(state) = level.states.get(&stay.state) else { return false };
        match (&state.body, &stay.items) {
            (_, None) => true,
            (Body::Map(map), Some(items)) => items.iter().flatten().all(|past| past.fits(&map.processor)),
            (
                Body::Task(_)
                | Body::Choice(_)
                | Body::Wait { .. }
                | Body::Pass { .. }
                | Body::Succeed
                | Body::Fail { .. },
                Some(_),
            ) => false,
        }
    }

    /// The run of states in which an event of these iterations happened. An iteration's own first and last events happen around it.
    fn level(&mut self, iteration: &[Iteration]) -> Option<&mut Self> {
        let Some(((map, index), inner)) = iteration.split_first() else { return Some(self) };
        let At::Inside(stay) = &mut self.at else { return None };
        let item = stay.items.as_mut().filter(|_| stay.state == *map)?.get_mut(*index)?;
        item.get_or_insert_with(|| Self::start(Value::Null)).level(inner)
    }

    fn happens(&mut self, event: &HistoryEvent) -> Option<()> {
        match &event.kind {
            HistoryKind::StateEntered { input, .. } => {
                let (state, input) = (event.state.clone()?, input.clone());
                self.at = At::Inside(Stay { state, input, entered: event.at, items: None });
            }
            HistoryKind::StateExited { output, assigned, .. } => {
                self.variables.extend(assigned.clone());
                self.at = At::Left(output.clone());
            }
            HistoryKind::IterationStarted { input, .. } => *self = Self::start(input.clone()),
            HistoryKind::MapStarted { length } => {
                self.stay()?.items = Some(vec![None; *length]);
            }
            // A Map that failed because of a size runs again with all its iterations, as the guide to redrive says.
            HistoryKind::MapFailed { error, .. }
            | HistoryKind::IterationFailed { error, .. }
            | HistoryKind::ExecutionFailed { error, .. }
                if error == DATA_LIMIT =>
            {
                self.stay()?.items = None;
            }
            HistoryKind::MapFailed { .. }
            | HistoryKind::IterationFailed { .. }
            | HistoryKind::ExecutionFailed { .. }
            | HistoryKind::MapSucceeded
            | HistoryKind::IterationSucceeded { .. }
            | HistoryKind::IterationAborted { .. }
            | HistoryKind::ExecutionStarted { .. }
            | HistoryKind::TaskScheduled { .. }
            | HistoryKind::TaskStarted
            | HistoryKind::TaskSucceeded { .. }
            | HistoryKind::TaskFailed { .. }
            | HistoryKind::TaskTimedOut { .. }
            | HistoryKind::EvaluationFailed { .. }
            | HistoryKind::Waiting { .. }
            | HistoryKind::RetryPlanned { .. }
            | HistoryKind::Caught { .. }
            | HistoryKind::ExecutionSucceeded { .. }
            | HistoryKind::ExecutionTimedOut
            | HistoryKind::ExecutionAborted
            | HistoryKind::ExecutionRedriven { .. } => {}
        }
        Some(())
    }

    fn stay(&mut self) -> Option<&mut Stay> {
        match &mut self.at {
            At::Inside(stay) => Some(stay),
            At::Start(_) | At::Left(_) => None,
        }
    }
}
