//! Changes in a domain: each is sent once, and only while nothing is paused.

use super::{Domain, Studio, StudioError};
use crate::error::{AwsError, Class};
use crate::tables::Controls;
use aws_sdk_sagemaker::config::Builder;
use aws_sdk_sagemaker::config::http::HttpResponse;
use aws_sdk_sagemaker::config::retry::RetryConfig;
use aws_sdk_sagemaker::config::timeout::TimeoutConfig;
use aws_sdk_sagemaker::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep};
use aws_smithy_async::time::SharedTimeSource;
use contract::job::Job;
use futures_util::future::join;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// Time from the sending of a change after which it cannot take effect any more. No source gives it:
/// this is a little more than the minute after which the front ends of services cut off a request.
const LATEST_EFFECT: Duration = Duration::from_secs(65);

/// Time from the first call for a domain in which a step may send a change. With one call before
/// that, and with the time of a late effect, it fits into the functions' 150 seconds.
const TIME_TO_SEND: Duration = Duration::from_secs(55);

/// A domain in which a step may change something.
#[derive(Debug)]
pub struct ActingDomain {
    domain: Domain,
    controls: Arc<Controls>,
    clock: SharedTimeSource,
    sleep: SharedAsyncSleep,
}

impl Deref for ActingDomain {
    type Target = Domain;

    fn deref(&self) -> &Domain {
        &self.domain
    }
}

/// Returns the configuration of a change: one attempt, which may take the whole time of the call.
pub(super) fn once() -> Builder {
    let timeouts = TimeoutConfig::builder().disable_operation_attempt_timeout().build();
    Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

/// Returns whether a change that has failed in this way may still take effect.
fn may_have_its_effect<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(context) => context.raw().status().is_server_error(),
        // Never sent.
        SdkError::ConstructionFailure(_) | _ => false,
    }
}

impl Studio {
    /// Returns the domain of the job's target, to change something in it. Fails with [`Class::Paused`] if
    /// everything is paused: a step calls this before it records what it is about to do.
    pub async fn acting_domain(&self, job: &Job) -> Result<ActingDomain, StudioError> {
        let controls = self.controls.clone().ok_or_else(|| AwsError::not_set("CONTROLS_TABLE"))?;
        let (paused, domain) = join(controls.check_pause("sagemaker"), Box::pin(self.domain(job))).await;
        paused?;
        let (clock, sleep) = (self.sessions.clock.clone(), self.sleep.clone());
        Ok(ActingDomain { domain: domain?, controls, clock, sleep })
    }
}

impl ActingDomain {
    /// Sends a change, unless everything is paused. If no clear answer comes, the change may still have
    /// its effect: the step waits until it cannot any more, so that it does not happen to a user whose
    /// lease is given back. A change is not sent so late that the function would be ended in this wait.
    pub(super) async fn changed<T, E>(
        &self,
        operation: &'static str,
        sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<(), AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.controls.check_pause(operation).await?;
        let since = |moment| self.clock.now().duration_since(moment).unwrap_or_default();
        if since(self.began) > TIME_TO_SEND {
            let said = "the step has taken too long to make a change safely; the next attempt makes it";
            return Err(AwsError::new(operation, Class::Transient, said));
        }
        let sent = self.clock.now();
        let Err(error) = sending.await else { return Ok(()) };
        if may_have_its_effect(&error) {
            self.sleep.sleep(LATEST_EFFECT.saturating_sub(since(sent))).await;
        }
        Err(AwsError::from_sdk(operation, &error))
    }
}
