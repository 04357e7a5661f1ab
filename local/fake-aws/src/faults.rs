//! What can go wrong between a client and a service, as a list of rules that tests write.

use crate::service::{Call, Refusal};
use std::fmt;
use std::time::Duration;

/// What happens to a call that a rule picks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Refused before the effect, with the service's own code for "too many requests".
    Throttle,
    /// Refused before the effect, with these words.
    Refuse(Refusal),
    /// Refused before the effect, with status 500.
    ServerError,
    /// Done, but the connection breaks before the answer arrives.
    LoseAnswer,
    /// Held up on the way, before the effect.
    Delay(Duration),
    /// Delivered twice; the client sees the second answer.
    Twice,
}

impl Effect {
    /// Short name for traces.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Refuse(_) => "refuse",
            Self::ServerError => "server error",
            Self::LoseAnswer => "lose answer",
            Self::Delay(_) => "delay",
            Self::Twice => "twice",
        }
    }
}

/// One rule: which calls, and what happens to them. Of several rules that fit a call the first one acts; the others
/// do not count that call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    service: String,
    operation: String,
    caller: Option<String>,
    text: Option<String>,
    skip: u32,
    left: u32,
    struck: u32,
    effect: Effect,
}

impl Rule {
    /// A rule for one call of `service:operation`, where `*` stands for any: `sts:AssumeRole`, `sagemaker:*`, `*:*`.
    pub fn on(calls: &str, effect: Effect) -> Self {
        let (service, operation) = calls.split_once(':').unwrap_or((calls, "*"));
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Self { service, operation, caller: None, text: None, skip: 0, left: 1, struck: 0, effect }
    }

    /// Only calls of the caller with this label.
    #[must_use]
    pub fn from(mut self, label: &str) -> Self {
        self.caller = Some(label.to_owned());
        self
    }

    /// Only calls whose request body contains this text.
    #[must_use]
    pub fn about(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// Lets the first `count` fitting calls pass.
    #[must_use]
    pub fn after(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Acts on this many calls instead of one.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.left = count;
        self
    }

    /// Acts on every call.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    fn fits(&self, service: &str, call: &Call) -> bool {
        let is = |pattern: &str, value: &str| pattern == "*" || pattern == value;
        is(&self.service, service)
            && is(&self.operation, call.operation)
            && self.caller.as_ref().is_none_or(|label| *label == call.caller.label)
            && self.text.as_ref().is_none_or(|text| call.body.to_string().contains(text))
    }

    fn act(&mut self) -> Option<Effect> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        self.struck = self.struck.saturating_add(1);
        Some(self.effect.clone())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}:{}", self.effect.name(), self.service, self.operation)?;
        self.caller.as_ref().map_or(Ok(()), |caller| write!(f, " from {caller}"))?;
        self.text.as_ref().map_or(Ok(()), |text| write!(f, " about {text:?}"))
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Rule>);

impl Faults {
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Rules that have not acted as often as they were meant to; one that acts always is never among them.
    pub(crate) fn unspent(&self) -> Vec<Rule> {
        self.0.iter().filter(|rule| rule.left > 0 && rule.left < u32::MAX / 2).cloned().collect()
    }

    /// Rules that have not acted at all.
    pub(crate) fn idle(&self) -> Vec<Rule> {
        self.0.iter().filter(|rule| rule.struck == 0).cloned().collect()
    }

    /// What happens to this call.
    pub(crate) fn strike(&mut self, service: &str, call: &Call) -> Option<Effect> {
        self.0.iter_mut().filter(|rule| rule.fits(service, call)).find_map(Rule::act)
    }
}

/// "Too many requests", as each service says it.
pub(crate) fn throttled(service: &str) -> Refusal {
    match service {
        "dynamodb" => Refusal::new(
            "ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        "sts" => Refusal::new("Throttling", "Rate exceeded"),
        "identitystore" => Refusal::new("ThrottlingException", "Rate exceeded").with("RetryAfterSeconds", 1),
        _ => Refusal::new("ThrottlingException", "Rate exceeded"),
    }
}

/// "Something went wrong on our side", as each service says it.
pub(crate) fn server_error(service: &str) -> Refusal {
    let code = match service {
        "dynamodb" => "InternalServerError",
        "identitystore" | "sso" => "InternalServerException",
        _ => "InternalFailure",
    };
    let text = "The request processing has failed because of an unknown error, exception or failure.";
    Refusal { status: 500, ..Refusal::new(code, text) }
}
