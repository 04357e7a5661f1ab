//! Pure functions that find the targets of a user.

use aws::tables::UserGrants;
use contract::catalogue;
use contract::entitlement::Look;
use contract::failure::chain;
use contract::ids::{GroupId, MembershipId};
use contract::job::{Cause, INPUT_VERSION};
use contract::near::near_misses;
use contract::rules::{MatchedMappings, Rules};
use contract::target::Target;
use contract::user::User;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// Maximum number of domains in one execution, which works on all of them at once: whatever happens
/// in them until its time is up fits its history (docs/decisions/024).
const MAX_DOMAINS: usize = 3;

/// The output of the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// The user; absent if the event concerns no user.
    pub user: Option<User>,
    /// The trigger of the execution.
    pub cause: Cause,
    /// Another execution to start first.
    pub start: Option<Start>,
    /// The Studio domains to check.
    pub targets: Vec<Concerned>,
    /// Problems that prevent a check. The execution reports them and fails after the rest is done.
    pub problems: Vec<Problem>,
    /// The outcome in one sentence, for the operator who reads the execution.
    pub reason: String,
}

/// A Studio domain that concerns the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Concerned {
    /// The domain.
    pub target: Target,
    /// What was found out about the user there.
    pub look: Look,
}

/// An execution to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// Its state machine.
    pub machine: Machine,
    /// Its name, always the same for the same execution: a repeated start is the same start.
    pub name: String,
    /// Its input.
    pub input: Value,
}

/// A state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Machine {
    /// `access`, for the domains that are too many for one execution.
    Access,
    /// `sweep`, because the event names no user.
    Sweep,
}

/// The scope of a sweep: a member of its input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sweep {
    /// Members of a group, and users with a grant through it.
    Group(GroupId),
    /// The user of this membership.
    Membership(MembershipId),
}

/// A problem that an operator must fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A name from the catalogue.
    pub error: String,
    /// The problem in one sentence.
    pub cause: String,
}

/// Ends an execution that has nothing to do.
pub(crate) fn nothing(cause: Cause, reason: &str) -> Resolved {
    let reason = format!("nothing to do: {reason}");
    let (targets, problems) = (Vec::new(), Vec::new());
    Resolved { user: None, cause, start: None, targets, problems, reason }
}

/// Ends an execution for a failed call, which changed nothing in the directory.
pub(crate) fn failed_call(event: &str, code: &str) -> Resolved {
    let cause = Cause { reason: event.to_owned(), event_id: None, approval: None };
    nothing(cause, &format!("the call {event} failed with {code}: the directory did not change"))
}

/// Returns the reason why an event about a group that no rule means leads to nothing. A row that
/// nearly matches is most likely meant for this group.
pub(crate) fn means_nothing(group: &GroupId, name: &str, rules: &Rules) -> String {
    let nothing = format!("no rule means the group {name:?}, and nothing was granted before");
    [nothing].into_iter().chain(near_misses(rules, [(group, name)])).collect::<Vec<_>>().join(": ")
}

/// Returns the reason why an event that somebody has acted on leads to nothing.
pub(crate) fn covered() -> String {
    "another execution has looked at the user since this event, and every domain that it concerns is right"
        .to_owned()
}

/// Starts a sweep for an event that names no user.
pub(crate) fn sweep(sweep: &Sweep, cause: Cause, execution: String) -> Resolved {
    let reason = match sweep {
        Sweep::Group(group) => format!("{} concerns all users in the group {group}", cause.reason),
        Sweep::Membership(membership) => {
            format!(
                "{} does not name the user of the membership {membership}, and no grant has it",
                cause.reason
            )
        }
    };
    let (member, id) = match sweep {
        Sweep::Group(group) => ("group", group.as_str()),
        Sweep::Membership(membership) => ("membership", membership.as_str()),
    };
    let mut input = json!({"version": INPUT_VERSION, member: id, "reason": cause.reason});
    if let Some(event_id) = &cause.event_id {
        input["eventId"] = event_id.as_str().into();
    }
    let start = Some(Start { machine: Machine::Sweep, name: execution, input });
    let reason = format!("a sweep was started: {reason}");
    Resolved { user: None, cause, start, targets: Vec::new(), problems: Vec::new(), reason }
}

