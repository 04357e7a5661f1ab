//! Errors of waiting for a profile.

use aws::studio::StudioError;
use aws::tables::LedgerError;
use contract::catalogue;
use contract::failure::Named;

/// Reasons why the wait ended without success.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The call to Studio failed.
    #[error("could not read the profile")]
    Studio(#[from] StudioError),
    /// The lease is lost, or could not be renewed.
    #[error("could not renew the lease")]
    Lease(#[from] LedgerError),
    /// Studio reports a failure.
    #[error("Studio reports the profile {profile:?} as {status}: {reason}")]
    ProfileFailed {
        /// The profile.
        profile: String,
        /// The profile's status.
        status: &'static str,
        /// Reason as Studio reports it.
        reason: String,
    },
    /// The profile has another role than was set, or is not ours.
    #[error(
        "the profile {0:?} is in service with another role, or without the ownership tag: another tool or user changed it"
    )]
    Foreign(String),
    /// The operation takes longer than the maximum wait.
    #[error("the profile {profile:?} is still in transition after {polls} reads")]
    Timeout {
        /// The profile.
        profile: String,
        /// Number of reads.
        polls: u32,
    },
}

impl Named for PollError {
    fn name(&self) -> &'static str {
        match self {
            Self::Studio(error) => error.name(),
            Self::Lease(error) => error.name(),
            Self::ProfileFailed { .. } => catalogue::PROFILE_FAILED,
            Self::Foreign(_) => catalogue::SUPERSEDED,
            Self::Timeout { .. } => catalogue::POLL_TIMEOUT,
        }
    }
}
