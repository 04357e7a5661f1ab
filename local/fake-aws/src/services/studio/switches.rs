//! What a test may turn: how long work takes, how it fails, and the behaviour that no source settles.

use super::request::invalid;
use super::{Studio, in_use};
use crate::service::Refusal;
use std::time::Duration;

/// Work that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A profile from `Pending` on.
    CreateProfile,
    /// A profile from `Updating` on.
    UpdateProfile,
    /// A profile from `Deleting` on.
    DeleteProfile,
    /// An app from `Pending` on.
    StartApp,
    /// An app from `Deleting` on. It always succeeds: an app has no status for a deletion that failed [3.23].
    StopApp,
    /// A space from `Pending` on.
    CreateSpace,
    /// A space from `Deleting` on.
    DeleteSpace,
}

/// How long work takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// `Pending` to `InService` of a profile.
    pub create_profile: Duration,
    /// `Updating` to `InService` of a profile.
    pub update_profile: Duration,
    /// `Deleting` to gone of a profile.
    pub delete_profile: Duration,
    /// `Pending` to `InService` of an app.
    pub start_app: Duration,
    /// `Deleting` to `Deleted` of an app.
    pub stop_app: Duration,
    /// `Pending` to `InService` of a space; no time at all by default.
    pub create_space: Duration,
    /// `Deleting` to gone of a space.
    pub delete_space: Duration,
}

impl Timing {
    pub(super) fn of(&self, work: Work) -> Duration {
        match work {
            Work::CreateProfile => self.create_profile,
            Work::UpdateProfile => self.update_profile,
            Work::DeleteProfile => self.delete_profile,
            Work::StartApp => self.start_app,
            Work::StopApp => self.stop_app,
            Work::CreateSpace => self.create_space,
            Work::DeleteSpace => self.delete_space,
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            create_profile: Duration::from_secs(20),
            update_profile: Duration::from_secs(8),
            delete_profile: Duration::from_secs(15),
            start_app: Duration::from_mins(1),
            stop_app: Duration::from_secs(40),
            create_space: Duration::ZERO,
            delete_space: Duration::from_secs(10),
        }
    }
}

/// What a second profile for the same single sign-on user is told; no source has the error [3.8].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SsoUserUnique {
    /// Nothing: it is made.
    Unchecked,
    /// `ResourceInUse`.
    #[default]
    ResourceInUse,
    /// `ValidationException`.
    Validation,
}

/// The behaviour that a test may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that no source settles")]
pub struct Switches {
    /// How long work takes.
    pub timing: Timing,
    /// How long after its creation `DescribeUserProfile` still answers that a profile is not there [3.10].
    pub describe_lag: Duration,
    /// What a second profile of the same user is told [3.8].
    pub sso_user_unique: SsoUserUnique,
    /// Most profiles in an account and Region [3.19]; no limit by default.
    pub most_profiles: Option<usize>,
    /// Whether an app that is still `Pending` can be deleted [3.33]; refused with `ResourceInUse` by default.
    pub pending_apps_deletable: bool,
    /// Whether another execution role of a profile is refused while an app of it, or of a private space of it, is `Pending` or `InService`,
    /// as a domain's is [3.48, 8.8].
    pub role_needs_no_apps: bool,
    /// Whether an app that is started again within the time that it stays listed keeps its `CreationTime` [3.49, 8.11].
    pub restarts_keep_time: bool,
    /// Whether apps cannot be deleted while their profile is `Updating` [8.16].
    pub updates_lock_apps: bool,
    /// Whether a profile in a wrong state answers `ValidationException` instead of `ResourceInUse` [3.50].
    pub wrong_state_is_invalid: bool,
    /// Whether a profile that is `Delete_Failed` can be updated; refused by default.
    pub delete_failed_updatable: bool,
}

impl Switches {
    /// The refusal of a profile in a wrong state.
    pub(super) fn wrong_state(&self, message: String) -> Refusal {
        if self.wrong_state_is_invalid { invalid(message) } else { in_use(message) }
    }
}

/// A failure that was ordered.
#[derive(Debug, Clone)]
pub(super) struct Failing {
    work: Work,
    domain_id: Option<String>,
    name: Option<String>,
    pub(super) reason: String,
}

impl Failing {
    pub(super) fn covers(&self, work: Work, domain_id: &str, name: &str) -> bool {
        self.work == work
            && self.domain_id.as_deref().is_none_or(|id| id == domain_id)
            && self.name.as_deref().is_none_or(|given| given.eq_ignore_ascii_case(name))
    }
}

impl Studio {
    /// From now on work of this kind fails with the reason: in one domain or in all, for one profile, app or space or for all.
    pub fn fail(&mut self, work: Work, domain_id: Option<&str>, name: Option<&str>, reason: &str) {
        let (domain_id, name) = (domain_id.map(str::to_owned), name.map(str::to_owned));
        self.failing.push(Failing { work, domain_id, name, reason: reason.to_owned() });
    }

    /// Work that is accepted from now on succeeds again.
    pub fn heal(&mut self) {
        self.failing.clear();
    }
}
