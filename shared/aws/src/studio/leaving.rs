//! Lists and deletes a profile's apps and spaces, and the profile itself. Its apps include those in
//! the spaces that it owns.

use super::{ActingDomain, Domain, StudioError, moment};
use crate::error::{AwsError, Class};
use aws_sdk_sagemaker::types::{AppDetails, AppStatus, AppType, SharingType, SpaceDetails, SpaceStatus};
use contract::ids::ProfileName;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

const LIST_APPS: &str = "sagemaker:ListApps";
const LIST_SPACES: &str = "sagemaker:ListSpaces";
const DESCRIBE_SPACE: &str = "sagemaker:DescribeSpace";
const DELETE_APP: &str = "sagemaker:DeleteApp";
const DELETE_SPACE: &str = "sagemaker:DeleteSpace";
const DELETE_PROFILE: &str = "sagemaker:DeleteUserProfile";

/// Maximum number of pages of a hundred. A longer list means that the tokens repeat.
const MAX_PAGES: usize = 1000;

/// Number of spaces up to which each is read by itself instead of listing those of the domain.
const FEW: usize = 20;

/// The name by which an app is deleted: exactly one of the two [3.25, 3.29].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AppOwner {
    /// Canvas, private Studio Classic, RStudio.
    UserProfileName(String),
    /// JupyterLab, Code Editor.
    SpaceName(String),
}

/// An app that is not in a final state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// The name by which the app is deleted.
    pub owner: AppOwner,
    /// Type of the app, an open set [3.22].
    pub app_type: String,
    /// Name of the app.
    pub app_name: String,
    /// Whether the app is already being deleted.
    pub deleting: bool,
    /// Start time, if Studio has one.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<OffsetDateTime>,
}

/// A space that a profile owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Space {
    /// Name of the space.
    pub name: String,
    /// Whether other users work in the space as well. A space that is not explicitly private counts
    /// as shared, because it may hold a team's data [3.37].
    pub shared: bool,
    /// Whether the space is already being deleted.
    pub deleting: bool,
    /// Whether Studio is changing the space, so that it may refuse a deletion for now.
    #[serde(default)]
    pub busy: bool,
}

/// Result of a request to delete something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Studio has started the deletion, or there was nothing to delete.
    Begun,
    /// Studio refuses for now: it is changing the resource, or other resources depend on it.
    InUse,
}

