//! Parses the input of a sweep.

use contract::change::typed_id;
use contract::failure::Named;
use contract::ids::UserId;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The scope of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SweepScope {
    /// The whole directory.
    Everyone,
    /// One group, by id or display name.
    Group(String),
    /// One user: `access` is started at once.
    User(UserId),
    /// One user by user name.
    UserName(String),
    /// A membership that the ledger does not know [1.17]: a sweep of all users finds its user.
    Membership(String),
    /// Removals that an earlier sweep was not allowed to start.
    Approve {
        /// The id of the list.
        list: String,
        /// The `aws:userid` of the approver.
        approver: String,
    },
}

/// A parsed input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The scope of the sweep.
    pub scope: SweepScope,
    /// The given reason: free text that decides nothing.
    pub reason: String,
    /// The schedule event, if the input has the form of one.
    pub scheduled: Option<Scheduled>,
}

/// A schedule event. Everyone with permission to start executions can write one too, so
/// `start-sweep` counts each event once, and only while it is fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// EventBridge's id of the event.
    pub id: String,
    /// Scheduled time of the event.
    pub time: OffsetDateTime,
}

/// Reasons why an input cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSweepInput {
    /// Not an object.
    #[error("the input of a sweep must be a JSON object; {{}} means all users")]
    Shape,
    /// An unknown member.
    #[error(
        "unknown member {0:?} in the input of a sweep: use group, userId, userName, membership, or approve with approver, and optionally reason"
    )]
    Unknown(String),
    /// An event of another kind.
    #[error("a sweep accepts only events from a schedule")]
    Event,
    /// More than one scope.
    #[error("{0} and {1} exclude each other: a sweep has one scope")]
    Several(&'static str, &'static str),
    /// A member that is empty, too long or not a text.
    #[error("{0} must be a text of 1 to 1024 characters")]
    Text(&'static str),
    /// An approval without an approver, or an approver without an approval.
    #[error(
        "approve and approver belong together: approver is the UserId that `aws sts get-caller-identity` tells the approver"
    )]
    Approver,
    /// A user id that is not valid: most often a user name.
    #[error("userId {0:?} is not an id of the directory; for a user name write {{\"userName\": ...}}")]
    NotAnId(String),
}

impl Named for BadSweepInput {
    fn name(&self) -> &'static str {
        contract::catalogue::INVALID_INPUT
    }
}

const SUBJECTS: [&str; 5] = ["group", "userId", "userName", "membership", "approve"];
const NOTES: [&str; 4] = ["approver", "reason", "eventId", "version"];

/// The members of an event.
const ENVELOPE: [&str; 9] =
    ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];

/// Reads the input of a sweep.
pub fn parse(input: &Value) -> Result<Request, BadSweepInput> {
    let Some(object) = input.as_object() else { return Err(BadSweepInput::Shape) };
    if object.contains_key("detail-type") {
        return event(object);
    }
    if let Some(other) =
        object.keys().find(|key| !SUBJECTS.contains(&key.as_str()) && !NOTES.contains(&key.as_str()))
    {
        return Err(BadSweepInput::Unknown(other.chars().take(80).collect()));
    }
    let mut given = Vec::new();
    for member in SUBJECTS {
        if let Some(text) = text(object, member)? {
            given.push((member, text));
        }
    }
    let approver = text(object, "approver")?;
    let is_approval = given.iter().any(|(member, _)| *member == "approve");
    if is_approval != approver.is_some() {
        return Err(BadSweepInput::Approver);
    }
    let reason = text(object, "reason")?.unwrap_or_else(|| "started by hand".to_owned());
    let reason = reason.chars().take(200).collect();
    let scope = match given.as_slice() {
        [] => SweepScope::Everyone,
        [(first, _), (second, _), ..] => return Err(BadSweepInput::Several(first, second)),
        [(member, text)] => match *member {
            "group" => SweepScope::Group(text.clone()),
            "userId" => {
                let bad = || BadSweepInput::NotAnId(text.chars().take(80).collect());
                SweepScope::User(typed_id(text).ok_or_else(bad)?)
            }
            "userName" => SweepScope::UserName(text.clone()),
            "membership" => SweepScope::Membership(text.clone()),
            _ => SweepScope::Approve { list: text.clone(), approver: approver.unwrap_or_default() },
        },
    };
    Ok(Request { scope, reason, scheduled: None })
}

