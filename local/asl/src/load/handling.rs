//! Reads Retry and Catch: their fields, their bounds [5.10], and the rule that `States.ALL` must be
//! the only name in its list and the last entry [5.11].

use serde_json::Value;

use super::LoadError;
use super::fields::Fields;
use super::yields;
use crate::model::{Catcher, Handling, Retrier};

const STATES_ALL: &str = "States.ALL";
const ATTEMPTS_MAX: u64 = 99_999_999;
const DELAY_SECONDS_MAX: u64 = 31_622_400;

/// Error names defined by the language. No function may define another one with the prefix
/// `States.` [5.17].
const RESERVED: [&str; 15] = [
    STATES_ALL,
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

pub(super) fn read(fields: &mut Fields<'_>) -> Result<Handling, LoadError> {
    let retriers = fields.list("Retry")?;
    let catchers = fields.list("Catch")?;
    let mut handling = Handling::default();
    for (index, value) in retriers.iter().enumerate() {
        let inner =
            Fields::new(fields.state(), &format!("{}.", fields.path(&format!("Retry[{index}]"))), value)?;
        handling.retry.push(retrier(inner, index + 1 == retriers.len())?);
    }
    for (index, value) in catchers.iter().enumerate() {
        let inner =
            Fields::new(fields.state(), &format!("{}.", fields.path(&format!("Catch[{index}]"))), value)?;
        handling.catch.push(catcher(inner, index + 1 == catchers.len())?);
    }
    Ok(handling)
}

fn retrier(mut fields: Fields<'_>, is_last: bool) -> Result<Retrier, LoadError> {
    fields.text("Comment")?;
    let errors = errors(&mut fields, is_last)?;
    let interval_seconds = small(fields.whole("IntervalSeconds", 1..=DELAY_SECONDS_MAX)?.unwrap_or(1));
    let max_attempts = small(fields.whole("MaxAttempts", 0..=ATTEMPTS_MAX)?.unwrap_or(3));
    let backoff_rate = match fields.take("BackoffRate").map(Value::as_f64) {
        None => 2.0,
        Some(Some(rate)) if rate >= 1.0 => rate,
        Some(_) => return Err(fields.wrong("BackoffRate", "must be a number from 1.0")),
    };
    let max_delay_seconds = fields.whole("MaxDelaySeconds", 1..=DELAY_SECONDS_MAX)?.map(small);
    let full_jitter = match fields.text("JitterStrategy")?.as_deref() {
        None | Some("NONE") => false,
        Some("FULL") => true,
        Some(_) => return Err(fields.wrong("JitterStrategy", "must be FULL or NONE")),
    };
    fields.finish()?;
    Ok(Retrier { errors, interval_seconds, max_attempts, backoff_rate, max_delay_seconds, full_jitter })
}

fn small(number: u64) -> u32 {
    u32::try_from(number).expect("the bounds of every field read here are below 2^32")
}

fn catcher(mut fields: Fields<'_>, is_last: bool) -> Result<Catcher, LoadError> {
    fields.text("Comment")?;
    let errors = errors(&mut fields, is_last)?;
    let next = fields.required_text("Next")?;
    let yields = yields::read(&mut fields)?;
    fields.finish()?;
    Ok(Catcher { errors, next, yields })
}

fn errors(fields: &mut Fields<'_>, is_last: bool) -> Result<Vec<String>, LoadError> {
    let field = "ErrorEquals";
    let members = fields.list(field)?;
    if members.is_empty() {
        return Err(fields.wrong(field, "is required"));
    }
    let names: Option<Vec<String>> =
        members.iter().map(|member| member.as_str().map(str::to_owned)).collect();
    let Some(names) = names else { return Err(fields.wrong(field, "must hold strings")) };
    if let Some(unknown) =
        names.iter().find(|name| name.starts_with("States.") && !RESERVED.contains(&name.as_str()))
    {
        return Err(fields.wrong(field, format!("{unknown} is not an error of the language")));
    }
    if names.iter().any(|name| name == STATES_ALL) && (names.len() > 1 || !is_last) {
        return Err(fields.wrong(field, "States.ALL must stand alone, and last"));
    }
    Ok(names)
}
