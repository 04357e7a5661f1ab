//! The one action that closes the difference between what a user should have in a target and what they do have.

use crate::entitlement::Entitlement;
use crate::ids::ProfileName;
use crate::mapping::RemovalPolicy;
use serde::{Deserialize, Serialize};

/// Why a user's access is taken away. It limits what may go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum RemovalReason {
    /// The user is gone, disabled, or no longer in the group that the grant was given for.
    #[default]
    Left,
    /// The user is still in that group, but no row maps it to the domain any more. A row can go by mistake, so the user is suspended and
    /// nothing is deleted.
    RowGone,
    /// The profile is bound to a user name that is no longer the user's: whoever has that name now, or gets it, could open the profile.
    /// The user is suspended, because only an operator can move their work.
    Renamed {
        /// The user name that the profile is bound to.
        bound_to: String,
        /// The user name in the directory now.
        now: String,
    },
}

impl RemovalReason {
    /// Returns whether profile and spaces may be deleted, as far as the removal policy says so.
    pub fn may_delete(&self) -> bool {
        match self {
            Self::Left => true,
            Self::RowGone | Self::Renamed { .. } => false,
        }
    }
}

/// One action, with what it takes and the reason in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Plan {
    /// Create the profile (or go on with a creation that was cut off), wait, record the grant.
    Create {
        /// The profile.
        profile_name: ProfileName,
        /// What the user should have.
        entitlement: Entitlement,
        /// Why, in a sentence.
        because: String,
    },
    /// The profile is right, only the ledger is behind; or somebody else made it for this very user, and the mapping lets us take it over.
    Adopt {
        /// The profile.
        profile_name: ProfileName,
        /// What the user should have.
        entitlement: Entitlement,
        /// It has no mark of ours yet: it gets one, and the role, like a change.
        foreign: bool,
        /// Apps may still run under another role.
        role_moves: bool,
        /// Why, in a sentence.
        because: String,
    },
    /// Move the profile to another role (or other settings) in place [3.12]; never delete and create.
    ChangeRole {
        /// The profile.
        profile_name: ProfileName,
        /// What the user should have.
        entitlement: Entitlement,
        /// Apps may still run under another role.
        role_moves: bool,
        /// Why, in a sentence.
        because: String,
    },
    /// Take the access away: the role, apps, then spaces by policy, then the profile.
    Remove {
        /// The profile.
        profile_name: ProfileName,
        /// What happens to the spaces.
        removal: RemovalPolicy,
        /// The role was withdrawn before, and is still withdrawn.
        suspended: bool,
        /// Why the access is taken away.
        #[serde(default)]
        reason: RemovalReason,
        /// Why, in a sentence.
        because: String,
    },
    /// The profile is gone already; only the ledger is behind.
    Forget {
        /// The profile that was there.
        profile_name: ProfileName,
        /// Why, in a sentence.
        because: String,
    },
    /// All is as it should be.
    Keep {
        /// The profile, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile_name: Option<ProfileName>,
        /// What the user should have, and does have; nothing if nothing is due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entitlement: Option<Entitlement>,
        /// Why, in a sentence.
        because: String,
    },
}
