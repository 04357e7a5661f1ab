//! The interface of the emulated services: the call that a service receives and the answer that it
//! returns. A service is a plain struct over `BTreeMap`s. It knows no HTTP, no clock of its own and
//! no other service.

use serde_json::{Map, Value};
use std::time::SystemTime;

/// The signer of a request, found by the access key of its signature, never by the contents of the
/// request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// Twelve-digit account that the credentials belong to.
    pub account: String,
    /// ARN of the role (or assumed-role session) behind the credentials.
    pub arn: String,
    /// Label for traces: the name of the function that holds the credentials.
    pub label: String,
}

/// One request, already authenticated and decoded.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Signer of the request.
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

/// An error answer, in the words of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Error code of the service, for example `ResourceInUse`.
    pub code: String,
    /// Human-readable text. Some callers must match on it [3.30].
    pub message: String,
    /// Further members of the error's body, for example `Reason` [2.12] or `RetryAfterSeconds`
    /// [2.10].
    pub extra: Map<String, Value>,
}

impl Refusal {
    /// Creates a refusal with status 400, which the JSON services return for every fault of the
    /// caller [3.41].
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into(), extra: Map::new() }
    }

    /// Adds a member to the error's body.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(member.to_owned(), value.into());
        self
    }
}

/// The answer of a service to a call.
pub type Answer = Result<Value, Refusal>;

/// Returns the refusal of an operation that is not emulated. Its text names the operation.
pub fn not_emulated(service: &str, operation: &str) -> Refusal {
    Refusal {
        status: 501,
        code: "NotEmulated".to_owned(),
        message: format!("the emulated AWS does not emulate {service}:{operation}"),
        extra: Map::new(),
    }
}
