//! How the group that gives access stands to the Identity Center application of the domain: a profile can be opened only by who is assigned [4.2].

use serde::{Deserialize, Serialize};

/// What the look at the assignment came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Assignment {
    /// The group was assigned already.
    Present,
    /// The group has been assigned now.
    Made,
    /// The group is assigned, and the application lets in everybody else as well: it asks for no assignment [4.8].
    NotRequired,
    /// We may not look, or not assign: only the management account and a delegated administrator may [4.10].
    NotPermitted,
    /// The application has as many assignments as it can have.
    QuotaReached,
    /// The domain tells no application: it was made before 1 October 2023, and groups are assigned in its console alone [4.1].
    NoApplication,
}

impl Assignment {
    /// What an operator has to know and to do; nothing if all is in order.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Self::Present | Self::Made => None,
            Self::NotRequired => Some(
                "the domain's application lets in everybody, assigned or not: have it ask for an assignment (sso-admin put-application-assignment-configuration)",
            ),
            Self::NotPermitted => Some(
                "the group may not be assigned to the domain's application from here: assign it in the console of IAM Identity Center",
            ),
            Self::QuotaReached => Some(
                "the group is not assigned to the domain's application: its quota of assignments is used up",
            ),
            Self::NoApplication => {
                Some("the domain names no application: assign the group in the domain's own console page")
            }
        }
    }
}