/// Reads a schedule event. It has only the members that EventBridge gives it, and means all users.
fn event(object: &Map<String, Value>) -> Result<Request, BadSweepInput> {
    if let Some(other) = object.keys().find(|key| !ENVELOPE.contains(&key.as_str())) {
        return Err(BadSweepInput::Unknown(other.chars().take(80).collect()));
    }
    let is = |member: &str, values: &[&str]| {
        object.get(member).and_then(Value::as_str).is_some_and(|text| values.contains(&text))
    };
    if !is("detail-type", &["Scheduled Event"]) || !is("source", &["aws.events", "aws.scheduler"]) {
        return Err(BadSweepInput::Event);
    }
    let id = text(object, "id")?;
    let time = text(object, "time")?.and_then(|time| OffsetDateTime::parse(&time, &Rfc3339).ok());
    let scheduled = id.zip(time).map(|(id, time)| Scheduled { id, time });
    Ok(Request { scope: SweepScope::Everyone, reason: "schedule".to_owned(), scheduled })
}

fn text(object: &Map<String, Value>, member: &'static str) -> Result<Option<String>, BadSweepInput> {
    match object.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if (1..=1024).contains(&text.chars().count()) => Ok(Some(text.clone())),
        Some(_) => Err(BadSweepInput::Text(member)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_empty_input_and_a_schedule_mean_everyone() {
        assert_eq!(parse(&json!({})).unwrap().scope, SweepScope::Everyone);
        let event = parse(&event()).unwrap();
        assert_eq!((event.scope, event.reason.as_str()), (SweepScope::Everyone, "schedule"));
        let time = time::OffsetDateTime::from_unix_timestamp(1_772_438_400).unwrap();
        assert_eq!(event.scheduled, Some(Scheduled { id: "e-1".to_owned(), time }));
    }

    /// As EventBridge writes it.
    fn event() -> Value {
        json!({"version": "0", "id": "e-1", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "111122223333", "time": "2026-03-02T08:00:00Z", "region": "us-east-1",
            "resources": ["arn:aws:events:us-east-1:111122223333:rule/studio-access-sweep"], "detail": {}})
    }

    #[test]
    fn only_an_event_of_the_schedule_is_scheduled() {
        for by_hand in [json!({"reason": "schedule"}), json!({"group": "admins", "reason": "schedule"})] {
            assert_eq!(parse(&by_hand).unwrap().scheduled, None, "{by_hand}");
        }
        for (member, value) in [("id", json!(null)), ("time", json!("soon")), ("time", json!(null))] {
            let mut event = event();
            event[member] = value;
            assert_eq!(parse(&event).unwrap().scheduled, None, "{event}");
        }
        for (member, value) in [
            ("source", json!("mine")),
            ("detail-type", json!("x")),
            ("group", json!("a")),
            ("scheduled", json!(true)),
        ] {
            let mut event = event();
            event[member] = value;
            assert!(parse(&event).is_err(), "{event}");
        }
    }

    #[test]
    fn one_thing_may_be_named_with_a_reason() {
        let scope = |value| parse(&value).unwrap().scope;
        assert_eq!(
            scope(json!({"group": "admins", "reason": "DeleteGroup", "eventId": "e", "version": 2})),
            SweepScope::Group("admins".into())
        );
        assert_eq!(scope(json!({"membership": "m-1"})), SweepScope::Membership("m-1".into()));
        assert_eq!(scope(json!({"userName": "ana"})), SweepScope::UserName("ana".into()));
        let approval = SweepScope::Approve { list: "sweep-1".into(), approver: "AIDA1".into() };
        assert_eq!(scope(json!({"approve": "sweep-1", "approver": "AIDA1"})), approval);
    }

    #[test]
    fn what_is_not_understood_is_refused_with_the_reason() {
        let refused = |value: Value| parse(&value).unwrap_err().to_string();
        assert!(refused(json!([])).contains("JSON object"));
        assert!(refused(json!({"groups": "a"})).contains("\"groups\""));
        assert!(refused(json!({"group": "a", "approve": "b", "approver": "c"})).contains("exclude"));
        for half in
            [json!({"approve": "b"}), json!({"approver": "c"}), json!({"group": "a", "approver": "c"})]
        {
            assert!(refused(half).contains("belong together"));
        }
        assert!(refused(json!({"group": 7})).contains("group must be a text"));
        assert!(refused(json!({"userId": "two words"})).contains("userId"));
        assert!(refused(json!({"userId": "ana"})).contains(r#"for a user name write {"userName": ...}"#));
    }
}
