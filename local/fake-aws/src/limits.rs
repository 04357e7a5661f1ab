//! Request rates: a token bucket per limit, refilled by the emulated AWS's clock. A call over the
//! limit gets the throttling error of its service.

use crate::service::Call;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The operations that a limit applies to, and whether they share a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covers {
    /// One operation.
    Operation(String),
    /// All operations of the service, each with a bucket of its own.
    EachOperation,
    /// All operations of the service, with one bucket.
    AllTogether,
}

/// A rate limit on a service.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimit {
    /// Signing name, for example `sagemaker`.
    pub service: String,
    /// Operations that the limit applies to.
    pub covers: Covers,
    /// Tokens that are refilled per second, and the size of the bucket (at least 1).
    pub per_second: f64,
    /// If true, every account and Region has buckets of its own.
    pub per_account: bool,
}

impl RateLimit {
    /// Creates a limit per account and Region.
    pub fn new(service: &str, covers: Covers, per_second: f64) -> Self {
        Self { service: service.to_owned(), covers, per_second, per_account: true }
    }

    /// Returns the limits of a new emulated AWS: 20 requests a second for each Identity Store API,
    /// and 20 for all of SSO Admin [2.11, 4.9], summed over all callers.
    pub fn defaults() -> Vec<Self> {
        let limit = |service, covers| Self { per_account: false, ..Self::new(service, covers, 20.0) };
        vec![limit("identitystore", Covers::EachOperation), limit("sso", Covers::AllTogether)]
    }

    /// Returns the name of the bucket that a call draws from, or `None` if this limit does not
    /// apply to the call.
    fn bucket(&self, service: &str, call: &Call) -> Option<String> {
        let operation = match &self.covers {
            Covers::Operation(only) if only != call.operation => return None,
            Covers::Operation(_) | Covers::EachOperation => call.operation,
            Covers::AllTogether => "*",
        };
        let scope = if self.per_account { (call.caller.account.as_str(), call.region) } else { ("*", "*") };
        (self.service == service).then(|| format!("{}/{}/{operation}", scope.0, scope.1))
    }
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    filled: SystemTime,
}

impl Bucket {
    fn refilled(self, limit: &RateLimit, now: SystemTime) -> Self {
        let waited = now.duration_since(self.filled).unwrap_or_default().as_secs_f64();
        let tokens = limit.per_second.mul_add(waited, self.tokens).min(limit.per_second.max(1.0));
        Self { tokens, filled: now }
    }
}

/// The limits in force and the fill levels of their buckets.
#[derive(Debug, Default)]
pub(crate) struct RateLimits {
    limits: Vec<RateLimit>,
    buckets: BTreeMap<(usize, String), Bucket>,
}

impl RateLimits {
    pub(crate) fn new(limits: Vec<RateLimit>) -> Self {
        Self { limits, buckets: BTreeMap::new() }
    }

    /// Takes a token from every bucket that applies to the call. Returns false, and takes none, if
    /// one of them is empty.
    pub(crate) fn admit(&mut self, service: &str, call: &Call) -> bool {
        let mut taken = Vec::new();
        for (at, limit) in self.limits.iter().enumerate() {
            let Some(name) = limit.bucket(service, call) else { continue };
            let full = Bucket { tokens: limit.per_second.max(1.0), filled: call.now };
            let bucket =
                self.buckets.get(&(at, name.clone())).copied().unwrap_or(full).refilled(limit, call.now);
            if bucket.tokens < 1.0 {
                return false;
            }
            taken.push(((at, name), Bucket { tokens: bucket.tokens - 1.0, ..bucket }));
        }
        self.buckets.extend(taken);
        true
    }
}
