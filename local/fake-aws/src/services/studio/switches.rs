//! Settings of a test: the durations and failures of work, and behaviour that no source describes.

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
    /// An app from `Deleting` on. It always succeeds, because apps have no status for a failed
    /// deletion [3.23].
    StopApp,
    /// A space from `Pending` on.
    CreateSpace,
    /// A space from `Deleting` on.
    DeleteSpace,
}

/// Durations of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// `Pending` to `InService` of a profile.
    pub create_profile: Duration,
    /// `Updating` to `InService` of a profile.
    pub update_profile: Duration,
    /// `Deleting` of a profile until it is gone.
    pub delete_profile: Duration,
    /// `Pending` to `InService` of an app.
    pub start_app: Duration,
    /// `Deleting` to `Deleted` of an app.
    pub stop_app: Duration,
    /// `Pending` to `InService` of a space; zero by default.
    pub create_space: Duration,
    /// `Deleting` of a space until it is gone.
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

/// The answer to the creation of a second profile for one single sign-on user. No source documents
/// the error [3.8].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SsoUserUnique {
    /// The profile is created.
    Unchecked,
    /// `ResourceInUse`.
    #[default]
    ResourceInUse,
    /// `ValidationException`.
    Validation,
}

/// Behaviour that a test can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that no source settles")]
pub struct Switches {
    /// Durations of work.
    pub timing: Timing,
    /// Time after its creation for which `DescribeUserProfile` answers that a profile does not
    /// exist [3.10].
    pub describe_lag: Duration,
    /// Answer to the creation of a second profile for one user [3.8].
    pub sso_user_unique: SsoUserUnique,
    /// Maximum number of profiles in an account and Region [3.19]; no limit by default.
    pub most_profiles: Option<usize>,
    /// If true, an app that is still `Pending` can be deleted [3.33]; otherwise that is refused
    /// with `ResourceInUse`.
    pub pending_apps_deletable: bool,
    /// If true, a change of a profile's execution role is refused while an app of the profile, or
    /// of a private space that it owns, is `Pending` or `InService`, as for a domain [3.48, 8.8].
    pub role_needs_no_apps: bool,
    /// If true, an app that is restarted while it is still listed keeps its `CreationTime`
    /// [3.49, 8.11].
    pub restarts_keep_time: bool,
    /// If true, apps cannot be deleted while their profile is `Updating` [8.16].
    pub updates_lock_apps: bool,
    /// If true, an operation on a profile in the wrong state fails with `ValidationException`
    /// instead of `ResourceInUse` [3.50].
    pub wrong_state_is_invalid: bool,
    /// If true, a profile that is `Delete_Failed` can be updated; otherwise that is refused.
    pub delete_failed_updatable: bool,
}

impl Switches {
    /// Returns the refusal of an operation on a profile in the wrong state.
    pub(super) fn wrong_state(&self, message: String) -> Refusal {
        if self.wrong_state_is_invalid { invalid(message) } else { in_use(message) }
    }
}

/// A failure that a test requested.
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
    /// Makes work of this kind fail with this reason from now on: in one domain or in all, for one
    /// profile, app or space or for all.
    pub fn fail(&mut self, work: Work, domain_id: Option<&str>, name: Option<&str>, reason: &str) {
        let (domain_id, name) = (domain_id.map(str::to_owned), name.map(str::to_owned));
        self.failing.push(Failing { work, domain_id, name, reason: reason.to_owned() });
    }

    /// Removes all failures: work that is accepted from now on succeeds.
    pub fn heal(&mut self) {
        self.failing.clear();
    }
}
