//! Histories from a seed: people come and go, events get lost, doubled, late and out of order, rows change while executions run, things go wrong
//! on the wire, and executions are stopped.

use crate::exhaustive::{Trial, hidden};
use crate::injector::FaultPlan;
use crate::model::{Removal, Row};
use crate::operations::{Limits, Operation, Participants, Quirks, Story};
use crate::runner::millis;
use fake_aws::service::Refusal;
use fake_aws::{Effect, Random, Rule};
use std::time::Duration;

/// The calls that faults are drawn for.
const CALLS: [&str; 25] = [
    "identitystore:DescribeUser",
    "identitystore:ListGroupMembershipsForMember",
    "identitystore:DescribeGroup",
    "dynamodb:Scan",
    "dynamodb:Query",
    "dynamodb:GetItem",
    "dynamodb:UpdateItem",
    "dynamodb:TransactWriteItems",
    "states:DescribeExecution",
    "sts:AssumeRole",
    "sagemaker:DescribeDomain",
    "sagemaker:DescribeUserProfile",
    "sagemaker:CreateUserProfile",
    "sagemaker:UpdateUserProfile",
    "sagemaker:DeleteUserProfile",
    "sagemaker:ListApps",
    "sagemaker:ListSpaces",
    "sagemaker:DeleteApp",
    "sagemaker:DeleteSpace",
    "sagemaker:ListTags",
    "sagemaker:AddTags",
    "sagemaker:DeleteTags",
    "sso:DescribeApplicationAssignment",
    "sso:CreateApplicationAssignment",
    "sso:GetApplicationAssignmentConfiguration",
];

/// Draws a history and its fault plan from a seed.
pub fn story(seed: u64) -> (Story, FaultPlan) {
    let pen = Pen(Random::new(seed));
    // Most histories have few people, so that things happen to the same ones; some have many.
    let many = pen.one_in("many", 8);
    let most = |few, many_of_them| if many { many_of_them } else { few };
    let participants = Participants {
        users: pen.up_to("users", 1, most(3, 12)),
        groups: pen.up_to("groups", 1, most(3, 6)),
        targets: pen.up_to("targets", 1, most(2, 4)),
    };
    let quirks = Quirks {
        role_needs_no_apps: pen.one_in("role needs no apps", 4),
        restarts_keep_time: pen.one_in("restarts keep time", 4),
        updates_lock_apps: pen.one_in("updates lock apps", 4),
        wrong_state_is_invalid: pen.one_in("wrong state", 4),
        creates_slowly: pen.one_in("creates slowly", 4),
    };
    let grace = pen.one_in("grace", 3);
    let limits = pen.one_in("limits", 4).then(|| pen.limits());
    // Half of the histories are crowded: everything happens within minutes, so that executions meet. The others take hours.
    let span = if pen.one_in("crowd", 2) { Duration::from_mins(10) } else { Duration::from_hours(6) };
    let mut operations: Vec<(Duration, Operation)> = Vec::new();
    for group in 0..participants.groups {
        for target in 0..participants.targets {
            if pen.one_in("mapped", 4) {
                continue;
            }
            operations.push((Duration::ZERO, Operation::Map(group, target, pen.row(quirks, grace))));
        }
    }
    for _ in 0..pen.up_to("changes", 2, most(12, 40)) {
        let at = pen.moment("when", span);
        let (operation, about) = pen.change(participants, quirks, grace);
        operations.push((at, operation));
        operations.extend(about.into_iter().flat_map(|user| pen.events(at, user)));
    }
    for _ in 0..pen.up_to("faults", 0, most(6, 12)) {
        operations.push((pen.moment("fault at", span), Operation::Fault(pen.fault())));
    }
    for _ in 0..pen.up_to("stops", 0, most(2, 5)) {
        operations.push((pen.moment("stop at", span), Operation::Stop));
    }
    if pen.one_in("pause", 6) {
        let (begin, end) = (pen.moment("pause at", span), pen.moment("resume at", 2 * span));
        // Otherwise the operator resumes two days later.
        operations.push((begin, Operation::Pause));
        operations.extend((begin < end).then_some((end, Operation::Resume)));
    }
    if pen.one_in("hold", 5) {
        let user = pen.below("held", participants.users);
        let (begin, end) = (pen.moment("hold at", span), pen.moment("lift at", 2 * span));
        // Otherwise the operator lifts it when everything is calm.
        operations.push((begin, Operation::Hold(user)));
        operations.extend((begin < end).then_some((end, Operation::Lift(user))));
    }
    operations.sort_by_key(|(at, _)| *at);
    let per_mille = if pen.one_in("calm", 2) { 0 } else { 30 };
    let turns_per_mille = if pen.one_in("steady", 2) { 0 } else { 20 };
    let swept = pen.one_in("swept", 3);
    (
        Story { seed, participants, quirks, limits, operations, swept },
        FaultPlan { per_mille, turns_per_mille, ..FaultPlan::default() },
    )
}

/// The trial of a seed.
pub fn drawn(seed: u64) -> Trial {
    let (story, fault_plan) = story(seed);
    Trial { name: format!("seed {seed}"), story, fault_plan }
}

/// Draws from the seed; a stream for each question.
struct Pen(Random);

impl Pen {
    fn up_to(&self, what: &str, least: usize, most: usize) -> usize {
        let drawn = self.0.within(what, least as u64..=most as u64);
        usize::try_from(drawn).unwrap_or(most)
    }

