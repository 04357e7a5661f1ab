//! Rebuilds the progress of an execution from its history. Like AWS, a redrive repeats the states
//! that were entered and never left [5.18]. The past of a new execution is just its input.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::Value;

use super::failure::DATA_LIMIT;
use crate::history::{HistoryEvent, HistoryKind};
use crate::model::{Body, Level};
use crate::terms::Iteration;

/// The progress of one level.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Past {
    /// Variables assigned so far by the states of the level.
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) at: At,
}

/// The position inside a level.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum At {
    /// Before the first state, with this input.
    Start(Value),
    /// Inside a state.
    Inside(Stay),
    /// After a state with this output. This occurs only at the end of an iteration or a branch: an
    /// execution cannot end between two states.
    Left(Value),
}

/// A state that was entered and not left.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stay {
    pub(super) state: String,
    pub(super) input: Value,
    pub(super) entered: SystemTime,
    /// Progress of each iteration or branch, if the state is a Map or a Parallel that has started.
    pub(super) items: Option<Iterations>,
}

/// The iterations of a Map, or the branches of a Parallel; `None` for one that has not started.
pub(super) type Iterations = Vec<Option<Past>>;

impl Past {
    /// Returns the past of a new execution.
    pub(super) fn start(input: Value) -> Self {
        Self { variables: BTreeMap::new(), at: At::Start(input) }
    }

    /// Reads a history. Returns `None` if it is not the history of an execution from its start.
    pub(super) fn read(history: &[HistoryEvent]) -> Option<Self> {
        let (first, rest) = history.split_first()?;
        let HistoryKind::ExecutionStarted { input } = &first.kind else { return None };
        let mut past = Self::start(input.clone());
        for event in rest {
            past.level(&event.iteration)?.happens(event)?;
        }
        Some(past)
    }

    /// Returns true if the states of this past exist in the level.
    pub(super) fn fits(&self, level: &Level) -> bool {
        let At::Inside(stay) = &self.at else { return true };
        let Some(state) = level.states.get(&stay.state) else { return false };
        match (&state.body, &stay.items) {
            (_, None) => true,
            (Body::Map(map), Some(items)) => items.iter().flatten().all(|past| past.fits(&map.processor)),
            (Body::Parallel(parallel), Some(items)) => {
                let fits = |(past, branch): (&Option<Self>, &Level)| {
                    past.as_ref().is_none_or(|past| past.fits(branch))
                };
                items.len() == parallel.branches.len() && items.iter().zip(&parallel.branches).all(fits)
            }
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

    /// Returns the level inside these iterations and branches. The first and the last event of an
    /// iteration belong to the level around it.
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
            HistoryKind::MapStarted { length } | HistoryKind::ParallelStarted { branches: length } => {
                self.stay()?.items = Some(vec![None; *length]);
            }
            // The AWS guide to redrive: a Map or a Parallel that failed because of a data limit
            // runs all its iterations or branches again.
            HistoryKind::MapFailed { error, .. }
            | HistoryKind::ParallelFailed { error, .. }
            | HistoryKind::IterationFailed { error, .. }
            | HistoryKind::ExecutionFailed { error, .. }
                if error == DATA_LIMIT =>
            {
                self.stay()?.items = None;
            }
            HistoryKind::MapFailed { .. }
            | HistoryKind::ParallelFailed { .. }
            | HistoryKind::IterationFailed { .. }
            | HistoryKind::ExecutionFailed { .. }
            | HistoryKind::MapSucceeded
            | HistoryKind::ParallelSucceeded
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
