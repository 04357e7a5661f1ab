//! `cargo local -- event`: builds the steps for one event.

use contract::change::{ParsedEvent, Subject, parse};
use contract::ids::UserId;
use harness::scenario::{DirectoryChange, Member, Scenario, Step};
use serde_json::Value;

/// Returns the event, preceded by the change that it reports unless `as_is` is set. An event is
/// only a hint: without the change, the workflow would correctly find nothing to do.
pub(crate) fn steps(aws: &Scenario, input: Value, as_is: bool) -> Vec<Step> {
    let change = if as_is { None } else { change(aws, &input) };
    let change = change.map(|change| Step {
        say: Some("the directory changes as the event tells".to_owned()),
        directory: Some(change),
        ..Step::default()
    });
    let event = Step { say: Some("the event".to_owned()), event: Some(input), ..Step::default() };
    change.into_iter().chain([event]).collect()
}

/// Returns the change in the directory that precedes the event. `None` if the event does not
/// contain it, or if the change is not possible in this emulated AWS.
fn change(aws: &Scenario, input: &Value) -> Option<DirectoryChange> {
    let Ok(ParsedEvent::Change(change)) = parse(input) else { return None };
    let reason = change.cause.reason.as_str();
    let none = DirectoryChange::default();
    match change.subject {
        Subject::Id(id) => of_user(aws, &id, reason, input),
        Subject::Group(id) if reason == "DeleteGroup" => {
            Some(DirectoryChange { delete_group: Some(group(aws, id.as_str())?), ..none })
        }
        Subject::Group(_) | Subject::Membership(_) | Subject::Name(_) => None,
    }
}

fn of_user(aws: &Scenario, id: &UserId, reason: &str, input: &Value) -> Option<DirectoryChange> {
    let user = aws.directory.users.iter().find(|user| is(&user.id, id.as_str()))?.name.clone();
    let record = input.get("detail").unwrap_or(input);
    let group = record["requestParameters"]["groupId"].as_str().and_then(|id| group(aws, id));
    let member = group.map(|group| Member { user: user.clone(), group });
    let none = DirectoryChange::default();
    match reason {
        "AddMemberToGroup" | "CreateGroupMembership" => Some(DirectoryChange { add: Some(member?), ..none }),
        "RemoveMemberFromGroup" => Some(DirectoryChange { remove: Some(member?), ..none }),
        "DeleteUser" => Some(DirectoryChange { delete_user: Some(user), ..none }),
        "DisableUser" => Some(DirectoryChange { disable_user: Some(user), ..none }),
        "EnableUser" => Some(DirectoryChange { enable_user: Some(user), ..none }),
        _ => None,
    }
}

fn group(aws: &Scenario, id: &str) -> Option<String> {
    aws.directory.groups.iter().find(|group| is(&group.id, id)).map(|group| group.name.clone())
}

/// Compares an id of the emulated AWS, which has no prefix, with an id in any form that events use.
fn is(known: &str, spelled: &str) -> bool {
    spelled.to_ascii_lowercase().ends_with(&known.to_ascii_lowercase())
}