    fn below(&self, what: &str, count: usize) -> usize {
        self.up_to(what, 0, count.saturating_sub(1))
    }

    fn one_in(&self, what: &str, count: u64) -> bool {
        self.0.within(what, 1..=count) == 1
    }

    fn moment(&self, what: &str, span: Duration) -> Duration {
        millis(self.0.within(what, 1000..=u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }

    fn limits(&self) -> Limits {
        let most = |what, most| u32::try_from(self.up_to(what, 1, most)).unwrap_or(1);
        Limits { suspensions: most("suspensions", 3), deletions: most("deletions", 2) }
    }

    fn row(&self, quirks: Quirks, grace: bool) -> Row {
        Row {
            role: u8::try_from(self.up_to("role", 1, 4)).unwrap_or(1),
            priority: if self.one_in("tie", 3) {
                5
            } else {
                u32::try_from(self.up_to("priority", 1, 9)).unwrap_or(1)
            },
            enabled: !self.one_in("off", 6),
            removal: if self.one_in("keeps", 2) { Removal::Keep } else { Removal::Delete },
            grace_days: u32::from(grace && !self.one_in("hasty", 4)),
            // A row that leaves apps running is refused by name where Studio refuses the role because of them.
            restarts: !self.one_in("leaves apps", 12) || quirks.role_needs_no_apps,
            adopts: self.one_in("adopts", 3),
        }
    }

    /// Something that changes, and whom the events about it name. Of a row that changes nobody is told: somebody looks at everybody.
    fn change(&self, participants: Participants, quirks: Quirks, grace: bool) -> (Operation, Vec<usize>) {
        let (user, group, target) = (
            self.below("user", participants.users),
            self.below("group", participants.groups),
            self.below("target", participants.targets),
        );
        match self.below("kind", 21) {
            0..=6 => (Operation::Join(user, group), vec![user]),
            7..=11 => (Operation::Leave(user, group), vec![user]),
            12 => (Operation::Disable(user), vec![user]),
            13 => (Operation::Enable(user), vec![user]),
            14 => (Operation::Delete(user), vec![user]),
            15 if self.one_in("unmap", 4) => {
                (Operation::Unmap(group, target), (0..participants.users).collect())
            }
            15 => (Operation::Map(group, target, self.row(quirks, grace)), (0..participants.users).collect()),
            16 if self.one_in("rename", 6) => (Operation::Rename(user), vec![user]),
            16 | 17 => (Operation::OpenSpace(user, target), Vec::new()),
            18 => (Operation::SignIn(user, target), Vec::new()),
            _ => (Operation::StartApp(user, target), Vec::new()),
        }
    }

    /// The events about a user: one, none, two, late, or by hours late.
    fn events(&self, at: Duration, user: usize) -> Vec<(Duration, Operation)> {
        let soon = at + millis(self.0.within("delivery", 0..=5000));
        let look = |at| (at, Operation::Look(user));
        match self.below("fate", 10) {
            0 => Vec::new(),
            1 | 2 => vec![look(soon), look(soon + millis(self.0.within("again", 0..=20_000)))],
            3 => vec![look(soon + Duration::from_mins(self.0.within("late", 1..=30)))],
            4 => vec![look(soon + Duration::from_hours(self.0.within("very late", 1..=5)))],
            _ => vec![look(soon)],
        }
    }

    fn fault(&self) -> Rule {
        let call = CALLS[self.below("call", CALLS.len())];
        let late = || Duration::from_secs(self.0.within("late by", 1..=60));
        let effect = match self.below("effect", 8) {
            1 if call.starts_with("identitystore:") && self.one_in("key", 2) => Effect::Refuse(hidden()),
            0 => Effect::ServerError,
            1 => Effect::Refuse(Refusal::new("AccessDeniedException", "denied by the simulation")),
            2 => Effect::Throttle,
            3 => Effect::LoseAnswer,
            4 => Effect::Delay(Duration::from_secs(self.0.within("delay", 1..=120))),
            5 => Effect::BreakThenRun(late()),
            6 => Effect::ErrorThenRun(late()),
            _ => Effect::Twice,
        };
        // A key that is in the way stays there for a while.
        let most = if matches!(&effect, Effect::Refuse(refusal) if *refusal == hidden()) { 60 } else { 8 };
        let times = u32::try_from(self.up_to("times", 1, most)).unwrap_or(1);
        Rule::on(call, effect).times(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_history_and_another_seed_another() {
        assert_eq!(story(1).0, story(1).0);
        assert_ne!(story(1).0.operations, story(2).0.operations);
    }

    #[test]
    fn every_kind_of_deed_and_every_fault_is_drawn() {
        let all: Vec<String> = (0..300).map(|seed| format!("{:?}", story(seed))).collect();
        let all = all.concat();
        for word in [
            "Join",
            "Leave",
            "Disable",
            "Enable",
            "Delete(",
            "Map",
            "Unmap",
            "Rename",
            "SignIn",
            "OpenSpace",
            "StartApp",
            "Look",
            "Stop",
            "Pause",
            "Hold(",
            "Resume",
            "Twice",
            "LoseAnswer",
            "BreakThenRun",
            "ErrorThenRun",
        ] {
            assert!(all.contains(word), "{word}");
        }
        for call in CALLS {
            assert!(all.contains(call.split_once(':').map_or(call, |(_, operation)| operation)), "{call}");
        }
    }
}
