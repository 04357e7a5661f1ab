//! User profiles: reads them with their tags, creates them, changes their role.

use super::{ActingDomain, Domain, StudioError, moment};
use crate::error::{AwsError, Class};
use aws_sdk_sagemaker::types::{Tag, UserProfileStatus, UserSettings};
use contract::grant::{Grant, GrantStatus};
use contract::ids::{ProfileName, RoleArn, UserId};
use contract::mapping::ProfileSettings;
use contract::tag_text;
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

pub(super) const DESCRIBE: &str = "sagemaker:DescribeUserProfile";
const LIST_TAGS: &str = "sagemaker:ListTags";
const CREATE: &str = "sagemaker:CreateUserProfile";
const ADD_TAGS: &str = "sagemaker:AddTags";
const DELETE_TAGS: &str = "sagemaker:DeleteTags";
const UPDATE: &str = "sagemaker:UpdateUserProfile";

/// The ownership tag; its value is the user's id.
///
/// Together with the grant it is the only durable link once the user has left the directory [3.17].
/// Alone it proves nothing, because any principal with permission to tag can set it.
const OWNER_TAG: &str = "studio-access:user-id";
/// The tag with the group's name, for human readers.
const GROUP_TAG: &str = "studio-access:group";

/// Status of a profile [3.9].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileStatus {
    /// Being created.
    Pending,
    /// Ready.
    InService,
    /// Being changed.
    Updating,
    /// Being deleted.
    Deleting,
    /// The creation failed.
    Failed,
    /// A change failed; the profile is as it was before the change.
    UpdateFailed,
    /// The deletion failed; the profile still exists.
    DeleteFailed,
}

impl ProfileStatus {
    /// Returns whether days of grace would keep nothing: the profile was never used, or is half gone.
    pub fn is_spoilt(self) -> bool {
        match self {
            Self::Failed | Self::DeleteFailed => true,
            Self::Pending | Self::InService | Self::Updating | Self::Deleting | Self::UpdateFailed => false,
        }
    }
}

/// A profile as Studio describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// ARN of the profile.
    pub arn: String,
    /// Status of the profile.
    pub status: ProfileStatus,
    /// Studio's reason for a failed status.
    pub failure_reason: Option<String>,
    /// The directory user name that the profile is bound to.
    pub user_name: Option<String>,
    /// Execution role of the profile; `None` if it uses the domain's.
    pub role_arn: Option<String>,
    /// The profile's own security groups, without the domain's.
    pub security_groups: BTreeSet<String>,
    /// Uid of the home directory [3.38].
    pub home_efs_uid: Option<String>,
    /// Time when Studio last finished a change of the profile, if known.
    pub modified_at: Option<OffsetDateTime>,
    /// All tags of the profile.
    pub tags: BTreeMap<String, String>,
}

impl Profile {
    /// Returns whether the profile is bound to this directory user name, compared without regard to
    /// case.
    pub fn is_bound_to(&self, user_name: &str) -> bool {
        self.user_name.as_deref().is_some_and(|bound| bound.eq_ignore_ascii_case(user_name))
    }

    /// Returns the user id in the ownership tag, or `None` if its value is not a valid id.
    pub fn tagged_owner(&self) -> Option<UserId> {
        self.tags.get(OWNER_TAG).and_then(|id| UserId::new(id).ok())
    }

    /// Returns whether this profile, known under `name`, is the one that the grant records.
    ///
    /// The tag alone does not prove it: any principal with permission to tag can set it. Our
    /// profile may also have been deleted and another one created under its name, so the bound user
    /// name, which Studio never changes [3.3], must be the recorded one.
    pub fn is_of(&self, name: &ProfileName, grant: &Grant) -> bool {
        let bound_as_recorded = match grant.status {
            // The recorded name is the one for the next attempt; an earlier attempt may have used
            // the name before a rename.
            GrantStatus::Creating => true,
            GrantStatus::Changing | GrantStatus::Active | GrantStatus::Suspended | GrantStatus::Removed => {
                self.is_bound_to(&grant.user_name)
            }
        };
        self.tagged_owner().as_ref() == Some(&grant.user_id) && grant.is_of(name) && bound_as_recorded
    }

    /// Returns whether this is a new profile under the name of the granted one, which is gone: it has
    /// another home directory [3.38], and no role of its own, as a sign-in makes it [3.46].
    pub fn has_replaced(&self, grant: &Grant) -> bool {
        let has_another_home = match (&self.home_efs_uid, &grant.home_efs_uid) {
            (Some(there), Some(recorded)) => there != recorded,
            (None, _) | (_, None) => false,
        };
        has_another_home && self.role_arn.is_none()
    }

    /// Returns the keys of tags that an earlier row of the mapping table has set and this group's
    /// row does not set.
    pub fn former_tags(&self, grant: Option<&Grant>, settings: &ProfileSettings) -> Vec<String> {
        let set = grant.map(|grant| &grant.tags).into_iter().flatten();
        let former = set.filter(|key| !settings.tags.contains_key(*key) && self.tags.contains_key(*key));
        former.cloned().collect()
    }

