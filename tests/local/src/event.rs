//! `cargo local -- event`: the steps that bring one event about.

use contract::change::{Heard, Whom, parse};
use local::scenario::{DirectoryChange, Member, Scenario, Step};
use serde_json::Value;

/// The change that the event tells of, made first unless `as_is`, and then the event. An event is only a hint: without the change, the
/// workflow would rightly find that nothing is due.
pub(crate) fn steps(world: &Scenario, input: Value, as_is: bool) -> Vec<Step> {
    let change = if as_is { None } else { change(world, &input) };
    let change = change.map(|change| Step {
        say: Some("the directory changes as the event tells".to_owned()),
        directory: Some(change),
        ..Step::default()
    });
    let event = Step { say: Some("the event".to_owned()), event: Some(input), ..Step::default() };
    change.into_iter().chain([event]).collect()
}

/// What happened in the directory before the event was sent; nothing where it cannot be made in this world any more.
fn change(world: &Scenario, input: &Value) -> Option<DirectoryChange> {
    let Ok(Heard::Change(heard)) = parse(input) else { return None };
    let Whom::Id(id) = heard.whom else { return None };
    let user =
        world.directory.users.iter().find(|user| user.id.eq_ignore_ascii_case(id.as_str()))?.name.clone();
    let record = input.get("detail").unwrap_or(input);
    let group = record["requestParameters"]["groupId"].as_str();
    let group =
        group.and_then(|id| world.directory.groups.iter().find(|group| group.id.eq_ignore_ascii_case(id)));
    let member = group.map(|group| Member { user: user.clone(), group: group.name.clone() });
    let none = DirectoryChange::default();
    match heard.cause.reason.as_str() {
        "AddMemberToGroup" | "CreateGroupMembership" => Some(DirectoryChange { add: Some(member?), ..none }),
        "RemoveMemberFromGroup" => Some(DirectoryChange { remove: Some(member?), ..none }),
        "DeleteUser" => Some(DirectoryChange { delete_user: Some(user), ..none }),
        "DisableUser" => Some(DirectoryChange { disable_user: Some(user), ..none }),
        _ => None,
    }
}
