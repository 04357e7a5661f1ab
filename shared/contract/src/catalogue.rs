//! Every error name of the product, each with a page in `docs/errors/`.
//!
//! A name exists only if the state machine or an operator reacts to it differently than to the
//! others. A name without a page does not compile.

/// An error name and its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The name that `ErrorEquals` matches.
    pub name: &'static str,
    /// Text of the page that explains the error to an operator.
    pub page: &'static str,
}

/// Declares the constants and the list in one place, so that no name is missing from either.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: &str = $name;)*

        /// All names, in the order of this file.
        pub const ALL: &[Entry] = &[
            $(Entry { name: $name, page: include_str!(concat!("../../../docs/errors/", $name, ".md")) },)*
        ];
    };
}

catalogue! {
    /// A service throttled our calls. Retried with long intervals.
    THROTTLED = "Throttled";
    /// No answer, or a server error; the call may have had its effect. Retried, which is safe
    /// because every effect is idempotent.
    TRANSIENT = "Transient";
    /// Studio is still working on the profile. Retried for minutes.
    PROFILE_BUSY = "ProfileBusy";
    /// Another execution is working on the same user in the same target. Retried for hours, with
    /// jitter.
    LEASE_HELD = "LeaseHeld";
    /// Another execution has taken over the work on the user in the target. The lease is acquired
    /// again and a new plan is made.
    LEASE_LOST = "LeaseLost";
    /// A step's input was written by another version of the state machine.
    UNSUPPORTED_INPUT_VERSION = "UnsupportedInputVersion";
    /// The input of the execution or of a step is invalid.
    INVALID_INPUT = "InvalidInput";
    /// A row of the mapping table that applies to this user is invalid.
    INVALID_MAPPING = "InvalidMapping";
    /// A permission, a role, a table or an environment variable is missing or wrong.
    MISCONFIGURED = "Misconfigured";
    /// An operator has paused everything. Nothing was changed.
    PAUSED = "Paused";
    /// An unexpected error, most likely a bug in studio-access.
    INTERNAL = "Internal";
    /// The user name that an operator typed is not in the directory.
    USER_UNKNOWN = "ResolveIdentity.UserUnknown";
    /// The domain does not use IAM Identity Center.
    DOMAIN_NOT_SSO = "AssumeRole.DomainNotSso";
    /// The domain is in a state that allows no changes.
    DOMAIN_NOT_READY = "AssumeRole.DomainNotReady";
    /// The user's profile exists, but we neither created nor adopted it.
    UNMANAGED_PROFILE = "UnmanagedProfile";
    /// The user was renamed, which Studio cannot follow [3.4]. The role of the profile is
    /// withdrawn.
    RENAMED = "Renamed";
    /// The group that gave access was renamed, and no mapping has its new name.
    GROUP_RENAMED = "PlanAccess.GroupRenamed";
    /// The mapping names a domain that does not exist in Studio.
    DOMAIN_GONE = "PlanAccess.DomainGone";
    /// Every name that we would give the profile is in use by another user.
    NO_FREE_NAME = "PlanAccess.NoFreeName";
    /// The facts changed several times during one execution.
    TOO_MANY_REPLANS = "PlanAccess.TooManyReplans";
    /// The profile is in a failed state. The message has Studio's own reason.
    PROFILE_FAILED = "ProfileFailed";
    /// Another profile took the name between plan and creation. A new plan is made.
    NAME_TAKEN = "CreateProfile.NameTaken";
    /// The account's quota of profiles is used up.
    LIMIT_EXCEEDED = "CreateProfile.LimitExceeded";
    /// The user name is held by the profile of a user who is gone or has been renamed.
    HELD_BY_FORMER_USER = "CreateProfile.HeldByFormerUser";
    /// Studio refuses to change the role while apps run, and the mapping does not allow stopping
    /// them.
    APPS_RUNNING = "UpdateProfile.AppsRunning";
    /// Studio did not finish its work on the profile in time.
    POLL_TIMEOUT = "PollProfile.Timeout";
    /// Apps or spaces of a user who left are not deleted in time, or new ones keep starting.
    APPS_TIMEOUT = "ListApps.Timeout";
    /// The user is entitled again, so nothing is removed. A new plan is made.
    ENTITLED_AGAIN = "EntitledAgain";
    /// An app or a space appeared after the last listing. They are listed again.
    STILL_IN_USE = "DeleteProfile.StillInUse";
    /// The plan is outdated: another execution or the directory changed the facts. A new plan is
    /// made.
    SUPERSEDED = "Superseded";
    /// At least one target of the execution failed; the others succeeded.
    DOMAINS_FAILED = "Summarize.DomainsFailed";
    /// Limits on removals hold back everything that failed in the execution.
    HELD_BACK = "Summarize.HeldBack";
    /// The execution was redriven. Everything is checked again.
    REDRIVEN = "Summarize.Redriven";
    /// That sweep has no removals that an approval could allow.
    NOTHING_TO_APPROVE = "StartSweep.NothingToApprove";
    /// The input claims to continue another sweep, but the ledger does not confirm it.
    NOT_A_SUCCESSOR = "StartSweep.NotASuccessor";
    /// A sweep was requested for a group that is not in the directory.
    GROUP_UNKNOWN = "SweepPage.GroupUnknown";
    /// Another sweep of all users is at work. Retried for hours.
    ANOTHER_SWEEP = "SweepPage.AnotherSweep";
    /// The removals to start were neither allowed nor approved. Nothing was removed.
    REMOVALS_NOT_ALLOWED = "SweepPage.RemovalsNotAllowed";
    /// The suspensions of this hour are used up. The user keeps the role.
    TOO_MANY_SUSPENSIONS = "TooManySuspensions";
    /// The deletions of this hour are used up. The user is suspended, and nothing was deleted.
    TOO_MANY_DELETIONS = "TooManyDeletions";
    /// A sweep would remove more grants than the limit of suspensions allows. Nothing was removed.
    OVER_LIMIT = "CheckRemovals.OverLimit";
    /// Nothing is mapped, or every mapped group is empty, although grants are held. The read is
    /// treated as wrong, and nothing was removed.
    IMPLAUSIBLE_READ = "CheckRemovals.ImplausibleRead";
}
