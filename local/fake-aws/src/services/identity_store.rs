//! IAM Identity Center's Identity Store in a box: one directory of users, groups and memberships, in its home Region.
//!
//! It answers [`OPERATIONS`] as the real service does, as far as `docs/aws-facts.md` tells. Any account may read [2.15]; rate limits and
//! lost answers are not here, they lie on the wire in front of every service. Chosen where no source tells: another store, another
//! Region, or a group of `IsMemberInGroups` that does not exist is a `ResourceNotFoundException`; an ARN of the wrong kind of thing is a
//! `ValidationException`; a prefixed id and the bare one are two different ids [2.4].

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

/// The operations that are emulated; any other is refused by name.
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

/// Whether a user may sign in [2.9].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// May sign in.
    Enabled,
    /// May not.
    Disabled,
}

impl UserStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
        }
    }
}

/// The service. Users, groups and memberships are kept under their ids in lower case [2.4].
#[derive(Debug, Clone)]
pub struct IdentityStore {
    /// When set, every call answers that the store's KMS key is in the way [2.12].
    pub kms_masked: Option<KmsMask>,
    account: String,
    region: String,
    store_id: String,
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Group>,
    memberships: BTreeMap<String, Membership>,
    /// Users (first) and groups with the keys of the memberships that join them.
    pairs: BTreeMap<(String, String), String>,
    /// Groups with the keys of their memberships.
    members: BTreeSet<(String, String)>,
    /// User names in lower case, with the keys of the users.
    names: BTreeMap<String, String>,
    /// How often each group and user were joined before: every membership has an id of its own.
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
    /// In lower case.
    group: String,
    /// In lower case.
    user: String,
}

impl Default for IdentityStore {
    /// The store `d-1234567890` of account 999988887777 in `eu-west-1`.
    fn default() -> Self {
        Self::new("999988887777", "eu-west-1", "d-1234567890")
    }
}

impl IdentityStore {
    /// An empty store of an account, in its home Region.
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

    /// Id of the store.
    pub fn store_id(&self) -> &str {
        &self.store_id
    }

    /// ARN of the store, which the service accepts as well as the id [2.2].
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

    /// Refuses a call that is about another store, or that came to another Region.
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
