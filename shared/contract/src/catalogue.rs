//! Every error name of the product. A name exists only if the state machine treats it differently or an operator does something different
//! about it, and a name without a page in `docs/errors/` does not compile.

/// One name with its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What `ErrorEquals` matches.
    pub name: &'static str,
    /// The page that says what an operator does about it.
    pub page: &'static str,
}

/// Declares the constants and the list in one place, so that neither can forget a name.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: &str = $name;)*

        /// All names, in the order of the file.
        pub const ALL: &[Entry] = &[
            $(Entry { name: $name, page: include_str!(concat!("../../../docs/errors/", $name, ".md")) },)*
        ];
    };
}

catalogue! {
    /// A service asked us to slow down. Retried with long intervals.
    THROTTLED = "Throttled";
    /// No answer, or a server error: it may have happened. Retried, which is safe because every effect is idempotent.
    TRANSIENT = "Transient";
    /// Studio is still working on the profile. Retried for minutes.
    PROFILE_BUSY = "ProfileBusy";
    /// Another execution is at work on the same user in the same target. Retried for hours, with jitter.
    LEASE_HELD = "LeaseHeld";
    /// Another execution has taken over the work on the user in the target. The lease is acquired and the plan made again.
    LEASE_LOST = "LeaseLost";
    /// The input of a step was written by another version of the state machine.
    UNSUPPORTED_INPUT_VERSION = "UnsupportedInputVersion";
    /// The input of the execution or of a step cannot be used.
    INVALID_INPUT = "InvalidInput";
    /// A row of the mapping table that concerns this user cannot be used.
    INVALID_MAPPING = "InvalidMapping";
    /// A permission, a role, a table or an environment variable is not as it has to be.
    MISCONFIGURED = "Misconfigured";
    /// Something we did not expect; likely our mistake.
    INTERNAL = "Internal";
    /// The user name that an operator typed is not in the directory.
    USER_UNKNOWN = "ResolveIdentity.UserUnknown";
    /// The domain does not use IAM Identity Center.
    DOMAIN_NOT_SSO = "AssumeRole.DomainNotSso";
    /// The domain is in a state in which nothing can be done in it.
    DOMAIN_NOT_READY = "AssumeRole.DomainNotReady";
    /// A profile stands in the way that we neither made nor adopted.
    UNMANAGED_PROFILE = "UnmanagedProfile";
    /// The user was renamed; Studio cannot follow [3.4]. The role of the profile is withdrawn.
    RENAMED = "Renamed";
    /// The group that gave access has another name now, and no mapping knows the new one.
    GROUP_RENAMED = "PlanAccess.GroupRenamed";
    /// The mapping names a domain that Studio does not know.
    DOMAIN_GONE = "PlanAccess.DomainGone";
    /// Every name we would give the profile belongs to somebody else.
    NO_FREE_NAME = "PlanAccess.NoFreeName";
    /// The facts changed under us several times in one execution.
    TOO_MANY_REPLANS = "PlanAccess.TooManyReplans";
    /// The profile is in a failed state, with Studio's own reason.
    PROFILE_FAILED = "ProfileFailed";
    /// Somebody else took the profile's name between the plan and the creation. Planned again.
    NAME_TAKEN = "CreateProfile.NameTaken";
    /// The account's quota of profiles is used up.
    LIMIT_EXCEEDED = "CreateProfile.LimitExceeded";
    /// The profile of a user who is gone, or who is called otherwise now, holds the user name.
    HELD_BY_FORMER_USER = "CreateProfile.HeldByFormerUser";
    /// Studio refuses another role while apps run, and the mapping says that they must not be stopped.
    APPS_RUNNING = "UpdateProfile.AppsRunning";
    /// Studio has not finished with the profile in the time we wait.
    POLL_TIMEOUT = "PollProfile.Timeout";
    /// Apps or spaces of a leaver do not go away, or new ones keep starting.
    APPS_TIMEOUT = "ListApps.Timeout";
    /// The user is entitled again; nothing of theirs is taken away. Planned again.
    ENTITLED_AGAIN = "EntitledAgain";
    /// An app or a space appeared after the last listing. Listed again.
    STILL_IN_USE = "DeleteProfile.StillInUse";
    /// The plan was overtaken by another execution or by the directory. Planned again.
    SUPERSEDED = "Superseded";
    /// At least one target of the execution failed; the others were done.
    DOMAINS_FAILED = "Summarize.DomainsFailed";
    /// The execution was redriven. Everything is looked at again.
    REDRIVEN = "Summarize.Redriven";
    /// There are no removals of that sweep that an approval could let through.
    NOTHING_TO_APPROVE = "StartSweep.NothingToApprove";
    /// The input of a sweep pretends to go on from another one.
    NOT_A_SUCCESSOR = "StartSweep.NotASuccessor";
    /// A sweep was asked for a group that the directory does not know.
    GROUP_UNKNOWN = "SweepPage.GroupUnknown";
    /// Removals were to be started that nobody has allowed. Nothing was removed.
    REMOVALS_NOT_ALLOWED = "SweepPage.RemovalsNotAllowed";
    /// A sweep would take away more than the removal limit allows. Nothing was removed.
    OVER_LIMIT = "CheckRemovals.OverLimit";
    /// Nothing is mapped, or every mapped group is empty, while grants are held: that is not believed.
    IMPLAUSIBLE_READ = "CheckRemovals.ImplausibleRead";
}
