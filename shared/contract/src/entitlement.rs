//! The access that a user should have in a target, passed from step to step. [`crate::rules`]
//! decides it.

use crate::ids::{GroupId, MembershipId, RoleArn};
use crate::mapping::{ProfileSettings, RemovalPolicy, RunningApps};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A user's membership in one group, as the directory has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The group.
    pub group_id: GroupId,
    /// The group's display name, from `DescribeGroup`; never from an event [1.22].
    pub group_name: String,
    /// The id of the membership. A later `DeleteGroupMembership` names only this id [1.17].
    pub membership_id: MembershipId,
}

/// What an execution has found out about a user in a target when it looked for the targets that
/// concern them. Enough for a plan that gives or keeps something, as long as it is new: each step
/// that gives something looks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// Start of the reads.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The entitlement; `None` if the user has none, or if it cannot be decided.
    pub entitlement: Option<Entitlement>,
}

/// The winning mapping, with the membership that it applies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entitlement {
    /// The membership that gives the access.
    #[serde(flatten)]
    pub membership: Membership,
    /// The role of the mapping.
    pub execution_role_arn: RoleArn,
    /// Priority of the mapping; the lowest number wins.
    pub priority: u32,
    /// Policy for the user's spaces when they leave.
    pub removal: RemovalPolicy,
    /// Days between their leaving and the deletion.
    #[serde(default = "crate::mapping::default_grace_days")]
    pub grace_days: u32,
    /// Policy for apps that run under another role than this one.
    #[serde(default)]
    pub running_apps: RunningApps,
    /// Whether a profile for the user that was created outside studio-access may be taken over.
    #[serde(default)]
    pub adopt: bool,
    /// Further settings of the profile.
    pub settings: ProfileSettings,
}
