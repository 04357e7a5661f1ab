//! Renders a machine as a Markdown table: what each state calls, its time limits, and how its
//! errors are handled.

use std::fmt::Write as _;

use crate::inspect::{RetryInfo, StateInfo};
use crate::model::{Machine, StateKind};

/// Renders one row per state, in reading order. The name of a state inside a Map or a Parallel is
/// prefixed with that state's name. Retriers that most Tasks share are listed once, above the table;
/// a row names those that its state does without.
pub fn table(machine: &Machine) -> String {
    let states = machine.states();
    let common = common_retries(&states);
    let mut text = String::new();
    if !common.is_empty() {
        text.push_str("Unless its row says otherwise, a task is retried on:\n\n");
        for retry in &common {
            writeln!(text, "- {}", retries(retry)).expect("a string takes everything");
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
            joined(own_retries(state, &common)),
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

/// Returns the retriers that more than half of the Tasks have, and at least two.
fn common_retries(states: &[StateInfo]) -> Vec<RetryInfo> {
    let tasks: Vec<&StateInfo> = states.iter().filter(|state| state.kind == StateKind::Task).collect();
    let mut common = Vec::new();
    for retry in tasks.iter().flat_map(|task| &task.retries) {
        let users = tasks.iter().filter(|task| task.retries.contains(retry)).count();
        if users > 1 && users * 2 > tasks.len() && !common.contains(retry) {
            common.push(retry.clone());
        }
    }
    common
}

/// Returns the cells of the retriers that only this Task has, and of the common ones that it lacks.
fn own_retries<'a>(state: &'a StateInfo, common: &'a [RetryInfo]) -> impl Iterator<Item = String> + 'a {
    let lacks = move |retry: &&RetryInfo| state.kind == StateKind::Task && !state.retries.contains(retry);
    let own = state.retries.iter().filter(|own| !common.contains(own)).map(|retry| cell(&retries(retry)));
    let lacking = common.iter().filter(lacks);
    own.chain(lacking.map(|retry| cell(&format!("not the usual one for {}", retry.errors[0]))))
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
