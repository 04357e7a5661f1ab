//! The record of what went over the wire. Tests read it, and two runs of one seed must have the same.

use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::macros::format_description;

/// How a call ended in the service, whatever of it reached the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Ok,
    /// Refused, with the service's code.
    Refused(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Refused(code) => f.write_str(code),
        }
    }
}

tokio::task_local! {
    static SCOPE: String;
}

/// Runs a future whose calls are recorded under this name: how a caller finds its own among those of others that ran at the same time.
pub async fn scoped<F: Future>(name: &str, future: F) -> F::Output {
    SCOPE.scope(name.to_owned(), future).await
}

/// The name under which calls are recorded here and now.
pub(crate) fn scope() -> Option<String> {
    SCOPE.try_with(Clone::clone).ok()
}

/// One call, in the order in which calls took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The name given to [`scoped`], if the call was made inside one.
    pub scope: Option<String>,
    /// When it took effect, or was refused.
    pub at: SystemTime,
    /// From leaving the caller to the answer's arrival.
    pub duration: Duration,
    /// Label of the caller; its access key if the emulated AWS does not know it.
    pub label: String,
    /// Account of the credentials; empty if unknown.
    pub account: String,
    /// Region of the signature.
    pub region: String,
    /// Signing name of the service.
    pub service: String,
    /// Operation.
    pub operation: String,
    /// What the call is about, in short.
    pub resource: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Name of the fault that struck it.
    pub fault: Option<&'static str>,
    /// Request body; null if the emulated AWS keeps none.
    pub request: Value,
    /// Answer's body, secrets blanked; null if the emulated AWS keeps none.
    pub response: Value,
}

impl fmt::Display for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = format_description!("[hour]:[minute]:[second].[subsecond digits:3]");
        let at = OffsetDateTime::from(self.at).time().format(stamp).map_err(|_| fmt::Error)?;
        let Self { label, account, region, service, operation, resource, outcome, .. } = self;
        let space = if resource.is_empty() { "" } else { " " };
        write!(f, "{at} {label} {account}/{region} {service}:{operation}{space}{resource} -> {outcome}")?;
        self.fault.map_or(Ok(()), |fault| write!(f, " [{fault}]"))
    }
}

/// Members that say what a request is about, in the order in which they are told.
const SUBJECTS: [&str; 16] = [
    "RoleArn",
    "TableName",
    "Key",
    "DomainId",
    "UserProfileName",
    "UserProfileNameEquals",
    "SpaceName",
    "AppType",
    "AppName",
    "UserId",
    "GroupId",
    "MemberId",
    "MembershipId",
    "ResourceArn",
    "ApplicationArn",
    "PrincipalId",
];

/// What a request is about, in short.
pub(crate) fn resource(body: &Value) -> String {
    let told = SUBJECTS.iter().filter_map(|name| body.get(name));
    let words: Vec<String> =
        told.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    words.join(" ")
}

/// The same value with its secrets blanked.
pub(crate) fn blanked(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let blank = |(name, value): (&String, &Value)| match name.as_str() {
                "SecretAccessKey" | "SessionToken" => (name.clone(), Value::from("(secret)")),
                _ => (name.clone(), blanked(value)),
            };
            Value::Object(members.iter().map(blank).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(blanked).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
