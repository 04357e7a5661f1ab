//! Errors of a sweep's page. Each of them ends the sweep before anything is removed.

use aws::directory::DirectoryError;
use aws::error::AwsError;
use contract::catalogue;
use contract::failure::Named;

/// Reasons why a page failed.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The requested group does not exist. The second value names similar groups.
    #[error("the directory has no group named {0:?}; if it was deleted, give its id{1}")]
    GroupUnknown(String, String),
    /// Another sweep of all users is at work.
    #[error("the sweep {0:?} of all users is at work; this one waits for its end")]
    AnotherSweep(String),
    /// Removals that are neither allowed nor approved.
    #[error("the removals of the sweep {list:?} cannot be started: {why}; nothing was removed")]
    NotAllowed {
        /// The sweep that found the removals.
        list: String,
        /// The state in the ledger.
        why: &'static str,
    },
    /// The directory could not be read completely.
    #[error("could not read the directory")]
    Directory(#[from] DirectoryError),
    /// The execution of the other sweep could not be described.
    #[error("could not find out whether another sweep is still at work")]
    AtWork(#[source] AwsError),
    /// A group could not be read.
    #[error("could not read a group")]
    Group(#[source] AwsError),
    /// The mappings could not be read.
    #[error("could not read the mappings")]
    Rules(#[source] AwsError),
    /// The ledger could not be read.
    #[error("could not read the ledger")]
    Ledger(#[source] AwsError),
    /// The notes of the sweep could not be read or written.
    #[error("could not read or write the notes of the sweep")]
    Notes(#[source] AwsError),
    /// The turns at the directory could not be read.
    #[error("could not read whether executions wait for the directory")]
    Looks(#[source] AwsError),
    /// Everything is paused, or that could not be read.
    #[error("the sweep does not go on")]
    Control(#[source] AwsError),
}

impl Named for PageError {
    fn name(&self) -> &'static str {
        match self {
            Self::GroupUnknown(..) => catalogue::GROUP_UNKNOWN,
            Self::AnotherSweep(_) => catalogue::ANOTHER_SWEEP,
            Self::NotAllowed { .. } => catalogue::REMOVALS_NOT_ALLOWED,
            Self::Directory(error) => error.name(),
            Self::AtWork(fault)
            | Self::Group(fault)
            | Self::Rules(fault)
            | Self::Ledger(fault)
            | Self::Notes(fault)
            | Self::Looks(fault)
            | Self::Control(fault) => fault.name(),
        }
    }
}
