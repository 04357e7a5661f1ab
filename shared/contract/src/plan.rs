//! The one action that closes the difference between a user's entitlement in a target and their
//! current access.

use crate::entitlement::Entitlement;
use crate::ids::ProfileName;
use crate::mapping::RemovalPolicy;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Reason of a removal. It limits what may be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum RemovalReason {
    /// The user is gone, disabled, or no longer in the group that gave access.
    #[default]
    Left,
    /// The user has left, and the days of grace are not over: nothing is deleted yet.
    InGrace {
        /// Days of grace. They are recorded with the removal.
        days: u32,
        /// End of the days; `None` while a row of the group is invalid, because it may give more.
        #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
        until: Option<OffsetDateTime>,
    },
    /// The user has left, and the deletions of this hour are used up: nothing is deleted yet.
    OverLimit,
    /// The user has left, and an operator holds what they have: nothing is deleted.
    OnHold,
    /// The user is still in that group, but no row maps it to the domain any more. A row can be
    /// deleted by mistake, so the user is suspended and nothing is deleted.
    RowGone,
    /// The profile is bound to a user name that is no longer the user's. Any other user with that
    /// name, now or later, could open the profile.
    ///
    /// The user is suspended, because only an operator can move their work.
    Renamed {
        /// The user name that the profile is bound to.
        bound_to: String,
        /// The current user name in the directory.
        now: String,
    },
}

impl RemovalReason {
    /// Returns whether the profile and its spaces may be deleted, if the removal policy allows it.
    pub fn may_delete(&self) -> bool {
        match self {
            Self::Left => true,
            Self::InGrace { .. } | Self::OverLimit | Self::OnHold | Self::RowGone | Self::Renamed { .. } => {
                false
            }
        }
    }
}

/// One action with its arguments and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Plan {
    /// Create the profile (or continue an interrupted creation), wait for it, record the grant.
    Create {
        /// The profile.
        profile_name: ProfileName,
        /// The user's entitlement.
        entitlement: Entitlement,
        /// The reason, as a sentence.
        reason: String,
    },
    /// Update the ledger for a profile that is already correct, or take over a profile that was
    /// created outside studio-access for this user, if the mapping allows it.
    Adopt {
        /// The profile.
        profile_name: ProfileName,
        /// The user's entitlement.
        entitlement: Entitlement,
        /// Whether the profile has no ownership tag yet. It gets the tag and the role, as in a role
        /// change.
        unmanaged: bool,
        /// Whether apps may still run under another role.
        role_changed: bool,
        /// The reason, as a sentence.
        reason: String,
    },
    /// Change the profile's role or other settings in place [3.12]; never delete and create it
    /// again.
    ChangeRole {
        /// The profile.
        profile_name: ProfileName,
        /// The user's entitlement.
        entitlement: Entitlement,
        /// Whether apps may still run under another role.
        role_changed: bool,
        /// The reason, as a sentence.
        reason: String,
    },
    /// Remove the access: the role, the apps, then the spaces as the policy allows, then the
    /// profile.
    Remove {
        /// The profile.
        profile_name: ProfileName,
        /// Policy for the spaces.
        removal: RemovalPolicy,
        /// Whether the role was withdrawn earlier and still is.
        suspended: bool,
        /// Reason of the removal, which limits what may be deleted.
        #[serde(default)]
        removal_reason: RemovalReason,
        /// The reason, as a sentence.
        reason: String,
    },
    /// Update the ledger: the profile is already gone.
    Forget {
        /// The profile that was there.
        profile_name: ProfileName,
        /// The reason, as a sentence.
        reason: String,
    },
    /// Do nothing: the user's access is correct.
    Keep {
        /// The profile, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile_name: Option<ProfileName>,
        /// The user's entitlement, which they already have; `None` if they should have no access.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entitlement: Option<Entitlement>,
        /// The reason, as a sentence.
        reason: String,
    },
    /// Do nothing: another execution has done the work meanwhile.
    Covered {
        /// The reason, as a sentence.
        reason: String,
    },
}

impl Plan {
    /// Returns what the user should have, if the plan gives or keeps something.
    pub fn entitlement(&self) -> Option<&Entitlement> {
        match self {
            Self::Create { entitlement, .. }
            | Self::Adopt { entitlement, .. }
            | Self::ChangeRole { entitlement, .. } => Some(entitlement),
            Self::Keep { entitlement, .. } => entitlement.as_ref(),
            Self::Remove { .. } | Self::Forget { .. } | Self::Covered { .. } => None,
        }
    }

    /// Returns whether the plan may delete the profile or a space.
    pub fn may_delete(&self) -> bool {
        match self {
            Self::Remove { removal_reason, .. } => removal_reason.may_delete(),
            Self::Create { .. }
            | Self::Adopt { .. }
            | Self::ChangeRole { .. }
            | Self::Forget { .. }
            | Self::Keep { .. }
            | Self::Covered { .. } => false,
        }
    }

    /// Returns the plan for a user on hold: a removal suspends the user and deletes nothing. Only a profile
    /// that is no loss (`is_loss`) goes, unless it owns a space.
    #[must_use]
    pub fn on_hold(self, is_loss: bool) -> Self {
        match self {
            Self::Remove { profile_name, suspended, removal_reason, reason, .. } => {
                let (removal_reason, reason) = if is_loss {
                    let reason = format!("{reason}: suspended; nothing is deleted while the user is on hold");
                    (RemovalReason::OnHold, reason)
                } else {
                    (removal_reason, reason)
                };
                let removal = RemovalPolicy::Keep;
                Self::Remove { profile_name, removal, suspended, removal_reason, reason }
            }
            same @ (Self::Create { .. }
            | Self::Adopt { .. }
            | Self::ChangeRole { .. }
            | Self::Forget { .. }
            | Self::Keep { .. }
            | Self::Covered { .. }) => same,
        }
    }
}
