//! Passes one request through the emulated AWS: it takes time to arrive, is authenticated, may meet
//! a fault or a rate limit, takes effect, is recorded, and takes time to be answered. The latencies
//! let concurrent callers interleave.

use crate::fake_aws::{Bodies, FakeAws, Observer, locked};
use crate::faults::{Effect, server_error, throttled};
use crate::render;
use crate::route::{Routed, Undecoded, decode};
use crate::service::{Answer, Call, Caller, Refusal, not_emulated};
use crate::trace::{CallRecord, Outcome, blanked, resource, scope};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The error for an answer that does not arrive. The effect may have happened.
#[derive(Debug, thiserror::Error)]
#[error("the connection broke before the answer arrived")]
pub(crate) struct AnswerLost;

/// The outcome of a request that has arrived.
struct Passed {
    caller: Caller,
    fault: Option<Effect>,
    answer: Answer,
}

impl FakeAws {
    /// Sends a request through the emulated AWS. `label`, if given, replaces the label that belongs
    /// to the access key.
    pub(crate) async fn exchange(
        &self,
        label: Option<&str>,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, AnswerLost> {
        let number = self.0.requests.fetch_add(1, Ordering::Relaxed);
        let routed = match decode(&request) {
            Ok(routed) => routed,
            Err(Undecoded { service, refusal }) => {
                return Ok(render::response(&service, "", number, &Err(refusal)));
            }
        };
        let sender = label.unwrap_or(&routed.signed.access_key);
        let (there, back) = (self.latency(sender), self.latency(sender));
        let sent = self.clock().now();
        self.clock().sleep(there).await;
        let passed = self.pass(label, &request, &routed, back).await;
        let arrived = self.clock().now();
        let duration = arrived.duration_since(sent).unwrap_or_default() + back;
        self.record(&routed, &passed, duration);
        self.clock().sleep(back).await;
        if matches!(passed.fault, Some(Effect::LoseAnswer)) {
            return Err(AnswerLost);
        }
        Ok(render::response(&routed.signed.service, &routed.operation, number, &passed.answer))
    }

    /// Returns the number of requests that have arrived.
    pub(crate) fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    fn latency(&self, sender: &str) -> Duration {
        self.0.random.millis(&format!("wire/{sender}"), self.0.settings.latency.clone())
    }

    async fn pass(
        &self,
        label: Option<&str>,
        request: &Request<Bytes>,
        routed: &Routed,
        back: Duration,
    ) -> Passed {
        let known = locked(&self.0.sts).authenticate(request, &routed.signed, self.clock().now());
        let mut caller = match known {
            Ok(caller) => caller,
            Err(refusal) => {
                let label = label.unwrap_or(&routed.signed.access_key).to_owned();
                let caller = Caller { account: String::new(), arn: String::new(), label };
                return Passed { caller, fault: None, answer: Err(refusal) };
            }
        };
        if let Some(label) = label {
            label.clone_into(&mut caller.label);
        }
        let fault = locked(&self.0.faults).strike(&routed.signed.service, &self.call(&caller, routed));
        if let Some(Effect::Delay(delay)) = &fault {
            self.clock().sleep(*delay).await;
        }
        let answer = self.meet(fault.as_ref(), &self.call(&caller, routed), routed, back).await;
        Passed { caller, fault, answer }
    }

    fn call<'a>(&self, caller: &'a Caller, routed: &'a Routed) -> Call<'a> {
        let Routed { signed, operation, body } = routed;
        Call { caller, region: &signed.region, operation, body, now: self.clock().now() }
    }

    async fn meet(&self, fault: Option<&Effect>, call: &Call<'_>, routed: &Routed, back: Duration) -> Answer {
        let service = routed.signed.service.as_str();
        match fault {
            Some(Effect::Throttle) => return Err(throttled(service)),
            Some(Effect::Refuse(refusal)) => return Err(refusal.clone()),
            Some(Effect::ServerError) => return Err(server_error(service)),
            Some(Effect::LoseAnswer | Effect::Delay(_) | Effect::Twice) | None => {}
        }
        if !locked(&self.0.limits).admit(service, call) {
            return Err(throttled(service));
        }
        if matches!(fault, Some(Effect::Twice)) {
            // The client waits for the second answer only, so the first one takes no time to
            // return.
            drop(self.effect(call, routed, Duration::ZERO).await);
        }
        self.effect(call, routed, back).await
    }

    async fn effect(&self, call: &Call<'_>, routed: &Routed, back: Duration) -> Answer {
        match routed.signed.service.as_str() {
            "dynamodb" => self.0.dynamodb.handle(call, call.now + back).await,
            "identitystore" => locked(&self.0.directory).handle(call),
            "sagemaker" => locked(&self.0.studio).handle(call),
            "sns" => locked(&self.0.sns).handle(call),
            "sso" => locked(&self.0.sso_admin).handle(call),
            "states" => locked(&self.0.executions).handle(call),
            "sts" => locked(&self.0.sts).handle(call, &routed.signed.access_key),
            other => Err(not_emulated(other, call.operation)),
        }
    }

    fn record(&self, routed: &Routed, passed: &Passed, duration: Duration) {
        let bodies = self.0.settings.bodies;
        let (outcome, response) = match &passed.answer {
            Ok(body) => (Outcome::Ok, if bodies == Bodies::All { blanked(body) } else { Value::Null }),
            Err(Refusal { code, message, .. }) => (Outcome::Refused(code.clone()), message.as_str().into()),
        };
        let record = CallRecord {
            scope: scope(),
            at: self.clock().now(),
            duration,
            label: passed.caller.label.clone(),
            account: passed.caller.account.clone(),
            region: routed.signed.region.clone(),
            service: routed.signed.service.clone(),
            operation: routed.operation.clone(),
            resource: resource(&routed.body),
            outcome,
            fault: passed.fault.as_ref().map(Effect::name),
            request: if bodies == Bodies::Neither { Value::Null } else { blanked(&routed.body) },
            response,
        };
        if let Some(Observer(watch)) = locked(&self.0.observer).as_ref() {
            watch(self, &record);
        }
        locked(&self.0.calls).push(record, self.0.settings.keeps_calls);
    }
}
