//! Formats a run for the screen: a line or a timeline for each execution, the final state as
//! tables, and a line of summary. Colours are always included as escape codes; the printing code
//! removes them if they are not wanted.

mod fold;
mod line;
mod names;
mod style;
mod summary;
mod tables;
mod timeline;

pub use line::{dead_letter, line, lost};
pub use names::Names;
pub use style::{FAINT, HEADING, styled, wrapped};
pub use summary::summary;
pub use tables::finale;
pub use timeline::{execution, wrapped_timeline};

use std::time::Duration;

/// The size and level of detail of the output.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Width in columns; `None` if it is not limited.
    pub width: Option<usize>,
    /// True if everything is shown.
    pub verbose: bool,
}

/// Formats a duration: `0.21 s`, `40 s`, `3 m 20 s`, `2 h 05 m`.
pub(crate) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = duration.as_secs();
    if seconds < 10.0 {
        format!("{seconds:.2} s")
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else if whole < 3600 {
        format!("{} m {:02} s", whole / 60, whole % 60)
    } else {
        format!("{} h {:02} m", whole / 3600, whole / 60 % 60)
    }
}

/// Formats the time since the start as on a clock: `+1:02:03`, and from the fifth day without seconds:
/// `+8d 01:09`.
pub(crate) fn offset(since: Duration) -> String {
    let (hours, minutes, seconds) = (since.as_secs() / 3600, since.as_secs() / 60 % 60, since.as_secs() % 60);
    if hours < 100 {
        format!("+{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("+{}d {:02}:{minutes:02}", hours / 24, hours % 24)
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
        assert_eq!(span(Duration::from_mins(125)), "2 h 05 m");
        assert_eq!(offset(Duration::from_secs(93_784)), "+26:03:04");
        assert_eq!(offset(Duration::from_secs(695_384)), "+8d 01:09");
    }
}
