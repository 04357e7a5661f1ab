//! What a sweep cost, and what it must cost at least.

use crate::sweep::company::{Company, Size};
use fake_aws::{CallRecord, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Calls a second that the Identity Store answers, of each kind [2.11].
pub(crate) const CALLS_A_SECOND: f64 = 20.0;
/// What an item of a page is cut to.
const PAGE: usize = 100;
/// Starts of executions a second, in the Regions with the lower limit [5.3].
const STARTS_A_SECOND: f64 = 150.0;
/// Calls of `DescribeUser` that nobody who needs something can do without: one to plan, and one after the grant is in the ledger.
pub const LOOKS: usize = 2;
/// The first of them. A sweep whose executions only are recorded starts them as fast as the directory answers these.
pub const PLANNED: usize = 1;

/// The figures of one sweep.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The case.
    pub case: String,
    /// Seconds in the emulated AWS's time, from the first execution's start to the last one's end.
    pub took_seconds: f64,
    /// Seconds that AWS's limits allow at best.
    pub best_seconds: f64,
    /// The limit that decides.
    pub decided_by: &'static str,
    /// Executions of `access` that were started.
    pub started: usize,
    /// Executions of the sweep itself, the first one included.
    pub executions: usize,
    /// The most events in the history of one of them [5.2].
    pub most_events: u64,
    /// Bytes of the largest payload that a state took or gave [5.1].
    pub largest_payload: usize,
    /// Seconds of the longest invocation of a function.
    pub longest_function_seconds: f64,
    /// Invocations of functions.
    pub invocations: usize,
    /// Calls of AWS by operation: all, and those that were throttled.
    pub calls: BTreeMap<String, (u64, u64)>,
}

impl Figures {
    /// How much longer than at best.
    pub fn ratio(&self) -> f64 {
        self.took_seconds / self.best_seconds
    }

    /// All calls of AWS.
    pub fn all_calls(&self) -> u64 {
        self.calls.values().map(|(all, _)| all).sum()
    }
}

/// Counts calls by operation.
pub fn count(calls: &[CallRecord]) -> BTreeMap<String, (u64, u64)> {
    let mut counted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for call in calls {
        let entry = counted.entry(format!("{}:{}", call.service, call.operation)).or_default();
        entry.0 += 1;
        entry.1 += u64::from(matches!(&call.outcome, Outcome::Refused(code) if code.contains("Thrott")));
    }
    counted
}

/// The least time, and the limit that decides it: each kind of call has its own limit, so the busiest one does. `looks`: how often each user who
/// was started is looked at in that time.
#[expect(clippy::cast_precision_loss, reason = "these counts are far below what a double holds exactly")]
pub fn best(company: &Company, size: Size, started: usize, looks: usize) -> (f64, &'static str) {
    let pages = |items: usize| items.div_ceil(PAGE).max(1);
    let calls = |count: usize| count as f64 / CALLS_A_SECOND;
    let all = [
        (calls(pages(company.groups)), "ListGroups"),
        (calls(pages(size.users)), "ListUsers"),
        (calls(company.members.iter().copied().map(pages).sum()), "ListGroupMemberships"),
        (calls(started * looks), "DescribeUser, by those who were started"),
        (started as f64 / STARTS_A_SECOND, "StartExecution"),
    ];
    all.into_iter().max_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap_or_default()
}

/// Seconds as a number.
pub fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