/// Returns the part of the domains that this execution checks, and the start of another execution
/// for those that come after them. `after`: the last domain that earlier executions check.
pub(crate) fn part(whole: Resolved, after: Option<&Target>, execution: &str) -> Resolved {
    let mut left = whole.targets.into_iter().filter(|one| after.is_none_or(|after| one.target > *after));
    let targets: Vec<Concerned> = left.by_ref().take(MAX_DOMAINS).collect();
    let others = left.count();
    let last = targets.last().filter(|_| others > 0);
    let start = whole.user.as_ref().zip(last).map(|(user, Concerned { target: last, .. })| {
        let mut input =
            json!({"userId": user.user_id, "reason": whole.cause.reason, "after": last.to_string()});
        if let Some(list) = &whole.cause.approval {
            input["approval"] = list.clone().into();
        }
        Start { machine: Machine::Access, name: name_after(execution, last), input }
    });
    let reason = match (&start, after) {
        (None, None) => whole.reason,
        (None, Some(after)) => format!("{} ({} after {after})", whole.reason, targets.len()),
        (Some(start), _) => {
            format!("{} ({} here, {others} in the execution {})", whole.reason, targets.len(), start.name)
        }
    };
    Resolved { start, targets, reason, ..whole }
}

/// Returns the name of the execution for the domains after `last`.
fn name_after(execution: &str, last: &Target) -> String {
    let digest = Sha256::digest(format!("{execution} {last}").as_bytes());
    digest.iter().take(16).fold("after-".to_owned(), |mut name, byte| {
        write!(name, "{byte:02x}").expect("writing to a String cannot fail");
        name
    })
}

