//! Validation of `AssumeRole`: ranges and patterns of its parameters, and the texts of STS's
//! refusals [7.1, 7.2].

use crate::service::{Refusal, not_emulated};
use serde_json::Value;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Maximum session duration when a role session assumes another role [7.2]. Every caller in the
/// emulated AWS is a role session.
pub(super) const MAX_CHAINED: Duration = Duration::from_hours(1);

const NAME: &str = "+=,.@-_";
const EXTERNAL_ID: &str = "+=,.@:/-_";
const KNOWN: [&str; 6] =
    ["RoleArn", "RoleSessionName", "ExternalId", "SourceIdentity", "DurationSeconds", "Policy"];

/// The validated parameters.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) role_arn: String,
    pub(super) session_name: String,
    pub(super) external_id: Option<String>,
    pub(super) source_identity: Option<String>,
    pub(super) duration: Duration,
}

impl Asked {
    pub(super) fn read(body: &Value) -> Result<Self, Refusal> {
        let given = |name: &str| body.get(name).and_then(Value::as_str);
        let members = body.as_object().into_iter().flatten();
        if let Some((other, _)) = members.into_iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
            return Err(not_emulated("sts", &format!("AssumeRole with {other}")));
        }
        let role_arn = required("roleArn", given("RoleArn"))?;
        let arn = text("roleArn", role_arn, 20..=2048, None)?;
        if arn.split(':').count() < 6 || !arn.starts_with("arn:") {
            return Err(Refusal::new("ValidationError", format!("{arn} is invalid")));
        }
        let name = required("roleSessionName", given("RoleSessionName"))?;
        if let Some(policy) = given("Policy") {
            policy_form(policy)?;
        }
        let optional = |member: &str, value: Option<&str>, lengths, marks| {
            value.map(|value| text(member, value, lengths, Some(marks))).transpose()
        };
        Ok(Self {
            role_arn: arn,
            session_name: text("roleSessionName", name, 2..=64, Some(NAME))?,
            external_id: optional("externalId", given("ExternalId"), 2..=1224, EXTERNAL_ID)?,
            source_identity: optional("sourceIdentity", given("SourceIdentity"), 2..=64, NAME)?,
            duration: duration(given("DurationSeconds"))?,
        })
    }
}

fn required<'a>(member: &str, value: Option<&'a str>) -> Result<&'a str, Refusal> {
    value.ok_or_else(|| unfit("null", member, "Member must not be null"))
}

fn text(
    member: &str,
    value: &str,
    lengths: RangeInclusive<usize>,
    marks: Option<&str>,
) -> Result<String, Refusal> {
    let quoted = format!("'{value}'");
    let length = value.chars().count();
    if length < *lengths.start() {
        let rule = format!("Member must have length greater than or equal to {}", lengths.start());
        return Err(unfit(&quoted, member, &rule));
    }
    if length > *lengths.end() {
        let rule = format!("Member must have length less than or equal to {}", lengths.end());
        return Err(unfit(&quoted, member, &rule));
    }
    let fits =
        |letter: char| marks.is_none_or(|marks| letter.is_ascii_alphanumeric() || marks.contains(letter));
    if !value.chars().all(fits) {
        let pattern = if marks == Some(NAME) { r"[\w+=,.@-]*" } else { r"[\w+=,.@:\/-]*" };
        let rule = format!("Member must satisfy regular expression pattern: {pattern}");
        return Err(unfit(&quoted, member, &rule));
    }
    Ok(value.to_owned())
}

fn duration(value: Option<&str>) -> Result<Duration, Refusal> {
    let Some(value) = value else { return Ok(MAX_CHAINED) };
    let quoted = format!("'{value}'");
    let bound = |rule: &str| unfit(&quoted, "durationSeconds", rule);
    match value.parse::<u64>() {
        Ok(seconds @ 900..=43_200) => Ok(Duration::from_secs(seconds)),
        Ok(0..900) => Err(bound("Member must have value greater than or equal to 900")),
        Ok(_) => Err(bound("Member must have value less than or equal to 43200")),
        Err(_) => Err(Refusal::new("MalformedInput", format!("DurationSeconds {quoted} is not a number"))),
    }
}

fn policy_form(policy: &str) -> Result<(), Refusal> {
    let length = policy.chars().count();
    if length > 2048 {
        let rule = "Member must have length less than or equal to 2048";
        return Err(unfit(&format!("'{policy}'"), "policy", rule));
    }
    match serde_json::from_str::<serde_json::Map<String, Value>>(policy) {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::new("MalformedPolicyDocument", "This policy contains invalid Json")),
    }
}

fn unfit(value: &str, member: &str, rule: &str) -> Refusal {
    let text = format!(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {rule}"
    );
    Refusal::new("ValidationError", text)
}
