//! Pure functions that find the targets of a user.

use aws::tables::UserGrants;
use contract::catalogue;
use contract::failure::chain;
use contract::ids::{GroupId, MembershipId};
use contract::job::Cause;
use contract::rules::MatchedMappings;
use contract::target::Target;
use contract::user::User;
use serde::Serialize;
use std::collections::BTreeSet;

/// The output of the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// The user; absent if the event concerns no user.
    pub user: Option<User>,
    /// The trigger of the execution.
    pub cause: Cause,
    /// The sweep to start, because the event names no user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// The Studio domains to check.
    pub targets: BTreeSet<Target>,
    /// Problems that prevent a check. The execution reports them and fails after the rest is done.
    pub problems: Vec<Problem>,
    /// The outcome in one sentence, for the operator who reads the execution.
    pub because: String,
}

/// The scope of a sweep: a member of its input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Sweep {
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

/// Ends an execution for a failed call, which changed nothing in the directory.
pub(crate) fn failed_call(event: &str, code: &str) -> Resolved {
    Resolved {
        user: None,
        cause: Cause { reason: event.to_owned(), event_id: None },
        sweep: None,
        targets: BTreeSet::new(),
        problems: Vec::new(),
        because: format!("the call {event} failed with {code}: the directory did not change"),
    }
}

/// Ends an execution for an event that concerns nobody.
pub(crate) fn nothing(cause: Cause, because: String) -> Resolved {
    let (targets, problems) = (BTreeSet::new(), Vec::new());
    Resolved { user: None, cause, sweep: None, targets, problems, because }
}

/// Starts a sweep for an event that names no user.
pub(crate) fn sweep(sweep: Sweep, cause: Cause) -> Resolved {
    let because = match &sweep {
        Sweep::Group(group) => format!("{} concerns all users in the group {group}", cause.reason),
        Sweep::Membership(membership) => {
            format!(
                "{} does not name the user of the membership {membership}, and no grant has it",
                cause.reason
            )
        }
    };
    Resolved {
        user: None,
        cause,
        sweep: Some(sweep),
        targets: BTreeSet::new(),
        problems: Vec::new(),
        because,
    }
}

/// Returns every domain that the user is mapped to, has a grant in, or is being worked on in by
/// another execution: that execution may provision something that no one has recorded yet.
pub(crate) fn resolve(
    user: User,
    cause: Cause,
    matched: &MatchedMappings,
    near: &[String],
    known: &UserGrants,
) -> Resolved {
    let held = known.grants.iter().filter(|grant| grant.status.is_held()).map(|grant| grant.target.clone());
    let targets: BTreeSet<Target> =
        matched.targets().into_iter().chain(held).chain(known.at_work.iter().cloned()).collect();
    let problems = matched.adrift().map(|row| Problem {
        error: catalogue::INVALID_MAPPING.to_owned(),
        cause: format!(
            "the mapping row of group {:?} to {:?} cannot be used: {}",
            row.group,
            row.target,
            chain(&row.why)
        ),
    });
    let because = match targets.len() {
        0 => {
            let nothing = "no group of the user is mapped to a Studio domain, and nothing was granted before";
            // A row that nearly matches is most likely meant for the user.
            [nothing].into_iter().chain(near.iter().map(String::as_str)).collect::<Vec<_>>().join(": ")
        }
        1 => "one Studio domain concerns the user".to_owned(),
        n => format!("{n} Studio domains concern the user"),
    };
    Resolved { user: Some(user), cause, sweep: None, targets, problems: problems.collect(), because }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::grant::{Grant, GrantStatus};
    use contract::user::UserStatus;
    use serde_json::json;

    const MAPPED: &str = "111122223333/eu-west-1/d-mapped";
    const GRANTED: &str = "111122223333/eu-west-1/d-granted";

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
        UserGrants { grants: vec![grant(status)], at_work: Vec::new() }
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
        Cause { reason: "test".into(), event_id: None }
    }

    #[test]
    fn a_target_granted_before_concerns_somebody_who_left() {
        let resolved =
            resolve(user(), cause(), &MatchedMappings::default(), &[], &granted(GrantStatus::Active));
        assert_eq!(resolved.targets, BTreeSet::from([GRANTED.parse().unwrap()]));
        assert_eq!(resolved.user.unwrap().status, UserStatus::Enabled);
    }

    #[test]
    fn a_target_where_another_execution_is_at_work_concerns_somebody_who_has_nothing_yet() {
        let known = UserGrants { grants: Vec::new(), at_work: vec![GRANTED.parse().unwrap()] };
        let resolved = resolve(user(), cause(), &MatchedMappings::default(), &[], &known);
        assert_eq!(resolved.targets, BTreeSet::from([GRANTED.parse().unwrap()]));
    }

    #[test]
    fn what_was_removed_long_ago_concerns_nobody() {
        let resolved = resolve(user(), cause(), &matched(MAPPED), &[], &granted(GrantStatus::Removed));
        assert_eq!(resolved.targets, BTreeSet::from([MAPPED.parse().unwrap()]));
    }

    #[test]
    fn a_row_that_names_no_target_is_a_problem_of_the_whole_execution() {
        let resolved = resolve(user(), cause(), &matched("nowhere"), &[], &UserGrants::default());
        assert_eq!(resolved.problems.len(), 1);
        assert_eq!(resolved.problems[0].error, "InvalidMapping");
        assert!(resolved.problems[0].cause.contains("nowhere"));
    }

    #[test]
    fn a_near_miss_is_told_only_where_nothing_is_mapped() {
        let near = ["row \"a\" matches no group of the user; did you mean \"A\"?".to_owned()];
        let nothing = resolve(user(), cause(), &MatchedMappings::default(), &near, &UserGrants::default());
        assert!(nothing.because.ends_with(&near[0]), "{}", nothing.because);
        let mapped = resolve(user(), cause(), &matched(MAPPED), &near, &UserGrants::default());
        assert!(!mapped.because.contains("did you mean"), "{}", mapped.because);
    }

    #[test]
    fn an_event_about_a_group_asks_for_a_sweep_of_that_group_alone() {
        let resolved = sweep(Sweep::Group(GroupId::new("g-1").unwrap()), cause());
        assert_eq!(serde_json::to_value(&resolved).unwrap()["sweep"], json!({"group": "g-1"}));
        assert!(resolved.user.is_none() && resolved.targets.is_empty());
    }

    #[test]
    fn a_failed_call_concerns_nobody() {
        let resolved = failed_call("AddMemberToGroup", "AccessDenied");
        assert!(resolved.user.is_none() && resolved.targets.is_empty());
        assert!(resolved.because.contains("AccessDenied"));
    }
}
