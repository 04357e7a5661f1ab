//! Who is assigned to the Identity Center application of a Studio domain: only they can open their profile [4.2].
//!
//! Always a group, never a user: leaving the group ends the way in, but not at once. No new session
//! starts after an hour, and existing ones end within two [1.41]. Stopping the apps and withdrawing the role is the
//! fast lock. Results are cached for a while, so that ten thousand joins do not cost ten thousand
//! look-ups: all operations of the service share 20 requests a second [4.9].

use crate::error::{AwsError, Class};
use crate::identity_center;
use aws_sdk_ssoadmin::Client;
use aws_sdk_ssoadmin::types::PrincipalType;
use aws_smithy_async::time::SharedTimeSource;
use aws_types::SdkConfig;
use contract::assignment::Assignment;
use contract::ids::GroupId;
use contract::settings::{BadSetting, Env};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

const DESCRIBE: &str = "sso:DescribeApplicationAssignment";
const CREATE: &str = "sso:CreateApplicationAssignment";
const CONFIGURATION: &str = "sso:GetApplicationAssignmentConfiguration";

/// How long an assignment is believed to be there.
const ASSIGNMENT_TTL: Duration = Duration::from_mins(15);

/// How long it is believed that an assignment cannot be made: whoever mends the permission should not have to wait.
const MISCONFIGURED_TTL: Duration = Duration::from_mins(1);

/// The applications of one Identity Center instance.
#[derive(Debug)]
pub struct Assignments {
    client: Client,
    clock: SharedTimeSource,
    known: Mutex<BTreeMap<(String, GroupId), (Assignment, SystemTime)>>,
}

impl Assignments {
    /// Opens the service in `IDENTITY_CENTER_REGION`, or else the function's own Region.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let client = Client::new(&identity_center::configuration(sdk, env)?);
        let clock = sdk.time_source().unwrap_or_default();
        Ok(Self { client, clock, known: Mutex::default() })
    }

    /// Sees to it that the group is assigned to the application.
    pub async fn ensure(&self, application_arn: &str, group_id: &GroupId) -> Result<Assignment, AwsError> {
        let key = (application_arn.to_owned(), group_id.clone());
        if let Some(assigned) = self.remembered(&key) {
            return Ok(assigned);
        }
        let assigned = self.assigned(application_arn, group_id).await;
        let assigned = assigned.or_else(|fault| will_not_pass(&fault).ok_or(fault))?;
        // What was made now is there already for whoever asks next.
        let matched = if assigned == Assignment::Made { Assignment::Present } else { assigned };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, (matched, self.clock.now()));
        Ok(assigned)
    }

    fn remembered(&self, key: &(String, GroupId)) -> Option<Assignment> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (assigned, found_at) = known.get(key)?;
        let believed = if assigned.problem().is_none() { ASSIGNMENT_TTL } else { MISCONFIGURED_TTL };
        self.clock.now().duration_since(*found_at).is_ok_and(|age| age < believed).then_some(*assigned)
    }

    async fn assigned(&self, application_arn: &str, group_id: &GroupId) -> Result<Assignment, AwsError> {
        let assigned = if self.is_assigned(application_arn, group_id).await? {
            Assignment::Present
        } else {
            self.assign(application_arn, group_id).await?
        };
        let open = self.lets_everybody_in(application_arn).await?;
        Ok(if open { Assignment::NotRequired } else { assigned })
    }

    /// Whether the application asks for no assignment at all [4.8]. Who may not know it, or an application that does not tell, is no reason to say
    /// that the group could not be assigned, and none to keep a user from their profile.
    async fn lets_everybody_in(&self, application_arn: &str) -> Result<bool, AwsError> {
        let call = self.client.get_application_assignment_configuration().application_arn(application_arn);
        match call.send().await {
            Ok(configuration) => Ok(!configuration.assignment_required()),
            Err(error) => {
                let fault = AwsError::from_sdk(CONFIGURATION, &error);
                if matches!(fault.class, Class::Throttled | Class::Transient) {
                    return Err(fault);
                }
                tracing::warn!(%fault, "it is not known whether the application lets everybody in");
                Ok(false)
            }
        }
    }

    /// Looked at first, because what the service says to an assignment that is there already is not documented [4.5].
    async fn is_assigned(&self, application_arn: &str, group_id: &GroupId) -> Result<bool, AwsError> {
        let call = self.client.describe_application_assignment().application_arn(application_arn);
        match call.principal_id(group_id.as_str()).principal_type(PrincipalType::Group).send().await {
            Ok(_) => Ok(true),
            Err(error) => {
                let fault = AwsError::from_sdk(DESCRIBE, &error);
                if is_absent(&fault) { Ok(false) } else { Err(fault) }
            }
        }
    }

    async fn assign(&self, application_arn: &str, group_id: &GroupId) -> Result<Assignment, AwsError> {
        let call = self.client.create_application_assignment().application_arn(application_arn);
        match call.principal_id(group_id.as_str()).principal_type(PrincipalType::Group).send().await {
            Ok(_) => Ok(Assignment::Made),
            Err(error) => {
                let fault = AwsError::from_sdk(CREATE, &error);
                // An earlier write has not spread yet [4.5]; or group or application are coming or going at this moment.
                let passing = fault.is("ConflictException") || is_absent(&fault);
                Err(if passing { AwsError { class: Class::Transient, ..fault } } else { fault })
            }
        }
    }
}

/// Checks for "not found". With a KMS reason, which makes another class of it, the assignment is only
/// hidden [4.11].
fn is_absent(fault: &AwsError) -> bool {
    fault.is("ResourceNotFoundException") && fault.class == Class::Unexpected
}

/// What a retry does not change, and what does not keep the user from their profile: it is told, not failed.
fn will_not_pass(fault: &AwsError) -> Option<Assignment> {
    let assignment = match fault.class {
        Class::Misconfigured => Assignment::NotPermitted,
        Class::Unexpected if fault.is("ServiceQuotaExceededException") => Assignment::QuotaReached,
        Class::Throttled | Class::Transient | Class::Unexpected => return None,
    };
    tracing::warn!(%fault, "the group could not be assigned");
    Some(assignment)
}
