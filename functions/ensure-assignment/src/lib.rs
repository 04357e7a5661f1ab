//! Purpose: the group that gives access is assigned to the Identity Center application of the domain, so that its members can open their profiles at all [4.2].
//! Effects: an assignment of the group, never of a user: leaving the group ends the way in, within two hours [1.41].
//! Idempotency: an assignment that is there is left as it is.
//! Failures: `Throttled`, `Transient`, `Internal`. What lies with the installation (no permission, no application, no quota, an application that lets in
//! everybody) is told and does not fail.
//! Undo: none. The way in belongs to the group as long as the mapping does; whoever takes the mapping away takes the assignment away.
//! Time budget: three calls, or none if the group was looked at in the last fifteen minutes.

use aws::assignments::Assignments;
use aws::error::AwsError;
use aws_types::SdkConfig;
use contract::assignment::Assignment;
use contract::failure::Named;
use contract::ids::GroupId;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;

/// The step with what it may touch.
#[derive(Debug)]
pub struct EnsureAssignment {
    assignments: Assignments,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The group that gives access.
    pub group_id: GroupId,
    /// The domain's application, if it tells one.
    pub application_arn: Option<String>,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// How the group stands to the application now.
    pub assignment: Assignment,
}

/// Why it is not known how the group stands.
#[derive(Debug, thiserror::Error)]
#[error("could not assign the group to the domain's application")]
pub struct AssignmentError(#[source] AwsError);

impl Named for AssignmentError {
    fn name(&self) -> &'static str {
        self.0.name()
    }
}

impl Step for EnsureAssignment {
    const NAME: &'static str = "ensure-assignment";
    type Input = Input;
    type Output = Output;
    type Error = AssignmentError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { assignments: Assignments::open(sdk, env)? })
    }

    async fn run(&self, Input { group_id, application_arn }: Input) -> Result<Output, AssignmentError> {
        let assignment = match application_arn {
            Some(arn) => self.assignments.ensure(&arn, &group_id).await.map_err(AssignmentError)?,
            None => Assignment::NoApplication,
        };
        Ok(Output { assignment })
    }
}
