//! Pure functions that turn the outcome of an execution into a message for an operator.

use aws::executions::ExecutionOutcome;
use contract::catalogue;
use contract::change::{ParsedEvent, Subject, parse};
use contract::target::Target;
use serde_json::Value;
use std::collections::BTreeSet;

/// SNS accepts a subject of less than 100 ASCII characters.
const SUBJECT_MAX: usize = 99;

/// Maximum length of a cause or an input in the message. SNS accepts 256 KB; a shorter text is
/// easier to read.
const REPEATED_MAX: usize = 4000;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Builds the message. Returns `None` for an execution that was redriven since, because its next end is
/// reported, and for one that only a limit on removals or a pause has stopped: an alarm reports these
/// together, so that a thousand users are one message.
pub(crate) fn notice(arn: &str, ended: &ExecutionOutcome, pages: Option<&str>) -> Option<Notice> {
    let cause = said(ended.cause.as_deref().unwrap_or_default());
    let error = ended.error.as_deref();
    let what = match (ended.status.as_str(), error) {
        ("FAILED", error) => format!("{}: {cause}", error.unwrap_or("unnamed error")),
        ("TIMED_OUT", _) => "it exceeded the time limit of an execution".to_owned(),
        ("ABORTED", Some(error)) => format!("it was stopped ({error}: {cause})"),
        ("ABORTED", None) => "it was stopped".to_owned(),
        _ => return None,
    };
    if error.is_some_and(|error| [catalogue::HELD_BACK, catalogue::PAUSED].contains(&error)) {
        return None;
    }
    let (machine, _) = arn.rsplit_once(':').unwrap_or((arn, ""));
    let sweep = machine.ends_with("-sweep");
    let (who, why) = if sweep { of_sweep(ended) } else { of_person(ended) };
    let subject =
        format!("studio-access: {} {}", if sweep { "a sweep" } else { "an execution" }, ended.status);
    let subject = format!("{subject} {}", error.unwrap_or_default());
    let text = [
        format!(
            "{} in Amazon SageMaker Studio could not be corrected.\n",
            if sweep { "The access of all users" } else { "The access of one user" }
        ),
        format!("Who:    {who}"),
        format!("Why:    {why}"),
        format!("Where:  {}", places(&cause)),
        format!("What:   {what}"),
        format!("Look:   {}\n", link(arn)),
        to_do(error, &cause, pages, if sweep { "sweepfailed" } else { "accessfailed" }),
    ];
    Some(Notice { subject: plain(&subject), text: text.join("\n") })
}

/// Extracts the message of a function's error. Lambda wraps it in JSON.
fn said(cause: &str) -> String {
    let wrapped = serde_json::from_str::<Value>(cause).ok();
    let text = wrapped.as_ref().and_then(|json| json["errorMessage"].as_str()).unwrap_or(cause);
    text.chars().take(REPEATED_MAX).collect()
}

fn input(ended: &ExecutionOutcome) -> Value {
    ended.input.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Returns the user of the execution, as far as its input names one, and the trigger.
fn of_person(ended: &ExecutionOutcome) -> (String, String) {
    match parse(&input(ended)) {
        Ok(ParsedEvent::Change(change)) => {
            let who = match change.subject {
                Subject::Id(id) => format!("the user with the id {id}"),
                Subject::Name(name) => name,
                Subject::Membership(id) => format!("the user of the membership {id}"),
                Subject::Group(id) => format!("all users in the group {id}"),
            };
            (who, change.cause.reason)
        }
        Ok(ParsedEvent::FailedCall { event_name, .. }) => ("no user".to_owned(), event_name),
        // An input that cannot be parsed names no user. It may contain anything, so the message
        // does not repeat it.
        Err(_) => ("the input names no user".to_owned(), "the input cannot be read".to_owned()),
    }
}

fn of_sweep(ended: &ExecutionOutcome) -> (String, String) {
    let input = input(ended);
    let text = |member: &str| input[member].as_str().or_else(|| input["progress"][member].as_str());
    let who = match (text("group"), text("userName").or_else(|| text("userId"))) {
        (Some(group), _) => format!("all users in the group {group}"),
        (None, Some(user)) => user.to_owned(),
        (None, None) => "all users".to_owned(),
    };
    (who, text("reason").unwrap_or("started by hand").to_owned())
}

/// Returns the Studio domains that a cause names.
fn places(cause: &str) -> String {
    let words = cause.split_whitespace().map(|word| word.trim_end_matches([':', ',', ';', '.']));
    let found: BTreeSet<Target> = words.filter_map(|word| word.parse().ok()).collect();
    let named: Vec<String> = found.iter().map(ToString::to_string).collect();
    if named.is_empty() { "no Studio domain in particular".to_owned() } else { named.join(", ") }
}

/// Returns the link to the execution in the console.
fn link(arn: &str) -> String {
    let mut parts = arn.split(':').skip(1);
    let (partition, region) = (parts.next().unwrap_or("aws"), parts.nth(1).unwrap_or_default());
    let console = match partition {
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("https://{region}.{console}/states/home?region={region}#/v2/executions/details/{arn}")
}

/// Lists what to read: the page of each named error, the innermost first because it is the one to
/// fix; without an error, the alarm's section.
fn to_do(error: Option<&str>, cause: &str, pages: Option<&str>, alarm: &str) -> String {
    let inside = catalogue::ALL.iter().map(|entry| entry.name).filter(|name| {
        let told = format!("{name} (");
        cause.match_indices(&told).any(|(at, _)| at == 0 || cause[..at].ends_with(' '))
    });
    let outside = catalogue::ALL.iter().map(|entry| entry.name).filter(|name| error == Some(*name));
    let address = |page: &str| format!("{}/{page}", pages.unwrap_or("docs"));
    let named =
        inside.chain(outside).map(|name| format!("  {name}: {}", address(&format!("errors/{name}.md"))));
    let mut lines = vec!["What to do:".to_owned()];
    lines.extend(named);
    if lines.len() == 1 {
        lines.push(format!("  {}", address(&format!("operating.md#{alarm}"))));
    }
    lines.push(
        "When the problem is fixed, redrive the execution in the console within 14 days, or start a new one with the same input. \
         Nothing has to be undone first."
            .to_owned(),
    );
    lines.join("\n")
}

fn plain(subject: &str) -> String {
    let printable = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    subject.trim_end().chars().map(printable).take(SUBJECT_MAX).collect()
}

#[cfg(test)]
mod tests;
