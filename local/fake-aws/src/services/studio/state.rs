//! The state of a domain: profiles, spaces and apps, each with its status and the work under way.

use super::status::{AppStatus, AuthMode, Sharing, Status};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// Time for which an app that has ended stays listed [3.31].
pub(super) const REMEMBERED: Duration = Duration::from_hours(24);

/// Tags of a resource.
pub(super) type Tags = BTreeMap<String, String>;

/// The place of a domain. Studio keeps accounts and Regions apart: a domain of another account is
/// not found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Twelve-digit account.
    pub account: String,
    /// Region, for example `eu-west-1`.
    pub region: String,
    /// Id of the domain, for example `d-abcdef123456`.
    pub domain_id: String,
}

impl Place {
    /// Creates the place of a domain.
    pub fn new(account: &str, region: &str, domain_id: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned(), domain_id: domain_id.to_owned() }
    }

    /// Returns the ARN of a resource in the domain. Names in it are in lower case, as in real ARNs
    /// [3.28].
    pub(super) fn arn(&self, kind: &str, parts: &[&str]) -> String {
        let rest = parts.iter().fold(self.domain_id.clone(), |path, part| format!("{path}/{part}"));
        let rest = rest.to_lowercase();
        format!("arn:{}:sagemaker:{}:{}:{kind}/{rest}", self.partition(), self.region, self.account)
    }

    pub(super) fn partition(&self) -> &'static str {
        match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

/// The profile or space that an app runs in [3.25].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// The profile of that name.
    Profile(String),
    /// The space of that name.
    Space(String),
}

impl Home {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Profile(name) | Self::Space(name) => name,
        }
    }

    /// Returns the home in lower case, for comparison: names are not case-sensitive [3.1].
    pub(super) fn folded(&self) -> Self {
        match self {
            Self::Profile(name) => Self::Profile(name.to_lowercase()),
            Self::Space(name) => Self::Space(name.to_lowercase()),
        }
    }
}

/// Work that was accepted. Its end is decided when it is accepted, so that a run can be repeated.
#[derive(Debug, Clone)]
pub(super) struct Underway {
    pub(super) due: SystemTime,
    pub(super) failure: Option<String>,
}

/// A user profile.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) status: Status,
    pub(super) underway: Option<Underway>,
    pub(super) failure: Option<String>,
    pub(super) created: SystemTime,
    pub(super) modified: SystemTime,
    pub(super) sso_user: Option<String>,
    pub(super) settings: Map<String, Value>,
    pub(super) next_settings: Option<Map<String, Value>>,
    pub(super) tags: Tags,
    /// Number of its home directory, shown once the profile has been in service [3.38].
    pub(super) uid: u32,
    pub(super) uid_told: bool,
}

/// A space.
#[derive(Debug, Clone)]
pub(super) struct Space {
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) sharing: Sharing,
    pub(super) app_type: String,
    pub(super) volume_gb: u32,
    pub(super) status: Status,
    pub(super) underway: Option<Underway>,
    pub(super) failure: Option<String>,
    pub(super) created: SystemTime,
    pub(super) modified: SystemTime,
    pub(super) tags: Tags,
}

/// An app.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) home: Home,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) status: AppStatus,
    pub(super) underway: Option<Underway>,
    pub(super) failure: Option<String>,
    pub(super) created: SystemTime,
    pub(super) ended: Option<SystemTime>,
    /// Execution role with which the app was started, and which it keeps until it is restarted
    /// [3.12].
    pub(super) role: String,
    pub(super) tags: Tags,
}

/// Home (in lower case), type and name, which together identify an app.
pub(super) type AppKey = (Home, String, String);

/// A domain with its contents. Profiles and spaces are stored under their lower-case names [3.1].
#[derive(Debug, Clone)]
pub(super) struct Domain {
    pub(super) name: String,
    pub(super) auth_mode: AuthMode,
    pub(super) status: Status,
    pub(super) application_arn: Option<String>,
    pub(super) default_role: String,
    pub(super) created: SystemTime,
    pub(super) profiles: BTreeMap<String, Profile>,
    /// Single sign-on users (in lower case) with the keys of their profiles.
    pub(super) holders: BTreeSet<(String, String)>,
    pub(super) spaces: BTreeMap<String, Space>,
    pub(super) apps: BTreeMap<AppKey, App>,
    /// Apps whose metadata has been dropped [3.30, 3.31].
    pub(super) forgotten: BTreeSet<AppKey>,
}

impl Domain {
    /// Returns the role with which a profile's apps start: the profile's own, or the domain's
    /// [3.14].
    pub(super) fn role_of(&self, profile: &Profile) -> String {
        profile.role().unwrap_or(&self.default_role).to_owned()
    }

    /// Checks whether an app that has not ended runs in this home.
    pub(super) fn has_live_apps(&self, home: &Home) -> bool {
        let first = (home.folded(), String::new(), String::new());
        let from_there = self.apps.range(first.clone()..);
        from_there.take_while(|((at, _, _), _)| *at == first.0).any(|(_, app)| !app.status.is_final())
    }

    /// Returns the profile that an app runs for: its own, or the owner of its space.
    pub(super) fn profile_behind(&self, home: &Home) -> Option<&Profile> {
        let name = match home {
            Home::Profile(name) => name,
            Home::Space(space) => &self.spaces.get(&space.to_lowercase())?.owner,
        };
        self.profiles.get(&name.to_lowercase())
    }

    /// Adds a profile under its name.
    pub(super) fn put_profile(&mut self, profile: Profile) {
        let key = profile.name.to_lowercase();
        self.holders.extend(profile.sso_user.iter().map(|user| (user.to_lowercase(), key.clone())));
        self.profiles.insert(key, profile);
    }

    /// Removes a profile.
    pub(super) fn drop_profile(&mut self, key: &str) {
        let gone = self.profiles.remove(key);
        if let Some(user) = gone.and_then(|profile| profile.sso_user) {
            self.holders.remove(&(user.to_lowercase(), key.to_owned()));
        }
    }

    /// Returns the profile of a single sign-on user, regardless of case [3.8].
    pub(super) fn profile_of_user(&self, user: &str) -> Option<&Profile> {
        let first = (user.to_lowercase(), String::new());
        let (_, key) = self.holders.range(first.clone()..).next().filter(|(held, _)| *held == first.0)?;
        self.profiles.get(key)
    }
}

impl Profile {
    /// Returns the execution role in the profile's own settings.
    pub(super) fn role(&self) -> Option<&str> {
        self.settings.get("ExecutionRole").and_then(Value::as_str)
    }
}
