//! Redrives executions that did not succeed.

use super::{Deployment, Injector, NoInjection, Performance};
use crate::report::{Entry, Execution};
use asl::{HistoryEvent, HistoryKind, Host, Machine, RedriveRefused};

impl Deployment {
    /// Removes and returns the executions that were stopped, in the order of the stops.
    pub fn take_stopped(&self) -> Vec<Execution> {
        self.stopped.take()
    }

    /// Redrives an execution of `access` that failed, timed out or was stopped, and runs it to its
    /// end. The new entries are appended to the earlier ones.
    pub async fn redrive(&self, past: Execution) -> Result<Execution, RedriveRefused> {
        self.redrive_with(past, &NoInjection).await
    }

    /// Like [`Deployment::redrive`], with an injector.
    pub async fn redrive_with(
        &self,
        past: Execution,
        injector: &dyn Injector,
    ) -> Result<Execution, RedriveRefused> {
        self.redriven(("Access", &self.machine), past, injector).await
    }

    /// Redrives an execution of `sweep` in the same way.
    pub async fn redrive_sweep(&self, past: Execution) -> Result<Execution, RedriveRefused> {
        self.redriven(("Sweep", &self.sweep), past, &NoInjection).await
    }

    async fn redriven(
        &self,
        (kind, machine): (&str, &Machine),
        past: Execution,
        injector: &dyn Injector,
    ) -> Result<Execution, RedriveRefused> {
        let history = past.history();
        let performance = Performance::begin(self, injector, kind, past);
        let start = performance.start_of(kind);
        let ended = asl::redrive(machine, &performance, start, &history).await?;
        Ok(performance.over(ended))
    }
}

impl Execution {
    /// Returns the events of the history.
    pub fn history(&self) -> Vec<HistoryEvent> {
        let event = |entry: &Entry| match entry {
            Entry::Event(event) => Some(event.clone()),
            Entry::Invoked(_) => None,
        };
        self.entries.iter().filter_map(event).collect()
    }
}

impl Performance<'_> {
    /// Stores a stopped execution for a later redrive.
    pub(super) fn stopped(&self, mut execution: Execution) {
        let now = self.now();
        let mut entries = self.entries.take();
        let last = entries.iter().rev().find_map(|entry| match entry {
            Entry::Event(event) => Some(event.id),
            Entry::Invoked(_) => None,
        });
        let Some(last) = last else { return };
        entries.push(Entry::Event(HistoryEvent {
            at: now,
            id: last + 1,
            kind: HistoryKind::ExecutionAborted,
            state: None,
            iteration: Vec::new(),
        }));
        execution.took = now.duration_since(execution.began).unwrap_or_default();
        execution.entries = entries;
        self.deployment.stopped.borrow_mut().push(execution);
    }
}
