//! Our record of what we provisioned for a user in a target: one item of the ledger (the table `Grants`).

use crate::entitlement::Entitlement;
use crate::ids::{GroupId, MembershipId, ProfileName, RoleArn, StoreId, UserId};
use crate::job::Job;
use crate::mapping::RemovalPolicy;
use crate::target::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where a grant is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GrantStatus {
    /// Written before the profile is created, or taken over, so that a crash in between leaves a trace that a later look finds.
    Creating,
    /// Written before the profile's role is changed, with the new one: until it is recorded as active, apps may still run under another role. Written as
    /// well before anything of a leaver's is taken away, so that a removal that was cut off leaves a trace.
    Changing,
    /// The profile is there, with the role.
    Active,
    /// The profile stays with a role that allows nothing: its spaces keep it, its row is gone, or its user was renamed.
    Suspended,
    /// The profile is gone. The item stays: it knows the home directory's EFS uid and the spaces that went [3.38].
    Removed,
}

impl GrantStatus {
    /// Whether there may be a profile behind the grant.
    pub fn is_held(self) -> bool {
        match self {
            Self::Creating | Self::Changing | Self::Active | Self::Suspended => true,
            Self::Removed => false,
        }
    }
}

/// What a profile left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerHome {
    /// Uid of the home directory.
    pub home_efs_uid: Option<String>,
    /// Spaces that went with the profile.
    pub spaces: BTreeSet<String>,
    /// When the profile went, as RFC 3339 in UTC.
    pub until: String,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The identity store of the user.
    pub store_id: StoreId,
    /// The user, by immutable id.
    pub user_id: UserId,
    /// The Studio domain.
    pub target: Target,
    /// Where the grant is in its life.
    pub status: GrantStatus,
    /// The profile; it stays the same even if the user is renamed.
    pub profile_name: ProfileName,
    /// The user name at the time: Studio's `SingleSignOnUserValue` [3.3].
    pub user_name: String,
    /// The role that was given.
    pub role_arn: RoleArn,
    /// The group it was given for.
    pub group_name: String,
    /// That group's id.
    pub group_id: GroupId,
    /// The membership it was given for [1.17].
    pub membership_id: MembershipId,
    /// What happens to the spaces when the user leaves, as the mapping said last.
    pub removal: RemovalPolicy,
    /// Keys of the tags that a mapping row has set on the profile. A key that no row sets any more is removed from the profile.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Uid of the home directory on the domain's file system; a new profile gets another one [3.38].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_efs_uid: Option<String>,
    /// Spaces that the user owned when they left.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub spaces: BTreeSet<String>,
    /// Homes of profiles that the user had here before, oldest first. Their files are still on the domain's file system [3.38].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_homes: Vec<FormerHome>,
    /// The execution that wrote this.
    pub execution: String,
    /// What set that execution off: an event's name or an operator's words.
    pub reason: String,
    /// CloudTrail's event id, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// When, as RFC 3339 in UTC.
    pub updated_at: String,
    /// Counts the writes; a conditional write names the one it has seen.
    pub version: u64,
}

impl Grant {
    /// Returns whether this is the grant of exactly this profile. Studio compares names without regard to case [3.1].
    pub fn is_of(&self, profile_name: &ProfileName) -> bool {
        self.profile_name.as_str().eq_ignore_ascii_case(profile_name.as_str())
    }

    /// Whether another write of the same execution would change nothing but the time and the count.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let Self { updated_at, version, .. } = other;
        Self { updated_at: updated_at.clone(), version: *version, ..self.clone() } == *other
    }

    /// The grant of what a user is entitled to, as it stands before there is a profile: status `creating`, no home yet, earlier homes
    /// remembered. Who writes it, when and why, and its version, are for the ledger to sign.
    pub fn given(
        job: &Job,
        profile_name: &ProfileName,
        user_name: &str,
        entitlement: &Entitlement,
        before: Option<&Self>,
    ) -> Self {
        let Entitlement { membership, execution_role_arn, removal, settings, .. } = entitlement;
        Self {
            store_id: job.user.store_id.clone(),
            user_id: job.user.user_id.clone(),
            target: job.target.clone(),
            status: GrantStatus::Creating,
            profile_name: profile_name.clone(),
            user_name: user_name.to_owned(),
            role_arn: execution_role_arn.clone(),
            group_name: membership.group_name.clone(),
            group_id: membership.group_id.clone(),
            membership_id: membership.membership_id.clone(),
            removal: *removal,
            tags: settings.tags.keys().cloned().collect(),
            home_efs_uid: None,
            spaces: BTreeSet::new(),
            former_homes: before.map(Self::homes_to_remember).unwrap_or_default(),
            execution: String::new(),
            reason: String::new(),
            event_id: None,
            updated_at: String::new(),
            version: 0,
        }
    }

    /// What the next grant for the same user and target has to remember: earlier homes, and this one's if its profile is gone.
    pub fn homes_to_remember(&self) -> Vec<FormerHome> {
        let mut homes = self.former_homes.clone();
        if self.status == GrantStatus::Removed && (self.home_efs_uid.is_some() || !self.spaces.is_empty()) {
            homes.push(FormerHome {
                home_efs_uid: self.home_efs_uid.clone(),
                spaces: self.spaces.clone(),
                until: self.updated_at.clone(),
            });
        }
        homes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Ids were texts once, so that an old item may have an id in any of its forms.
    #[test]
    fn reads_ids_of_old_items_in_every_form() {
        let id = "14f83478-a061-708f-8de4-a3a2b99e9d89";
        for form in [id.to_owned(), id.to_uppercase(), format!("arn:aws:identitystore:::group/{id}")] {
            let item = json!({"storeId": "d-1", "userId": "u-1", "status": "active", "profileName": "ana",
                "userName": "ana", "target": {"account": "111122223333", "region": "eu-west-1",
                "domainId": "d-abc"}, "removal": "keep", "roleArn": "arn:aws:iam::111122223333:role/x",
                "groupName": "g", "groupId": form, "membershipId": form, "execution": "e", "reason": "r",
                "updatedAt": "t", "version": 1});
            let grant: Grant = serde_json::from_value(item).unwrap();
            assert_eq!((grant.group_id.as_str(), grant.membership_id.as_str()), (id, id), "{form}");
        }
    }
}
