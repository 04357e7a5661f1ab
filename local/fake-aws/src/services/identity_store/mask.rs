//! A store whose KMS key cannot be used: every read fails, and the failure says nothing about the
//! data [2.12].

use crate::service::Refusal;

/// The reason why the KMS key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KmsMask {
    /// `ResourceNotFoundException` with `KMS_KEY_NOT_FOUND`: looks as if the user were gone.
    KeyNotFound,
    /// `AccessDeniedException` with `KMS_ACCESS_DENIED`.
    AccessDenied,
    /// `ValidationException` with `KMS_DISABLED`.
    Disabled,
    /// `ThrottlingException` with `KMS_THROTTLING`.
    Throttled,
}

impl KmsMask {
    /// Returns the refusal of every call. Its resource type is that of the requested resource, so
    /// that only the reason distinguishes it from a missing resource.
    pub(super) fn refusal(self, operation: &str) -> Refusal {
        let kind = match operation {
            "DescribeGroup" | "GetGroupId" | "ListGroupMemberships" | "ListGroups" => "GROUP",
            "DescribeGroupMembership" => "GROUP_MEMBERSHIP",
            _ => "USER",
        };
        match self {
            Self::KeyNotFound => {
                let refusal = Refusal::new(
                    "ResourceNotFoundException",
                    "The KMS key of the identity store was not found.",
                );
                refusal.with("ResourceType", kind).with("Reason", "KMS_KEY_NOT_FOUND")
            }
            Self::AccessDenied => {
                let refusal = Refusal::new(
                    "AccessDeniedException",
                    "The caller may not use the KMS key of the identity store.",
                );
                refusal.with("Reason", "KMS_ACCESS_DENIED")
            }
            Self::Disabled => {
                let refusal =
                    Refusal::new("ValidationException", "The KMS key of the identity store is disabled.");
                refusal.with("Reason", "KMS_DISABLED")
            }
            Self::Throttled => {
                let refusal =
                    Refusal::new("ThrottlingException", "KMS throttles the key of the identity store.");
                refusal.with("Reason", "KMS_THROTTLING").with("RetryAfterSeconds", 1)
            }
        }
    }
}
