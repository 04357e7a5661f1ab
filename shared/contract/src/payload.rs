//! Payloads of the state machine that more than one function reads, each declared once.
//!
//! A function declares the members that it needs; the state machine passes all of them.

use crate::entitlement::Entitlement;
use crate::ids::{ProfileName, UserId};
use crate::plan::RemovalReason;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The part of a [`Plan`](crate::plan::Plan) that the steps after a creation read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantPlan {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// The user's entitlement.
    pub entitlement: Entitlement,
    /// The user's name in the directory when the plan was made.
    #[serde(default)]
    pub user_name: Option<String>,
    /// The turn that a creation has to wait for.
    #[serde(default)]
    pub turn: Option<Turn>,
}

/// A place in the queue of those who wait for Studio to create their profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The number that will be called.
    pub number: u64,
    /// Seconds until then, as it looked when the number was taken.
    pub seconds: u64,
}

/// The part of a [`Plan`](crate::plan::Plan) that the steps of a role change or an adoption read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePlan {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// The user's entitlement.
    pub entitlement: Entitlement,
    /// The user's name in the directory when the plan was made.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Whether the profile was created outside studio-access and is to be taken over.
    #[serde(default)]
    pub unmanaged: bool,
    /// Whether apps may still run under the earlier role.
    pub role_changed: bool,
}

/// The part of a [`Plan`](crate::plan::Plan) that the steps of a removal read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovalPlan {
    /// The profile's name.
    pub profile_name: ProfileName,
    /// Reason of the removal.
    #[serde(default)]
    pub removal_reason: RemovalReason,
    /// Start of the reads behind the plan.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub read_at: Option<OffsetDateTime>,
}

/// The progress of withdrawing a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Withdrawal {
    /// Studio has begun.
    Begun,
    /// Studio refuses another role while apps run [8.8]: the role is withdrawn when they are gone.
    AppsRun,
    /// The last deletion failed and Studio refuses all changes to the profile: it can only be
    /// deleted.
    Stuck,
}

/// A profile as the last poll read it, for the step that records it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Polled {
    /// Uid of the home directory, once there is one.
    pub home_efs_uid: Option<String>,
    /// The directory user name that the profile is bound to.
    pub user_name: Option<String>,
    /// The user id in the ownership tag.
    pub owner: Option<UserId>,
}
