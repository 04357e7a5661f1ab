//! Reads the input of an execution and reduces it to the user or group to check.
//!
//! An event is only a hint. It may be late, duplicated or out of order [1.8-1.10], so nothing here
//! decides what to *do*. Three inputs are accepted:
//!
//! - a CloudTrail record in its EventBridge envelope
//! - a bare CloudTrail record, as an operator may paste it
//! - a manual input: `{"userName": "..."}` or `{"userId": "..."}`, with or without `"reason"`, and
//!   with `"after"` if only the Studio domains after that one are to be checked; a sweep adds
//!   `"approval"`, the list of removals that it carries out
//!
//! Any other input is refused with a named error, and nothing is changed.

mod events;

pub use events::{EVENTS, Event};

use crate::failure::Named;
use crate::ids::{BadId, GroupId, MembershipId, StoreId, UserId};
use crate::job::Cause;
use crate::target::{BadTarget, Target};
use events::{Names, Path, RecordHalf};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The user or users to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A user, by the directory's id.
    Id(UserId),
    /// A user, by user name, as an operator types it.
    Name(String),
    /// The user who had this membership. The event does not name them [1.17].
    Membership(MembershipId),
    /// All members of the group, and all users who have a grant for it [1.18].
    Group(GroupId),
}

/// An event or a manual input, reduced to the user to check and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The user or users to check.
    pub subject: Subject,
    /// The group that the user joined or left, if the event says so.
    pub group: Option<GroupId>,
    /// Identity store of the event; `None` for a manual input.
    pub store_id: Option<StoreId>,
    /// Time of the event; `None` for a manual input, and if the record's time cannot be read.
    pub event_time: Option<OffsetDateTime>,
    /// Only Studio domains after this one are to be checked: an earlier execution checks the others.
    pub after: Option<Target>,
    /// The reason, for the ledger.
    pub cause: Cause,
}

/// Result of reading an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParsedEvent {
    /// A change to check.
    Change(Change),
    /// A record of a call that failed [1.21]. The directory did not change, so there is nothing to
    /// check.
    FailedCall {
        /// `eventName` of the record.
        event_name: String,
        /// `errorCode` of the record.
        error_code: String,
    },
}

/// Reason why an input was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChange {
    /// Neither a CloudTrail record nor a manual input.
    #[error(
        "the input is neither a CloudTrail record of IAM Identity Center nor a manual input {{\"userName\": ...}} or {{\"userId\": ...}}"
    )]
    UnknownShape,
    /// A manual input with a member we do not know: likely a typing mistake.
    #[error(
        "unknown member {0:?} in a manual input: use userName or userId, and optionally reason, after and approval"
    )]
    UnknownMember(String),
    /// A manual input that names a user twice.
    #[error("a manual input must have either userName or userId, not both")]
    TwoNames,
    /// An event of a service that says nothing about memberships.
    #[error("the event source {0:?} is not supported")]
    UnknownSource(String),
    /// An event we do not handle.
    #[error("the event {0:?} is not supported: it does not change access")]
    UnknownEvent(String),
    /// A required member that is missing.
    #[error("{event}: {member} is missing")]
    Missing {
        /// The event's name, or "the manual input".
        event: String,
        /// Path of the member.
        member: &'static str,
    },
    /// A manual `userId` that is not an id of a directory: most often a user name.
    #[error(
        "the manual input: userId {0:?} is not an id of the directory (a UUID, with or without its prefix, or the ARN of a user); \
         for a user name write {{\"userName\": ...}}"
    )]
    NotAnId(String),
    /// `after` is not a Studio domain.
    #[error("the manual input: after is not a Studio domain (account/region/domain id)")]
    After(#[from] BadTarget),
    /// A user name longer than a directory allows [2.8].
    #[error("the manual input: userName is longer than the 128 characters that a user name may have")]
    LongName,
    /// A member of the wrong JSON type.
    #[error("{event}: {member} is not {expected}")]
    WrongType {
        /// The event's name, or "the manual input".
        event: String,
        /// Path of the member.
        member: &'static str,
        /// The expected type.
        expected: &'static str,
    },
    /// A malformed id, for example one that CloudTrail withheld [1.22].
    #[error("{event}: an id is malformed")]
    BadId {
        /// The event's name, or "the manual input".
        event: String,
        /// The reason.
        #[source]
        source: BadId,
    },
}

impl Named for BadChange {
    fn name(&self) -> &'static str {
        crate::catalogue::INVALID_INPUT
    }
}

const BY_HAND: &str = "the manual input";

/// Reads an execution's input.
pub fn parse(input: &Value) -> Result<ParsedEvent, BadChange> {
    let Some(object) = input.as_object() else { return Err(BadChange::UnknownShape) };
    match (object.get("detail"), object.contains_key("eventName")) {
        (Some(Value::Object(record)), _) => from_record(record),
        (Some(_), _) => {
            Err(BadChange::WrongType { event: "the event".into(), member: "detail", expected: "an object" })
        }
        (None, true) => from_record(object),
        (None, false) => from_hand(object).map(ParsedEvent::Change),
    }
}

