//! Writes JSON for CloudWatch to the standard output, which Lambda sends to the log.

use contract::settings::Env;
use serde_json::Value;
use std::io::Write;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Sends `tracing` events to the log, filtered by `RUST_LOG`.
///
/// The Lambda runtime's own subscriber is not used: its filter needs a regular expression engine, a
/// twentieth of a function's size, for filters that we do not use.
pub(crate) fn begin(env: &Env) {
    let lines = tracing_subscriber::fmt::layer().json().with_target(false).without_time();
    tracing_subscriber::registry().with(lines.with_filter(filter(env))).init();
}

/// Reads `RUST_LOG`: `level` and `module=level`, separated by commas. The default, also for an
/// invalid value, is `info`.
fn filter(env: &Env) -> Targets {
    let told = env.optional("RUST_LOG").and_then(|told| told.parse().ok());
    told.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

/// Writes the line of an invocation, including its metrics. A failed write is only logged,
/// because the work of the invocation is already done.
pub(crate) fn tell(line: &Value, log: &mut impl Write) {
    if let Err(error) = writeln!(log, "{line}") {
        tracing::warn!(%error, "could not write a log line");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    fn filtered(told: &str) -> Targets {
        filter(&[("RUST_LOG".to_owned(), told.to_owned())].into_iter().collect())
    }

    #[test]
    fn a_module_can_be_silenced_and_the_rest_is_heard() {
        let filter = filtered("info,lambda_runtime::layers::panic=off");
        assert!(!filter.would_enable("lambda_runtime::layers::panic", &Level::ERROR));
        assert!(filter.would_enable("aws::assignments", &Level::WARN));
        assert!(!filter.would_enable("aws::assignments", &Level::DEBUG));
    }

    #[test]
    fn a_filter_that_cannot_be_read_silences_nothing() {
        for filter in [filtered("loud=please"), filter(&Env::default())] {
            assert!(filter.would_enable("aws", &Level::INFO));
        }
    }
}
