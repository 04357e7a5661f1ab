//! Redrive: an execution that did not succeed continues from its unsuccessful states, with the same
//! input, variables and name [5.18].

use std::time::{Duration, SystemTime};

use super::limits::EVENTS_MAX;
use super::past::{At, Past};
use super::record::Run;
use super::{Ended, Start, to_the_end};
use crate::history::{HistoryEvent, HistoryKind};
use crate::host::Host;
use crate::model::Machine;
use crate::terms::Status;

/// Time after its end during which an execution can be redriven.
const REDRIVABLE: Duration = Duration::from_hours(14 * 24);
/// Maximum time that an execution may be open, from its start [5.2].
const OPEN_MAX: Duration = Duration::from_hours(365 * 24);

/// The reason why an execution cannot be redriven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedriveRefused {
    /// The execution has not ended.
    #[error("the execution has not ended")]
    Running,
    /// The execution has succeeded.
    #[error("the execution has succeeded")]
    Succeeded,
    /// The execution ended more than 14 days ago, or started more than a year ago.
    #[error("the execution is too old to be redriven")]
    TooOld,
    /// The history has no room for the redrive and one more event.
    #[error("the history has {events} events already")]
    HistoryFull {
        /// Number of events in the history.
        events: u64,
    },
    /// The history does not belong to this machine and this start.
    #[error("the history is not that of this execution")]
    ForeignHistory,
}

/// Continues an execution that failed, timed out or was aborted. `history` must contain everything
/// that the host has recorded, including its end and all earlier redrives; new events are appended
/// to it. Retries and timeouts start again from zero.
pub async fn redrive<H: Host>(
    machine: &Machine,
    host: &H,
    start: Start,
    history: &[HistoryEvent],
) -> Result<Ended, RedriveRefused> {
    let (began, events) = eligible(history, host.now())?;
    let past = Past::read(history).ok_or(RedriveRefused::ForeignHistory)?;
    let HistoryKind::ExecutionStarted { input } = &history[0].kind else {
        return Err(RedriveRefused::ForeignHistory);
    };
    if *input != start.input || matches!(past.at, At::Left(_)) || !past.fits(&machine.root) {
        return Err(RedriveRefused::ForeignHistory);
    }
    let before = history.iter().filter(|event| matches!(event.kind, HistoryKind::ExecutionRedriven { .. }));
    let count = u32::try_from(before.count()).unwrap_or(u32::MAX).saturating_add(1);
    let run = Run::again(machine, host, &start, (began, events, count));
    run.record_end(HistoryKind::ExecutionRedriven { count });
    Ok(to_the_end(&run, machine, past).await)
}

/// Returns the start time and the number of events if the execution may be redriven now.
fn eligible(history: &[HistoryEvent], now: SystemTime) -> Result<(SystemTime, u64), RedriveRefused> {
    let (Some(first), Some(last)) = (history.first(), history.last()) else {
        return Err(RedriveRefused::ForeignHistory);
    };
    match last.kind.ends() {
        None => return Err(RedriveRefused::Running),
        Some(Status::Succeeded) => return Err(RedriveRefused::Succeeded),
        Some(Status::Failed | Status::TimedOut | Status::Aborted) => {}
    }
    if now > last.at + REDRIVABLE || now > first.at + OPEN_MAX {
        return Err(RedriveRefused::TooOld);
    }
    if last.id + 1 >= EVENTS_MAX {
        return Err(RedriveRefused::HistoryFull { events: last.id });
    }
    Ok((first.at, last.id))
}
