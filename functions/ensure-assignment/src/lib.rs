//! Purpose: assign the group that gives access to the Identity Center application of the domain.
//! Without an assignment, its members cannot open their profiles [4.2].
//! Effects: an assignment of the group, never of a user: after a user leaves the group, their
//! access to the application ends within two hours [1.41].
//! Idempotency: an existing assignment is not changed.
//! Failures: `Paused`, `Throttled`, `Transient`, `Internal`. Problems of the installation (no
//! permission, no application, no quota, an application that does not require an assignment) are
//! reported in the output and do not fail the step.
//! Undo: none. The group keeps the assignment as long as the mapping exists; an operator who
//! deletes the mapping deletes the assignment.
//! Time budget: three calls, or none if the group was checked in the last fifteen minutes.

use aws::assignments::Assignments;
use aws::error::AwsError;
use aws_types::SdkConfig;
use contract::assignment::Assignment;
use contract::failure::Named;
use contract::ids::GroupId;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct EnsureAssignment {
    assignments: Assignments,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The group that gives access.
    pub group_id: GroupId,
    /// ARN of the domain's application, if the domain has one.
    pub application_arn: Option<String>,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The state of the group's assignment to the application.
    pub assignment: Assignment,
}

/// The group could not be assigned, or its assignment could not be read.
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
