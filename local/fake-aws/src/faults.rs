//! Faults between a client and a service, as a list of rules that tests write.

use crate::service::{Call, Refusal};
use std::fmt;
use std::time::Duration;

/// The effect of a rule on a call that it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Refuses the call before its effect, with the service's own throttling error.
    Throttle,
    /// Refuses the call before its effect, with this error.
    Refuse(Refusal),
    /// Refuses the call before its effect, with status 500.
    ServerError,
    /// Runs the call, but breaks the connection before the answer arrives.
    LoseAnswer,
    /// Delays the call by this duration before its effect.
    Delay(Duration),
    /// Breaks the connection at once, and runs the call this much later.
    BreakThenRun(Duration),
    /// Answers at once with status 500, and runs the call this much later.
    ErrorThenRun(Duration),
    /// Delivers the call twice. The client sees the second answer.
    Twice,
}

impl Effect {
    /// Returns the short name for traces.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Refuse(_) => "refuse",
            Self::ServerError => "server error",
            Self::LoseAnswer => "lose answer",
            Self::Delay(_) => "delay",
            Self::BreakThenRun(_) => "break, then run",
            Self::ErrorThenRun(_) => "error, then run",
            Self::Twice => "twice",
        }
    }
}

/// A fault, and the calls that it applies to. If several rules match a call, only the first one
/// acts, and the others do not count the call.
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
    /// Creates a rule for one call of `service:operation`, where `*` matches any: `sts:AssumeRole`,
    /// `sagemaker:*`, `*:*`.
    pub fn on(calls: &str, effect: Effect) -> Self {
        let (service, operation) = calls.split_once(':').unwrap_or((calls, "*"));
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Self { service, operation, caller: None, text: None, skip: 0, left: 1, struck: 0, effect }
    }

    /// Matches only calls of the caller with this label.
    #[must_use]
    pub fn from(mut self, label: &str) -> Self {
        self.caller = Some(label.to_owned());
        self
    }

    /// Matches only calls whose request body contains this text.
    #[must_use]
    pub fn about(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// Skips the first `count` matching calls.
    #[must_use]
    pub fn after(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// Acts on `count` calls instead of one.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.left = count;
        self
    }

    /// Acts on every matching call.
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

/// The fault rules in force, in order of precedence.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Rule>);

impl Faults {
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the rules that have not acted as often as they should. A rule that always acts is
    /// never included.
    pub(crate) fn unspent(&self) -> Vec<Rule> {
        self.0.iter().filter(|rule| rule.left > 0 && rule.left < u32::MAX / 2).cloned().collect()
    }

    /// Returns the rules that have not acted on any call.
    pub(crate) fn idle(&self) -> Vec<Rule> {
        self.0.iter().filter(|rule| rule.struck == 0).cloned().collect()
    }

    /// Returns the effect of the first rule that matches this call, and counts the call for that
    /// rule.
    pub(crate) fn strike(&mut self, service: &str, call: &Call) -> Option<Effect> {
        self.0.iter_mut().filter(|rule| rule.fits(service, call)).find_map(Rule::act)
    }
}

/// Returns the throttling error of a service.
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

/// Returns the internal server error of a service.
pub(crate) fn server_error(service: &str) -> Refusal {
    let code = match service {
        "dynamodb" => "InternalServerError",
        "identitystore" | "sso" => "InternalServerException",
        _ => "InternalFailure",
    };
    let text = "The request processing has failed because of an unknown error, exception or failure.";
    Refusal { status: 500, ..Refusal::new(code, text) }
}
