//! How a page of a sweep fails. Each of these ends the sweep before anything is removed.

use aws::directory::DirectoryError;
use aws::error::AwsError;
use contract::catalogue;
use contract::failure::Named;

/// Why a page could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The group that was asked for is not there, and groups of nearly that name.
    #[error("the directory has no group named {0:?}; if it was deleted, give its id{1}")]
    GroupUnknown(String, String),
    /// Removals that are neither allowed nor approved.
    #[error("the removals of the sweep {list:?} cannot be started: {why}; nothing was removed")]
    NotAllowed {
        /// The sweep whose removals they are.
        list: String,
        /// What the ledger says.
        why: &'static str,
    },
    /// The directory could not be read whole.
    #[error("could not read the directory")]
    Directory(#[from] DirectoryError),
    /// The mappings could not be read.
    #[error("could not read the mappings")]
    Rules(#[source] AwsError),
    /// The ledger could not be read.
    #[error("could not read the ledger")]
    Ledger(#[source] AwsError),
    /// The notes of the sweep could not be read or written.
    #[error("could not read or write the notes of the sweep")]
    Notes(#[source] AwsError),
}

impl Named for PageError {
    fn name(&self) -> &'static str {
        match self {
            Self::GroupUnknown(..) => catalogue::GROUP_UNKNOWN,
            Self::NotAllowed { .. } => catalogue::REMOVALS_NOT_ALLOWED,
            Self::Directory(error) => error.name(),
            Self::Rules(fault) | Self::Ledger(fault) | Self::Notes(fault) => fault.name(),
        }
    }
}
