//! What executions keep of what happened in them: in a long run, histories and calls are most of the memory.

use super::Deployment;
use asl::{HistoryEvent, HistoryKind};
use fake_aws::{CallRecord, FakeAws};

/// How much executions keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// The whole history, and every call.
    Everything,
    /// What a timeline shows; the emulated AWS forgets the calls.
    Shown,
    /// Nothing.
    Nothing,
}

impl Keeping {
    /// Whether an event becomes an entry.
    pub(super) fn keeps(self, event: &HistoryEvent) -> bool {
        match self {
            Self::Everything => true,
            Self::Shown => is_shown(event),
            Self::Nothing => false,
        }
    }

    /// The calls of an invocation, if it becomes an entry.
    pub(super) fn calls(self, aws: &FakeAws, scope: &str) -> Option<Vec<CallRecord>> {
        match self {
            Self::Everything => Some(aws.calls_in(scope)),
            Self::Shown => Some(aws.take_calls_in(scope)),
            Self::Nothing => None,
        }
    }
}

/// Whether a timeline or a line shows the event, or something that it carries.
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
    /// The same stage, whose executions come without their entries: for thousands of them, watched by a injector. None of them can be redriven.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.keeping = Keeping::Nothing;
        self
    }

    /// The same stage, whose executions come with no more entries than a timeline shows, and whose emulated AWS forgets their calls: for long runs
    /// that are watched as they go. None of them can be redriven.
    #[must_use]
    pub fn sparing(mut self) -> Self {
        self.keeping = Keeping::Shown;
        self
    }

    /// Whether what has been shown may be forgotten.
    pub fn is_sparing(&self) -> bool {
        self.keeping == Keeping::Shown
    }
}
