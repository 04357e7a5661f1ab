//! The user a change concerns, as the directory describes them now.

use crate::ids::{StoreId, UserId};
use serde::{Deserialize, Serialize};

/// Whether the directory lets the user in at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UserStatus {
    /// Present and enabled.
    Enabled,
    /// Present but disabled: no entitlement [2.9].
    Disabled,
    /// No longer in the directory: no entitlement; the ledger says what to take away [2.17].
    Gone,
}

/// A directory user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The identity store the user lives in.
    pub store_id: StoreId,
    /// The immutable id; everything we remember is keyed by it.
    pub user_id: UserId,
    /// The user name now; absent when the user is gone, and optional in the service's answer [2.9].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Present, disabled or gone.
    pub status: UserStatus,
}