fn from_hand(object: &Map<String, Value>) -> Result<Change, BadChange> {
    let known = ["userName", "userId", "reason", "after", "approval"];
    if !object.contains_key("userName") && !object.contains_key("userId") {
        return Err(BadChange::UnknownShape);
    }
    if let Some(other) = object.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(BadChange::UnknownMember(short(other)));
    }
    let text = |member: &'static str| optional_text(object, BY_HAND, member, member);
    let subject = match (text("userName")?, text("userId")?) {
        (Some(_), Some(_)) => return Err(BadChange::TwoNames),
        (Some(name), None) if name.is_empty() => {
            return Err(BadChange::Missing { event: BY_HAND.into(), member: "userName" });
        }
        (Some(name), None) if name.chars().count() > 128 => return Err(BadChange::LongName),
        (Some(name), None) => Subject::Name(name),
        (None, Some(id)) => Subject::Id(typed_id(&id).ok_or_else(|| BadChange::NotAnId(short(&id)))?),
        (None, None) => return Err(BadChange::UnknownShape),
    };
    let reason = text("reason")?.map_or_else(|| "started by hand".to_owned(), |reason| short(&reason));
    let after = text("after")?.map(|domain| domain.parse()).transpose()?;
    let approval = text("approval")?.map(|list| short(&list));
    let cause = Cause { reason, event_id: None, approval };
    Ok(Change { subject, group: None, store_id: None, event_time: None, after, cause })
}

fn from_record(record: &Map<String, Value>) -> Result<ParsedEvent, BadChange> {
    let event = optional_text(record, "the event", "eventName", "eventName")?
        .map(|name| short(&name))
        .ok_or(BadChange::Missing { event: "the event".into(), member: "eventName" })?;
    let source = optional_text(record, &event, "eventSource", "eventSource")?
        .ok_or_else(|| BadChange::Missing { event: event.clone(), member: "eventSource" })?;
    let kind = events::kind(&source, &event)?;
    if let Some(error_code) = optional_text(record, &event, "errorCode", "errorCode")? {
        return Ok(ParsedEvent::FailedCall { event_name: event, error_code: short(&error_code) });
    }
    let (member, store) = match kind.told {
        RecordHalf::Asked => ("requestParameters", "requestParameters.identityStoreId"),
        RecordHalf::Answered => ("responseElements", "responseElements.identityStoreId"),
    };
    let elements = match record.get(member) {
        Some(Value::Object(elements)) => elements,
        Some(Value::Null) | None => return Err(BadChange::Missing { event, member }),
        Some(_) => return Err(BadChange::WrongType { event, member, expected: "an object" }),
    };
    let id = find_text(elements, &event, kind.id)?;
    let store_id = optional_text(elements, &event, "identityStoreId", store)?
        .map(|text| StoreId::new(text).map_err(|source| BadChange::BadId { event: event.clone(), source }))
        .transpose()?;
    let event_id = optional_text(record, &event, "eventID", "eventID")?.map(|id| short(&id));
    let bad = |source| BadChange::BadId { event: event.clone(), source };
    let subject = match kind.names {
        Names::User => Subject::Id(UserId::new(id).map_err(bad)?),
        Names::Membership => Subject::Membership(MembershipId::new(id).map_err(bad)?),
        Names::Group => Subject::Group(GroupId::new(id).map_err(bad)?),
    };
    let group = elements.get("groupId").and_then(Value::as_str).filter(|_| kind.is_about_a_membership());
    let group = group.and_then(|group| GroupId::new(group).ok());
    let event_time = record.get("eventTime").and_then(Value::as_str);
    let event_time = event_time.and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
    let cause = Cause { reason: event, event_id, approval: None };
    Ok(ParsedEvent::Change(Change { subject, group, store_id, event_time, after: None, cause }))
}

/// Shortens text from an input for a message or the ledger, to a length that is enough to recognize
/// it.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Reads an id that an operator typed, in any form and case that a real id has.
///
/// Returns `None` for any other text, which is most likely a user name. Events are read less
/// strictly, because they may spell ids in forms that are not yet known [2.2].
pub fn typed_id(text: &str) -> Option<UserId> {
    let id = UserId::new(text.to_ascii_lowercase()).ok()?;
    GroupId::is_form_of(id.as_str()).then_some(id)
}

/// Returns the id at the first of these paths that has one. The error is that of the last path.
fn find_text(parameters: &Map<String, Value>, event: &str, paths: &[Path]) -> Result<String, BadChange> {
    let mut found = Err(BadChange::UnknownEvent(event.to_owned()));
    for path in paths {
        found = text_at(parameters, event, path);
        if found.is_ok() {
            return found;
        }
    }
    found
}

fn text_at(parameters: &Map<String, Value>, event: &str, path: &Path) -> Result<String, BadChange> {
    let whole = path.whole;
    let missing = || BadChange::Missing { event: event.to_owned(), member: whole };
    let object = match path.inside {
        None => parameters,
        Some(outer) => match parameters.get(outer) {
            Some(Value::Object(inner)) => inner,
            Some(Value::Null) | None => return Err(missing()),
            Some(_) => {
                let expected = "inside an object";
                return Err(BadChange::WrongType { event: event.to_owned(), member: whole, expected });
            }
        },
    };
    optional_text(object, event, path.member, whole)?.ok_or_else(missing)
}

fn optional_text(
    object: &Map<String, Value>,
    event: &str,
    member: &str,
    whole: &'static str,
) -> Result<Option<String>, BadChange> {
    match object.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(BadChange::WrongType { event: event.to_owned(), member: whole, expected: "text" }),
    }
}

#[cfg(test)]
mod tests;
