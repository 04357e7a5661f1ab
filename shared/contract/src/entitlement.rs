//! The access that a user should have in a target, passed from step to step. [`crate::rules`]
//! decides it.

use crate::ids::{GroupId, MembershipId, RoleArn};
use crate::mapping::{ProfileSettings, RemovalPolicy, RunningApps};
use serde::{Deserialize, Serialize};

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
    /// Policy for apps that run under another role than this one.
    #[serde(default)]
    pub running_apps: RunningApps,
    /// Whether a profile for the user that was created outside studio-access may be taken over.
    #[serde(default)]
    pub adopt: bool,
    /// Further settings of the profile.
    pub settings: ProfileSettings,
}
