//! Assignment of the group that gives access to the domain's Identity Center application. Only
//! assigned users can open a profile [4.2].

use serde::{Deserialize, Serialize};

/// Result of checking the assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Assignment {
    /// The group was already assigned.
    Present,
    /// The group is newly assigned.
    Made,
    /// The group is assigned, but the application requires no assignment, so all other users can
    /// open it as well [4.8].
    NotRequired,
    /// We may not read or create assignments: only the management account and a delegated
    /// administrator may [4.10].
    NotPermitted,
    /// The application's quota of assignments is used up.
    QuotaReached,
    /// The domain has no application ARN: it was created before 1 October 2023, and its groups can
    /// be assigned only in its console [4.1].
    NoApplication,
}

impl Assignment {
    /// Returns the problem and its solution for the operator, or `None` if there is no problem.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Self::Present | Self::Made => None,
            Self::NotRequired => Some(
                "the domain's application does not require an assignment, so every user can open it: require one (sso-admin put-application-assignment-configuration)",
            ),
            Self::NotPermitted => Some(
                "studio-access has no permission to assign the group to the domain's application: assign it in the IAM Identity Center console",
            ),
            Self::QuotaReached => Some(
                "the group is not assigned to the domain's application: its quota of assignments is used up",
            ),
            Self::NoApplication => {
                Some("the domain has no application: assign the group on the domain's own console page")
            }
        }
    }
}
