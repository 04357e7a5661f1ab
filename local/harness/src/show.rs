//! What people see: each execution as a timeline, the world in the end as tables.

mod tables;
mod timeline;

pub use tables::finale;
pub use timeline::execution;

use std::time::Duration;

/// A span of time, short: `0.21 s`, `40 s`, `3 m 20 s`.
pub(crate) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.2} s")
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} m {:02} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_short_and_exact_enough() {
        assert_eq!(span(Duration::from_millis(214)), "0.21 s");
        assert_eq!(span(Duration::from_millis(40_060)), "40.1 s");
        assert_eq!(span(Duration::from_secs(200)), "3 m 20 s");
    }
}
