//! Changes the directory and builds the events that report the changes.

use super::Play;
use crate::scenario::{BadScenario, Change, Member};
use crate::setting::{HUB, HUB_REGION};
use fake_aws::services::identity_store::UserStatus;
use serde_json::{Value, json};
use std::time::SystemTime;

impl Play<'_> {
    fn user_id(&self, name: &str) -> Result<String, BadScenario> {
        let user = self.scenario.directory.users.iter().find(|user| user.name == name);
        user.map(|user| user.id.clone()).ok_or_else(|| BadScenario::at(name, "there is no user of that name"))
    }

    fn group_id(&self, name: &str) -> Result<String, BadScenario> {
        let id = self.deployment.group_id(name);
        id.ok_or_else(|| BadScenario::at(name, "there is no group of that name"))
    }

    /// Changes a membership and returns the event that reports it.
    pub(super) fn membership(&self, member: &Member, joins: bool) -> Result<Value, BadScenario> {
        let (user, group) = (self.user_id(&member.user)?, self.group_id(&member.group)?);
        let store = &self.scenario.directory.store_id;
        let (name, parameters) = if joins {
            self.change(&Change::Add(member))?;
            (
                "AddMemberToGroup",
                json!({"identityStoreId": store, "groupId": group, "member": {"memberId": user}}),
            )
        } else {
            self.change(&Change::Remove(member))?;
            ("RemoveMemberFromGroup", json!({"identityStoreId": store, "groupId": group, "memberId": user}))
        };
        let number = self.inputs.len() + self.executions.len() + self.running.len();
        Ok(envelope(name, &parameters, self.deployment.aws.clock().now(), number))
    }

    pub(super) fn change(&self, change: &Change) -> Result<(), BadScenario> {
        let id = |name: &str| self.user_id(name);
        let aws = &self.deployment.aws;
        let done = match change {
            Change::Add(member) => {
                let (group, user) = (self.group_id(&member.group)?, id(&member.user)?);
                aws.directory(|store| store.add_member(&group, &user)).map(|_| ())
            }
            Change::Remove(member) => {
                let (group, user) = (self.group_id(&member.group)?, id(&member.user)?);
                aws.directory(|store| store.remove_member(&group, &user)).map(|_| ())
            }
            Change::DeleteUser(name) => {
                let user = id(name)?;
                aws.directory(|store| store.delete_user(&user))
            }
            Change::DisableUser(name) => {
                let user = id(name)?;
                aws.directory(|store| store.set_status(&user, UserStatus::Disabled))
            }
            Change::EnableUser(name) => {
                let user = id(name)?;
                aws.directory(|store| store.set_status(&user, UserStatus::Enabled))
            }
            Change::AddGroup(group) => {
                let added = aws.directory(|store| store.add_group(&group.id, &group.name));
                added.map(|()| self.deployment.note_group(group))
            }
            Change::RenameGroup(rename) => {
                let group = self.group_id(&rename.group)?;
                aws.directory(|store| store.rename_group(&group, &rename.to))
            }
            Change::DeleteGroup(name) => {
                let group = self.group_id(name)?;
                aws.directory(|store| store.delete_group(&group))
            }
            Change::RenameUser(rename) => {
                let user = id(&rename.user)?;
                aws.directory(|store| store.rename_user(&user, &rename.to))
            }
        };
        done.map_err(|why| BadScenario::at("the directory", why.to_string()))
    }
}

/// Returns the record that CloudTrail would write, in EventBridge's envelope.
pub fn envelope(name: &str, parameters: &Value, at: SystemTime, number: usize) -> Value {
    let time = crate::report::moment(at);
    let id = format!("c2c0873b-5c49-404c-add7-{number:012}");
    json!({"version": "0", "id": id, "detail-type": "AWS API Call via CloudTrail", "source": "aws.sso-directory",
        "account": HUB, "time": time, "region": HUB_REGION, "resources": [],
        "detail": {"eventVersion": "1.08", "userIdentity": {"type": "Unknown", "accountId": HUB}, "eventTime": time,
            "eventSource": "sso-directory.amazonaws.com", "eventName": name, "awsRegion": HUB_REGION, "sourceIPAddress": "",
            "userAgent": "Okta SCIM Client 1.0.0", "requestParameters": parameters, "responseElements": null,
            "eventID": id, "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true,
            "recipientAccountId": HUB, "eventCategory": "Management"}})
}
