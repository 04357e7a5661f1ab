//! The calls that an emulated AWS has answered: records in the order of their effects, an index by
//! scope, and counts that remain when records are removed.

use crate::trace::{CallRecord, Outcome};
use std::collections::BTreeMap;

/// The number of calls of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All calls.
    pub all: usize,
    /// Calls that were refused.
    pub refused: usize,
}

/// The records of all calls, indexed by scope: a run of hundreds of thousands of calls asks for
/// each scope once, so a search of all records would be too slow.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    kept: BTreeMap<usize, CallRecord>,
    by_scope: BTreeMap<String, Vec<usize>>,
    tallies: BTreeMap<String, BTreeMap<String, Tally>>,
    pushed: usize,
    struck: usize,
}

impl Calls {
    /// Counts a call, and keeps its record if `keep` is true.
    pub(crate) fn push(&mut self, call: CallRecord, keep: bool) {
        let number = self.pushed;
        self.pushed += 1;
        self.struck += usize::from(call.fault.is_some());
        let operations = entry(&mut self.tallies, &call.service);
        let tally = entry(operations, &call.operation);
        tally.all += 1;
        tally.refused += usize::from(call.outcome != Outcome::Ok);
        if !keep {
            return;
        }
        if let Some(scope) = &call.scope {
            entry(&mut self.by_scope, scope).push(number);
        }
        self.kept.insert(number, call);
    }

    /// Returns every kept call in the order of effects.
    pub(crate) fn all(&self) -> impl Iterator<Item = &CallRecord> {
        self.kept.values()
    }

    /// Returns the number of calls, and the number of them that met a fault.
    pub(crate) fn count(&self) -> (usize, usize) {
        (self.pushed, self.struck)
    }

    pub(crate) fn of(&self, scope: &str) -> Vec<CallRecord> {
        let numbers = self.by_scope.get(scope).into_iter().flatten();
        numbers.filter_map(|number| self.kept.get(number)).cloned().collect()
    }

    /// Removes and returns the calls of a scope.
    pub(crate) fn take(&mut self, scope: &str) -> Vec<CallRecord> {
        let numbers = self.by_scope.remove(scope).unwrap_or_default();
        numbers.iter().filter_map(|number| self.kept.remove(number)).collect()
    }

    pub(crate) fn tallies(&self) -> BTreeMap<(String, String), Tally> {
        let of = |(service, operations): (&String, &BTreeMap<String, Tally>)| {
            let service = service.clone();
            let each = operations.iter();
            each.map(|(operation, tally)| ((service.clone(), operation.clone()), *tally)).collect::<Vec<_>>()
        };
        self.tallies.iter().flat_map(of).collect()
    }
}

/// Returns the value under a name, which is copied only if it is new.
fn entry<'a, T: Default>(map: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    if !map.contains_key(name) {
        map.insert(name.to_owned(), T::default());
    }
    map.get_mut(name).expect("it has just been put there")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::time::{Duration, UNIX_EPOCH};

    fn call(scope: &str, operation: &str, outcome: Outcome) -> CallRecord {
        CallRecord {
            scope: Some(scope.to_owned()),
            sent: UNIX_EPOCH,
            at: UNIX_EPOCH,
            duration: Duration::ZERO,
            label: String::new(),
            account: String::new(),
            region: String::new(),
            service: "sts".to_owned(),
            operation: operation.to_owned(),
            resource: String::new(),
            outcome,
            fault: None,
            request: Value::Null,
            response: Value::Null,
        }
    }

    #[test]
    fn a_scope_that_is_taken_leaves_its_counts_and_the_others() {
        let mut calls = Calls::default();
        calls.push(call("a", "AssumeRole", Outcome::Ok), true);
        calls.push(call("b", "AssumeRole", Outcome::Refused("Throttling".to_owned())), true);
        calls.push(call("a", "GetCallerIdentity", Outcome::Ok), true);
        assert_eq!(calls.of("a").len(), 2);
        assert_eq!(calls.take("a").len(), 2);
        assert_eq!((calls.of("a").len(), calls.all().count(), calls.count()), (0, 1, (3, 0)));
        let assumed = calls.tallies()[&("sts".to_owned(), "AssumeRole".to_owned())];
        assert_eq!(assumed, Tally { all: 2, refused: 1 });
    }

    #[test]
    fn a_call_that_is_not_kept_is_counted() {
        let mut calls = Calls::default();
        calls.push(call("a", "AssumeRole", Outcome::Ok), false);
        assert_eq!((calls.of("a").len(), calls.all().count(), calls.count()), (0, 0, (1, 0)));
        assert_eq!(calls.tallies().len(), 1);
    }
}
