//! The subject and the reason of an execution, in words that fit a column.

use crate::report::Execution;
use crate::scenario::Scenario;
use contract::change::{ParsedEvent, Subject, parse};
use serde_json::Value;
use std::collections::BTreeMap;

/// Names of users and groups by their ids.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Collects all users and groups that a scenario names.
    pub fn of(scenario: &Scenario) -> Self {
        let users = scenario.directory.users.iter().map(|user| (&user.id, &user.name));
        let added = scenario.timeline.iter().filter_map(|step| step.directory.as_ref()?.add_group.as_ref());
        let groups = scenario.directory.groups.iter().chain(added).map(|group| (&group.id, &group.name));
        Self(users.chain(groups).map(|(id, name)| (id.to_lowercase(), name.clone())).collect())
    }

    /// Returns the name of an id in any form that events use, or the id itself if it is unknown.
    fn name(&self, id: &str) -> String {
        self.known(id).unwrap_or_else(|| id.to_owned())
    }

    fn known(&self, id: &str) -> Option<String> {
        let id = id.to_lowercase();
        let bare = || self.0.iter().find(|(known, _)| id.ends_with(known.as_str())).map(|(_, name)| name);
        self.0.get(&id).or_else(bare).cloned()
    }

    /// Returns the subject and the reason of an execution.
    pub(super) fn subject(&self, execution: &Execution) -> (String, String) {
        let input = &execution.input;
        if execution.machine == "Sweep" {
            return self.swept(input);
        }
        match parse(input) {
            Ok(ParsedEvent::Change(change)) => {
                let who = match &change.subject {
                    Subject::Id(id) => self.name(id.as_str()),
                    Subject::Name(name) => name.clone(),
                    Subject::Membership(_) => "a membership".to_owned(),
                    Subject::Group(id) => format!("members of {}", self.name(id.as_str())),
                };
                (who, self.reason(&change.cause.reason, input))
            }
            Ok(ParsedEvent::FailedCall { event_name, .. }) => {
                ("-".to_owned(), format!("{event_name}, refused"))
            }
            Err(_) => ("-".to_owned(), "an input".to_owned()),
        }
    }

    fn reason(&self, reason: &str, input: &Value) -> String {
        let record = input.get("detail").unwrap_or(input);
        let group = record["requestParameters"]["groupId"].as_str().and_then(|id| self.known(id));
        match (reason, group) {
            ("AddMemberToGroup" | "CreateGroupMembership", Some(group)) => format!("joins {group}"),
            ("RemoveMemberFromGroup", Some(group)) => format!("leaves {group}"),
            (reason, _) => reason.to_owned(),
        }
    }

    fn swept(&self, input: &Value) -> (String, String) {
        let text = |member: &str| input[member].as_str();
        let who = match (text("group"), text("userName").or(text("userId"))) {
            (Some(group), _) => format!("members of {}", self.name(group)),
            (None, Some(user)) => self.name(user),
            (None, None) => "everyone".to_owned(),
        };
        let why = if text("approve").is_some() { "an approved sweep" } else { "a sweep" };
        (who, why.to_owned())
    }
}
