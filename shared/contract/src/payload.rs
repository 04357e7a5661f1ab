//! What states hand to functions and get back, where more than one function reads it: each is declared once, here.
//! A function reads the members that it needs; the state machine passes all of them.

use crate::entitlement::Entitlement;
use crate::ids::{ProfileName, UserId};
use crate::plan::RemovalReason;
use serde::{Deserialize, Serialize};

/// A [`Plan`](crate::plan::Plan) that gives something, as the steps after it read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantPlan {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// What the user should have.
    pub entitlement: Entitlement,
}

/// A [`Plan`](crate::plan::Plan) that changes or adopts a profile, as the step that does it reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePlan {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// What the user should have.
    pub entitlement: Entitlement,
    /// Somebody else made the profile; it is to be taken over.
    #[serde(default)]
    pub foreign: bool,
    /// Apps may run on under the role from before.
    pub role_moves: bool,
}

/// A [`Plan`](crate::plan::Plan) that takes something away, as the steps after it read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovalPlan {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// Why the access is taken away.
    #[serde(default)]
    pub reason: RemovalReason,
}

/// A profile as the last poll saw it, for the step that records it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Polled {
    /// Uid of the home directory, once there is one.
    pub home_efs_uid: Option<String>,
    /// The directory user name that the profile is bound to.
    pub user_name: Option<String>,
    /// The user that the ownership tag names.
    pub owner: Option<UserId>,
    /// The user's name in the directory, read right after the profile.
    pub directory_name: Option<String>,
}
