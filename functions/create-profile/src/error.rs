//! Errors of creating a profile.

use aws::entitled::PlanOutdated;
use aws::error::AwsError;
use aws::studio::StudioError;
use aws::tables::LedgerError;
use contract::catalogue;
use contract::failure::Named;

/// Reasons why the profile was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The entitlement has changed, or could not be read.
    #[error("could not continue the plan")]
    PlanOutdated(#[from] PlanOutdated),
    /// The lease is lost, or the ledger could not be written.
    #[error("could not write the grant before creating the profile")]
    Ledger(#[from] LedgerError),
    /// The call to Studio failed.
    #[error("could not create the profile")]
    Studio(#[from] StudioError),
    /// Studio has no such domain any more. The next plan finds out for certain.
    #[error("the domain was deleted after it was last seen")]
    DomainGone,
    /// The turn of this creation has not come yet: Studio was slower than it looked.
    #[error("waits for its turn: others wait for Studio to create their profiles")]
    NotYet,
    /// The creation has no turn, and others wait for theirs. The next plan takes one.
    #[error("others wait for Studio to create their profiles, and this creation has no turn")]
    Crowded,
    /// The turns could not be read or written.
    #[error("could not read or write the turns")]
    Turns(#[source] AwsError),
    /// What is known about the domain could not be forgotten.
    #[error("could not forget the domain")]
    Remembered(#[source] AwsError),
    /// The account's quota of profiles is used up.
    #[error("the account's quota of profiles is used up: {0}")]
    LimitExceeded(String),
    /// A profile that is not the planned one has the name.
    #[error("the profile name {0:?} was taken after the plan was made")]
    NameTaken(String),
    /// Another profile holds the directory user, and the next plan can take it over.
    #[error("the profile {0:?} took the directory user after the plan was made")]
    Held(String),
    /// Another profile holds the directory user, and it is not ours.
    #[error(
        "the profile {profile:?} of {user:?} was not created by studio-access and was not changed; to hand it over, set \"adopt\": true in the mapping of {group:?}"
    )]
    UnmanagedProfile {
        /// The profile's name.
        profile: String,
        /// The directory user that the profile holds.
        user: String,
        /// The group of the mapping that applies.
        group: String,
    },
    /// The profile of another user holds the user name, and only an operator can decide what to do
    /// with it.
    #[error(
        "the profile {profile:?} of the former user {other} holds the user name {user:?}{}; hand it over or delete it as this error's page describes",
        since.as_ref().map(|since| format!(" and has been suspended since {since}")).unwrap_or_default()
    )]
    HeldByFormerUser {
        /// The profile's name.
        profile: String,
        /// The user name that the profile holds.
        user: String,
        /// The other user's id.
        other: String,
        /// Time since when the profile is suspended, if the ledger has it.
        since: Option<String>,
    },
    /// A profile of that name, or of the same directory user, is being deleted or not visible yet.
    #[error("the profile name {name:?} is in use: {why}")]
    Busy {
        /// The profile's name.
        name: String,
        /// The state of the profile.
        why: String,
    },
}

impl Named for CreateError {
    fn name(&self) -> &'static str {
        match self {
            Self::PlanOutdated(recheck) => recheck.name(),
            Self::Ledger(error) => error.name(),
            Self::Studio(fault) => fault.name(),
            Self::DomainGone | Self::Crowded => catalogue::SUPERSEDED,
            Self::NotYet => catalogue::THROTTLED,
            Self::Remembered(fault) | Self::Turns(fault) => fault.name(),
            Self::LimitExceeded(_) => catalogue::LIMIT_EXCEEDED,
            Self::NameTaken(_) | Self::Held(_) => catalogue::NAME_TAKEN,
            Self::UnmanagedProfile { .. } => catalogue::UNMANAGED_PROFILE,
            Self::HeldByFormerUser { .. } => catalogue::HELD_BY_FORMER_USER,
            Self::Busy { .. } => catalogue::PROFILE_BUSY,
        }
    }
}
