//! The state of Studio as rows, for the tables at the end of a run and for checks of the whole
//! state.

use super::Studio;
use super::state::{App, Domain, Home, Place, Profile, Space, Tags};
use super::status::Sharing;
use serde::Serialize;
use std::time::SystemTime;

/// All contents of Studio, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// All domains.
    pub domains: Vec<DomainRow>,
    /// All user profiles.
    pub profiles: Vec<ProfileRow>,
    /// All apps, including those that ended less than a day ago.
    pub apps: Vec<AppRow>,
    /// All spaces.
    pub spaces: Vec<SpaceRow>,
    /// Volumes that were destroyed with their spaces, ordered by time [3.36].
    pub lost_volumes: Vec<LostVolume>,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainRow {
    /// Account, Region and id.
    #[serde(flatten)]
    pub place: Place,
    /// `SSO` or `IAM`.
    pub auth_mode: &'static str,
    /// Status on the wire.
    pub status: &'static str,
    /// Execution role of profiles that have none of their own.
    pub default_role: String,
    /// ARN of its Identity Center application.
    pub application_arn: Option<String>,
}

/// A user profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileRow {
    /// Account, Region and domain.
    #[serde(flatten)]
    pub place: Place,
    /// Name, in the case in which it was given.
    pub name: String,
    /// Status on the wire.
    pub status: &'static str,
    /// Reason why the last work failed.
    pub failure: Option<String>,
    /// Execution role in the profile's own settings.
    pub role: Option<String>,
    /// Execution role with which its apps start: the profile's own, or the domain's [3.14].
    pub effective_role: String,
    /// Single sign-on user.
    pub sso_user: Option<String>,
    /// Number of its home directory, once the profile has been in service [3.38].
    pub efs_uid: Option<u32>,
    /// Tags of the profile.
    pub tags: Tags,
}

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppRow {
    /// Account, Region and domain.
    #[serde(flatten)]
    pub place: Place,
    /// Name of the profile it runs in, unless it runs in a space.
    pub profile: Option<String>,
    /// Name of the space it runs in, unless it runs in a profile.
    pub space: Option<String>,
    /// Type, for example `JupyterLab`.
    pub app_type: String,
    /// Name of the app.
    pub name: String,
    /// Status on the wire.
    pub status: &'static str,
    /// Execution role with which the app was started, and which it keeps [3.12].
    pub role: String,
}

/// A space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpaceRow {
    /// Account, Region and domain.
    #[serde(flatten)]
    pub place: Place,
    /// Name of the space.
    pub name: String,
    /// Name of the profile that owns it.
    pub owner: String,
    /// Users who may work in it.
    pub sharing: Sharing,
    /// Status on the wire.
    pub status: &'static str,
    /// Size of its volume in GB.
    pub volume_gb: u32,
}

/// A volume that was destroyed and cannot be recovered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostVolume {
    /// Account, Region and domain.
    #[serde(flatten)]
    pub place: Place,
    /// Name of the space that it was deleted with.
    pub space: String,
    /// Name of the profile that owned the space.
    pub owner: String,
    /// Users who could work in the space.
    pub sharing: Sharing,
    /// Size in GB.
    pub size_gb: u32,
}

impl Studio {
    /// Returns the state at a moment, without changing anything.
    pub fn snapshot(&self, now: SystemTime) -> Snapshot {
        let mut settled = self.clone();
        settled.settle(now);
        let all = &settled.domains;
        Snapshot {
            domains: all.iter().map(|(place, domain)| domain_row(place, domain)).collect(),
            profiles: all.iter().flat_map(|(place, domain)| domain.profile_rows(place)).collect(),
            apps: all.iter().flat_map(|(place, domain)| domain.app_rows(place)).collect(),
            spaces: all.iter().flat_map(|(place, domain)| domain.space_rows(place)).collect(),
            lost_volumes: settled.lost_volumes,
        }
    }
}

impl Domain {
    fn profile_rows(&self, place: &Place) -> impl Iterator<Item = ProfileRow> {
        self.profiles.values().map(|profile| profile_row(place, self, profile))
    }

    fn app_rows(&self, place: &Place) -> impl Iterator<Item = AppRow> {
        self.apps.values().map(|app| app_row(place, app))
    }

    fn space_rows(&self, place: &Place) -> impl Iterator<Item = SpaceRow> {
        self.spaces.values().map(|space| space_row(place, space))
    }
}

fn domain_row(place: &Place, domain: &Domain) -> DomainRow {
    DomainRow {
        place: place.clone(),
        auth_mode: domain.auth_mode.as_str(),
        status: domain.status.as_str(),
        default_role: domain.default_role.clone(),
        application_arn: domain.application_arn.clone(),
    }
}

fn profile_row(place: &Place, domain: &Domain, profile: &Profile) -> ProfileRow {
    ProfileRow {
        place: place.clone(),
        name: profile.name.clone(),
        status: profile.status.as_str(),
        failure: profile.failure.clone(),
        role: profile.role().map(str::to_owned),
        effective_role: domain.role_of(profile),
        sso_user: profile.sso_user.clone(),
        efs_uid: profile.uid_told.then_some(profile.uid),
        tags: profile.tags.clone(),
    }
}

fn app_row(place: &Place, app: &App) -> AppRow {
    let (profile, space) = match &app.home {
        Home::Profile(name) => (Some(name.clone()), None),
        Home::Space(name) => (None, Some(name.clone())),
    };
    AppRow {
        place: place.clone(),
        profile,
        space,
        app_type: app.kind.clone(),
        name: app.name.clone(),
        status: app.status.as_str(),
        role: app.role.clone(),
    }
}

fn space_row(place: &Place, space: &Space) -> SpaceRow {
    SpaceRow {
        place: place.clone(),
        name: space.name.clone(),
        owner: space.owner.clone(),
        sharing: space.sharing,
        status: space.status.as_str(),
        volume_gb: space.volume_gb,
    }
}
