//! What the ledger has about one user.

use super::lease::Lease;
use contract::grant::Grant;
use contract::target::Target;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// A user's items in the ledger.
#[derive(Debug, Clone, Default)]
pub struct UserGrants {
    /// All grants, including removed ones.
    pub grants: Vec<Grant>,
    /// The leases on the user, by target.
    pub leases: BTreeMap<Target, Lease>,
}

impl UserGrants {
    /// Returns whether the user has no grant, not even a removed one, and no execution works on them.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty() && self.at_work().next().is_none()
    }

    /// Returns the targets in which an execution holds the lease on the user.
    pub fn at_work(&self) -> impl Iterator<Item = &Target> {
        self.leases.iter().filter(|(_, lease)| lease.holder.is_some()).map(|(target, _)| target)
    }

    /// Returns the targets in which the user has, or may have, a profile of ours, or an execution is
    /// at work.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let held = self.grants.iter().filter(|grant| grant.status.is_held()).map(|grant| &grant.target);
        held.chain(self.at_work())
    }

    /// Returns whether, in each of these targets, an execution has finished with the user that had
    /// looked at the directory long enough after an event.
    pub fn cover<'a>(
        &self,
        mut targets: impl Iterator<Item = &'a Target>,
        event_time: SystemTime,
        now: SystemTime,
    ) -> bool {
        targets.all(|target| self.leases.get(target).is_some_and(|lease| lease.covers_event(event_time, now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn target() -> Target {
        "111122223333/eu-west-1/d-abc".parse().unwrap()
    }

    #[test]
    fn a_held_lease_counts_as_a_target_of_a_user_without_grants() {
        let of = |lease: serde_json::Value| UserGrants {
            leases: BTreeMap::from([(target(), Lease::of(lease.as_object().unwrap()).unwrap())]),
            ..UserGrants::default()
        };
        let busy = of(json!({"owner": "theirs", "ownerArn": "arn", "expiresAt": 1}));
        assert_eq!(busy.targets().collect::<Vec<_>>(), [&target()]);
        assert!(!busy.is_empty());
        let free = of(json!({"turns": 1}));
        assert!(free.targets().next().is_none() && free.is_empty());
    }
}
