//! Assignments of groups to applications, as far as somebody has looked at them recently.

use super::remembered::Remembered;
use crate::error::AwsError;
use contract::assignment::Assignment;
use contract::ids::GroupId;
use std::time::Duration;

/// Time for which an existing assignment is believed.
const ASSIGNMENT_TTL: Duration = Duration::from_mins(15);

/// Time for which a failed assignment is believed. It is short, so that a corrected permission takes
/// effect soon.
const MISCONFIGURED_TTL: Duration = Duration::from_mins(1);

/// Returns how long a result is believed.
fn believed(assigned: Assignment) -> Duration {
    if assigned.problem().is_none() { ASSIGNMENT_TTL } else { MISCONFIGURED_TTL }
}

fn key(application_arn: &str, group_id: &GroupId) -> String {
    format!("assignment#{application_arn}#{group_id}")
}

impl Remembered {
    /// Returns the assignment of a group, if it is known.
    pub async fn assignment(
        &self,
        application_arn: &str,
        group_id: &GroupId,
    ) -> Result<Option<Assignment>, AwsError> {
        self.recall(&key(application_arn, group_id), |known: &Assignment| believed(*known)).await
    }

    /// Remembers the assignment of a group.
    pub async fn remember_assignment(
        &self,
        application_arn: &str,
        group_id: &GroupId,
        assignment: Assignment,
    ) -> Result<(), AwsError> {
        self.remember(&key(application_arn, group_id), &assignment).await
    }
}