    /// Returns whether the profile has the tags of this group and its row, and none that only an
    /// earlier row has set.
    pub fn has_tags_of(&self, group: &str, settings: &ProfileSettings, grant: Option<&Grant>) -> bool {
        let has = |key: &str, value: &str| self.tags.get(key).is_some_and(|there| there == value);
        has(GROUP_TAG, &tag_value(group))
            && settings.tags.iter().all(|(key, value)| has(key, value))
            && self.former_tags(grant, settings).is_empty()
    }
}

/// A profile to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProfile<'a> {
    /// Name of the profile.
    pub name: &'a ProfileName,
    /// The directory user name to bind the profile to: Studio's `SingleSignOnUserValue` [3.3].
    pub user_name: &'a str,
    /// The user's id, for the ownership tag.
    pub owner: &'a UserId,
    /// Name of the group that gives access, for the tag.
    pub group: &'a str,
    /// Execution role of the profile.
    pub role_arn: &'a RoleArn,
    /// Other settings of the profile.
    pub settings: &'a ProfileSettings,
}

/// Result of a request to change settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// Studio has started the change.
    Begun,
    /// Studio refused the change. It sends `ResourceInUse` or `ValidationException` for a wrong
    /// state [3.48, 3.50]; the profile and its apps show which one.
    Refused(AwsError),
}

/// Result of a request to create a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// Studio has started the creation.
    Begun,
    /// The name is in use, or the directory user already has a profile [3.6, 3.8]. The existing
    /// profiles show which.
    InUse,
    /// Studio rejected the request. The reason may be the same as for [`Self::InUse`] [3.8], or any
    /// other.
    Invalid(AwsError),
    /// Studio has no such domain.
    NoDomain,
    /// The account's quota is used up [3.19], with Studio's message.
    LimitExceeded(String),
}

impl Domain {
    /// Reads a profile with its tags, or returns `None` if there is none of that name.
    pub async fn profile(&self, name: &ProfileName) -> Result<Option<Profile>, StudioError> {
        self.described(name, |_| true).await
    }

    /// Reads a profile like [`Domain::profile`], but its tags only if it is in service: nobody asks whose
    /// a profile is that Studio is still working on.
    pub async fn profile_in_work(&self, name: &ProfileName) -> Result<Option<Profile>, StudioError> {
        self.described(name, |status| status == ProfileStatus::InService).await
    }

    /// Reads a profile, with its tags if its status asks for them.
    async fn described(
        &self,
        name: &ProfileName,
        with_tags: impl Fn(ProfileStatus) -> bool,
    ) -> Result<Option<Profile>, StudioError> {
        let call = self.client.describe_user_profile().domain_id(&self.id).user_profile_name(name.as_str());
        let found = match call.send().await {
            Ok(found) => found,
            Err(error) => {
                let fault = AwsError::from_sdk(DESCRIBE, &error);
                return if fault.is("ResourceNotFound") { Ok(None) } else { Err(fault.into()) };
            }
        };
        let status = status(found.status())?;
        let arn = found
            .user_profile_arn()
            .ok_or_else(|| AwsError::new(DESCRIBE, Class::Unexpected, "no ARN in the answer"))?;
        let tags = if with_tags(status) { self.tags(arn).await? } else { BTreeMap::new() };
        let settings = found.user_settings();
        Ok(Some(Profile {
            arn: arn.to_owned(),
            status,
            failure_reason: found.failure_reason().map(str::to_owned),
            user_name: found.single_sign_on_user_value().map(str::to_owned),
            role_arn: settings.and_then(UserSettings::execution_role).map(str::to_owned),
            security_groups: settings
                .map(|s| s.security_groups().iter().cloned().collect())
                .unwrap_or_default(),
            home_efs_uid: found.home_efs_file_system_uid().map(str::to_owned),
            modified_at: moment(found.last_modified_time()),
            tags,
        }))
    }

    /// Reads all tags. If the tags of a profile that was just described are "not found", the result
    /// is inconclusive, so the error is transient.
    async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let mut tags = BTreeMap::new();
        let mut token = None;
        for _ in 0..10 {
            let page = self.client.list_tags().resource_arn(arn).set_next_token(token).send().await.map_err(
                |error| {
                    let fault = AwsError::from_sdk(LIST_TAGS, &error);
                    if fault.is("ResourceNotFound") {
                        AwsError { class: Class::Transient, ..fault }
                    } else {
                        fault
                    }
                },
            )?;
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            tags.extend(page.tags().iter().map(|tag| (text(tag.key()), text(tag.value()))));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(tags);
            }
        }
        Err(AwsError::new(LIST_TAGS, Class::Unexpected, "the list of tags does not end"))
    }
}

