//! Request rates: a token bucket per limit, filled by the emulated AWS's clock. Over it, a call is throttled in the words
//! of its service.

use crate::service::Call;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Which operations share the bucket of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Covers {
    /// One operation.
    Operation(String),
    /// Each operation of the service has a bucket of its own.
    EachOperation,
    /// All operations of the service share one bucket.
    AllTogether,
}

/// A limit on a service.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimit {
    /// Signing name, for example `sagemaker`.
    pub service: String,
    /// Which operations share a bucket.
    pub covers: Covers,
    /// Refill, and the size of the bucket: what fits into one second.
    pub per_second: f64,
    /// Whether every account and Region has buckets of its own.
    pub per_account: bool,
}

impl RateLimit {
    /// A limit per account and Region.
    pub fn new(service: &str, covers: Covers, per_second: f64) -> Self {
        Self { service: service.to_owned(), covers, per_second, per_account: true }
    }

    /// What the emulated AWS starts with: Identity Store allows 20 requests a second per API, SSO Admin 20 in all [2.11, 4.9], whoever asks.
    pub fn defaults() -> Vec<Self> {
        let limit = |service, covers| Self { per_account: false, ..Self::new(service, covers, 20.0) };
        vec![limit("identitystore", Covers::EachOperation), limit("sso", Covers::AllTogether)]
    }

    /// The bucket that a call draws from, if this limit concerns it.
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

/// The limits in force and how full their buckets are.
#[derive(Debug, Default)]
pub(crate) struct RateLimits {
    limits: Vec<RateLimit>,
    buckets: BTreeMap<(usize, String), Bucket>,
}

impl RateLimits {
    pub(crate) fn new(limits: Vec<RateLimit>) -> Self {
        Self { limits, buckets: BTreeMap::new() }
    }

    /// Takes a token from every bucket that concerns the call; false, and nothing taken, if one of them is empty.
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
