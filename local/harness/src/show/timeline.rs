//! Formats one execution as a timeline: state, function, time, AWS calls, retries and waits, with
//! one block for each target.

use super::fold::{Row, folded};
use super::style::{HEADING, styled, wrapped};
use super::{View, span};
use crate::report::{Entry, Execution, Invocation};
use asl::{HistoryEvent, HistoryKind, Iteration};
use fake_aws::{CallRecord, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::macros::format_description;

/// Indent of the column of calls. Calls that do not fit continue there.
const CALLS: &str = "                                             ";

/// Formats the timeline of an execution for a screen: the title is highlighted, and no line exceeds
/// the width.
pub fn wrapped_timeline(execution: &Execution, view: View) -> String {
    let text = self::execution(execution);
    let line = |(number, line): (usize, &str)| {
        let edge = if line.starts_with("   │ ") { "   │ " } else { "   " };
        // A narrow screen has no room for the column of calls.
        let indent = if view.width.is_none_or(|width| width >= 100) { CALLS } else { "    " };
        let line = wrapped(line, view.width, &format!("{edge}{indent}"));
        if number == 0 { styled(HEADING, &line) } else { line }
    };
    text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// Formats the timeline of an execution, without a limit on the width.
pub fn execution(execution: &Execution) -> String {
    let mut text = String::new();
    let verdict = format!("{} in {}", execution.status_word(), span(execution.took));
    let began = moment(execution.began);
    line(&mut text, &format!("── {} ── {began} ── {verdict}", execution.title));
    line(&mut text, &format!("   input    {}", input(&execution.input)));
    for block in blocks(execution) {
        if let Some(title) = &block.title {
            line(&mut text, &format!("   ┌ {title}"));
        }
        let edge = if block.title.is_some() { "   │ " } else { "   " };
        for row in folded(&block.rows) {
            line(&mut text, &format!("{edge}{row}"));
        }
        if let Some(end) = &block.end {
            line(&mut text, &format!("   └ {end}"));
        }
    }
    match (&execution.output, &execution.error) {
        (Some(output), _) => {
            line(&mut text, &format!("   result   {}", output["summary"].as_str().unwrap_or("(no summary)")));
        }
        (None, Some(error)) => {
            line(
                &mut text,
                &format!("   error    {error}: {}", said(execution.cause.as_deref().unwrap_or_default())),
            );
        }
        (None, None) => {}
    }
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{}", line.trim_end()).expect("writing to a String cannot fail");
}

/// Formats a time to the second.
fn moment(at: SystemTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    OffsetDateTime::from(at).format(format).unwrap_or_default()
}

/// Summarizes an input in one line.
fn input(input: &Value) -> String {
    let record = input.get("detail").unwrap_or(input);
    match record["eventName"].as_str() {
        Some(name) => format!("{name}  {}", record["requestParameters"]),
        None => input.to_string().chars().take(120).collect(),
    }
}

/// Returns the message in Lambda's JSON, or the text itself if it is not JSON.
fn said(cause: &str) -> String {
    let json = serde_json::from_str::<Value>(cause).ok();
    json.and_then(|json| json["errorMessage"].as_str().map(str::to_owned)).unwrap_or_else(|| cause.to_owned())
}

/// A group of rows: those of the execution before its targets, those of one target, or those after
/// all targets.
#[derive(Default)]
struct Block {
    title: Option<String>,
    rows: Vec<Row>,
    end: Option<String>,
}

fn blocks(execution: &Execution) -> Vec<Block> {
    let (mut before, mut after) = (Block::default(), Block::default());
    let mut targets: BTreeMap<usize, Block> = BTreeMap::new();
    for entry in &execution.entries {
        let path = match entry {
            Entry::Event(event) => &event.iteration,
            Entry::Invoked(invocation) => &invocation.iteration,
        };
        let block = match path.first() {
            Some((_, index)) => targets.entry(*index).or_default(),
            None if targets.is_empty() => &mut before,
            None => &mut after,
        };
        if let Entry::Event(HistoryEvent {
            kind: HistoryKind::IterationStarted { input, .. }, iteration, ..
        }) = entry
            && iteration.len() <= 1
            && let Some(title) = target(input)
        {
            block.title = Some(title);
        }
        block.rows.extend(row(entry, execution.began));
    }
    for (index, result) in execution.results().iter().enumerate() {
        if let Some(block) = targets.get_mut(&index) {
            block.end = Some(outcome(result));
        }
    }
    std::iter::once(before).chain(targets.into_values()).chain(std::iter::once(after)).collect()
}

fn target(input: &Value) -> Option<String> {
    let target = input.get("job").unwrap_or(input).get("target")?;
    let part = |name: &str| target[name].as_str().map(str::to_owned);
    Some(format!("{}/{}/{}", part("account")?, part("region")?, part("domainId")?))
}

fn outcome(result: &Value) -> String {
    let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
    if text("error").is_empty() {
        format!("{}: {}", text("action"), text("reason"))
    } else {
        format!("failed: {}: {}", text("error"), said(&text("cause")))
    }
}

fn row(entry: &Entry, began: SystemTime) -> Option<Row> {
    match entry {
        Entry::Invoked(invocation) => {
            let text = invoked(invocation);
            let Invocation { state, function, error, .. } = invocation;
            let refused: Vec<&CallRecord> = invocation
                .calls
                .iter()
                .filter(|call| call.outcome != Outcome::Ok || call.fault.is_some())
                .collect();
            let refused: Vec<String> = refused.into_iter().map(word).collect();
            let alike = format!("{state} {function} {error:?} {refused:?}");
            let until = invocation.ended.duration_since(began).unwrap_or_default();
            Some(Row { text, alike, until: format!("+{}", span(until)) })
        }
        Entry::Event(event) => {
            let since = event.at.duration_since(began).unwrap_or_default();
            let state = event.state.as_deref().unwrap_or_default();
            let text = happened(&event.kind, state, since, &event.iteration)?;
            let (mut until, mut alike) = (since, text.clone());
            if let HistoryKind::Waiting { seconds } = &event.kind {
                (until, alike) = (since + Duration::from_secs(*seconds), format!("{state} waits {seconds}"));
            } else if let HistoryKind::RetryPlanned { error, .. } = &event.kind {
                alike = format!("{state} {error} again");
            }
            Some(Row { text, alike, until: format!("+{}", span(until)) })
        }
    }
}

fn invoked(invocation: &Invocation) -> String {
    let calls = calls(&invocation.calls);
    let error = invocation.error.as_ref().map(|name| format!("  ✗ {name}")).unwrap_or_default();
    format!(
        "{:<16} {:<17} {:>8}  {calls}{error}",
        invocation.state,
        invocation.function,
        span(invocation.took)
    )
}

/// Lists the calls in order. Equal calls in a row are counted.
fn calls(calls: &[CallRecord]) -> String {
    let mut words: Vec<(String, usize)> = Vec::new();
    for call in calls {
        let word = word(call);
        match words.last_mut() {
            Some((last, times)) if *last == word => *times += 1,
            _ => words.push((word, 1)),
        }
    }
    let words =
        words.into_iter().map(|(word, times)| if times == 1 { word } else { format!("{word} ×{times}") });
    words.collect::<Vec<_>>().join(", ")
}

/// Formats a call, with its refusal or the fault that it met.
fn word(call: &CallRecord) -> String {
    match (&call.outcome, call.fault) {
        (Outcome::Refused(code), _) => format!("{} ({code})", call.operation),
        (Outcome::Ok, Some(fault)) => format!("{} ({fault})", call.operation),
        (Outcome::Ok, None) => call.operation.clone(),
    }
}

fn happened(kind: &HistoryKind, state: &str, since: Duration, iteration: &[Iteration]) -> Option<String> {
    match kind {
        HistoryKind::Waiting { seconds } => Some(format!(
            "{state:<16} (waits {seconds} s, until +{})",
            span(since + Duration::from_secs(*seconds))
        )),
        HistoryKind::RetryPlanned { error, delay, attempt } => {
            Some(format!("{state:<16} {error}: retry {attempt} after {}", span(*delay)))
        }
        HistoryKind::Caught { error, next } => Some(format!("{state:<16} {error}: caught, on to {next}")),
        HistoryKind::TaskTimedOut { .. } => Some(format!("{state:<16} no answer in time")),
        HistoryKind::EvaluationFailed { cause, .. } => Some(format!("{state:<16} {cause}")),
        HistoryKind::ExecutionRedriven { count } => Some(format!("{:<16} number {count}", "(redrive)")),
        HistoryKind::MapStarted { length } if iteration.is_empty() => {
            Some(format!("{state:<16} {length} target(s)"))
        }
        HistoryKind::StateEntered { .. }
        | HistoryKind::StateExited { .. }
        | HistoryKind::TaskScheduled { .. }
        | HistoryKind::TaskStarted
        | HistoryKind::TaskSucceeded { .. }
        | HistoryKind::TaskFailed { .. }
        | HistoryKind::MapStarted { .. }
        | HistoryKind::MapSucceeded
        | HistoryKind::MapFailed { .. }
        | HistoryKind::ParallelStarted { .. }
        | HistoryKind::ParallelSucceeded
        | HistoryKind::ParallelFailed { .. }
        | HistoryKind::IterationStarted { .. }
        | HistoryKind::IterationSucceeded { .. }
        | HistoryKind::IterationFailed { .. }
        | HistoryKind::IterationAborted { .. }
        | HistoryKind::ExecutionStarted { .. }
        | HistoryKind::ExecutionSucceeded { .. }
        | HistoryKind::ExecutionFailed { .. }
        | HistoryKind::ExecutionTimedOut
        | HistoryKind::ExecutionAborted => None,
    }
}
