//! The Identity Store of IAM Identity Center: reads users, groups and memberships.
//!
//! Everything is read fresh at every call. Names of groups are remembered by
//! [`GroupNames`](crate::tables::GroupNames).

use crate::error::{AwsError, Class, client_error};
use crate::identity_center;
use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::operation::describe_group::DescribeGroupError;
use aws_sdk_identitystore::operation::describe_user::DescribeUserError;
use aws_sdk_identitystore::operation::get_group_id::GetGroupIdError;
use aws_sdk_identitystore::operation::get_user_id::GetUserIdError;
use aws_sdk_identitystore::operation::list_group_memberships::ListGroupMembershipsError;
use aws_sdk_identitystore::operation::list_group_memberships_for_member::ListGroupMembershipsForMemberError;
use aws_sdk_identitystore::types::error::ResourceNotFoundException;
use aws_sdk_identitystore::types::{
    AlternateIdentifier, MemberId, ResourceType, UniqueAttribute, UserStatus as Status,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_types::SdkConfig;
use contract::ids::{GroupId, MembershipId, StoreId, UserId};
use contract::settings::{BadSetting, Env};
use contract::user::{User, UserStatus};
use std::collections::{BTreeMap, BTreeSet};

const DESCRIBE_USER: &str = "identitystore:DescribeUser";
const GET_GROUP_ID: &str = "identitystore:GetGroupId";
const GET_USER_ID: &str = "identitystore:GetUserId";
const LIST_MEMBERSHIPS: &str = "identitystore:ListGroupMembershipsForMember";
const DESCRIBE_GROUP: &str = "identitystore:DescribeGroup";
const LIST_MEMBERS: &str = "identitystore:ListGroupMemberships";
const LIST_GROUPS: &str = "identitystore:ListGroups";
const LIST_USERS: &str = "identitystore:ListUsers";

/// Maximum number of pages of a whole directory: 100,000 users or groups, 100 on a page [2.11],
/// with a margin for raised quotas.
const MAX_SWEEP_PAGES: usize = 10_000;

/// Maximum number of pages of one user's groups: 1,000 groups are evaluated for a user [2.11], 100
/// on a page. A longer list means that the tokens repeat.
const MAX_PAGES: usize = 100;

client_error!(
    /// A call to the directory failed, or its response is inconclusive.
    DirectoryError
);

/// The directory of one Identity Center instance.
#[derive(Debug)]
pub struct Directory {
    client: Client,
    store_id: StoreId,
}

impl Directory {
    /// Opens the identity store `IDENTITY_STORE_ID`. Its Region is `IDENTITY_CENTER_REGION`, or the
    /// function's own if that is not set.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let store_id = env.checked::<StoreId>("IDENTITY_STORE_ID")?;
        let client = Client::from_conf(
            configuration!(aws_sdk_identitystore, &identity_center::configuration(sdk, env)?).build(),
        );
        Ok(Self { client, store_id })
    }

    /// Returns the id of the configured identity store.
    pub fn store_id(&self) -> &StoreId {
        &self.store_id
    }

    /// Reads a user. A user who is not found is [`UserStatus::Gone`]; a user hidden by a KMS key is
    /// an error [2.12].
    pub async fn user(&self, user_id: &UserId) -> Result<User, DirectoryError> {
        let (store_id, user_id) = (self.store_id.clone(), user_id.clone());
        let call = self.client.describe_user().identity_store_id(store_id.as_str()).user_id(user_id.as_str());
        match call.send().await {
            Ok(user) => {
                let status = status(user.user_status())?;
                let user_name = user.user_name().map(str::to_owned);
                // The directory's own spelling: the id of the request may be another form of it
                // [2.3].
                let user_id = read(DESCRIBE_USER, UserId::new(user.user_id()))?;
                Ok(User { store_id, user_id, user_name, status })
            }
            Err(error) => match error.as_service_error() {
                Some(DescribeUserError::ResourceNotFoundException(absent))
                    if is_really(absent, &ResourceType::User) =>
                {
                    Ok(User { store_id, user_id, user_name: None, status: UserStatus::Gone })
                }
                Some(DescribeUserError::ResourceNotFoundException(absent)) => {
                    Err(hidden(DESCRIBE_USER, absent).into())
                }
                _ => Err(AwsError::from_sdk(DESCRIBE_USER, &error).into()),
            },
        }
    }

    /// Reads a user whose id an event may spell in any form. A user is gone only if no form is
    /// found.
    ///
    /// It is not documented whether the service accepts its own ids both with and without the
    /// store's prefix [2.4].
    pub async fn user_in_any_form(&self, user_id: &UserId) -> Result<User, DirectoryError> {
        for form in user_id.forms(&self.store_id) {
            let user = self.user(&form).await?;
            if user.status != UserStatus::Gone {
                return Ok(user);
            }
        }
        let (store_id, user_id) = (self.store_id.clone(), user_id.clone());
        Ok(User { store_id, user_id, user_name: None, status: UserStatus::Gone })
    }

    /// Finds the id of a user by user name, or returns `None` if no user has it.
    pub async fn find(&self, user_name: &str) -> Result<Option<UserId>, DirectoryError> {
        let attribute =
            UniqueAttribute::builder().attribute_path("userName").attribute_value(user_name.into()).build();
        let attribute =
            attribute.map_err(|e| AwsError::new(GET_USER_ID, Class::Unexpected, e.to_string()))?;
        let call = self.client.get_user_id().identity_store_id(self.store_id.as_str());
        match call.alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute)).send().await {
            Ok(found) => Ok(Some(read(GET_USER_ID, UserId::new(found.user_id()))?)),
            Err(error) => match error.as_service_error() {
                Some(GetUserIdError::ResourceNotFoundException(absent))
                    if is_really(absent, &ResourceType::User) =>
                {
                    Ok(None)
                }
                Some(GetUserIdError::ResourceNotFoundException(absent)) => {
                    Err(hidden(GET_USER_ID, absent).into())
                }
                _ => Err(AwsError::from_sdk(GET_USER_ID, &error).into()),
            },
        }
    }

    /// Reads all groups of a user, by id, with the ids of the memberships. A failed page is an error,
    /// so the list is never partial.
    pub async fn memberships(
        &self,
        user_id: &UserId,
    ) -> Result<Vec<(GroupId, MembershipId)>, DirectoryError> {
        let mut memberships = Vec::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let call =
                self.client.list_group_memberships_for_member().identity_store_id(self.store_id.as_str());
            let call = call
                .member_id(MemberId::UserId(user_id.as_str().to_owned()))
                .max_results(100)
                .set_next_token(token);
            let page = call.send().await.map_err(|error| unlisted(&error))?;
            for item in page.group_memberships() {
                let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
                let group_id = read(LIST_MEMBERSHIPS, GroupId::new(text(item.group_id())))?;
                // Canonical form, so that the id in an event can be compared with it.
                memberships
                    .push((group_id, read(LIST_MEMBERSHIPS, MembershipId::new(item.membership_id()))?));
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(memberships);
            }
        }
        Err(AwsError::new(LIST_MEMBERSHIPS, Class::Unexpected, "the list of groups does not end").into())
    }

    /// Reads all groups with their display names. A failed page is an error, so the list is never
    /// partial.
    pub async fn groups(&self) -> Result<BTreeMap<GroupId, String>, DirectoryError> {
        let mut groups = BTreeMap::new();
        let mut token = None;
        for _ in 0..MAX_SWEEP_PAGES {
            let call = self.client.list_groups().identity_store_id(self.store_id.as_str());
            let page = call.max_results(100).set_next_token(token).send().await;
            let page = page.map_err(|error| certain(AwsError::from_sdk(LIST_GROUPS, &error)))?;
            for group in page.groups() {
                let id = read(LIST_GROUPS, GroupId::new(group.group_id()))?;
                let name = named(LIST_GROUPS, &id, group.display_name())?;
                groups.insert(id, name);
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(groups);
            }
        }
        Err(AwsError::new(LIST_GROUPS, Class::Unexpected, "the list of groups does not end").into())
    }

    /// Reads all members of a group, or returns `None` if the group does not exist. A failed page
    /// is an error, so the list is never partial.
    pub async fn members(&self, group_id: &GroupId) -> Result<Option<BTreeSet<UserId>>, DirectoryError> {
        let mut members = BTreeSet::new();
        let mut token = None;
        for _ in 0..MAX_SWEEP_PAGES {
            let call = self.client.list_group_memberships().identity_store_id(self.store_id.as_str());
            let call = call.group_id(group_id.as_str()).max_results(100).set_next_token(token);
            let page = match call.send().await {
                Ok(page) => page,
                Err(error) => match error.as_service_error() {
                    Some(ListGroupMembershipsError::ResourceNotFoundException(absent))
                        if is_really(absent, &ResourceType::Group) =>
                    {
                        return Ok(None);
                    }
                    _ => return Err(certain(AwsError::from_sdk(LIST_MEMBERS, &error)).into()),
                },
            };
            for membership in page.group_memberships() {
                if let Some(MemberId::UserId(user)) = membership.member_id() {
                    members.insert(read(LIST_MEMBERS, UserId::new(user))?);
                }
            }
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(Some(members));
            }
        }
        Err(AwsError::new(LIST_MEMBERS, Class::Unexpected, "the list of members does not end").into())
    }

    /// Reads one page of all users. Returns its disabled users and the token of the next page.
    pub async fn disabled(
        &self,
        token: Option<String>,
    ) -> Result<(Vec<UserId>, Option<String>), DirectoryError> {
        let call = self.client.list_users().identity_store_id(self.store_id.as_str());
        let page = call.max_results(100).set_next_token(token).send().await;
        let page = page.map_err(|error| certain(AwsError::from_sdk(LIST_USERS, &error)))?;
        let mut disabled = Vec::new();
        for user in page.users() {
            if status(user.user_status())? == UserStatus::Disabled {
                disabled.push(read(LIST_USERS, UserId::new(user.user_id()))?);
            }
        }
        Ok((disabled, page.next_token().map(str::to_owned)))
    }

    /// Returns a group's display name, or `None` if the group was deleted after it was listed.
    pub async fn group_name(&self, group_id: &GroupId) -> Result<Option<String>, AwsError> {
        Ok(self.group(group_id).await?.map(|(_, name)| name))
    }

    /// Returns a group's id as the directory writes it, and its display name; `None` if there is no such
    /// group.
    pub async fn group(&self, group_id: &GroupId) -> Result<Option<(GroupId, String)>, AwsError> {
        let call = self
            .client
            .describe_group()
            .identity_store_id(self.store_id.as_str())
            .group_id(group_id.as_str());
        match call.send().await {
            Ok(group) => {
                let id = read(DESCRIBE_GROUP, GroupId::new(group.group_id()))?;
                Ok(Some((id, named(DESCRIBE_GROUP, group_id, group.display_name())?)))
            }
            Err(error) => match error.as_service_error() {
                Some(DescribeGroupError::ResourceNotFoundException(absent))
                    if is_really(absent, &ResourceType::Group) =>
                {
                    Ok(None)
                }
                Some(DescribeGroupError::ResourceNotFoundException(absent)) => {
                    Err(hidden(DESCRIBE_GROUP, absent))
                }
                _ => Err(AwsError::from_sdk(DESCRIBE_GROUP, &error)),
            },
        }
    }
}

