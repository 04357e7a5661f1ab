//! The queue of those who wait for Studio to create a profile: pure arithmetic on its item.
//!
//! Everybody who waits has a number. The numbers are called at a rate that is learnt from Studio's
//! refusals, because AWS publishes no rate for creations [3.20].

use serde_json::{Map, Value};
use std::time::Duration;

/// Rate of a queue that has learnt nothing yet: twenty creations a second. One that is too fast is
/// corrected after the first ten seconds.
const FIRST_RATE: i64 = 20_000;

/// Slowest and fastest rate: a creation in twenty seconds, and two hundred in a second.
const RATES: std::ops::RangeInclusive<i64> = 50..=200_000;

/// Time for which a rate is tried before it is changed, and turns that must be used in it.
const TRIAL: i64 = 10_000;
const USED_IN_TRIAL: i64 = 10;

/// Time after the last refusal until which new creations wait in the queue, even if it is empty.
const CROWDED: u64 = 60_000;

/// The queue of an account and Region. Times in milliseconds since 1970, rates and called numbers in
/// thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Queue {
    /// The last number that was given out.
    pub(super) issued: u64,
    /// The number that had been called at `at`, without the turns that were used in vain.
    pub(super) called: i64,
    /// Time of `called`.
    pub(super) at: u64,
    /// Creations that Studio took in the present trial.
    pub(super) taken: i64,
    /// Begin of the present trial.
    pub(super) since: u64,
    /// Numbers called in a second. 0: the queue has never been opened.
    pub(super) rate: i64,
    /// Refusals of Studio in the present trial.
    pub(super) refused: i64,
    /// The most that Studio took in a second of a recent trial. It fades by a twentieth with each trial.
    pub(super) best: i64,
    /// The last refusal.
    pub(super) refused_at: u64,
    /// Number of changes, by which one on top of another's is noticed.
    pub(super) version: u64,
}

impl Queue {
    pub(super) fn of(item: &Map<String, Value>) -> Self {
        let number = |name: &str| item.get(name).and_then(Value::as_u64).unwrap_or_default();
        let signed = |name: &str| item.get(name).and_then(Value::as_i64).unwrap_or_default();
        Self {
            issued: number("issued"),
            called: signed("called"),
            at: number("at"),
            taken: signed("taken"),
            since: number("since"),
            rate: signed("rate"),
            refused: signed("refused"),
            best: signed("best"),
            refused_at: number("refusedAt"),
            version: number("version"),
        }
    }

    /// Returns the number that is called now, in thousandths.
    fn called_at(&self, now: u64) -> i64 {
        self.called + self.rate * between(self.at, now) / 1_000
    }

    /// Returns whether a new creation has to wait for its turn: others do, or Studio has refused one
    /// in the last minute.
    pub(super) fn is_crowded(&self, now: u64) -> bool {
        self.is_waited_for(now) || self.rate > 0 && now.saturating_sub(self.refused_at) < CROWDED
    }

    /// Returns whether somebody has a number that has not been called.
    pub(super) fn is_waited_for(&self, now: u64) -> bool {
        self.rate > 0 && self.called_at(now) < thousandths(self.issued)
    }

    /// Returns how long a number must wait, at the present rate. `None`: it has been called.
    pub(super) fn wait(&self, number: u64, now: u64) -> Option<Duration> {
        let ahead =
            u64::try_from(thousandths(number) - self.called_at(now)).ok().filter(|ahead| *ahead > 0)?;
        Some(Duration::from_millis(ahead * 1_000 / self.rate.max(1).unsigned_abs()))
    }

    /// Returns the queue for the first who was refused: it goes on from the last number, at the rate
    /// that was learnt before.
    pub(super) fn opened(&self, now: u64) -> Self {
        let rate = if self.rate == 0 { FIRST_RATE } else { self.rate };
        let called = thousandths(self.issued);
        let opened = Self { called, at: now, taken: 0, since: now, refused: 0, refused_at: now, ..*self };
        self.changed(Self { rate, ..opened })
    }

    /// Returns the queue without the numbers that were called while nobody had them: who comes next
    /// must not find hundreds of free turns. `None`: there are at most a second's.
    pub(super) fn without_unused(&self, now: u64) -> Option<Self> {
        let last = thousandths(self.issued);
        let is_ahead = self.called_at(now) > last + self.rate;
        is_ahead.then(|| self.changed(Self { called: last, at: now, ..*self }))
    }

