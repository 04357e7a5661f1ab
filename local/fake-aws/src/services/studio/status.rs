//! The words for how things are: modes, statuses and sharing, as Studio writes them on the wire.

use serde::Serialize;

/// How people sign in to a domain [3.42].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Through IAM Identity Center.
    Sso,
    /// With IAM credentials.
    Iam,
}

impl AuthMode {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sso => "SSO",
            Self::Iam => "IAM",
        }
    }
}

/// Status of a profile, a space or a domain: the same seven [3.9, 3.39, 3.42].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being made.
    Pending,
    /// Ready.
    InService,
    /// Being changed.
    Updating,
    /// Going away.
    Deleting,
    /// Could not be made.
    Failed,
    /// Could not be changed; still as it was.
    UpdateFailed,
    /// Could not be deleted; still there.
    DeleteFailed,
}

impl Status {
    /// The word on the wire; mind the underscores [3.9].
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

    /// Whether no work is under way.
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
    /// Did not start; final [3.32].
    Failed,
}

impl AppStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InService => "InService",
            Self::Deleting => "Deleting",
            Self::Deleted => "Deleted",
            Self::Failed => "Failed",
        }
    }

    /// Whether the app has ended for good: such an app blocks nothing [3.31, 3.32].
    pub fn is_final(self) -> bool {
        matches!(self, Self::Deleted | Self::Failed)
    }
}

/// Who may work in a space [3.35].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Sharing {
    /// Its owner alone.
    Private,
    /// Everybody in the domain.
    Shared,
}

impl Sharing {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "Private",
            Self::Shared => "Shared",
        }
    }
}
