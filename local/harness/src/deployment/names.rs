//! Names of executions. A state machine accepts each name once in 90 days [5.6].

use asl::StartRefused;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Time for which a name stays taken after its execution has closed.
const TAKEN_FOR: Duration = Duration::from_hours(90 * 24);

/// The state of a name.
#[derive(Debug)]
enum Name {
    /// Another execution has started one with this name and input, but it has not run yet.
    Noted(Value),
    /// An execution of this name started to run, or closed, at this time.
    Used(SystemTime),
}

/// All names, per state machine.
#[derive(Debug, Default)]
pub(super) struct Names(RefCell<BTreeMap<(String, String), Name>>);

impl Names {
    /// Takes a name for an execution that runs now. An execution that was noted must run with the
    /// input that was noted.
    pub(super) fn run(
        &self,
        machine: &str,
        name: &str,
        input: &Value,
        now: SystemTime,
    ) -> Result<(), StartRefused> {
        let mut names = self.0.borrow_mut();
        let free = match names.get(&key(machine, name)) {
            None => true,
            Some(Name::Noted(noted)) => noted == input,
            Some(Name::Used(at)) => is_free(*at, now),
        };
        if !free {
            return Err(StartRefused::AlreadyExists { name: name.to_owned() });
        }
        names.insert(key(machine, name), Name::Used(now));
        Ok(())
    }

    /// Notes that an execution has started another one; returns false if the name is taken. The
    /// real service accepts the same name with the same input while the first execution runs, so
    /// callers must handle both.
    pub(super) fn note(&self, machine: &str, name: &str, input: &Value, now: SystemTime) -> bool {
        let mut names = self.0.borrow_mut();
        let free = match names.get(&key(machine, name)) {
            None => true,
            Some(Name::Noted(_)) => false,
            Some(Name::Used(at)) => is_free(*at, now),
        };
        if free {
            names.insert(key(machine, name), Name::Noted(input.clone()));
        }
        free
    }

    /// Starts the 90 days of a name: its execution has closed.
    pub(super) fn closed(&self, machine: &str, name: &str, now: SystemTime) {
        self.0.borrow_mut().insert(key(machine, name), Name::Used(now));
    }
}

fn key(machine: &str, name: &str) -> (String, String) {
    (machine.to_owned(), name.to_owned())
}

fn is_free(since: SystemTime, now: SystemTime) -> bool {
    now.duration_since(since).is_ok_and(|age| age > TAKEN_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::UNIX_EPOCH;

    fn day(number: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_hours(24 * number)
    }

    #[test]
    fn a_name_is_taken_until_ninety_days_after_its_execution_closed() {
        let names = Names::default();
        let run = |at| names.run("m", "n", &json!({}), day(at)).is_ok();
        assert!(run(0));
        names.closed("m", "n", day(1));
        assert!(!run(90) && !names.note("m", "n", &json!({}), day(91)));
        assert!(run(92) && !run(93));
        assert!(names.run("another", "n", &json!({}), day(93)).is_ok());
    }

    #[test]
    fn what_was_noted_is_run_once_with_its_own_input() {
        let names = Names::default();
        assert!(names.note("m", "n", &json!({"a": 1}), day(0)) && !names.note("m", "n", &json!({}), day(0)));
        assert!(names.run("m", "n", &json!({}), day(0)).is_err());
        assert!(names.run("m", "n", &json!({"a": 1}), day(0)).is_ok());
        assert!(names.run("m", "n", &json!({"a": 1}), day(0)).is_err());
    }
}
