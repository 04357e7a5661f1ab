//! What a user should have in a target, as it travels between the steps. [`crate::rules`] decides it.

use crate::ids::{GroupId, MembershipId, RoleArn};
use crate::mapping::{ProfileSettings, RemovalPolicy, RunningApps};
use serde::{Deserialize, Serialize};

/// A user's membership in one group, as the directory tells it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The group.
    pub group_id: GroupId,
    /// Its display name, from `DescribeGroup`; never from an event [1.22].
    pub group_name: String,
    /// The id of the membership: all that a later `DeleteGroupMembership` will name [1.17].
    pub membership_id: MembershipId,
}

/// The mapping that wins, with the membership that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entitlement {
    /// The membership.
    #[serde(flatten)]
    pub membership: Membership,
    /// The role the group stands for.
    pub execution_role_arn: RoleArn,
    /// Priority of the mapping that won.
    pub priority: u32,
    /// What happens to the user's spaces when they leave.
    pub removal: RemovalPolicy,
    /// What happens to apps that run under another role than this one.
    #[serde(default)]
    pub running_apps: RunningApps,
    /// Whether a profile that somebody else made for the user may be taken over.
    #[serde(default)]
    pub adopt: bool,
    /// Further settings of the profile.
    pub settings: ProfileSettings,
}
