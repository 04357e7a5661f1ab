//! Passes one request through the emulated AWS: it takes time to arrive, is authenticated, may meet
//! a fault or a rate limit, takes effect, is recorded, and takes time to be answered. The latencies
//! let concurrent callers interleave.
//!
//! A client that stops waiting does not take a delayed request back: it still has its effect, unless
//! the delay is longer than [`MAX_EFFECT_DELAY`].

use crate::fake_aws::{Bodies, FakeAws, Observer, locked};
use crate::faults::{Effect, server_error, throttled};
use crate::render;
use crate::route::{Routed, Undecoded, decode};
use crate::service::{Answer, Call, Caller, Refusal, not_emulated};
use crate::trace::{CallRecord, Outcome, blanked, resource, scope, within};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};
use tokio::task::JoinHandle;

/// The error for an answer that does not arrive. The effect may have happened.
#[derive(Debug, thiserror::Error)]
#[error("the connection broke before the answer arrived")]
pub(crate) struct AnswerLost;

/// Longest delay after which a request has its effect. No source says how long after its arrival
/// AWS may still carry out a request; its front ends cut off a request that is not answered within
/// about a minute.
const MAX_EFFECT_DELAY: Duration = Duration::from_mins(1);

/// Name of a fault: the second of two deliveries. The first was refused.
const TWICE_IN_VAIN: &str = "twice, the first in vain";

