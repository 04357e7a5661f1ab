//! Modes, statuses and sharing, as Studio writes them on the wire.

use serde::Serialize;

/// The way in which users sign in to a domain [3.42].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Through IAM Identity Center.
    Sso,
    /// With IAM credentials.
    Iam,
}

impl AuthMode {
    /// Returns the value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sso => "SSO",
            Self::Iam => "IAM",
        }
    }
}

/// Status of a profile, a space or a domain, which all have the same seven [3.9, 3.39, 3.42].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being created.
    Pending,
    /// Ready for use.
    InService,
    /// Being updated.
    Updating,
    /// Being deleted.
    Deleting,
    /// The creation failed.
    Failed,
    /// The update failed; everything is as before.
    UpdateFailed,
    /// The deletion failed; the resource still exists.
    DeleteFailed,
}

impl Status {
    /// Returns the value on the wire. Note the underscores in some of them [3.9].
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InService => "InService",
            Self::Updating => "Updating",
            Self::Deleting => "Deleting",
            Self::Failed => "Failed",
            Self::UpdateFailed => "Update_Failed",
            Self::DeleteFailed => "Delete_Failed",
        }
    }

    /// Checks that no work is under way.
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Self::InService | Self::Failed | Self::UpdateFailed | Self::DeleteFailed)
    }
}

/// Status of an app [3.23].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppStatus {
    /// Starting.
    Pending,
    /// Running.
    InService,
    /// Stopping.
    Deleting,
    /// Stopped; listed for a day [3.31].
    Deleted,
    /// The start failed; final [3.32].
    Failed,
}

impl AppStatus {
    /// Returns the value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InService => "InService",
            Self::Deleting => "Deleting",
            Self::Deleted => "Deleted",
            Self::Failed => "Failed",
        }
    }

    /// Checks whether the app has ended for good. Such an app blocks no other operation
    /// [3.31, 3.32].
    pub fn is_final(self) -> bool {
        matches!(self, Self::Deleted | Self::Failed)
    }
}

/// The users who may work in a space [3.35].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Sharing {
    /// Its owner only.
    Private,
    /// All users in the domain.
    Shared,
}

impl Sharing {
    /// Returns the value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "Private",
            Self::Shared => "Shared",
        }
    }
}
