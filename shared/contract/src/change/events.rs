//! Every event after which a user's access may change, with its source and the place of the id in
//! its record.
//!
//! The rule that starts `access`, the parser and the samples in `events/` are all checked against
//! this table.
//!
//! Left out on purpose: `CreateUser` and the `CreateGroup` of `sso-directory` and `identitystore`,
//! because the new user or group has no membership yet, and every event of a read. The
//! `CreateGroup` of SCIM may carry members, and no other event reports them [1.40].

use super::{BadChange, short};

/// A kind of event.
#[derive(Debug)]
pub struct Event {
    /// `eventSource` of the record [1.1].
    pub source: &'static str,
    /// `eventName` of the record.
    pub name: &'static str,
    /// Kind of the id.
    pub(super) names: Names,
    /// Half of the record that holds the id.
    pub(super) told: RecordHalf,
    /// Places where the id may be, in the order in which they are tried.
    pub(super) id: &'static [Path],
}

/// The kind of id that an event has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names {
    User,
    Membership,
    Group,
}

/// The half of a record that holds an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordHalf {
    /// `requestParameters`.
    Asked,
    /// `responseElements`: the id did not exist before the call.
    Answered,
}

/// A member of one half of a record, at most one object deep.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) inside: Option<&'static str>,
    pub(super) member: &'static str,
    /// The whole path, for messages.
    pub(super) whole: &'static str,
}

const DIRECTORY: &str = "sso-directory.amazonaws.com";
const STORE: &str = "identitystore.amazonaws.com";
const SCIM: &str = "identitystore-scim.amazonaws.com";

const fn top(member: &'static str, whole: &'static str) -> Path {
    Path { inside: None, member, whole }
}

const fn nested(outer: &'static str, member: &'static str, whole: &'static str) -> Path {
    Path { inside: Some(outer), member, whole }
}

const USER: &[Path] = &[top("userId", "requestParameters.userId")];
const GROUP: &[Path] = &[top("groupId", "requestParameters.groupId")];
const MEMBERSHIP: &[Path] = &[top("membershipId", "requestParameters.membershipId")];
/// An addition nests the id; a removal does not [1.12].
const ADDED: &[Path] = &[nested("member", "memberId", "requestParameters.member.memberId")];
const REMOVED: &[Path] = &[top("memberId", "requestParameters.memberId")];
/// The API's model and the few known records have an object here; a string is accepted as well
/// [1.16].
const CREATED: &[Path] = &[
    top("memberId", "requestParameters.memberId"),
    nested("memberId", "userId", "requestParameters.memberId.userId"),
];
/// SCIM names the user or the group and redacts everything else [1.18].
const RESOURCE: &[Path] = &[top("id", "requestParameters.id")];
/// The id of a group that SCIM has just created is in the response [1.40].
const CREATED_RESOURCE: &[Path] = &[top("id", "responseElements.id")];

const fn event(source: &'static str, name: &'static str, names: Names, id: &'static [Path]) -> Event {
    Event { source, name, names, told: RecordHalf::Asked, id }
}

const fn answered(source: &'static str, name: &'static str, names: Names, id: &'static [Path]) -> Event {
    Event { source, name, names, told: RecordHalf::Answered, id }
}

/// All events, grouped by source.
pub const EVENTS: &[Event] = &[
    event(DIRECTORY, "AddMemberToGroup", Names::User, ADDED),
    event(DIRECTORY, "RemoveMemberFromGroup", Names::User, REMOVED),
    event(DIRECTORY, "DeleteUser", Names::User, USER),
    event(DIRECTORY, "DisableUser", Names::User, USER),
    event(DIRECTORY, "EnableUser", Names::User, USER),
    event(DIRECTORY, "UpdateUser", Names::User, USER),
    event(DIRECTORY, "UpdateUserName", Names::User, USER),
    event(DIRECTORY, "DeleteGroup", Names::Group, GROUP),
    event(DIRECTORY, "UpdateGroup", Names::Group, GROUP),
    event(DIRECTORY, "UpdateGroupDisplayName", Names::Group, GROUP),
    event(STORE, "CreateGroupMembership", Names::User, CREATED),
    event(STORE, "DeleteGroupMembership", Names::Membership, MEMBERSHIP),
    event(STORE, "DeleteUser", Names::User, USER),
    event(STORE, "UpdateUser", Names::User, USER),
    event(STORE, "DeleteGroup", Names::Group, GROUP),
    event(STORE, "UpdateGroup", Names::Group, GROUP),
    event(SCIM, "PatchUser", Names::User, RESOURCE),
    event(SCIM, "PutUser", Names::User, RESOURCE),
    event(SCIM, "DeleteUser", Names::User, RESOURCE),
    answered(SCIM, "CreateGroup", Names::Group, CREATED_RESOURCE),
    event(SCIM, "PatchGroup", Names::Group, RESOURCE),
    event(SCIM, "PutGroup", Names::Group, RESOURCE),
    event(SCIM, "DeleteGroup", Names::Group, RESOURCE),
];

impl Event {
    /// Returns whether the id is in the response to the call.
    pub fn is_told_by_the_answer(&self) -> bool {
        self.told == RecordHalf::Answered
    }

    /// Returns whether a user joined or left one group, and nothing else happened.
    pub(super) fn is_about_a_membership(&self) -> bool {
        ["AddMemberToGroup", "RemoveMemberFromGroup", "CreateGroupMembership"].contains(&self.name)
    }
}

/// Returns the kind of an event, or an error if it is not in [`EVENTS`].
pub(super) fn kind(source: &str, name: &str) -> Result<&'static Event, BadChange> {
    let mut of_source = EVENTS.iter().filter(|event| event.source == source).peekable();
    if of_source.peek().is_none() {
        return Err(BadChange::UnknownSource(short(source)));
    }
    of_source.find(|event| event.name == name).ok_or_else(|| BadChange::UnknownEvent(short(name)))
}