impl Directory {
    /// Finds the id of the group that has a display name now, or returns `None` if no group has it.
    pub async fn group_id(&self, display_name: &str) -> Result<Option<GroupId>, AwsError> {
        let attribute = UniqueAttribute::builder()
            .attribute_path("displayName")
            .attribute_value(display_name.into())
            .build()
            .map_err(|e| AwsError::new(GET_GROUP_ID, Class::Unexpected, e.to_string()))?;
        let call = self.client.get_group_id().identity_store_id(self.store_id.as_str());
        match call.alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute)).send().await {
            Ok(found) => Ok(Some(read(GET_GROUP_ID, GroupId::new(found.group_id()))?)),
            Err(error) => match error.as_service_error() {
                Some(GetGroupIdError::ResourceNotFoundException(absent))
                    if is_really(absent, &ResourceType::Group) =>
                {
                    Ok(None)
                }
                Some(GetGroupIdError::ResourceNotFoundException(absent)) => Err(hidden(GET_GROUP_ID, absent)),
                _ => Err(AwsError::from_sdk(GET_GROUP_ID, &error)),
            },
        }
    }
}

/// Converts a user's status. An unknown status is an error: it must neither give access nor remove
/// it. A user without a status is enabled, because such a store has no disabled users [2.9].
fn status(told: Option<&Status>) -> Result<UserStatus, AwsError> {
    match told {
        Some(Status::Enabled) | None => Ok(UserStatus::Enabled),
        Some(Status::Disabled) => Ok(UserStatus::Disabled),
        Some(other) => {
            let said = format!("the user status {:?} is unknown", other.as_str());
            Err(AwsError::new(DESCRIBE_USER, Class::Unexpected, said))
        }
    }
}

