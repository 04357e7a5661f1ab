//! Amazon SageMaker Studio in one account and Region: domains, user profiles, apps and spaces.
//!
//! Studio uses one error code for different meanings [3.6], and some facts are only in the text of
//! a message [3.30]. This module converts both to types.

/// Sends a change, once: see `Domain::changed`.
macro_rules! sent_once {
    ($domain:expr, $operation:expr, $call:expr) => {{
        let call = $call.customize().config_override($crate::studio::once());
        $domain.changed($operation, Box::pin(call.send()))
    }};
}

mod holder;
mod leaving;
mod profile;
mod refusal;

pub use leaving::{App, AppOwner, Deletion, Space};
pub use profile::{Creation, NewProfile, Profile, ProfileStatus, Update};
pub use refusal::Refusal;

use crate::error::{AwsError, Class, client_error};
use crate::session::Sessions;
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::config::Builder;
use aws_sdk_sagemaker::config::http::HttpResponse;
use aws_sdk_sagemaker::config::retry::RetryConfig;
use aws_sdk_sagemaker::config::timeout::TimeoutConfig;
use aws_sdk_sagemaker::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_types::SdkConfig;
use contract::ids::RoleArn;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// Time from the sending of a change after which it cannot take effect any more. No source gives it:
/// this is a little more than the minute after which the front ends of services cut off a request.
const LATEST_EFFECT: Duration = Duration::from_secs(65);

/// Time from the first call for a domain in which a step may send a change. With one call before
/// that, and with the time of a late effect, it fits into the functions' 150 seconds.
const TIME_TO_SEND: Duration = Duration::from_secs(55);

const DESCRIBE_DOMAIN: &str = "sagemaker:DescribeDomain";

client_error!(
    /// A call to Studio failed, or the role in its account could not be assumed.
    StudioError
);

/// Studio, in the account and Region of a job's target.
#[derive(Debug)]
pub struct Studio {
    sessions: Sessions,
    sleep: SharedAsyncSleep,
    no_access_role: Option<String>,
}

/// One domain, reached through the role in its account.
#[derive(Debug)]
pub struct Domain {
    pub(crate) client: Client,
    pub(crate) id: String,
    /// Time of the first call for this domain.
    began: SystemTime,
    clock: SharedTimeSource,
    sleep: SharedAsyncSleep,
}

/// Facts about a domain that the steps check before they change anything in it [3.42].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainFacts {
    /// `SSO` or `IAM`.
    pub auth_mode: String,
    /// `InService`, or one of six other values.
    pub status: String,
    /// Studio's reason for a failed status.
    pub failure_reason: Option<String>,
    /// ARN of the Identity Center application that users sign in through. Only domains created
    /// since 1 October 2023 have one [3.42].
    pub application_arn: Option<String>,
}

impl DomainFacts {
    /// Returns the name under which the domain's facts are remembered in the table.
    pub fn key(target: &Target) -> String {
        format!("domain#{target}")
    }
}

/// Returns the configuration of a change: one attempt, which may take the whole time of the call.
fn once() -> Builder {
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

/// Converts Studio's time. A missing time, or one outside the calendar's range, gives `None`.
fn moment(told: Option<&aws_smithy_types::DateTime>) -> Option<OffsetDateTime> {
    told.and_then(|told| OffsetDateTime::from_unix_timestamp_nanos(told.as_nanos()).ok())
}

impl Studio {
    /// Opens Studio with `MEMBER_ROLE` and `EXTERNAL_ID` (see `Sessions::open`).
    ///
    /// `NO_ACCESS_ROLE` is the path and name of the role that allows nothing. It is required only
    /// to withdraw a role.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let no_access_role = env.optional("NO_ACCESS_ROLE").map(str::to_owned);
        let sleep = sdk.sleep_impl().expect("a configuration of clients can wait, as its retries do");
        Ok(Self { sessions: Sessions::open(sdk, env)?, sleep, no_access_role })
    }

    /// Returns the domain of the job's target, through a session in its account.
    pub async fn domain(&self, job: &Job) -> Result<Domain, StudioError> {
        let (clock, sleep) = (self.sessions.clock.clone(), self.sleep.clone());
        let began = clock.now();
        let (client, id) = (self.sessions.client(job).await?, job.target.domain_id.to_string());
        Ok(Domain { client, id, began, clock, sleep })
    }

    /// Returns the role that allows nothing, in the account of the job's target.
    pub fn no_access_role(&self, job: &Job) -> Result<RoleArn, StudioError> {
        match &self.no_access_role {
            Some(role) => Ok(Sessions::role_in(job, role)?),
            None => Err(StudioError(AwsError::new(
                "settings",
                Class::Misconfigured,
                "the environment variable NO_ACCESS_ROLE is not set",
            ))),
        }
    }
}

impl Domain {
    /// Sends a change. If no clear answer comes, the change may still have its effect: the step waits
    /// until it cannot any more, so that it does not happen to a user whose lease is given back. A
    /// change is not sent so late that the function would be ended in this wait.
    async fn changed<T, E>(
        &self,
        operation: &'static str,
        sending: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<(), AwsError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
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

    /// Reads the domain's facts, or returns `None` if Studio has no such domain.
    pub async fn facts(&self) -> Result<Option<DomainFacts>, StudioError> {
        let domain = match self.client.describe_domain().domain_id(&self.id).send().await {
            Ok(domain) => domain,
            Err(error) => {
                let fault = AwsError::from_sdk(DESCRIBE_DOMAIN, &error);
                return if fault.is("ResourceNotFound") { Ok(None) } else { Err(fault.into()) };
            }
        };
        let text = |text: Option<&str>| text.unwrap_or("(not told)").to_owned();
        Ok(Some(DomainFacts {
            auth_mode: text(domain.auth_mode().map(aws_sdk_sagemaker::types::AuthMode::as_str)),
            status: text(domain.status().map(aws_sdk_sagemaker::types::DomainStatus::as_str)),
            failure_reason: domain.failure_reason().map(str::to_owned),
            application_arn: domain.single_sign_on_application_arn().map(str::to_owned),
        }))
    }
}
