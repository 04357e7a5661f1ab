//! Amazon SageMaker Studio in one account and Region: domains, user profiles, apps and spaces.
//!
//! Studio uses one error code for different meanings [3.6], and some facts are only in the text of
//! a message [3.30]. This module converts both to types.

/// Sends a change, once: see `ActingDomain::changed`.
macro_rules! sent_once {
    ($domain:expr, $operation:expr, $call:expr) => {{
        let call = $call.customize().config_override($crate::studio::acting::once());
        $domain.changed($operation, Box::pin(call.send()))
    }};
}

mod acting;
mod holder;
mod leaving;
mod profile;
mod refusal;

pub use acting::ActingDomain;
pub use leaving::{App, AppOwner, Deletion, Space};
pub use profile::{Creation, NewProfile, Profile, ProfileStatus, Update};
pub use refusal::Refusal;

use crate::error::{AwsError, client_error};
use crate::session::Sessions;
use crate::tables::Controls;
use aws_sdk_sagemaker::Client;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_types::SdkConfig;
use contract::ids::RoleArn;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::SystemTime;
use time::OffsetDateTime;

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
    controls: Option<Arc<Controls>>,
}

/// One domain, reached through the role in its account.
#[derive(Debug)]
pub struct Domain {
    pub(crate) client: Client,
    pub(crate) id: String,
    /// Time of the first call for this domain.
    began: SystemTime,
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

/// Converts Studio's time. A missing time, or one outside the calendar's range, gives `None`.
fn moment(told: Option<&aws_smithy_types::DateTime>) -> Option<OffsetDateTime> {
    told.and_then(|told| OffsetDateTime::from_unix_timestamp_nanos(told.as_nanos()).ok())
}

impl Studio {
    /// Opens Studio with `MEMBER_ROLE` and `EXTERNAL_ID` (see `Sessions::open`).
    ///
    /// `NO_ACCESS_ROLE` is the path and name of the role that allows nothing. It is required only
    /// to withdraw a role. `CONTROLS_TABLE` is required only to change something.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let no_access_role = env.optional("NO_ACCESS_ROLE").map(str::to_owned);
        let sleep = sdk.sleep_impl().expect("a configuration of clients can wait, as its retries do");
        let controls = Controls::open_if_set(sdk, env)?.map(Arc::new);
        Ok(Self { sessions: Sessions::open(sdk, env)?, sleep, no_access_role, controls })
    }

    /// Returns the domain of the job's target to read from, through a session in its account.
    pub async fn domain(&self, job: &Job) -> Result<Domain, StudioError> {
        let began = self.sessions.clock.now();
        let (client, id) = (self.sessions.client(job).await?, job.target.domain_id.to_string());
        Ok(Domain { client, id, began })
    }

    /// Returns the role that allows nothing, in the account of the job's target.
    pub fn no_access_role(&self, job: &Job) -> Result<RoleArn, StudioError> {
        match &self.no_access_role {
            Some(role) => Ok(Sessions::role_in(job, role)?),
            None => Err(AwsError::not_set("NO_ACCESS_ROLE").into()),
        }
    }
}

impl Domain {
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
