//! Errors of deleting a profile.

use aws::entitled::RemovalOutdated;
use aws::studio::StudioError;
use aws::tables::LedgerError;
use contract::catalogue;
use contract::failure::Named;

/// Reasons why the profile was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The user is entitled again, or the entitlement could not be read: nothing is removed.
    #[error("could not continue the removal")]
    RemovalOutdated(#[from] RemovalOutdated),
    /// The profile is not ours, or no longer ours.
    #[error("the profile {0:?} was not created by studio-access and was not changed")]
    UnmanagedProfile(String),
    /// An app or a space appeared after the last listing.
    #[error("an app or a space of {0:?} appeared after the last listing")]
    StillInUse(String),
    /// Studio is still working on the profile.
    #[error("Studio is still busy with the profile {0:?}")]
    Busy(String),
    /// The lease is lost, a limit is reached, or the ledger could not be written.
    #[error("could not record the home directory in the ledger before the profile's deletion")]
    Ledger(#[from] LedgerError),
    /// The call to Studio failed.
    #[error("could not delete the profile")]
    Studio(#[from] StudioError),
}

impl Named for DeleteError {
    fn name(&self) -> &'static str {
        match self {
            Self::RemovalOutdated(recheck) => recheck.name(),
            Self::UnmanagedProfile(_) => catalogue::UNMANAGED_PROFILE,
            Self::StillInUse(_) => catalogue::STILL_IN_USE,
            Self::Busy(_) => catalogue::PROFILE_BUSY,
            Self::Ledger(error) => error.name(),
            Self::Studio(fault) => fault.name(),
        }
    }
}
