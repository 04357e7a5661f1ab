//! Checks the references of a scenario before it is played: users, groups, domains, spaces, earlier
//! steps, operations and functions. A mistyped name would otherwise be noticed late or never, such
//! as a fault that no call meets. Rows of the mapping table are not checked, because a row may be
//! wrong on purpose.

mod timeline;
mod wire;

use super::places::{Part, Places};
use super::{AppStart, Directory, Expectation, Scenario, SpaceOpen};
use contract::target::{BadTarget, Target};
use std::collections::BTreeSet;

/// A mistake in a scenario file, with its position (from 1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Line.
    pub line: u64,
    /// Column, in characters.
    pub column: u64,
    /// Description of the mistake.
    pub why: String,
}

/// Formats the findings as compilers do, one per line.
pub(super) fn told(path: &str, found: &[Finding]) -> String {
    let line = |one: &Finding| format!("{path}:{}:{}: {}", one.line, one.column, one.why);
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Returns all mistakes in a scenario, in the order of its text.
pub(super) fn check(scenario: &Scenario, text: &str) -> Vec<Finding> {
    let mut look = Look { known: Known::of(scenario), found: Vec::new() };
    look.directory(&scenario.directory);
    look.aws(scenario);
    look.timeline(&scenario.timeline);
    if let Some(expected) = &scenario.expect {
        look.end(expected);
    }
    if look.found.is_empty() {
        return Vec::new();
    }
    let places = Places::of(text);
    let with_lines = look.found.into_iter().map(|(way, why)| {
        let (line, column) = places.at(&way);
        Finding { line, column, why }
    });
    let mut found: Vec<Finding> = with_lines.collect();
    found.sort();
    found
}

/// Builds the path to a part of the file.
macro_rules! way {
    ($($part:expr),+) => { vec![$($crate::scenario::places::Part::from($part)),+] };
}
use way;

/// Extends a path.
fn on(way: &[Part], further: &[&str]) -> Vec<Part> {
    way.iter().cloned().chain(further.iter().map(|part| Part::from(*part))).collect()
}

/// Names that may be referred to. Steps of the timeline add to them.
struct Known<'a> {
    users: BTreeSet<&'a str>,
    /// User names that a profile may be bound to: users of the directory, including those who were
    /// renamed, and users of existing profiles.
    holders: BTreeSet<&'a str>,
    groups: BTreeSet<&'a str>,
    /// A name refers to the group that was created last. A group that was deleted before has to be
    /// given by its id.
    group_ids: BTreeSet<&'a str>,
    targets: BTreeSet<&'a str>,
    spaces: BTreeSet<(&'a str, &'a str)>,
    /// Ids of steps with an input. `sweeps` has the ids of sweeps.
    inputs: BTreeSet<&'a str>,
    sweeps: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(scenario: &'a Scenario) -> Self {
        let users: BTreeSet<&str> = scenario.directory.users.iter().map(|user| user.name.as_str()).collect();
        let strangers = scenario.profiles.iter().map(|profile| profile.user.as_str());
        Self {
            holders: users.iter().copied().chain(strangers).collect(),
            users,
            groups: scenario.directory.groups.iter().map(|group| group.name.as_str()).collect(),
            group_ids: scenario.directory.groups.iter().map(|group| group.id.as_str()).collect(),
            targets: scenario.domains.iter().map(|domain| domain.target.as_str()).collect(),
            spaces: BTreeSet::new(),
            inputs: BTreeSet::new(),
            sweeps: BTreeSet::new(),
        }
    }
}

struct Look<'a> {
    known: Known<'a>,
    found: Vec<(Vec<Part>, String)>,
}

impl<'a> Look<'a> {
    fn find(&mut self, way: Vec<Part>, why: impl Into<String>) {
        self.found.push((way, why.into()));
    }

    fn user(&mut self, way: Vec<Part>, name: &str) {
        if !self.known.users.contains(name) {
            self.find(way, format!("there is no user {name:?} in the directory"));
        }
    }

    fn holder(&mut self, way: Vec<Part>, name: &str) {
        if !self.known.holders.contains(name) {
            self.find(way, format!("there is no user {name:?}, neither in the directory nor of a profile"));
        }
    }

    fn group(&mut self, way: Vec<Part>, name: &str) {
        if !self.known.groups.contains(name) {
            self.find(way, format!("there is no group {name:?} in the directory"));
        }
    }

