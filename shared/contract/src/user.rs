//! The user to check, as the directory describes them now.

use crate::ids::{StoreId, UserId};
use serde::{Deserialize, Serialize};

/// Status of a user in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UserStatus {
    /// Present and enabled.
    Enabled,
    /// Present but disabled: no entitlement [2.9].
    Disabled,
    /// No longer in the directory: no entitlement. The ledger has the grants to remove [2.17].
    Gone,
}

/// A user of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The identity store that the user belongs to.
    pub store_id: StoreId,
    /// The immutable id, the key of all our records.
    pub user_id: UserId,
    /// The current user name. `None` if the user is gone; optional in the service's response [2.9].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Present, disabled or gone.
    pub status: UserStatus,
}
