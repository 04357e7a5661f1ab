//! How many functions run at the same time. Lambda runs one invocation in an environment, and a
//! thousand at once in an account unless its quota was raised; it refuses the others.

use std::cell::Cell;
use std::rc::Rc;

/// Invocations that an account may have running, if its quota was not raised.
const QUOTA: usize = 1_000;

/// The running functions of a deployment.
#[derive(Debug, Clone, Default)]
pub(super) struct Concurrency(Rc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    running: Cell<usize>,
    most: Cell<usize>,
}

/// A running function. Dropped when it has ended.
pub(super) struct Running(Rc<Counts>);

impl Concurrency {
    /// Counts a function that begins, or returns `None` if as many run as may.
    pub(super) fn begin(&self) -> Option<Running> {
        let running = self.0.running.get();
        if running >= QUOTA {
            return None;
        }
        self.0.running.set(running + 1);
        self.0.most.set(self.0.most.get().max(running + 1));
        Some(Running(Rc::clone(&self.0)))
    }

    /// Returns the most functions that have run at the same time.
    pub(super) fn most(&self) -> usize {
        self.0.most.get()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_run_at_once_and_the_next_when_one_has_ended() {
        let all = Concurrency::default();
        let mut running: Vec<Running> = (0..QUOTA).map(|_| all.begin().unwrap()).collect();
        assert!(all.begin().is_none());
        running.pop();
        assert!(all.begin().is_some());
        assert_eq!(all.most(), QUOTA);
    }
}
