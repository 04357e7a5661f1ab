//! Formats one execution as one line: start, duration, user, reason, and the actions with their
//! domains.

use super::style::{BAD, FAINT, GOOD, LOUD, column, cut, styled, wrapped};
use super::{Names, View, offset, span};
use crate::report::{DeadLetter, Execution};
use asl::Status;
use fake_aws::services::studio::LostVolume;
use serde_json::Value;
use std::time::SystemTime;
use textwrap::core::display_width;

/// Domains of an action that are listed by name. More are only counted.
const NAMED_AT_MOST: usize = 3;

/// Columns for spaces and the mark.
const BETWEEN: usize = 9;
/// Columns of user and reason if the width is not limited.
const FREE: (usize, usize) = (28, 24);

/// Formats an execution that has started `started` others, in a run that started at `began`.
pub fn line(execution: &Execution, started: usize, began: SystemTime, names: &Names, view: View) -> String {
    let (who, why) = names.subject(execution);
    let since = execution.began.duration_since(began).unwrap_or_default();
    let (mark, style) = match execution.status {
        Status::Succeeded => ("✓", GOOD),
        Status::Failed | Status::TimedOut | Status::Aborted => ("✗", BAD),
    };
    let time = format!("{:>9} {:>9}", offset(since), span(execution.took));
    let rest = view.width.map(|width| width.saturating_sub(time.len() + BETWEEN));
    let share = |free: usize| rest.map_or(free, |rest| free.min(rest / 4).max(2));
    let (user_width, cause_width) = (share(FREE.0), share(FREE.1));
    let room = rest.map(|rest| rest.saturating_sub(user_width + cause_width).max(2));
    format!(
        " {}  {}  {}  {} {}",
        styled(FAINT, &time),
        column(&who, user_width),
        column(&why, cause_width),
        styled(style, mark),
        outcome(execution, started, room)
    )
}

/// Formats the result: the actions with their domains, or the reason why there are none. If there
/// is not enough room, the domains are counted, and then left out.
fn outcome(execution: &Execution, started: usize, room: Option<usize>) -> String {
    let groups = grouped(execution);
    let plain = match (&execution.error, execution.status) {
        (_, Status::TimedOut | Status::Aborted) => Some(execution.status_word().to_owned()),
        (Some(error), _) if groups.is_empty() => Some(error.clone()),
        _ if execution.machine == "Sweep" => Some(format!("starts {started}")),
        _ if groups.is_empty() => Some("nothing to do".to_owned()),
        _ => None,
    };
    let told = |named_at_most: Option<usize>| {
        let one = |(action, domains): &(String, Vec<String>)| match named_at_most {
            None => action.clone(),
            Some(most) if domains.len() <= most => format!("{action} {}", domains.join(", ")),
            Some(_) => format!("{action} {} domains", domains.len()),
        };
        groups.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let forms = match plain {
        Some(text) => vec![text],
        None => vec![told(Some(NAMED_AT_MOST)), told(Some(1)), told(None)],
    };
    let room = room.unwrap_or(usize::MAX);
    let fitting = forms.iter().find(|text| display_width(text) <= room);
    cut(fitting.unwrap_or(&forms[0]), room)
}

/// Returns the domains of each action, in the order of the targets.
fn grouped(execution: &Execution) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for result in execution.results() {
        let target = result["target"].as_str().unwrap_or("?");
        let domain = target.rsplit('/').next().unwrap_or(target).to_owned();
        let action = action(&result);
        match groups.iter_mut().find(|(known, _)| *known == action) {
            Some((_, domains)) => domains.push(domain),
            None => groups.push((action, vec![domain])),
        }
    }
    groups
}

/// Returns the action of a target, or its error if it failed.
fn action(result: &Value) -> String {
    match result["error"].as_str() {
        Some(error) if !error.is_empty() => error.to_owned(),
        _ => result["action"].as_str().unwrap_or("?").to_owned(),
    }
}

/// Formats an event that could not start an execution.
pub fn dead_letter(letter: &DeadLetter, view: View) -> String {
    let text = format!("  ✗ DEAD LETTER ({} bytes): {}", letter.bytes, letter.why);
    styled(BAD, &wrapped(&text, view.width, "    "))
}

/// Formats a volume that was destroyed. This is the most visible line of all, because its data
/// cannot be restored.
pub fn lost(volume: &LostVolume, view: View) -> String {
    let LostVolume { place, space, owner, size_gb, .. } = volume;
    let text = format!(
        "! LOST FOR GOOD: {size_gb} GB, the volume of the space {space} of {owner} in {} ({}/{})",
        place.domain_id, place.account, place.region
    );
    let lines = wrapped(&text, view.width, "!   ");
    lines.lines().map(|line| styled(LOUD, line)).collect::<Vec<_>>().join("\n")
}