/// Returns every domain that the user is mapped to, has a grant in, or is being worked on in by
/// another execution: that execution may provision something that no one has recorded yet. `at`:
/// start of the reads.
pub(crate) fn resolve(
    user: User,
    cause: Cause,
    matched: &MatchedMappings,
    near: &[String],
    known: &UserGrants,
    at: OffsetDateTime,
) -> Resolved {
    let targets: BTreeSet<Target> = matched.targets().into_iter().chain(known.targets().cloned()).collect();
    // A row that cannot be used is not decided here: the plan says which.
    let entitlement = |target: &Target| matched.entitlement(user.status, target).ok().flatten();
    let targets: Vec<Concerned> = targets
        .into_iter()
        .map(|target| Concerned { look: Look { at, entitlement: entitlement(&target) }, target })
        .collect();
    let problems = matched.adrift().map(|row| Problem {
        error: catalogue::INVALID_MAPPING.to_owned(),
        cause: format!(
            "the mapping row of group {:?} to {:?} cannot be used: {}",
            row.group,
            row.target,
            chain(&row.why)
        ),
    });
    let reason = match targets.len() {
        0 => {
            let nothing = "nothing to do: no group of the user is mapped to a Studio domain, and nothing was granted before";
            // A row that nearly matches is most likely meant for the user.
            [nothing].into_iter().chain(near.iter().map(String::as_str)).collect::<Vec<_>>().join(": ")
        }
        1 => "one Studio domain concerns the user".to_owned(),
        n => format!("{n} Studio domains concern the user"),
    };
    Resolved { user: Some(user), cause, start: None, targets, problems: problems.collect(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::grant::{Grant, GrantStatus};
    use contract::user::UserStatus;
    use serde_json::json;
    use time::macros::datetime;

    const MAPPED: &str = "111122223333/eu-west-1/d-mapped";
    const GRANTED: &str = "111122223333/eu-west-1/d-granted";

    const AT: OffsetDateTime = datetime!(2026-11-23 10:00 UTC);

    fn targets(resolved: &Resolved) -> Vec<Target> {
        resolved.targets.iter().map(|one| one.target.clone()).collect()
    }

    fn user() -> User {
        serde_json::from_value(
            json!({"storeId": "d-1", "userId": "u-1", "userName": "ana", "status": "enabled"}),
        )
        .unwrap()
    }

    fn grant(status: GrantStatus) -> Grant {
        let grant = json!({"storeId": "d-1", "userId": "u-1", "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-granted"},
            "status": status, "profileName": "ana", "userName": "ana", "roleArn": "arn:aws:iam::111122223333:role/studio/x", "groupName": "g",
            "groupId": "g-1", "membershipId": "m-1", "removal": "keep", "execution": "e", "reason": "r", "updatedAt": "t", "version": 1});
        serde_json::from_value(grant).unwrap()
    }

    fn granted(status: GrantStatus) -> UserGrants {
        UserGrants { grants: vec![grant(status)], ..UserGrants::default() }
    }

    fn matched(target: &str) -> MatchedMappings {
        let row = json!({"group": "g", "target": target, "executionRoleArn": "arn:aws:iam::111122223333:role/studio/x"});
        let mut rules = contract::rules::Rules::default();
        match contract::mapping::from_row(row.as_object().unwrap()) {
            Ok(mapping) => rules.rows.push(mapping),
            Err(bad) => rules.bad.push(*bad),
        }
        let member =
            serde_json::from_value(json!({"groupId": "g-1", "groupName": "g", "membershipId": "m"})).unwrap();
        contract::rules::matched(&[member], &rules)
    }

    fn cause() -> Cause {
        Cause { reason: "test".into(), event_id: None, approval: None }
    }

    #[test]
    fn a_target_granted_before_concerns_somebody_who_left() {
        let resolved =
            resolve(user(), cause(), &MatchedMappings::default(), &[], &granted(GrantStatus::Active), AT);
        assert_eq!(targets(&resolved), [GRANTED.parse().unwrap()]);
        assert_eq!(resolved.user.unwrap().status, UserStatus::Enabled);
    }

    #[test]
    fn what_was_removed_long_ago_concerns_nobody() {
        let resolved = resolve(user(), cause(), &matched(MAPPED), &[], &granted(GrantStatus::Removed), AT);
        assert_eq!(targets(&resolved), [MAPPED.parse().unwrap()]);
    }

    #[test]
    fn the_plan_is_told_what_the_user_should_have() {
        let resolved = resolve(user(), cause(), &matched(MAPPED), &[], &granted(GrantStatus::Active), AT);
        let told: Vec<_> = resolved.targets.iter().map(|one| one.look.entitlement.is_some()).collect();
        assert_eq!(
            (targets(&resolved), told),
            (vec![GRANTED.parse().unwrap(), MAPPED.parse().unwrap()], vec![false, true])
        );
    }

    #[test]
    fn a_row_without_a_target_is_a_problem_of_the_execution() {
        let resolved = resolve(user(), cause(), &matched("nowhere"), &[], &UserGrants::default(), AT);
        assert_eq!(resolved.problems.len(), 1);
        assert_eq!(resolved.problems[0].error, "InvalidMapping");
        assert!(resolved.problems[0].cause.contains("nowhere"));
    }

    #[test]
    fn a_near_miss_is_told_only_where_nothing_is_mapped() {
        let near = ["row \"a\" matches no group of the user; did you mean \"A\"?".to_owned()];
        let nothing =
            resolve(user(), cause(), &MatchedMappings::default(), &near, &UserGrants::default(), AT);
        assert!(nothing.reason.ends_with(&near[0]), "{}", nothing.reason);
        let mapped = resolve(user(), cause(), &matched(MAPPED), &near, &UserGrants::default(), AT);
        assert!(!mapped.reason.contains("did you mean"), "{}", mapped.reason);
    }

    #[test]
    fn an_event_about_a_group_asks_for_a_sweep_of_that_group_alone() {
        let resolved = sweep(&Sweep::Group(GroupId::new("g-1").unwrap()), cause(), "run-1".to_owned());
        let start = serde_json::to_value(&resolved).unwrap()["start"].clone();
        assert_eq!(start["input"], json!({"version": INPUT_VERSION, "group": "g-1", "reason": "test"}));
        assert_eq!((&start["machine"], &start["name"]), (&json!("sweep"), &json!("run-1")));
        assert!(resolved.user.is_none() && resolved.targets.is_empty());
    }

    fn domains(range: std::ops::Range<u8>) -> Vec<Concerned> {
        let target = |n| format!("111122223333/eu-west-1/d-{n:03}").parse().unwrap();
        range.map(|n| Concerned { target: target(n), look: Look { at: AT, entitlement: None } }).collect()
    }

    #[test]
    fn surplus_domains_are_checked_by_a_successor_execution() {
        let whole = |count| Resolved {
            targets: domains(0..count),
            ..resolve(user(), cause(), &MatchedMappings::default(), &[], &UserGrants::default(), AT)
        };
        let few = part(whole(3), None, "run-1");
        assert_eq!((few.targets, few.start), (domains(0..3), None));
        let many = part(whole(8), None, "run-1");
        assert_eq!(many.targets, domains(0..3));
        let start = many.start.unwrap();
        assert_eq!(
            start.input,
            json!({"userId": "u-1", "reason": "test", "after": "111122223333/eu-west-1/d-002"})
        );
        assert_eq!(start, part(whole(8), None, "run-1").start.unwrap(), "a repeated start is the same start");
        assert_ne!(start.name, part(whole(8), None, "run-2").start.unwrap().name);
        let after: Target = start.input["after"].as_str().unwrap().parse().unwrap();
        let second = part(whole(8), Some(&after), &start.name);
        assert_eq!(second.targets, domains(3..6));
        let after = second.targets.last().map(|one| &one.target);
        let last = part(whole(8), after, &second.start.unwrap().name);
        assert_eq!((last.targets, last.start), (domains(6..8), None));
    }

    #[test]
    fn a_failed_call_concerns_nobody() {
        let resolved = failed_call("AddMemberToGroup", "AccessDenied");
        assert!(resolved.user.is_none() && resolved.targets.is_empty());
        assert!(resolved.reason.contains("AccessDenied"));
    }
}
