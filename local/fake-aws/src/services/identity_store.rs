//! The Identity Store of IAM Identity Center: one directory of users, groups and memberships, in
//! its home Region.
//!
//! Answers [`OPERATIONS`] as the real service does, as far as `docs/aws-facts.md` describes it. Any
//! account may read [2.15]. Rate limits and lost answers are emulated on the wire, in front of
//! every service. Chosen here, because no source describes it: another store, another Region, or an
//! unknown group in `IsMemberInGroups` is a `ResourceNotFoundException`; an ARN of the wrong
//! resource type is a `ValidationException`; a prefixed id and the bare id are two different ids
//! [2.4].

mod changes;
mod ids;
mod mask;
mod reads;
mod snapshot;

#[cfg(test)]
mod tests;

pub use changes::Impossible;
pub use mask::KmsMask;
pub use snapshot::{GroupRow, Snapshot, UserRow};

use crate::service::{Answer, Call, Refusal, not_emulated};
use std::collections::{BTreeMap, BTreeSet};

/// The emulated operations. Any other operation is refused by name.
pub const OPERATIONS: [&str; 10] = [
    "DescribeGroup",
    "DescribeGroupMembership",
    "DescribeUser",
    "GetGroupId",
    "GetUserId",
    "IsMemberInGroups",
    "ListGroupMemberships",
    "ListGroupMembershipsForMember",
    "ListGroups",
    "ListUsers",
];

/// The status of a user, which decides whether the user may sign in [2.9].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// The user may sign in.
    Enabled,
    /// The user may not sign in.
    Disabled,
}

impl UserStatus {
    /// Returns the value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
        }
    }
}

/// The Identity Store. The keys of users, groups and memberships are their ids in lower case [2.4].
#[derive(Debug, Clone)]
pub struct IdentityStore {
    /// If set, every call fails because the store's KMS key cannot be used [2.12].
    pub kms_masked: Option<KmsMask>,
    account: String,
    region: String,
    store_id: String,
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Group>,
    memberships: BTreeMap<String, Membership>,
    /// Keys of memberships by the keys of their user (first) and group.
    pairs: BTreeMap<(String, String), String>,
    /// Keys of groups, each with the key of one of its memberships.
    members: BTreeSet<(String, String)>,
    /// Keys of users by user name in lower case.
    names: BTreeMap<String, String>,
    /// Number of times that each group and user have been joined, which gives every membership an
    /// id of its own.
    joined: BTreeMap<(String, String), u32>,
}

#[derive(Debug, Clone)]
struct User {
    id: String,
    name: String,
    status: UserStatus,
    display_name: Option<String>,
    email: Option<String>,
    revision: u32,
}

#[derive(Debug, Clone)]
struct Group {
    id: String,
    display_name: String,
    revision: u32,
}

#[derive(Debug, Clone)]
struct Membership {
    id: String,
    /// Key of the group.
    group: String,
    /// Key of the user.
    user: String,
}

impl Default for IdentityStore {
    /// Returns the store `d-1234567890` of account 999988887777 in `eu-west-1`.
    fn default() -> Self {
        Self::new("999988887777", "eu-west-1", "d-1234567890")
    }
}

impl IdentityStore {
    /// Creates an empty store of an account, in its home Region.
    pub fn new(account: &str, region: &str, store_id: &str) -> Self {
        Self {
            kms_masked: None,
            account: account.to_owned(),
            region: region.to_owned(),
            store_id: store_id.to_owned(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            memberships: BTreeMap::new(),
            pairs: BTreeMap::new(),
            members: BTreeSet::new(),
            names: BTreeMap::new(),
            joined: BTreeMap::new(),
        }
    }

    /// Returns the id of the store.
    pub fn store_id(&self) -> &str {
        &self.store_id
    }

    /// Returns the ARN of the store, which the service accepts in place of the id [2.2].
    pub fn store_arn(&self) -> String {
        let (partition, account) = (self.partition(), &self.account);
        format!("arn:{partition}:identitystore::{account}:identitystore/{}", self.store_id)
    }

    /// Answers a call.
    pub fn handle(&mut self, call: &Call) -> Answer {
        if let (Some(mask), true) = (self.kms_masked, OPERATIONS.contains(&call.operation)) {
            return Err(mask.refusal(call.operation));
        }
        match call.operation {
            "DescribeGroup" => self.describe_group(call),
            "DescribeGroupMembership" => self.describe_group_membership(call),
            "DescribeUser" => self.describe_user(call),
            "GetGroupId" => self.get_group_id(call),
            "GetUserId" => self.get_user_id(call),
            "IsMemberInGroups" => self.is_member_in_groups(call),
            "ListGroupMemberships" => self.list_group_memberships(call),
            "ListGroupMembershipsForMember" => self.list_group_memberships_for_member(call),
            "ListGroups" => self.list_groups(call),
            "ListUsers" => self.list_users(call),
            other => Err(not_emulated("identitystore", other)),
        }
    }

    /// Refuses a call for another store or in another Region.
    fn check_store(&self, call: &Call, given: &str) -> Result<(), Refusal> {
        let ours = given == self.store_id || given == self.store_arn();
        if ours && call.region == self.region { Ok(()) } else { Err(not_found("IDENTITY_STORE", given)) }
    }

    fn arn(&self, kind: &str, id: &str) -> String {
        format!("arn:{}:identitystore:::{kind}/{id}", self.partition())
    }

    fn partition(&self) -> &'static str {
        match self.region.split_once('-') {
            Some(("cn", _)) => "aws-cn",
            Some(("us", rest)) if rest.starts_with("gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

fn not_found(kind: &str, id: &str) -> Refusal {
    let refusal = Refusal::new("ResourceNotFoundException", format!("{kind} not found."));
    refusal.with("ResourceType", kind).with("ResourceId", id)
}
