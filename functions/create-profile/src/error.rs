//! How creating a profile fails.

use contract::catalogue;
use contract::failure::Named;
use gateway::entitled::Still;
use gateway::fault::Fault;
use gateway::tables::LedgerError;

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// A profile is bound to a user name, and there is none.
    #[error("the user has no user name to bind the profile to")]
    NoUserName,
    /// Something else is due now, or it cannot be told.
    #[error("could not go on with the plan")]
    Still(#[from] Still),
    /// The lease is lost, or the ledger could not be written.
    #[error("could not write the grant before creating the profile")]
    Ledger(#[from] LedgerError),
    /// Studio could not be asked.
    #[error("could not create the profile")]
    Studio(#[source] Fault),
    /// The quota is used up.
    #[error("the account's quota of profiles is used up: {0}")]
    LimitExceeded(String),
    /// The name belongs to something else.
    #[error("the profile name {0:?} was taken since the plan was made")]
    NameTaken(String),
    /// A profile of that name is going or not visible yet.
    #[error("the profile name {name:?} is in use: {why}")]
    Busy {
        /// The name.
        name: String,
        /// What is known about it.
        why: &'static str,
    },
}

impl Named for CreateError {
    fn name(&self) -> &'static str {
        match self {
            Self::NoUserName => catalogue::MISCONFIGURED,
            Self::Still(still) => still.name(),
            Self::Ledger(error) => error.name(),
            Self::Studio(fault) => fault.name(),
            Self::LimitExceeded(_) => catalogue::LIMIT_EXCEEDED,
            Self::NameTaken(_) => catalogue::NAME_TAKEN,
            Self::Busy { .. } => catalogue::PROFILE_BUSY,
        }
    }
}