    fn target(&mut self, way: Vec<Part>, target: &str) {
        if !self.known.targets.contains(target) {
            self.find(way, format!("{target:?} is none of the domains"));
        }
    }

    fn space(&mut self, way: &[Part], space: &'a SpaceOpen) {
        self.target(on(way, &["target"]), &space.target);
        self.holder(on(way, &["ofUser"]), &space.of_user);
        self.known.spaces.insert((&space.target, &space.name));
    }

    fn app(&mut self, way: &[Part], app: &AppStart) {
        self.target(on(way, &["target"]), &app.target);
        match (&app.in_space, &app.of_user) {
            (Some(space), None) if !self.known.spaces.contains(&(app.target.as_str(), space.as_str())) => {
                self.find(on(way, &["inSpace"]), format!("no space {space:?} was opened in that domain"));
            }
            (Some(_), None) => {}
            (None, Some(user)) => self.holder(on(way, &["ofUser"]), user),
            (Some(_), Some(_)) | (None, None) => {
                self.find(way.to_vec(), "an app runs either inSpace or in the profile ofUser");
            }
        }
    }

    fn directory(&mut self, directory: &'a Directory) {
        for (at, user) in directory.users.iter().enumerate() {
            for (number, group) in user.groups.iter().enumerate() {
                self.group(way!["directory", "users", at, "groups", number], group);
            }
        }
    }

    fn aws(&mut self, scenario: &'a Scenario) {
        for (at, domain) in scenario.domains.iter().enumerate() {
            let parsed = domain.target.parse();
            if let Err(why) = parsed.map(|_: Target| ()).map_err(|why: BadTarget| why.to_string()) {
                self.find(way!["domains", at, "target"], why);
            }
        }
        for (at, account) in scenario.accounts.iter().enumerate() {
            let of_account = |target: &&str| target.split('/').next() == Some(account.account.as_str());
            if !self.known.targets.iter().any(of_account) {
                let why = format!("no domain is in the account {:?}", account.account);
                self.find(way!["accounts", at, "account"], why);
            }
        }
        for (at, profile) in scenario.profiles.iter().enumerate() {
            self.target(way!["profiles", at, "target"], &profile.target);
        }
        for (at, space) in scenario.spaces.iter().enumerate() {
            self.space(&["spaces".into(), at.into()], space);
        }
        for (at, app) in scenario.apps.iter().enumerate() {
            self.app(&["apps".into(), at.into()], app);
        }
        for (at, fault) in scenario.faults.iter().enumerate() {
            self.fault(&["faults".into(), at.into()], fault);
        }
        for (at, limit) in scenario.limits.iter().enumerate() {
            self.limit(&["limits".into(), at.into()], limit);
        }
    }