impl Domain {
    /// Lists the spaces that the profile owns. There is no filter by owner, so every page is read
    /// and the owners are compared without regard to case [3.35].
    pub async fn spaces(&self, profile: &ProfileName) -> Result<Vec<Space>, StudioError> {
        let mut spaces = Vec::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let call =
                self.client.list_spaces().domain_id_equals(&self.id).max_results(100).set_next_token(token);
            let page = call.send().await.map_err(|error| AwsError::from_sdk(LIST_SPACES, &error))?;
            spaces.extend(page.spaces().iter().filter(|space| is_owned(space, profile)).map(space));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(spaces);
            }
        }
        Err(StudioError(AwsError::new(LIST_SPACES, Class::Unexpected, "the list of spaces does not end")))
    }

    /// Reads again the spaces that the profile owned when they were listed. There may be thousands of
    /// spaces in the domain, so only where these are many, all are listed again.
    pub async fn spaces_again(
        &self,
        profile: &ProfileName,
        known: &[Space],
    ) -> Result<Vec<Space>, StudioError> {
        if known.len() > FEW {
            return self.spaces(profile).await;
        }
        let mut spaces = Vec::new();
        for space in known {
            spaces.extend(self.space(profile, &space.name).await?);
        }
        Ok(spaces)
    }

    /// Reads a space, or returns `None` if there is none of this name, or another profile owns it.
    pub async fn space(&self, profile: &ProfileName, name: &str) -> Result<Option<Space>, StudioError> {
        let found = match self.client.describe_space().domain_id(&self.id).space_name(name).send().await {
            Ok(found) => found,
            Err(error) => {
                let fault = AwsError::from_sdk(DESCRIBE_SPACE, &error);
                return if fault.is("ResourceNotFound") { Ok(None) } else { Err(fault.into()) };
            }
        };
        let owner = found.ownership_settings().and_then(|settings| settings.owner_user_profile_name());
        let sharing = found.space_sharing_settings().and_then(|settings| settings.sharing_type());
        let is_owned = owner.is_some_and(|owner| owner.eq_ignore_ascii_case(profile.as_str()));
        Ok(is_owned.then(|| Space::of(name, sharing, found.status())))
    }

    /// Lists the apps of the profile and of its spaces that are not in a final state.
    ///
    /// `Deleted` apps stay listed for a day [3.31] and `Failed` ones block nothing [3.32]; both
    /// states are final. The two filters exclude each other [3.24], and an app in a space has no
    /// profile name [3.26].
    pub async fn apps(&self, profile: &ProfileName, spaces: &[Space]) -> Result<Vec<App>, StudioError> {
        let mut apps = self.apps_of(&AppOwner::UserProfileName(profile.to_string())).await?;
        for space in spaces {
            apps.extend(self.apps_of(&AppOwner::SpaceName(space.name.clone())).await?);
        }
        apps.sort();
        apps.dedup();
        Ok(apps)
    }

    async fn apps_of(&self, owner: &AppOwner) -> Result<Vec<App>, AwsError> {
        let mut apps = Vec::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let call =
                self.client.list_apps().domain_id_equals(&self.id).max_results(100).set_next_token(token);
            let call = match owner {
                AppOwner::UserProfileName(name) => call.user_profile_name_equals(name),
                AppOwner::SpaceName(name) => call.space_name_equals(name),
            };
            let page = call.send().await.map_err(|error| AwsError::from_sdk(LIST_APPS, &error))?;
            for found in page.apps() {
                apps.extend(app(found)?);
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(apps);
            }
        }
        Err(AwsError::new(LIST_APPS, Class::Unexpected, "the list of apps does not end"))
    }
}

impl ActingDomain {
    /// Asks Studio to delete an app. Only the text of the error shows that an app is already gone
    /// [3.30].
    pub async fn delete_app(&self, app: &App) -> Result<Deletion, StudioError> {
        let call = self.client.delete_app().domain_id(&self.id).app_name(&app.app_name);
        let call = call.app_type(AppType::from(app.app_type.as_str()));
        let call = match &app.owner {
            AppOwner::UserProfileName(name) => call.user_profile_name(name),
            AppOwner::SpaceName(name) => call.space_name(name),
        };
        let ended = ended(sent_once!(self, DELETE_APP, call).await);
        // Studio may refuse an app that is still starting in this way [3.33]. The number of
        // listings is limited, and the last one names the apps that are left.
        match ended {
            Err(fault) if fault.is("ValidationException") => Ok(Deletion::InUse),
            other => Ok(other?),
        }
    }

    /// Asks Studio to delete a space of a profile, and its volume with it [3.36]. A refusal for a
    /// wrong state may be a `ValidationException` [3.50], so the space's status decides.
    pub async fn delete_space(&self, owner: &ProfileName, name: &str) -> Result<Deletion, StudioError> {
        let call = self.client.delete_space().domain_id(&self.id).space_name(name);
        let fault = match ended(sent_once!(self, DELETE_SPACE, call).await) {
            Err(fault) if fault.is("ValidationException") => fault,
            other => return Ok(other?),
        };
        match self.space(owner, name).await? {
            None => Ok(Deletion::Begun),
            Some(space) if space.busy => Ok(Deletion::InUse),
            Some(_) => Err(fault.into()),
        }
    }