/// Returns a group's display name. A group without one may be any of the mapped groups, so it is an
/// error.
fn named(operation: &'static str, group: &GroupId, name: Option<&str>) -> Result<String, AwsError> {
    name.filter(|name| !name.is_empty()).map(str::to_owned).ok_or_else(|| {
        AwsError::new(operation, Class::Unexpected, format!("the group {group} has no display name"))
    })
}

/// Returns whether "not found" refers to the requested resource. With a KMS reason the resource is
/// only hidden [2.12]; with another resource type, the whole store was not found.
fn is_really(absent: &ResourceNotFoundException, asked: &ResourceType) -> bool {
    absent.reason().is_none() && absent.resource_type() == Some(asked)
}

fn hidden(operation: &'static str, absent: &ResourceNotFoundException) -> AwsError {
    let reason = absent.reason().map_or("the identity store itself was not found", |reason| reason.as_str());
    AwsError::new(operation, Class::Misconfigured, format!("not found, but that proves nothing: {reason}"))
}

/// Treats "not found" of a list call as a misconfiguration: the store is hidden, or is not the
/// configured one [2.12].
fn certain(fault: AwsError) -> AwsError {
    if fault.is("ResourceNotFoundException") {
        AwsError { class: Class::Misconfigured, ..fault }
    } else {
        fault
    }
}

/// Classifies an error of listing a user's groups. A user who existed a moment ago and is not found
/// is being deleted, so a retry decides [2.17].
fn unlisted(error: &SdkError<ListGroupMembershipsForMemberError, HttpResponse>) -> AwsError {
    let fault = AwsError::from_sdk(LIST_MEMBERSHIPS, error);
    match error.as_service_error() {
        Some(ListGroupMembershipsForMemberError::ResourceNotFoundException(absent))
            if is_really(absent, &ResourceType::User) =>
        {
            AwsError { class: Class::Transient, ..fault }
        }
        Some(ListGroupMembershipsForMemberError::ResourceNotFoundException(absent)) => {
            hidden(LIST_MEMBERSHIPS, absent)
        }
        _ => fault,
    }
}

fn read<T>(operation: &'static str, id: Result<T, contract::ids::BadId>) -> Result<T, AwsError> {
    id.map_err(|error| AwsError::new(operation, Class::Unexpected, error.to_string()))
}