    /// Returns the queue with another rate, after the present one has been tried long enough: faster
    /// by a fifth if Studio refused nothing, otherwise a little more than it took, and as much as it
    /// took recently: there may have been few who asked.
    pub(super) fn learnt(&self, now: u64) -> Option<Self> {
        let tried = between(self.since, now);
        if self.rate == 0 || tried < TRIAL || self.taken + self.refused < USED_IN_TRIAL {
            return None;
        }
        let faster = self.rate + self.rate / 5;
        let took = self.taken * 1_000_000 / tried;
        let best = took.max(self.best - self.best / 20);
        let slower = (took + took / 32).max(best);
        let rate = if self.refused == 0 { faster } else { slower.clamp(self.rate / 4, faster) };
        let rate = rate.clamp(*RATES.start(), *RATES.end());
        let called = self.called_at(now);
        let next = Self { called, at: now, taken: 0, since: now, refused: 0, ..*self };
        Some(self.changed(Self { rate, best, ..next }))
    }

    fn changed(&self, next: Self) -> Self {
        Self { version: self.version + 1, ..next }
    }
}

/// Returns the milliseconds between two moments.
fn between(from: u64, to: u64) -> i64 {
    i64::try_from(to.saturating_sub(from)).unwrap_or(i64::MAX)
}

fn thousandths(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn open(issued: u64) -> Queue {
        Queue { issued, ..Queue::default().opened(NOW) }
    }

    #[test]
    fn numbers_are_called_at_the_rate_and_nobody_is_overtaken() {
        let queue = open(100);
        assert_eq!(queue.wait(1, NOW), Some(Duration::from_millis(50)));
        assert_eq!(queue.wait(100, NOW), Some(Duration::from_secs(5)));
        assert_eq!(queue.wait(40, NOW + 2_000), None);
        assert_eq!(queue.wait(41, NOW + 2_000), Some(Duration::from_millis(50)));
    }

    #[test]
    fn an_empty_queue_is_skipped_a_minute_after_a_refusal() {
        assert!(!Queue::default().is_crowded(NOW));
        assert!(open(0).is_crowded(NOW + 59_999));
        assert!(!open(0).is_crowded(NOW + 60_000));
        assert!(open(2_000).is_crowded(NOW + 99_000));
        assert!(!open(2_000).is_crowded(NOW + 100_000));
    }

    #[test]
    fn the_rate_follows_what_studio_took() {
        let queue = Queue { taken: 50, ..open(10_000) };
        assert_eq!(queue.learnt(NOW + 9_999), None, "not tried for long enough");
        let after = |taken, refused| Queue { taken, refused, ..queue }.learnt(NOW + 10_000).unwrap();
        assert_eq!(after(50, 0).rate, 24_000);
        assert_eq!(after(60, 150).rate, 6_187);
        let lull = Queue { rate: 6_000, best: 6_000, taken: 20, refused: 3, ..queue };
        assert_eq!(lull.learnt(NOW + 10_000).unwrap().rate, 5_700);
        assert_eq!(after(40, 150).rate, 5_000, "a quarter at the least");
        assert_eq!(after(300, 1).rate, 24_000);
        let next = after(60, 150);
        assert_eq!((next.called, next.taken, next.refused), (200_000, 0, 0));
        assert_eq!(Queue { taken: 9, ..queue }.learnt(NOW + 60_000), None, "nine turns say little");
    }

    #[test]
    fn what_was_learnt_stays_and_unused_turns_do_not() {
        let learnt = Queue { rate: 5_000, called: 100_000, taken: 7, ..open(100) };
        let again = learnt.opened(NOW + 600_000);
        assert_eq!((again.rate, again.is_crowded(NOW + 659_999)), (5_000, true));
        assert_eq!(learnt.without_unused(NOW + 1_000), None);
        let next = learnt.without_unused(NOW + 1_001).unwrap();
        assert_eq!(next.wait(101, NOW + 1_001), Some(Duration::from_millis(200)));
        assert_eq!((next.taken, next.since), (7, NOW), "the trial goes on");
    }
}
