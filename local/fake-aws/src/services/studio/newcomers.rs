//! Domains, profiles and spaces that a test adds to Studio, with the usual values filled in.

use super::state::{Place, Tags};
use super::status::{AuthMode, Sharing, Status};
use crate::sign::hex;
use sha2::{Digest, Sha256};

/// A domain to add.
#[derive(Debug, Clone)]
pub struct NewDomain {
    /// Account, Region and id.
    pub place: Place,
    /// How users sign in.
    pub auth_mode: AuthMode,
    /// Initial status.
    pub status: Status,
    /// `DefaultUserSettings.ExecutionRole`.
    pub default_role: String,
    /// ARN of its Identity Center application. Only domains created after 1 October 2023 have one
    /// [3.42].
    pub application_arn: Option<String>,
}

impl NewDomain {
    /// Returns a domain that is in service, in single sign-on mode, with an application and a
    /// default role in the account.
    pub fn sso(place: Place) -> Self {
        let (partition, account) = (place.partition(), &place.account);
        let default_role = format!("arn:{partition}:iam::{account}:role/StudioDefault");
        // Instance and application ids have sixteen characters each [4.4].
        let hash = hex(&Sha256::digest(format!("{}/{}", place.region, place.domain_id)));
        let (instance, app) = (&hash[..16], &hash[16..32]);
        let application = format!("arn:{partition}:sso::{account}:application/ssoins-{instance}/apl-{app}");
        Self {
            auth_mode: AuthMode::Sso,
            status: Status::InService,
            default_role,
            application_arn: Some(application),
            place,
        }
    }

    /// Returns the same domain in IAM mode, where there is no application.
    pub fn iam(place: Place) -> Self {
        Self { auth_mode: AuthMode::Iam, application_arn: None, ..Self::sso(place) }
    }
}

/// A profile to add, as another tool would have created it.
#[derive(Debug, Clone)]
pub struct NewProfile {
    /// Name of the profile.
    pub name: String,
    /// Single sign-on user.
    pub sso_user: Option<String>,
    /// Execution role in the profile's own settings.
    pub role: Option<String>,
    /// Tags of the profile.
    pub tags: Tags,
    /// Initial status. It stays as given, because no work is under way.
    pub status: Status,
}

impl NewProfile {
    /// Returns a profile that is in service, without user, role and tags.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            sso_user: None,
            role: None,
            tags: Tags::new(),
            status: Status::InService,
        }
    }
}

/// A space to add, as a user would have opened it.
#[derive(Debug, Clone)]
pub struct NewSpace {
    /// Name of the space.
    pub name: String,
    /// Name of the profile that owns it.
    pub owner: String,
    /// Users who may work in it.
    pub sharing: Sharing,
    /// Type of its app, for example `JupyterLab`.
    pub app_type: String,
    /// Size of its volume in GB.
    pub volume_gb: u32,
}

impl NewSpace {
    /// Returns a private space for `JupyterLab` with a volume of 5 GB.
    pub fn private(name: &str, owner: &str) -> Self {
        let (name, owner, app_type) = (name.to_owned(), owner.to_owned(), "JupyterLab".to_owned());
        Self { name, owner, sharing: Sharing::Private, app_type, volume_gb: 5 }
    }

    /// Returns a shared space for `JupyterLab` with a volume of 5 GB.
    pub fn shared(name: &str, owner: &str) -> Self {
        Self { sharing: Sharing::Shared, ..Self::private(name, owner) }
    }
}
