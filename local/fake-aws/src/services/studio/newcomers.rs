//! What a test puts into Studio: domains, profiles and spaces, with the usual values filled in.

use super::state::{Place, Tags};
use super::status::{AuthMode, Sharing, Status};
use crate::sign::hex;
use sha2::{Digest, Sha256};

/// A domain to be made.
#[derive(Debug, Clone)]
pub struct NewDomain {
    /// Where it will be.
    pub place: Place,
    /// How people sign in.
    pub auth_mode: AuthMode,
    /// Its status.
    pub status: Status,
    /// `DefaultUserSettings.ExecutionRole`.
    pub default_role: String,
    /// ARN of its Identity Center application: only domains made after 1 October 2023 have one [3.42].
    pub application_arn: Option<String>,
}

impl NewDomain {
    /// A domain in service, in single sign-on mode, with an application and a default role of the account's own.
    pub fn sso(place: Place) -> Self {
        let (partition, account) = (place.partition(), &place.account);
        let default_role = format!("arn:{partition}:iam::{account}:role/StudioDefault");
        // Sixteen characters each [4.4].
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

    /// The same in IAM mode, where there is no application.
    pub fn iam(place: Place) -> Self {
        Self { auth_mode: AuthMode::Iam, application_arn: None, ..Self::sso(place) }
    }
}

/// A profile that somebody else made.
#[derive(Debug, Clone)]
pub struct NewProfile {
    /// Its name.
    pub name: String,
    /// Single sign-on user.
    pub sso_user: Option<String>,
    /// Execution role of its own.
    pub role: Option<String>,
    /// Tags.
    pub tags: Tags,
    /// Status; it stays so, no work is under way.
    pub status: Status,
}

impl NewProfile {
    /// A profile in service, with nothing else.
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

/// A space that somebody opened.
#[derive(Debug, Clone)]
pub struct NewSpace {
    /// Its name.
    pub name: String,
    /// The profile that owns it.
    pub owner: String,
    /// Who may work in it.
    pub sharing: Sharing,
    /// The type of its app.
    pub app_type: String,
    /// Size of its volume.
    pub volume_gb: u32,
}

impl NewSpace {
    /// A private space for `JupyterLab` with a volume of 5 GB.
    pub fn private(name: &str, owner: &str) -> Self {
        let (name, owner, app_type) = (name.to_owned(), owner.to_owned(), "JupyterLab".to_owned());
        Self { name, owner, sharing: Sharing::Private, app_type, volume_gb: 5 }
    }

    /// The same, shared.
    pub fn shared(name: &str, owner: &str) -> Self {
        Self { sharing: Sharing::Shared, ..Self::private(name, owner) }
    }
}
