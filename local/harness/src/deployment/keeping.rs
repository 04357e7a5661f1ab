//! Selects how much of an execution is stored. In a long run, histories and calls take most of the
//! memory.

use super::Deployment;
use asl::{HistoryEvent, HistoryKind};
use fake_aws::{CallRecord, FakeAws};

/// The amount of data that executions store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// The whole history and all calls.
    Everything,
    /// Only what a timeline shows. The emulated AWS drops the calls.
    Shown,
    /// Nothing.
    Nothing,
}

impl Keeping {
    /// Returns true if an event is stored as an entry.
    pub(super) fn keeps(self, event: &HistoryEvent) -> bool {
        match self {
            Self::Everything => true,
            Self::Shown => is_shown(event),
            Self::Nothing => false,
        }
    }

    /// Returns the calls of an invocation, or `None` if the invocation is not stored.
    pub(super) fn calls(self, aws: &FakeAws, scope: &str) -> Option<Vec<CallRecord>> {
        match self {
            Self::Everything => Some(aws.calls_in(scope)),
            Self::Shown => Some(aws.take_calls_in(scope)),
            Self::Nothing => None,
        }
    }
}

/// Returns true if a timeline or a line shows the event or its data.
fn is_shown(event: &HistoryEvent) -> bool {
    match &event.kind {
        HistoryKind::Waiting { .. }
        | HistoryKind::RetryPlanned { .. }
        | HistoryKind::Caught { .. }
        | HistoryKind::TaskTimedOut { .. }
        | HistoryKind::EvaluationFailed { .. }
        | HistoryKind::ExecutionRedriven { .. }
        | HistoryKind::MapStarted { .. } => true,
        HistoryKind::IterationStarted { .. } => event.iteration.len() <= 1,
        HistoryKind::StateExited { .. } => event.state.as_deref() == Some("ForEachDomain"),
        HistoryKind::StateEntered { .. }
        | HistoryKind::TaskScheduled { .. }
        | HistoryKind::TaskStarted
        | HistoryKind::TaskSucceeded { .. }
        | HistoryKind::TaskFailed { .. }
        | HistoryKind::MapSucceeded
        | HistoryKind::MapFailed { .. }
        | HistoryKind::ParallelStarted { .. }
        | HistoryKind::ParallelSucceeded
        | HistoryKind::ParallelFailed { .. }
        | HistoryKind::IterationSucceeded { .. }
        | HistoryKind::IterationFailed { .. }
        | HistoryKind::IterationAborted { .. }
        | HistoryKind::ExecutionStarted { .. }
        | HistoryKind::ExecutionSucceeded { .. }
        | HistoryKind::ExecutionFailed { .. }
        | HistoryKind::ExecutionTimedOut
        | HistoryKind::ExecutionAborted => false,
    }
}

impl Deployment {
    /// Stores no entries: for thousands of executions that an injector observes. Such executions
    /// cannot be redriven.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.keeping = Keeping::Nothing;
        self
    }

    /// Stores only the entries that a timeline shows, and lets the emulated AWS drop the calls: for
    /// long runs that are shown while they run. Such executions cannot be redriven.
    #[must_use]
    pub fn sparing(mut self) -> Self {
        self.keeping = Keeping::Shown;
        self
    }

    /// Returns true if data can be dropped once it has been shown.
    pub fn is_sparing(&self) -> bool {
        self.keeping == Keeping::Shown
    }
}
