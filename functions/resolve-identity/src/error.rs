//! Errors of resolving an identity.

use aws::directory::DirectoryError;
use aws::error::AwsError;
use contract::catalogue;
use contract::change::BadChange;
use contract::failure::Named;

/// Reasons why no user was resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The input cannot be parsed.
    #[error("the input of the execution cannot be used")]
    Input(#[from] BadChange),
    /// The event is about another directory.
    #[error("the event belongs to the identity store {theirs}, but this installation serves {ours}")]
    OtherStore {
        /// The identity store of the event.
        theirs: String,
        /// The identity store of this installation.
        ours: String,
    },
    /// The directory has no user of that name.
    #[error("the directory has no user named {0:?}; if the user was deleted, use userId")]
    UserUnknown(String),
    /// The user could not be read.
    #[error("could not read the user from the directory")]
    User(#[from] DirectoryError),
    /// Memberships or mappings could not be read.
    #[error("could not read the user's groups and mappings")]
    MatchedMappings(#[source] AwsError),
    /// Others are looked at first.
    #[error("waits for its turn: many users are looked at, and the directory answers 20 calls a second")]
    NotYet,
    /// Another execution would have to be started, and everything is paused, or that could not be read.
    #[error("another execution is not started")]
    Control(#[source] AwsError),
    /// The turns could not be read or written.
    #[error("could not take a turn at the directory")]
    Looks(#[source] AwsError),
    /// The ledger could not be read.
    #[error("could not read the user's grants")]
    Grants(#[source] AwsError),
}

impl Named for ResolveError {
    fn name(&self) -> &'static str {
        match self {
            Self::Input(bad) => bad.name(),
            Self::OtherStore { .. } => catalogue::INVALID_INPUT,
            Self::UserUnknown(_) => catalogue::USER_UNKNOWN,
            Self::User(error) => error.name(),
            Self::NotYet => catalogue::THROTTLED,
            Self::MatchedMappings(fault)
            | Self::Looks(fault)
            | Self::Control(fault)
            | Self::Grants(fault) => fault.name(),
        }
    }
}