/// A request that has arrived, with the fault that it meets.
struct Arrived {
    aws: FakeAws,
    routed: Routed,
    caller: Caller,
    fault: Option<Effect>,
    sent: SystemTime,
    back: Duration,
    scope: Option<String>,
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
        let (service, operation) = (routed.signed.service.clone(), routed.operation.clone());
        let sender = label.unwrap_or(&routed.signed.access_key);
        let (there, back) = (self.latency(sender), self.latency(sender));
        let sent = self.clock().now();
        self.clock().sleep(there).await;
        let (caller, refused) = self.authenticate(label, &request, &routed);
        let fault = match refused {
            None => locked(&self.0.faults).strike(&service, &self.call(&caller, &routed)),
            Some(_) => None,
        };
        let lost = matches!(fault, Some(Effect::LoseAnswer));
        let arrived = Arrived { aws: self.clone(), routed, caller, fault, sent, back, scope: scope() };
        let answer = match refused {
            None => arrived.pass().await?,
            Some(refusal) => arrived.answered(Err(refusal), false),
        };
        self.clock().sleep(back).await;
        if lost { Err(AnswerLost) } else { Ok(render::response(&service, &operation, number, &answer)) }
    }

    /// Returns the number of requests that have arrived.
    pub(crate) fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    fn latency(&self, sender: &str) -> Duration {
        self.0.random.millis(&format!("wire/{sender}"), self.0.settings.latency.clone())
    }

    /// Returns the caller, as far as it is known, and the refusal of one that is not.
    fn authenticate(
        &self,
        label: Option<&str>,
        request: &Request<Bytes>,
        routed: &Routed,
    ) -> (Caller, Option<Refusal>) {
        let known = locked(&self.0.sts).authenticate(request, &routed.signed, self.clock().now());
        let (mut caller, refused) = match known {
            Ok(caller) => (caller, None),
            Err(refusal) => {
                let label = routed.signed.access_key.clone();
                (Caller { account: String::new(), arn: String::new(), label }, Some(refusal))
            }
        };
        if let Some(label) = label {
            label.clone_into(&mut caller.label);
        }
        (caller, refused)
    }

    fn call<'a>(&self, caller: &'a Caller, routed: &'a Routed) -> Call<'a> {
        let Routed { signed, operation, body } = routed;
        Call { caller, region: &signed.region, operation, body, now: self.clock().now() }
    }

    /// Answers a call that meets a fault, or none. `first` becomes the answer to the first of two deliveries.
    async fn meet(
        &self,
        fault: Option<&Effect>,
        call: &Call<'_>,
        routed: &Routed,
        back: Duration,
        first: &mut Option<Answer>,
    ) -> Answer {
        let service = routed.signed.service.as_str();
        match fault {
            Some(Effect::Throttle) => return Err(throttled(service)),
            Some(Effect::Refuse(refusal)) => return Err(refusal.clone()),
            Some(Effect::ServerError) => return Err(server_error(service)),
            Some(
                Effect::LoseAnswer
                | Effect::Delay(_)
                | Effect::BreakThenRun(_)
                | Effect::ErrorThenRun(_)
                | Effect::Twice,
            )
            | None => {}
        }
        if !locked(&self.0.limits).admit(service, call) {
            return Err(throttled(service));
        }
        if matches!(fault, Some(Effect::Twice)) {
            // The client waits for the second answer only, so the first one takes no time to
            // return.
            *first = Some(self.effect(call, routed, Duration::ZERO).await);
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
}

impl Arrived {
    /// Carries the request out.
    async fn pass(self) -> Result<Answer, AnswerLost> {
        match self.fault {
            Some(Effect::Delay(delay)) => {
                self.later(delay).await.unwrap_or_else(|ended| resume_unwind(ended.into_panic()))
            }
            Some(Effect::BreakThenRun(delay)) => {
                drop(self.later(delay));
                Err(AnswerLost)
            }
            Some(Effect::ErrorThenRun(delay)) => {
                let error = server_error(&self.routed.signed.service);
                drop(self.later(delay));
                Ok(Err(error))
            }
            Some(
                Effect::Throttle
                | Effect::Refuse(_)
                | Effect::ServerError
                | Effect::LoseAnswer
                | Effect::Twice,
            )
            | None => Ok(self.take_effect().await),
        }
    }

    /// Carries the request out after a delay, unless that is too long, in a task of its own: the client
    /// may be gone by then.
    fn later(self, delay: Duration) -> JoinHandle<Result<Answer, AnswerLost>> {
        let (scope, clock) = (self.scope.clone(), self.aws.clock().clone());
        let late = async move {
            clock.sleep(delay).await;
            if delay > MAX_EFFECT_DELAY { Err(AnswerLost) } else { Ok(self.take_effect().await) }
        };
        #[expect(clippy::disallowed_methods, reason = "a request outlives the function that has sent it")]
        tokio::spawn(within(scope, late))
    }

    async fn take_effect(self) -> Answer {
        let mut first = None;
        let call = self.aws.call(&self.caller, &self.routed);
        let answer = self.aws.meet(self.fault.as_ref(), &call, &self.routed, self.back, &mut first).await;
        let is_in_vain = matches!(first, Some(Err(_)));
        self.answered(answer, is_in_vain)
    }

    /// Records the answer. `is_in_vain`: it is the second of two deliveries, and the first was refused.
    fn answered(self, answer: Answer, is_in_vain: bool) -> Answer {
        let Self { aws, routed, caller, fault, sent, back, scope } = self;
        let bodies = aws.0.settings.bodies;
        let (outcome, response) = match &answer {
            Ok(body) => (Outcome::Ok, if bodies == Bodies::All { blanked(body) } else { Value::Null }),
            Err(Refusal { code, message, .. }) => (Outcome::Refused(code.clone()), message.as_str().into()),
        };
        let at = aws.clock().now();
        let record = CallRecord {
            scope,
            sent,
            at,
            duration: at.duration_since(sent).unwrap_or_default() + back,
            label: caller.label,
            account: caller.account,
            region: routed.signed.region,
            service: routed.signed.service,
            operation: routed.operation,
            resource: resource(&routed.body),
            outcome,
            fault: fault.as_ref().map(|fault| if is_in_vain { TWICE_IN_VAIN } else { fault.name() }),
            request: if bodies == Bodies::Neither { Value::Null } else { blanked(&routed.body) },
            response,
        };
        if let Some(Observer(watch)) = locked(&aws.0.observer).as_ref() {
            watch(&aws, &record);
        }
        locked(&aws.0.calls).push(record, aws.0.settings.keeps_calls);
        answer
    }
}