    fn end(&mut self, expected: &Expectation) {
        for (at, profile) in expected.profiles.iter().flatten().enumerate() {
            self.target(way!["expect", "profiles", at, "target"], &profile.target);
            self.holder(way!["expect", "profiles", at, "user"], &profile.user);
        }
        for (target, groups) in expected.assignments.iter().flatten() {
            self.target(way!["expect", "assignments", target.as_str()], target);
            for (at, group) in groups.iter().enumerate() {
                if !self.known.group_ids.contains(group.as_str()) {
                    self.group(way!["expect", "assignments", target.as_str(), at], group);
                }
            }
        }
        for operation in expected.calls.keys() {
            self.operation(way!["expect", "calls", operation.as_str()], operation, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the mistakes found in a small emulated AWS with this timeline, with their positions.
    fn found(more: &str) -> Vec<String> {
        let text = format!(
            "name: x\ndirectory:\n  groups: [{{ id: g-1, name: admins }}]\n  users: [{{ id: u-1, name: ana }}]\n\
             domains: [{{ target: 222233334444/eu-west-1/d-research }}]\n{more}\n"
        );
        match Scenario::checked(&text, "f") {
            Ok(_) => Vec::new(),
            Err(error) => error.to_string().lines().map(str::to_owned).collect(),
        }
    }

    #[test]
    fn every_wrong_reference_is_told_with_its_place() {
        let none: [&str; 0] = [];
        assert_eq!(found("timeline: [{ join: { user: ana, group: admins } }]"), none);
        assert_eq!(
            found(
                "timeline:\n  - join: { user: anna, group: admins }\n  - leave: { user: ana, group: admin }"
            ),
            [
                "f:7:19: there is no user \"anna\" in the directory",
                "f:8:32: there is no group \"admin\" in the directory",
            ]
        );
        let target = "222233334444/eu-west-1/d-reserach";
        assert_eq!(
            found(&format!("timeline: [{{ deleteDomain: {target} }}]")),
            [format!("f:6:28: {target:?} is none of the domains")]
        );
        assert!(found("timeline: [{ repeat: x }]")[0].contains("f:6:22: no earlier step has the id \"x\""));
        assert!(found("timeline: [{ approve: x }]")[0].contains("no earlier step with the id \"x\" sweeps"));
    }

    #[test]
    fn a_space_a_stranger_and_an_account_are_checked() {
        let app = "{ target: 222233334444/eu-west-1/d-research, inSpace: lab, type: Canvas }";
        assert!(found(&format!("apps: [{app}]"))[0].contains("no space \"lab\""));
        let space = "{ target: 222233334444/eu-west-1/d-research, name: lab, ofUser: bob }";
        assert!(found(&format!("spaces: [{space}]"))[0].contains("there is no user \"bob\""));
        assert!(found("accounts: [{ account: '999900001111' }]")[0].contains("no domain is in the account"));
        assert!(!found("domains: [{ target: d-research }]").is_empty(), "the member stands there twice");
    }

    #[test]
    fn names_of_faults_limits_and_calls_are_checked() {
        let fault = |fault: &str| found(&format!("faults: [{fault}]")).join("\n");
        assert_eq!(fault("{ on: 'sagemaker:CreateUserProfile', effect: throttle }"), "");
        assert_eq!(fault("{ on: '*:*', effect: throttle }"), "");
        let wrong = fault("{ on: 'sagemaker:CreateUserProfil', effect: throttle }");
        assert!(wrong.starts_with("f:6:16: sagemaker has no operation \"CreateUserProfil\""), "{wrong}");
        assert!(fault("{ on: 'sagmaker:*', effect: throttle }").contains("no service \"sagmaker\""));
        assert!(
            fault("{ on: 'sts:*', effect: throttle, from: plan-acces }")
                .contains("no function \"plan-acces\"")
        );
        assert!(fault("{ on: 'sts:*', effect: refuse }").contains("refuse needs a code"));
        assert!(fault("{ on: 'sts:*', effect: throttle, code: X }").contains("belongs to refuse"));
        assert!(fault("{ on: 'sts:*', effect: delay }").contains("delay needs a delay"));
        assert!(found("limits: [{ on: 'sagemaker', perSecond: 1 }]")[0].contains("write it like"));
        assert!(found("expect: { calls: { 'sts:AssumeRol': 0 } }")[0].contains("sts has no operation"));
    }

    #[test]
    fn time_that_goes_backwards_is_an_error() {
        let none: [&str; 0] = [];
        assert_eq!(found("timeline: [{ at: 20s, start: {} }, { at: 20s, start: {} }]"), none);
        let back = found("timeline:\n  - { at: 20s, start: {} }\n  - { at: 10s, start: {} }");
        assert_eq!(back.len(), 1);
        assert!(back[0].starts_with("f:8:11: at goes backwards"), "{back:?}");
        assert_eq!(found("timeline: [{ wait: 1h }, { at: 20s, start: {} }]").len(), 1);
    }

    #[test]
    fn a_step_has_one_action_and_expects_only_with_a_start() {
        assert!(found("timeline: [{ wait: 1s, start: {} }]")[0].contains("write one a step"));
        assert!(found("timeline: [{ say: x }]")[0].contains("holds nothing to do"));
        let lost = found("timeline: [{ wait: 1s, expect: { status: SUCCEEDED } }]");
        assert!(lost[0].contains("starts no execution"), "{lost:?}");
    }

    #[test]
    fn what_the_timeline_makes_can_be_referred_to_afterwards() {
        let none: [&str; 0] = [];
        let steps = "timeline:\n  - directory: { addGroup: { id: g-2, name: new } }\n  - join: { user: ana, group: new }";
        assert_eq!(found(steps), none);
        let before = "timeline:\n  - join: { user: ana, group: new }\n  - directory: { addGroup: { id: g-2, name: new } }";
        assert_eq!(found(before).len(), 1);
    }
}