    /// Asks Studio to delete a profile. A `ValidationException` may be a refusal for a wrong state
    /// [3.50]; the caller checks the profile's status.
    pub async fn delete_profile(&self, name: &ProfileName) -> Result<Deletion, StudioError> {
        let call = self.client.delete_user_profile().domain_id(&self.id).user_profile_name(name.as_str());
        Ok(ended(sent_once!(self, DELETE_PROFILE, call).await)?)
    }
}

/// Returns the result of a deletion. "Already gone" comes in three spellings and is success [3.30];
/// for "in use" the caller waits.
fn ended(answer: Result<(), AwsError>) -> Result<Deletion, AwsError> {
    let Err(fault) = answer else { return Ok(Deletion::Begun) };
    let gone =
        ["has already been deleted", "previously failed and was automatically deleted", "RecordNotFound"];
    match fault.code.as_deref() {
        Some("ResourceNotFound") => Ok(Deletion::Begun),
        Some("ResourceInUse") => Ok(Deletion::InUse),
        Some("ValidationException") if gone.iter().any(|text| fault.said.contains(text)) => {
            Ok(Deletion::Begun)
        }
        _ => Err(fault),
    }
}

fn is_owned(space: &SpaceDetails, profile: &ProfileName) -> bool {
    let owner = space.ownership_settings_summary().and_then(|summary| summary.owner_user_profile_name());
    owner.is_some_and(|owner| owner.eq_ignore_ascii_case(profile.as_str()))
}

fn space(found: &SpaceDetails) -> Space {
    let sharing = found.space_sharing_settings_summary().and_then(|summary| summary.sharing_type());
    Space::of(found.space_name().unwrap_or_default(), sharing, found.status())
}

impl Space {
    fn of(name: &str, sharing: Option<&SharingType>, status: Option<&SpaceStatus>) -> Self {
        Self {
            name: name.to_owned(),
            shared: sharing != Some(&SharingType::Private),
            deleting: status == Some(&SpaceStatus::Deleting),
            busy: matches!(
                status,
                Some(SpaceStatus::Pending | SpaceStatus::Updating | SpaceStatus::Deleting)
            ),
        }
    }
}

fn app(found: &AppDetails) -> Result<Option<App>, AwsError> {
    let deleting = match found.status() {
        Some(AppStatus::Deleted | AppStatus::Failed) => return Ok(None),
        Some(AppStatus::Deleting) => true,
        // Any other status, including future ones, means that the app must still be deleted.
        _ => false,
    };
    let owner = match (found.space_name(), found.user_profile_name()) {
        (Some(space), _) => AppOwner::SpaceName(space.to_owned()),
        (None, Some(profile)) => AppOwner::UserProfileName(profile.to_owned()),
        (None, None) => {
            return Err(AwsError::new(
                LIST_APPS,
                Class::Unexpected,
                "an app belongs neither to a profile nor to a space",
            ));
        }
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(Some(App {
        owner,
        app_type: text(found.app_type().map(AppType::as_str)),
        app_name: text(found.app_name()),
        deleting,
        started_at: moment(found.creation_time()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, said: &str) -> Result<(), AwsError> {
        Err(AwsError {
            operation: DELETE_APP,
            class: Class::Unexpected,
            code: Some(code.into()),
            said: said.into(),
        })
    }

    #[test]
    fn already_gone_is_success_in_every_spelling() {
        for (code, said) in [
            ("ResourceNotFound", "no such app"),
            ("ValidationException", "ValidationException: App x has already been deleted"),
            (
                "ValidationException",
                "ValidationException: App x previously failed and was automatically deleted",
            ),
            ("ValidationException", "ValidationException: RecordNotFound"),
        ] {
            assert_eq!(ended(refused(code, said)), Ok(Deletion::Begun), "{said}");
        }
    }

    #[test]
    fn another_validation_error_is_not_taken_for_success() {
        assert!(ended(refused("ValidationException", "ValidationException: appName is too long")).is_err());
        assert_eq!(ended(refused("ResourceInUse", "Pending")), Ok(Deletion::InUse));
    }
}
