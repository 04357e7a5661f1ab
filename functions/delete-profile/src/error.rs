//! How deleting a profile fails.

use contract::catalogue;
use contract::failure::Named;
use gateway::entitled::Unknown;
use gateway::fault::Fault;

/// Why the profile is still there.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// Entitlement unknown: nothing is destroyed.
    #[error("could not make sure that the user has left")]
    Entitlement(#[from] Unknown),
    /// The person is back.
    #[error("the user is entitled again, through {0:?}; the profile stays")]
    EntitledAgain(String),
    /// The profile is not ours (any more).
    #[error("the profile {0:?} was not made by studio-access; it is left alone")]
    Unowned(String),
    /// An app or a space appeared after the last listing.
    #[error("an app or a space of {0:?} appeared since they were listed")]
    StillInUse(String),
    /// Studio is still at work on the profile.
    #[error("Studio is still busy with the profile {0:?}")]
    Busy(String),
    /// The ledger could not be written.
    #[error("could not note the home directory in the ledger before deleting the profile")]
    Ledger(#[source] Fault),
    /// Another execution was there first.
    #[error("another execution is writing the grant")]
    Superseded,
    /// Studio could not be asked.
    #[error("could not delete the profile")]
    Studio(#[source] Fault),
}

impl Named for DeleteError {
    fn name(&self) -> &'static str {
        match self {
            Self::Entitlement(unknown) => unknown.name(),
            Self::EntitledAgain(_) => catalogue::ENTITLED_AGAIN,
            Self::Unowned(_) => catalogue::UNOWNED,
            Self::StillInUse(_) => catalogue::STILL_IN_USE,
            Self::Busy(_) => catalogue::PROFILE_BUSY,
            Self::Ledger(fault) | Self::Studio(fault) => fault.name(),
            Self::Superseded => catalogue::SUPERSEDED,
        }
    }
}
