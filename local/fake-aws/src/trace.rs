//! The record of the calls on the wire. Tests read it, and two runs of one seed must produce the
//! same record.

use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::macros::format_description;

/// The result of a call in the service, even if it did not reach the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The call succeeded.
    Ok,
    /// The call was refused with this error code.
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

/// Runs a future and records its calls under this name, so that its calls can be told apart from
/// those that others make at the same time.
pub async fn scoped<F: Future>(name: &str, future: F) -> F::Output {
    SCOPE.scope(name.to_owned(), future).await
}

/// Runs a future under the name that [`scope`] has returned elsewhere.
pub(crate) async fn within<F: Future>(scope: Option<String>, future: F) -> F::Output {
    match scope {
        Some(name) => SCOPE.scope(name, future).await,
        None => future.await,
    }
}

/// Returns the name given to the enclosing [`scoped`], if there is one.
pub(crate) fn scope() -> Option<String> {
    SCOPE.try_with(Clone::clone).ok()
}

/// The record of one call. Records are ordered by the time of effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Name given to [`scoped`], if the call was made inside one.
    pub scope: Option<String>,
    /// Time at which the request was sent.
    pub sent: SystemTime,
    /// Time at which the call took effect or was refused.
    pub at: SystemTime,
    /// Time between the sending of the request and the arrival of the answer.
    pub duration: Duration,
    /// Label of the caller, or its access key if the key is unknown.
    pub label: String,
    /// Account of the credentials; empty if unknown.
    pub account: String,
    /// Region of the signature.
    pub region: String,
    /// Signing name of the service.
    pub service: String,
    /// Operation, for example `AssumeRole`.
    pub operation: String,
    /// Short name of what the call is about, for example a role's ARN.
    pub resource: String,
    /// Result in the service.
    pub outcome: Outcome,
    /// Name of the fault that the call met.
    pub fault: Option<&'static str>,
    /// Request body; null if the emulated AWS keeps none.
    pub request: Value,
    /// Body of the answer with its secrets blanked; null if the emulated AWS keeps none.
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

/// Members that name the subject of a request, in the order in which the trace shows them.
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

/// Returns the short name of a request's subject: the values of the `SUBJECTS` that it has.
pub(crate) fn resource(body: &Value) -> String {
    let told = SUBJECTS.iter().filter_map(|name| body.get(name));
    let words: Vec<String> =
        told.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    words.join(" ")
}

/// Returns a copy of the value with its secrets blanked.
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
