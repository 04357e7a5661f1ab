//! The one seam inside the emulated AWS: what a service is given for a call, and what it answers.
//! A service is a plain struct over `BTreeMap`s; it knows no HTTP, no clock of its own and no other service.

use serde_json::{Map, Value};
use std::time::SystemTime;

/// Who signed a request: found from the access key in its signature, never from what the request says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// Twelve-digit account the credentials lead into.
    pub account: String,
    /// ARN of the role (or assumed-role session) behind the credentials.
    pub arn: String,
    /// A short label for traces: the name of the function that holds the credentials.
    pub label: String,
}

/// One request, already authenticated and decoded.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Who signed it.
    pub caller: &'a Caller,
    /// Region of the signature, for example `eu-west-1`.
    pub region: &'a str,
    /// Operation, for example `CreateUserProfile`.
    pub operation: &'a str,
    /// JSON body of the request.
    pub body: &'a Value,
    /// Time on the emulated AWS's clock.
    pub now: SystemTime,
}

/// A service's "no", as the service itself would say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The service's own code, for example `ResourceInUse`.
    pub code: String,
    /// Human-readable text; some callers must match on it [3.30].
    pub message: String,
    /// Further members of the error's body, for example `Reason` [2.12] or `RetryAfterSeconds` [2.10].
    pub extra: Map<String, Value>,
}

impl Refusal {
    /// A refusal with status 400, as the JSON services give for every caller's fault [3.41].
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into(), extra: Map::new() }
    }

    /// The same refusal with one more member in its body.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(member.to_owned(), value.into());
        self
    }
}

/// What a service says to a call.
pub type Answer = Result<Value, Refusal>;

/// The answer to an operation that the emulated AWS does not emulate: refused loudly, by name.
pub fn not_emulated(service: &str, operation: &str) -> Refusal {
    Refusal {
        status: 501,
        code: "NotEmulated".to_owned(),
        message: format!("the emulated AWS does not emulate {service}:{operation}"),
        extra: Map::new(),
    }
}
