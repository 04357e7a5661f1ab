//! What happens in a history, as data: so that it can be drawn, printed, repeated and made smaller.

use crate::model::{Group, Removal, Row, Target, User};
use crate::names::{group_id, group_name, role_arn, target_name, user_id, user_name};
use fake_aws::Rule;
use harness::scenario::{InAnHour, Limit, RemovalLimits, Scenario};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Users, groups and targets of a history, and how many there are at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participants {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Studio domains, each in an account of its own.
    pub targets: usize,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Somebody joins a group.
    Join(User, Group),
    /// Somebody leaves a group.
    Leave(User, Group),
    /// Somebody is disabled.
    Disable(User),
    /// Somebody is enabled again.
    Enable(User),
    /// Somebody is deleted from the directory.
    Delete(User),
    /// An administrator writes a row of the mapping table.
    Map(Group, Target, Row),
    /// An administrator deletes a row of the mapping table.
    Unmap(Group, Target),
    /// Somebody's user name changes.
    Rename(User),
    /// Somebody signs in to Studio before there is a profile of ours: Studio makes one, with the domain's own role and without our mark [3.46].
    SignIn(User, Target),
    /// Somebody opens a private space.
    OpenSpace(User, Target),
    /// Somebody starts an app, in a space if they have one.
    StartApp(User, Target),
    /// An event about somebody arrives, or a user looks at them: an execution starts.
    Look(User),
    /// The oldest execution that still runs is stopped.
    Stop,
    /// An operator pauses everything.
    Pause,
    /// An operator resumes.
    Resume,
    /// An operator holds what the user has.
    Hold(User),
    /// An operator lifts the hold.
    Lift(User),
    /// Something goes wrong on the wire from here on.
    Fault(Rule),
}

/// What somebody does at the very moment a state is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// The user leaves the group, or joins it who is not in it.
    Turn(User, Group),
    /// The user starts an app.
    StartApp(User, Target),
    /// The user signs in to Studio.
    SignIn(User, Target),
}

/// How Studio behaves where no source settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that no source settles")]
pub struct Quirks {
    /// It refuses another role while apps run [8.8].
    pub role_needs_no_apps: bool,
    /// An app that is started again keeps its creation time [8.11].
    pub restarts_keep_time: bool,
    /// Apps cannot be deleted while their profile is changed [8.16].
    pub updates_lock_apps: bool,
    /// A wrong state is told as `ValidationException` [3.50].
    pub wrong_state_is_invalid: bool,
    /// It creates a profile in ten seconds, and refuses the others [3.20].
    pub creates_slowly: bool,
}

/// Removals that an hour allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Users who may lose their role in a target.
    pub suspensions: u32,
    /// Profiles that may be deleted.
    pub deletions: u32,
}

/// A history: its participants, and its operations with their times.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Seed of everything that is left to chance in the emulated AWS.
    pub seed: u64,
    /// Who there is.
    pub participants: Participants,
    /// How Studio behaves.
    pub quirks: Quirks,
    /// What an hour allows; without limits, more than any history needs.
    pub limits: Option<Limits>,
    /// What happens, each so long after the beginning; in order.
    pub operations: Vec<(Duration, Operation)>,
    /// Whether the last look is a sweep's, which starts executions only for those who differ, and not one at everybody.
    pub swept: bool,
}

/// The tags of each row that gives a role: some keys are common to roles, and some are not.
pub fn row_tags(role: u8) -> BTreeMap<String, String> {
    let own = (format!("only-{}", role % 3), "yes".to_owned());
    [("role".to_owned(), role.to_string()), own].into()
}

/// A row of the mapping table as an administrator writes it.
pub fn mapping_row(group: Group, target: Target, row: Row) -> Value {
    let removal = match row.removal {
        Removal::Keep => "keep",
        Removal::Delete => "delete",
    };
    json!({"group": group_name(group), "target": target_name(target), "executionRoleArn": role_arn(target, row.role),
        "tags": row_tags(row.role), "priority": row.priority, "enabled": row.enabled, "removal": removal,
        "graceDays": row.grace_days, "adopt": row.adopts,
        "runningApps": if row.restarts { "restart" } else { "keep" }})
}

impl Story {
    /// Whether a row gives leavers days of grace.
    pub fn has_grace(&self) -> bool {
        let gives =
            |operation: &Operation| matches!(operation, Operation::Map(_, _, row) if row.grace_days > 0);
        self.operations.iter().any(|(_, operation)| gives(operation))
    }

    /// The scenario in which the history begins.
    pub fn scenario(&self) -> Scenario {
        let mut scenario = self.participants.scenario();
        let studio = &mut scenario.studio;
        studio.role_needs_no_apps = self.quirks.role_needs_no_apps;
        studio.restarts_keep_time = self.quirks.restarts_keep_time;
        studio.updates_lock_apps = self.quirks.updates_lock_apps;
        studio.wrong_state_is_invalid = self.quirks.wrong_state_is_invalid;
        let Limits { suspensions, deletions } =
            self.limits.unwrap_or(Limits { suspensions: 1000, deletions: 1000 });
        let in_an_hour = |most| InAnHour { per_hour: Some(most), percent: Some(100) };
        scenario.removal_limits =
            RemovalLimits { suspensions: in_an_hour(suspensions), deletions: in_an_hour(deletions) };
        if self.quirks.creates_slowly {
            scenario.limits.push(Limit { on: "sagemaker:CreateUserProfile".to_owned(), per_second: 0.1 });
        }
        scenario
    }
}

impl Participants {
    /// The scenario in which a history begins: everybody is there, nobody is in a group, nothing is mapped.
    pub fn scenario(self) -> Scenario {
        let users: Vec<Value> =
            (0..self.users).map(|user| json!({"id": user_id(user), "name": user_name(user)})).collect();
        let groups: Vec<Value> =
            (0..self.groups).map(|group| json!({"id": group_id(group), "name": group_name(group)})).collect();
        let domains: Vec<Value> =
            (0..self.targets).map(|target| json!({"target": target_name(target)})).collect();
        let scenario = json!({"name": "a history", "directory": {"users": users, "groups": groups}, "domains": domains,
            "timeline": []});
        serde_json::from_value(scenario).expect("a scenario of this shape is valid: every test would say so")
    }
}
