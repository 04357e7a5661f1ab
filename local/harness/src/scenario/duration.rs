//! Durations in text form: `90s`, `5m`, `2h`, `1d`.

use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// Longest span: the timers of the clock are limited to slightly more than two years.
const MAX_DAYS: u64 = 730;

/// A duration: a whole number with one of the units `s`, `m`, `h` or `d`; at most 730 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Span(pub Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a span of time: write it like 90s, 5m, 2h or 1d");
        let too_long =
            || format!("{text:?} is longer than {MAX_DAYS}d, the longest span that the clock can wait");
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        let seconds = match &text[digits.len()..] {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| too_long())?;
        let span = number.checked_mul(seconds).filter(|span| *span <= MAX_DAYS * 86_400);
        span.map(Duration::from_secs).map(Self).ok_or_else(too_long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_number_and_a_unit() {
        assert_eq!(Span::try_from("90s".to_owned()), Ok(Span(Duration::from_secs(90))));
        assert_eq!(Span::try_from("2h".to_owned()), Ok(Span(Duration::from_hours(2))));
        for bad in ["90", "s", "1w", "-1s", "1.5h", ""] {
            assert!(Span::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_span_that_no_clock_can_wait_is_refused() {
        assert_eq!(Span::try_from("730d".to_owned()), Ok(Span(Duration::from_hours(730 * 24))));
        for long in
            ["731d", "17521h", "18446744073709551615s", "18446744073709551615d", "99999999999999999999s"]
        {
            let why = Span::try_from(long.to_owned()).unwrap_err();
            assert!(why.contains("longer than 730d"), "{why}");
        }
    }
}