impl ActingDomain {
    /// Asks Studio to create a profile with the ownership tag.
    pub async fn create_profile(&self, new: &NewProfile<'_>) -> Result<Creation, StudioError> {
        let mut tags = vec![tag(OWNER_TAG, new.owner.as_str()), tag(GROUP_TAG, &tag_value(new.group))];
        tags.extend(new.settings.tags.iter().map(|(key, value)| tag(key, value)));
        let call = self.client.create_user_profile().domain_id(&self.id).user_profile_name(new.name.as_str());
        let call = call.single_sign_on_user_identifier("UserName").single_sign_on_user_value(new.user_name);
        let groups = Some(new.settings.security_groups.clone()).filter(|groups| !groups.is_empty());
        let call = call.set_tags(Some(tags)).user_settings(user_settings(new.role_arn, groups));
        let Err(fault) = sent_once!(self, CREATE, call).await else {
            return Ok(Creation::Begun);
        };
        match fault.code.as_deref() {
            Some("ResourceInUse") => Ok(Creation::InUse),
            Some("ResourceNotFound") => Ok(Creation::NoDomain),
            Some("ResourceLimitExceeded") => Ok(Creation::LimitExceeded(fault.said)),
            Some("ValidationException") => Ok(Creation::Invalid(fault)),
            _ => Err(fault.into()),
        }
    }

    /// Adds the ownership tag and the tags of the group to a profile, and removes the `former` tags
    /// that only an earlier row has set. Apps that start after this have the new tags [3.16].
    pub async fn retag_profile(
        &self,
        profile: &Profile,
        owner: &UserId,
        group: &str,
        settings: &ProfileSettings,
        former: Vec<String>,
    ) -> Result<(), StudioError> {
        let tags = settings.tags.iter().map(|(key, value)| tag(key, value));
        let ours = [tag(OWNER_TAG, owner.as_str()), tag(GROUP_TAG, &tag_value(group))];
        let tags: Vec<Tag> = tags.chain(ours).collect();
        let call = self.client.add_tags().resource_arn(&profile.arn).set_tags(Some(tags));
        sent_once!(self, ADD_TAGS, call).await?;
        if former.is_empty() {
            return Ok(());
        }
        let call = self.client.delete_tags().resource_arn(&profile.arn).set_tag_keys(Some(former));
        sent_once!(self, DELETE_TAGS, call).await?;
        Ok(())
    }

    /// Asks Studio to change the role of a profile, and its other settings if `settings` is given.
    pub async fn update_profile(
        &self,
        name: &ProfileName,
        role_arn: &RoleArn,
        settings: Option<&ProfileSettings>,
    ) -> Result<Update, StudioError> {
        let call = self.client.update_user_profile().domain_id(&self.id).user_profile_name(name.as_str());
        // An empty list removes the security groups that another group's mapping has set.
        let groups = settings.map(|settings| settings.security_groups.clone());
        let call = call.user_settings(user_settings(role_arn, groups));
        let Err(fault) = sent_once!(self, UPDATE, call).await else { return Ok(Update::Begun) };
        let wrong_state = fault.is("ResourceInUse") || fault.is("ValidationException");
        if wrong_state { Ok(Update::Refused(fault)) } else { Err(fault.into()) }
    }
}

fn user_settings(role_arn: &RoleArn, groups: Option<Vec<String>>) -> UserSettings {
    UserSettings::builder().execution_role(role_arn.as_str()).set_security_groups(groups).build()
}

fn status(status: Option<&UserProfileStatus>) -> Result<ProfileStatus, AwsError> {
    match status {
        Some(UserProfileStatus::Pending) => Ok(ProfileStatus::Pending),
        Some(UserProfileStatus::InService) => Ok(ProfileStatus::InService),
        Some(UserProfileStatus::Updating) => Ok(ProfileStatus::Updating),
        Some(UserProfileStatus::Deleting) => Ok(ProfileStatus::Deleting),
        Some(UserProfileStatus::Failed) => Ok(ProfileStatus::Failed),
        Some(UserProfileStatus::UpdateFailed) => Ok(ProfileStatus::UpdateFailed),
        Some(UserProfileStatus::DeleteFailed) => Ok(ProfileStatus::DeleteFailed),
        other => {
            let said = format!("unknown status: {}", other.map_or("none", |s| s.as_str()));
            Err(AwsError::new(DESCRIBE, Class::Unexpected, said))
        }
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// Converts a group name to a tag value. A group name may have characters that a tag value must not
/// have [3.59].
fn tag_value(text: &str) -> String {
    text.chars().map(|c| if tag_text::fits(c) { c } else { '_' }).take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_name_becomes_a_valid_tag_value() {
        assert_eq!(tag_value("R&D (Zürich)"), "R_D _Zürich_");
        // Two vowel signs and a tone mark.
        assert_eq!(tag_value("ผู้ดูแล-studio"), "ผ__ด_แล-studio");
        assert_eq!(tag_value(&"x".repeat(300)).len(), 256);
    }
}
