//! Pure functions for deleted domains. A removal in a deleted domain takes away nothing that still
//! exists, so it does not count towards the limit.

use contract::ids::{StoreId, UserId};
use contract::job::{Cause, Job};
use contract::target::Target;
use contract::user::{User, UserStatus};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Number of domains to check in one sweep: those with the most removals.
const ASKED: usize = 100;

/// A grant to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loss {
    /// `<user>#<target>`.
    pub(crate) key: String,
    user: Option<(StoreId, UserId)>,
    /// The user name at the time of the grant.
    pub(crate) name: String,
    target: Option<Target>,
    /// The user is disabled.
    pub(crate) disabled: bool,
    /// A limit has held the removal back, and it waits for an approval.
    pub(crate) held_back: bool,
}

/// The result of checking a domain in Studio.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Domain {
    /// The domain.
    pub target: Target,
    /// The domain certainly does not exist: an account that could not be reached does not count.
    pub gone: bool,
}

impl Loss {
    /// Reads a note `removal#<user>#<target>`, given the part of its key after `removal#`.
    pub(crate) fn read(key: &str, note: &Map<String, Value>) -> Self {
        let text = |member: &str| note.get(member).and_then(Value::as_str);
        let is = |member: &str| note.get(member).and_then(Value::as_bool).unwrap_or(false);
        let (user, target) = key.split_once('#').unwrap_or((key, ""));
        Self {
            key: key.to_owned(),
            user: text("storeId").and_then(|id| StoreId::new(id).ok()).zip(UserId::new(user).ok()),
            name: text("userName").unwrap_or("?").to_owned(),
            target: target.parse().ok(),
            disabled: is("disabled"),
            held_back: is("awaitsApproval"),
        }
    }
}

/// Returns the removals that count: those in domains that still exist.
pub(crate) fn counted<'a>(losses: &'a [Loss], domains: &[Domain]) -> Vec<&'a Loss> {
    let gone: BTreeSet<&Target> =
        domains.iter().filter(|domain| domain.gone).map(|domain| &domain.target).collect();
    let there = |loss: &&Loss| loss.target.as_ref().is_none_or(|target| !gone.contains(target));
    losses.iter().filter(there).collect()
}

/// Returns the domains that do not exist any more. Their grants are closed, whatever holds back a removal.
pub(crate) fn gone(domains: &[Domain]) -> Vec<String> {
    domains.iter().filter(|domain| domain.gone).map(|domain| domain.target.to_string()).collect()
}

/// Returns one job for each domain of the removals, to check in Studio whether the domain still
/// exists.
pub(crate) fn to_ask(losses: &[Loss], sweep: &str) -> Vec<Job> {
    let mut domains: BTreeMap<&Target, (u64, &Loss, &(StoreId, UserId))> = BTreeMap::new();
    for loss in losses {
        if let (Some(target), Some(user)) = (&loss.target, &loss.user) {
            domains.entry(target).or_insert((0, loss, user)).0 += 1;
        }
    }
    let mut most: Vec<_> = domains.into_iter().collect();
    most.sort_by_key(|(_, (losses, _, _))| Reverse(*losses));
    most.truncate(ASKED);
    let job = |(target, (_, loss, (store_id, user_id))): (&Target, (u64, &Loss, &(StoreId, UserId)))| Job {
        execution: sweep.to_owned(),
        user: User {
            store_id: store_id.clone(),
            user_id: user_id.clone(),
            user_name: Some(loss.name.clone()),
            status: UserStatus::Enabled,
        },
        target: target.clone(),
        cause: Cause { reason: "is the domain still there?".to_owned(), event_id: None, approval: None },
    };
    most.into_iter().map(job).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn loss(user: &str, domain: &str) -> Loss {
        let note = json!({"storeId": "d-1234567890", "userName": user});
        Loss::read(&format!("{user}#111122223333/eu-west-1/{domain}"), note.as_object().unwrap())
    }

    fn domain(id: &str, gone: bool) -> Domain {
        Domain { target: format!("111122223333/eu-west-1/{id}").parse().unwrap(), gone }
    }

    fn names<'a>(losses: &'a [Loss], domains: &[Domain]) -> Vec<&'a str> {
        counted(losses, domains).into_iter().map(|loss| loss.name.as_str()).collect()
    }

    #[test]
    fn what_is_lost_in_a_domain_that_is_gone_does_not_count() {
        let losses = [loss("ana", "d-gone"), loss("ben", "d-there"), loss("eve", "d-unasked")];
        let domains = [domain("d-gone", true), domain("d-there", false)];
        assert_eq!(names(&losses, &domains), ["ben", "eve"]);
        assert_eq!(names(&losses, &[]), ["ana", "ben", "eve"]);
    }

    #[test]
    fn a_note_that_cannot_be_read_counts() {
        let note = json!({"userName": "ana"});
        let losses = [Loss::read("u-1", note.as_object().unwrap())];
        assert_eq!(names(&losses, &[domain("d-gone", true)]), ["ana"]);
        assert_eq!(to_ask(&losses, "s"), []);
    }

    #[test]
    fn checks_each_domain_once_starting_with_most_removals() {
        let mut losses: Vec<Loss> = (0..150).map(|number| loss("ana", &format!("d-{number:03}"))).collect();
        losses.extend([loss("ben", "d-149"), loss("eve", "d-149")]);
        let asked = to_ask(&losses, "s");
        assert_eq!(asked.len(), ASKED);
        assert_eq!(asked[0].target.domain_id.to_string(), "d-149");
        let targets: BTreeSet<String> = asked.iter().map(|job| job.target.to_string()).collect();
        assert_eq!(targets.len(), ASKED);
    }
}
