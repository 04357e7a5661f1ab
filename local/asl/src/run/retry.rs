//! Retry: selects the retrier for an error and computes the delay. Each retrier has its own counter
//! for the whole visit of the state [5.11].

use std::time::Duration;

use super::failure::Failure;
use crate::model::Retrier;

pub(super) struct Retries<'m> {
    /// Retriers, each with the number of times it was used.
    retriers: Vec<(&'m Retrier, u32)>,
}

impl<'m> Retries<'m> {
    pub(super) fn new(retriers: &'m [Retrier]) -> Self {
        Self { retriers: retriers.iter().map(|retrier| (retrier, 0)).collect() }
    }

    /// Returns the delay before the next attempt. `None` if no retrier matches, or if the first
    /// that matches has no attempts left.
    pub(super) fn plan(&mut self, failure: &Failure, jitter: impl FnOnce() -> f64) -> Option<Duration> {
        let (retrier, used) =
            self.retriers.iter_mut().find(|(retrier, _)| failure.matches(&retrier.errors))?;
        if *used >= retrier.max_attempts {
            return None;
        }
        let delay = delay(retrier, *used);
        *used += 1;
        Some(if retrier.full_jitter { delay.mul_f64(jitter()) } else { delay })
    }
}

/// Computes interval * rate ^ retries so far, limited to the cap.
fn delay(retrier: &Retrier, used: u32) -> Duration {
    /// Upper bound of `MaxDelaySeconds` in the language.
    const SECONDS_MAX: f64 = 31_622_400.0;
    let grown = f64::from(retrier.interval_seconds) * retrier.backoff_rate.powf(f64::from(used));
    let cap = retrier.max_delay_seconds.map_or(SECONDS_MAX, f64::from);
    Duration::from_secs_f64(grown.min(cap))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(error: &str, max_attempts: u32) -> Retrier {
        Retrier {
            errors: vec![error.to_owned()],
            interval_seconds: 2,
            max_attempts,
            backoff_rate: 3.0,
            max_delay_seconds: Some(10),
            full_jitter: false,
        }
    }

    fn plan(retries: &mut Retries<'_>, error: &str) -> Option<f64> {
        retries.plan(&Failure::new(error, ""), || 0.5).map(|delay| delay.as_secs_f64())
    }

    #[test]
    fn delays_grow_by_the_rate_up_to_the_cap_until_attempts_run_out() {
        let rules = [retrier("A", 3)];
        let mut retries = Retries::new(&rules);
        let delays: Vec<_> = (0..4).map(|_| plan(&mut retries, "A")).collect();
        assert_eq!(delays, [Some(2.0), Some(6.0), Some(10.0), None]);
    }

    #[test]
    fn retriers_count_separately_and_never_fall_through() {
        let rules = [retrier("A", 1), retrier("States.ALL", 2)];
        let mut retries = Retries::new(&rules);
        assert_eq!(plan(&mut retries, "A"), Some(2.0));
        assert_eq!(plan(&mut retries, "B"), Some(2.0));
        assert_eq!(plan(&mut retries, "A"), None);
        assert_eq!(plan(&mut retries, "B"), Some(6.0));
    }

    #[test]
    fn full_jitter_takes_its_share_of_the_capped_delay() {
        let rules = [Retrier { full_jitter: true, ..retrier("A", 3) }];
        let mut retries = Retries::new(&rules);
        let delays: Vec<_> = (0..3).map(|_| plan(&mut retries, "A")).collect();
        assert_eq!(delays, [Some(1.0), Some(3.0), Some(5.0)]);
    }
}
