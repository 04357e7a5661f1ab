//! `UserSettings` and the single sign-on members of a request.

use super::patterns::{ROLE_ARN, SECURITY_GROUP, SSO_IDENTIFIER, SSO_VALUE, role_account};
use super::request::{Request, invalid};
use super::state::Place;
use super::status::AuthMode;
use crate::service::Refusal;
use serde_json::{Map, Value};

/// Members of `UserSettings` in the service's model. Those that the emulation does not use are
/// stored unchanged.
const KNOWN: [&str; 18] = [
    "AutoMountHomeEFS",
    "CanvasAppSettings",
    "CodeEditorAppSettings",
    "CustomFileSystemConfigs",
    "CustomPosixUserConfig",
    "DefaultLandingUri",
    "ExecutionRole",
    "JupyterLabAppSettings",
    "JupyterServerAppSettings",
    "KernelGatewayAppSettings",
    "RSessionAppSettings",
    "RStudioServerProAppSettings",
    "SecurityGroups",
    "SharingSettings",
    "SpaceStorageSettings",
    "StudioWebPortal",
    "StudioWebPortalSettings",
    "TensorBoardAppSettings",
];

/// Reads and checks the settings of a request.
pub(super) fn read_settings(request: &mut Request) -> Map<String, Value> {
    request.structure("UserSettings", &KNOWN, |settings| {
        settings.optional("ExecutionRole", &ROLE_ARN);
        // The model's maximum is 5, but its documentation says that one fewer can be given [3.47].
        settings.texts("SecurityGroups", (0, 4), &SECURITY_GROUP);
        settings.choice("StudioWebPortal", &["ENABLED", "DISABLED"]);
        settings.choice("AutoMountHomeEFS", &["Enabled", "Disabled", "DefaultAsDomain"]);
    });
    request.get("UserSettings").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Refuses an execution role of another account, which cannot be passed. The text of the real
/// service is not known.
pub(super) fn check_role(settings: &Map<String, Value>, place: &Place) -> Result<(), Refusal> {
    let role = settings.get("ExecutionRole").and_then(Value::as_str);
    match role.filter(|role| role_account(role) != Some(&place.account)) {
        Some(role) => {
            Err(invalid(format!("ExecutionRole [{role}] must be a role of account {}", place.account)))
        }
        None => Ok(()),
    }
}

/// The single sign-on members of a request.
#[derive(Debug)]
pub(super) struct SsoMembers<'a> {
    identifier: Option<&'a str>,
    value: Option<&'a str>,
}

impl<'a> SsoMembers<'a> {
    pub(super) fn read(request: &mut Request<'a>) -> Self {
        let identifier = request.optional("SingleSignOnUserIdentifier", &SSO_IDENTIFIER);
        let value = request.optional("SingleSignOnUserValue", &SSO_VALUE);
        Self { identifier, value: value.filter(|value| !value.is_empty()) }
    }

    /// Returns the user in an SSO domain, where both members are required, and `None` in an IAM
    /// domain, where they are forbidden [3.3].
    pub(super) fn user(&self, mode: AuthMode) -> Result<Option<&'a str>, Refusal> {
        match (mode, self.identifier, self.value) {
            (AuthMode::Sso, Some(_), Some(user)) => Ok(Some(user)),
            (AuthMode::Iam, None, None) => Ok(None),
            (AuthMode::Sso, _, _) => Err(invalid(
                "SingleSignOnUserIdentifier and SingleSignOnUserValue are required for a Domain whose AuthMode is SSO",
            )),
            (AuthMode::Iam, _, _) => Err(invalid(
                "SingleSignOnUserIdentifier and SingleSignOnUserValue cannot be specified for a Domain whose AuthMode is IAM",
            )),
        }
    }
}
