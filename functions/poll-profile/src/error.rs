//! How waiting for a profile fails.

use aws::directory::DirectoryError;
use aws::studio::StudioError;
use aws::tables::LedgerError;
use contract::catalogue;
use contract::failure::Named;

/// Why the wait is over without success.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// Studio could not be asked.
    #[error("could not read the profile")]
    Studio(#[from] StudioError),
    /// The user could not be read.
    #[error("could not read the user from the directory")]
    User(#[from] DirectoryError),
    /// The lease is lost, or cannot be told.
    #[error("could not renew the lease")]
    Lease(#[from] LedgerError),
    /// Studio gave up, in its own words.
    #[error("Studio reports the profile {profile:?} as {status}: {reason}")]
    ProfileFailed {
        /// The profile.
        profile: String,
        /// What failed.
        status: &'static str,
        /// Studio's reason.
        reason: String,
    },
    /// It is not as it was set: another role, or not ours.
    #[error(
        "the profile {0:?} is in service with another role, or without the ownership tag: another tool or user changed it"
    )]
    Foreign(String),
    /// It is not the profile of the grant, or bound to another user name than the user has now.
    #[error(
        "the profile {0:?} is not the one in the grant, or is bound to a former user name"
    )]
    NotTheirs(String),
    /// It takes longer than it ever should.
    #[error("the profile {profile:?} is still in transition after {polls} reads")]
    Timeout {
        /// The profile.
        profile: String,
        /// How often we looked.
        polls: u32,
    },
}

impl Named for PollError {
    fn name(&self) -> &'static str {
        match self {
            Self::Studio(error) => error.name(),
            Self::User(error) => error.name(),
            Self::Lease(error) => error.name(),
            Self::ProfileFailed { .. } => catalogue::PROFILE_FAILED,
            Self::Foreign(_) | Self::NotTheirs(_) => catalogue::SUPERSEDED,
            Self::Timeout { .. } => catalogue::POLL_TIMEOUT,
        }
    }
}
