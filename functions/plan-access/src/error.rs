//! Errors of planning, and the refusals that an operator must act on.

use aws::entitled::Unknown;
use aws::error::AwsError;
use aws::studio::StudioError;
use aws::tables::LedgerError;
use contract::catalogue;
use contract::failure::Named;

/// Reasons why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The entitlement is unknown. It must never be taken for "no".
    #[error("could not read what the user should have")]
    Entitlement(#[from] Unknown),
    /// Another execution holds the lease. The value is its name.
    #[error("the execution {0} works on this user in this domain")]
    LeaseHeld(String),
    /// Another execution took the lease while the plan was made.
    #[error("another execution worked on this user in this domain while the plan was made")]
    Overtaken,
    /// The step could not check whether the execution that holds the lease has ended.
    #[error("could not read the execution that holds the lease")]
    Holder(#[source] AwsError),
    /// The ledger could not be read or written.
    #[error("could not read the grant, or take the lease")]
    Grant(#[from] LedgerError),
    /// The queue could not be read or written.
    #[error("could not take a turn for the creation")]
    Turn(#[source] AwsError),
    /// What is known about the group's assignment could not be read.
    #[error("could not read what is known about the assignment of the group")]
    Assignment(#[source] AwsError),
    /// Studio could not be read.
    #[error("could not read the profile")]
    Studio(#[from] StudioError),
    /// A user without a user name cannot be bound to a profile.
    #[error("the directory has no user name for the user, and Studio requires one to create a profile")]
    NoUserName,
    /// We neither created nor adopted the profile.
    #[error("the profile {profile:?} of {user:?} was not created by studio-access and was not changed{hint}")]
    UnmanagedProfile {
        /// The profile's name.
        profile: String,
        /// The profile's user, as Studio reports it.
        user: String,
        /// What an operator can do, if the general advice of the error's page is not enough.
        hint: String,
    },
    /// The user name has changed since the profile was created; its role is withdrawn.
    #[error(
        "the profile {profile:?} is bound to the user name {bound:?}, but the user is now {now:?}; Studio cannot follow a rename, and another user may have the name {bound:?} by now, so the profile has no role"
    )]
    Renamed {
        /// The profile's name.
        profile: String,
        /// The user name that the profile is bound to.
        bound: String,
        /// The user's current name.
        now: String,
    },
    /// The group that gave access has another name now.
    #[error(
        "the group {before:?} that gave access is now called {now:?}, and no mapping names it; access is unchanged"
    )]
    GroupRenamed {
        /// The group's name when access was given.
        before: String,
        /// The group's current name.
        now: String,
    },
    /// A mapping row names a domain that Studio does not know.
    #[error("the mapping of {0:?} names a Studio domain that does not exist (any more)")]
    DomainGone(String),
    /// Studio could not create or change the profile.
    #[error("the profile {profile:?} has failed: {reason}")]
    ProfileFailed {
        /// The profile's name.
        profile: String,
        /// Reason as Studio reports it.
        reason: String,
    },
    /// Studio is working on the profile.
    #[error("the profile {profile:?} is {status}")]
    Busy {
        /// The profile's name.
        profile: String,
        /// Studio's current operation.
        status: &'static str,
    },
    /// All possible names belong to other users.
    #[error("every possible profile name belongs to another user")]
    NoFreeName,
    /// The facts change faster than the execution acts.
    #[error("the facts changed {0} times during the execution")]
    TooManyReplans(u32),
}

impl Named for PlanError {
    fn name(&self) -> &'static str {
        match self {
            Self::Entitlement(unknown) => unknown.name(),
            Self::LeaseHeld(_) | Self::Overtaken => catalogue::LEASE_HELD,
            Self::Holder(fault) | Self::Turn(fault) | Self::Assignment(fault) => fault.name(),
            Self::Grant(error) => error.name(),
            Self::Studio(fault) => fault.name(),
            Self::NoUserName => catalogue::MISCONFIGURED,
            Self::UnmanagedProfile { .. } => catalogue::UNMANAGED_PROFILE,
            Self::Renamed { .. } => catalogue::RENAMED,
            Self::GroupRenamed { .. } => catalogue::GROUP_RENAMED,
            Self::DomainGone(_) => catalogue::DOMAIN_GONE,
            Self::ProfileFailed { .. } => catalogue::PROFILE_FAILED,
            Self::Busy { .. } => catalogue::PROFILE_BUSY,
            Self::NoFreeName => catalogue::NO_FREE_NAME,
            Self::TooManyReplans(_) => catalogue::TOO_MANY_REPLANS,
        }
    }
}
