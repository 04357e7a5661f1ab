//! Reasons why an entitlement is unknown, or a plan that rests on one is out of date.

use crate::directory::DirectoryError;
use crate::error::AwsError;
use contract::failure::{Named, chain};
use contract::mapping::BadRow;
use time::OffsetDateTime;

/// Reason why an entitlement is unknown. None of these means "not entitled".
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// A call failed.
    #[error("could not read what the user is entitled to")]
    Read(#[from] AwsError),
    /// A row for one of the user's groups is invalid.
    #[error("the mapping row of group {group:?} to {target:?} cannot be used: {why}")]
    Row {
        /// The group.
        group: String,
        /// The target as it is written.
        target: String,
        /// The reason why the row is invalid.
        why: String,
    },
}

impl Named for Unknown {
    fn name(&self) -> &'static str {
        match self {
            Self::Read(fault) => fault.name(),
            Self::Row { .. } => contract::catalogue::INVALID_MAPPING,
        }
    }
}

impl From<DirectoryError> for Unknown {
    fn from(DirectoryError(fault): DirectoryError) -> Self {
        Self::Read(fault)
    }
}

impl From<&BadRow> for Unknown {
    fn from(row: &BadRow) -> Self {
        Self::Row { group: row.group.clone(), target: row.target.clone(), why: chain(&row.why) }
    }
}

fn until(due: Option<&OffsetDateTime>) -> String {
    due.map_or_else(|| "the mapping of the group can be read".to_owned(), ToString::to_string)
}

/// Reason why a removal or a deletion must not continue.
#[derive(Debug, thiserror::Error)]
pub enum RemovalOutdated {
    /// Entitlement unknown.
    #[error("could not check that the user has left")]
    Unknown(#[from] Unknown),
    /// The user is back.
    #[error("the user is entitled again, through {0:?}; nothing more is removed")]
    EntitledAgain(String),
    /// The user is in the group of the grant, whose row is gone.
    #[error("the user is a member of {0:?} again, whose mapping row is gone; nothing is deleted")]
    MemberAgain(String),
    /// The user has the name again that the profile is bound to.
    #[error("the user name is {0:?} again; nothing more is removed")]
    NamedAgain(String),
    /// The days of grace are not over. The value is their end, if it is known.
    #[error("nothing is deleted before {}", until(.0.as_ref()))]
    NotDue(Option<OffsetDateTime>),
    /// An operator holds what the user has.
    #[error("the user is on hold; nothing is deleted")]
    OnHold,
    /// The plan only suspends the user, so nothing may be deleted.
    #[error("the plan suspends the user; nothing is deleted")]
    NothingGoes,
}

impl Named for RemovalOutdated {
    fn name(&self) -> &'static str {
        match self {
            Self::Unknown(unknown) => unknown.name(),
            Self::EntitledAgain(_) => contract::catalogue::ENTITLED_AGAIN,
            Self::MemberAgain(_)
            | Self::NamedAgain(_)
            | Self::NotDue(_)
            | Self::OnHold
            | Self::NothingGoes => contract::catalogue::SUPERSEDED,
        }
    }
}

/// Reason why access must not be given.
#[derive(Debug, thiserror::Error)]
pub enum PlanOutdated {
    /// Entitlement unknown.
    #[error("could not check that the user is still entitled")]
    Unknown(#[from] Unknown),
    /// Something else is due now.
    #[error("the user's entitlement changed after the plan was made")]
    Changed,
}

impl Named for PlanOutdated {
    fn name(&self) -> &'static str {
        match self {
            Self::Unknown(unknown) => unknown.name(),
            Self::Changed => contract::catalogue::SUPERSEDED,
        }
    }
}
