//! Renders a machine as a Markdown table: what each state calls, its time limits, and how its
//! errors are handled.

use std::fmt::Write as _;

use crate::inspect::{RetryInfo, StateInfo};
use crate::model::{Machine, StateKind};

/// Renders one row per state, in reading order. The name of a state inside a Map or a Parallel is
/// prefixed with that state's name. Retriers that several Tasks share are listed once, above the
/// table: those of most Tasks, and others with a letter. A row names those of most Tasks that its
/// state does without.
pub fn table(machine: &Machine) -> String {
    let states = machine.states();
    let (common, some) = shared_retries(&states);
    let mut text = String::new();
    if !common.is_empty() {
        text.push_str("Unless its row says otherwise, a task is retried on:\n\n");
        for retry in &common {
            writeln!(text, "- {}", retries(retry)).expect("a string takes everything");
        }
        text.push('\n');
    }
    if !some.is_empty() {
        text.push_str("Where the row has the letter, a task is retried on these instead of the usual rule for the same error:\n\n");
        for (letter, retry) in ('a'..).zip(&some) {
            writeln!(text, "- ({letter}) {}", retries(retry)).expect("a string takes everything");
        }
        text.push('\n');
    }
    text.push_str("| state | kind | function | waits/timeouts | further retries | catches -> next |\n|---|---|---|---|---|---|\n");
    for state in &states {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            cell(&name(state)),
            state.kind,
            state.function.as_deref().map(|function| cell(short(function))).unwrap_or_default(),
            cell(&time(state)),
            joined(own_retries(state, &common, &some)),
            joined(state.catches.iter().map(|catch| cell(&format!(
                "{} -> {}",
                catch.errors.join(", "),
                catch.next
            )))),
        )
        .expect("a string takes everything");
    }
    text
}

/// Returns the retriers that more than half of the Tasks have, and at least two; and the others that
/// at least three have.
fn shared_retries(states: &[StateInfo]) -> (Vec<RetryInfo>, Vec<RetryInfo>) {
    let tasks: Vec<&StateInfo> = states.iter().filter(|state| state.kind == StateKind::Task).collect();
    let (mut common, mut some) = (Vec::new(), Vec::new());
    for retry in tasks.iter().flat_map(|task| &task.retries) {
        let users = tasks.iter().filter(|task| task.retries.contains(retry)).count();
        let list = match users {
            2.. if users * 2 > tasks.len() => &mut common,
            3.. => &mut some,
            _ => continue,
        };
        if !list.contains(retry) {
            list.push(retry.clone());
        }
    }
    (common, some)
}

/// Returns the cells of the retriers that this Task has beside the common ones, and of the common ones
/// that it lacks without another one for the same error.
fn own_retries<'a>(
    state: &'a StateInfo,
    common: &'a [RetryInfo],
    some: &'a [RetryInfo],
) -> impl Iterator<Item = String> + 'a {
    let own = state.retries.iter().filter(|own| !common.contains(own)).map(move |retry| {
        let lettered = ('a'..).zip(some).find(|(_, shared)| *shared == retry);
        lettered.map_or_else(|| cell(&retries(retry)), |(letter, _)| format!("({letter})"))
    });
    let lacks = move |retry: &&RetryInfo| {
        let is_retried = |error| state.retries.iter().any(|own| own.errors.contains(error));
        state.kind == StateKind::Task && !retry.errors.first().is_some_and(is_retried)
    };
    let lacking = common.iter().filter(lacks);
    own.chain(lacking.map(|retry| cell(&format!("not on {}", retry.errors[0]))))
}

/// Returns the function name of an ARN: the account and Region are the same in every row.
fn short(function: &str) -> &str {
    function.rsplit_once(":function:").map_or(function, |(_, name)| name)
}

fn name(state: &StateInfo) -> String {
    state.path.iter().chain([&state.name]).map(String::as_str).collect::<Vec<_>>().join(" / ")
}

fn time(state: &StateInfo) -> String {
    match (state.kind, &state.wait, state.timeout) {
        (StateKind::Wait, Some(wait), _) if wait.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("waits {wait} s")
        }
        (StateKind::Wait, Some(wait), _) => format!("waits `{wait}`"),
        (_, _, Some(timeout)) => format!("at most {} s", timeout.as_secs()),
        (_, _, None) => String::new(),
    }
}

/// Formats one retrier: `Throttled: 5 times, 2 s x 2.0, at most 30 s, jitter`
fn retries(retry: &RetryInfo) -> String {
    let mut text = format!(
        "{}: {} times, {} s x {:.1}",
        retry.errors.join(", "),
        retry.max_attempts,
        retry.interval_seconds,
        retry.backoff_rate
    );
    if let Some(most) = retry.max_delay_seconds {
        write!(text, ", at most {most} s").expect("a string takes everything");
    }
    if retry.full_jitter {
        text.push_str(", jitter");
    }
    text
}

fn joined(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join("<br>")
}

/// Joins the text into one line and escapes `|`, which would end the cell.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
