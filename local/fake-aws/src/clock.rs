//! Time in the emulated AWS. All code that reads the time or waits uses this module, so a test of
//! hours takes milliseconds, and runs with the same seed see the same instants.

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::LocalSet;
use tokio::time::Instant;

/// A clock on tokio's time. Create it inside the runtime that will use it: tokio's own clock, which
/// may be paused, belongs to the runtime. Tokio's timers have a resolution of one millisecond.
#[derive(Debug, Clone)]
pub struct Clock {
    epoch: SystemTime,
    started: Instant,
    scale: f64,
}

impl Clock {
    /// Creates a clock for [`run_virtual`]: it stops while any task can run, and jumps to the next
    /// timer when all tasks wait.
    pub fn virtual_from(epoch: SystemTime) -> Self {
        Self::scaled(epoch, 1.0)
    }

    /// Creates a clock that shows `epoch` now and then runs `scale` times as fast as tokio's.
    pub fn scaled(epoch: SystemTime, scale: f64) -> Self {
        Self { epoch, started: Instant::now(), scale }
    }

    /// Creates a clock that runs with the machine's clock, for interactive runs and for clients in
    /// other processes.
    #[expect(clippy::disallowed_methods, reason = "this is where the machine's time enters, once")]
    pub fn real() -> Self {
        Self::scaled(SystemTime::now(), 1.0)
    }

    /// Returns the speed of this clock as a multiple of tokio's.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Returns the current time in the emulated AWS.
    pub fn now(&self) -> SystemTime {
        self.epoch + self.started.elapsed().mul_f64(self.scale)
    }

    /// Returns the current time in the emulated AWS since 1970, or zero for a time before that.
    pub fn since_1970(&self) -> Duration {
        self.now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Waits for a duration that is measured on this clock.
    pub async fn sleep(&self, duration: Duration) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the emulated AWS's clock is what everyone else waits by"
        )]
        tokio::time::sleep(duration.div_f64(self.scale)).await;
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        Clock::now(self)
    }
}

impl AsyncSleep for Clock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        Sleep::new(async move { clock.sleep(duration).await })
    }
}

/// Runs a future on one thread under virtual time. Tasks that are still running when it completes
/// are dropped.
pub fn run_virtual<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread and no sockets needs nothing that could be missing");
    LocalSet::new().block_on(&runtime, future)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_virtual_time_pass_at_once_and_to_the_millisecond() {
        run_virtual(async {
            let clock = Clock::virtual_from(UNIX_EPOCH);
            clock.sleep(Duration::from_hours(2)).await;
            assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_hours(2));
        });
    }

    #[test]
    fn a_scaled_clock_runs_faster_than_its_runtime() {
        run_virtual(async {
            let (slow, fast) = (Clock::virtual_from(UNIX_EPOCH), Clock::scaled(UNIX_EPOCH, 60.0));
            fast.sleep(Duration::from_mins(1)).await;
            assert_eq!(slow.since_1970(), Duration::from_secs(1));
            assert_eq!(fast.since_1970(), Duration::from_mins(1));
        });
    }
}
