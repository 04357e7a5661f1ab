//! Assignments to the Identity Center application of a Studio domain. Only assigned users can open
//! their profile [4.2].
//!
//! We assign groups, never users, so that leaving the group ends access, but not at once: no new
//! session starts after an hour, and existing ones end within two [1.41]. The fast lock is to stop
//! the apps and withdraw the role.
//!
//! Results are remembered in the table, so that ten thousand joins do not cost ten thousand look-ups:
//! all operations of the service share 20 requests a second [4.9].

use crate::error::{AwsError, Class};
use crate::identity_center;
use crate::tables::{Controls, Remembered};
use aws_sdk_ssoadmin::Client;
use aws_sdk_ssoadmin::types::PrincipalType;
use aws_types::SdkConfig;
use contract::assignment::Assignment;
use contract::ids::GroupId;
use contract::settings::{BadSetting, Env};

const DESCRIBE: &str = "sso:DescribeApplicationAssignment";
const CREATE: &str = "sso:CreateApplicationAssignment";
const CONFIGURATION: &str = "sso:GetApplicationAssignmentConfiguration";

/// The applications of one Identity Center instance.
#[derive(Debug)]
pub struct Assignments {
    client: Client,
    remembered: Remembered,
    controls: Controls,
}

impl Assignments {
    /// Opens the service in `IDENTITY_CENTER_REGION`, or in the function's own Region if it is not
    /// set. Reads `CONTROLS_TABLE` before it assigns a group.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let client = Client::from_conf(
            configuration!(aws_sdk_ssoadmin, &identity_center::configuration(sdk, env)?).build(),
        );
        Ok(Self { client, remembered: Remembered::open(sdk, env)?, controls: Controls::open(sdk, env)? })
    }

    /// Assigns the group to the application, unless it is assigned already.
    pub async fn ensure(&self, application_arn: &str, group_id: &GroupId) -> Result<Assignment, AwsError> {
        if let Some(assigned) = self.remembered.assignment(application_arn, group_id).await? {
            return Ok(assigned);
        }
        let assigned = self.assigned(application_arn, group_id).await;
        let assigned = assigned.or_else(|fault| will_not_pass(&fault).ok_or(fault))?;
        // For the next caller, a new assignment is an existing one.
        let known = if assigned == Assignment::Made { Assignment::Present } else { assigned };
        self.remembered.remember_assignment(application_arn, group_id, known).await?;
        Ok(assigned)
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

    /// Returns whether the application requires no assignment at all [4.8].
    ///
    /// If this setting cannot be read, logs a warning and returns `false`: provisioning does not
    /// depend on it. Throttling and transient errors are returned, so that the step is retried.
    async fn lets_everybody_in(&self, application_arn: &str) -> Result<bool, AwsError> {
        let call = self.client.get_application_assignment_configuration().application_arn(application_arn);
        match call.send().await {
            Ok(configuration) => Ok(!configuration.assignment_required()),
            Err(error) => {
                let fault = AwsError::from_sdk(CONFIGURATION, &error);
                if matches!(fault.class, Class::Throttled | Class::Transient) {
                    return Err(fault);
                }
                tracing::warn!(%fault, "could not check whether the application requires an assignment");
                Ok(false)
            }
        }
    }

    /// Reads the assignment before one is made, because the service's response to a repeated
    /// assignment is not documented [4.5].
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
        self.controls.check_pause(CREATE).await?;
        let call = self.client.create_application_assignment().application_arn(application_arn);
        match call.principal_id(group_id.as_str()).principal_type(PrincipalType::Group).send().await {
            Ok(_) => Ok(Assignment::Made),
            Err(error) => {
                let fault = AwsError::from_sdk(CREATE, &error);
                // An earlier write has not spread yet [4.5], or the group or the application is
                // being created or deleted at this moment.
                let passing = fault.is("ConflictException") || is_absent(&fault);
                Err(if passing { AwsError { class: Class::Transient, ..fault } } else { fault })
            }
        }
    }
}

/// Returns whether the error means "not found". With a KMS reason, which changes the class, the
/// assignment is only hidden [4.11].
fn is_absent(fault: &AwsError) -> bool {
    fault.is("ResourceNotFoundException") && fault.class == Class::Unexpected
}

/// Converts an error that a retry cannot fix to a result with a problem, because the user's profile
/// does not depend on the assignment. Other errors give `None`.
fn will_not_pass(fault: &AwsError) -> Option<Assignment> {
    let assignment = match fault.class {
        // The table of controls: whether there is a pause must be known.
        _ if !fault.operation.starts_with("sso:") => return None,
        Class::Misconfigured => Assignment::NotPermitted,
        Class::Unexpected if fault.is("ServiceQuotaExceededException") => Assignment::QuotaReached,
        Class::Throttled | Class::Transient | Class::Paused | Class::Unexpected => return None,
    };
    tracing::warn!(%fault, "could not assign the group");
    Some(assignment)
}
