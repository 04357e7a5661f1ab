//! Decides what a user should have in a target now: memberships now x mapping now. Pure, deterministic,
//! and the only place that decides it.

use crate::convention::Convention;
use crate::entitlement::{Entitlement, Membership};
use crate::grant::Grant;
use crate::group::GroupText;
use crate::ids::GroupId;
use crate::mapping::{BadRow, Mapping, RemovalPolicy};
use crate::target::Target;
use crate::user::UserStatus;
use std::collections::BTreeSet;

/// All mappings: the table's rows, good and bad, and the naming convention.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The table's rows that could be read, switched off ones too.
    pub rows: Vec<Mapping>,
    /// The table's rows that could not be read.
    pub bad: Vec<BadRow>,
    /// The naming convention, if one is configured.
    pub convention: Option<Convention>,
}

/// What the rules say about one group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupRules {
    /// What the group gives: one mapping for each domain, or more.
    pub mappings: Vec<Mapping>,
    /// The group's unreadable rows. Not knowing is not "no": they stop a decision rather than being skipped.
    pub bad: Vec<BadRow>,
}

/// What the rules make of one user's memberships.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchedMappings {
    /// Every claim to a target, in no order that matters.
    pub claims: Vec<(Membership, Mapping)>,
    /// Unreadable rows of the user's own groups, see [`GroupRules::bad`].
    pub bad: Vec<BadRow>,
}

/// Matches memberships with rules.
pub fn matched(memberships: &[Membership], rules: &Rules) -> MatchedMappings {
    let mut matched = MatchedMappings::default();
    for membership in memberships {
        let GroupRules { mappings, bad } = rules.of_group(&membership.group_id, &membership.group_name);
        matched.claims.extend(mappings.into_iter().map(|mapping| (membership.clone(), mapping)));
        matched.bad.extend(bad);
    }
    matched
}

impl Rules {
    /// Returns what the rules say about a group. A group with any row in the table, even one switched off or
    /// unreadable, is not looked up in the convention.
    pub fn of_group(&self, id: &GroupId, name: &str) -> GroupRules {
        let ours = |group: &str| GroupText::of(group).means(id.as_str(), name);
        let rows: Vec<&Mapping> = self.rows.iter().filter(|row| ours(&row.group)).collect();
        let bad: Vec<BadRow> = self.bad.iter().filter(|row| ours(&row.group)).cloned().collect();
        if rows.is_empty() && bad.is_empty() {
            let derived = self.convention.as_ref().and_then(|convention| convention.read(name));
            return GroupRules { mappings: derived.into_iter().collect(), bad };
        }
        GroupRules { mappings: rows.into_iter().filter(|row| row.enabled).cloned().collect(), bad }
    }

    /// The more careful of two policies: the one that was recorded with the grant, and the one that the table says now for its group and
    /// target. A row that is gone says nothing; one that cannot be read says the most careful.
    pub fn removal(&self, grant: &Grant) -> RemovalPolicy {
        let ours = |group: &str| GroupText::of(group).means(grant.group_id.as_str(), &grant.group_name);
        let here = |row: &&Mapping| ours(&row.group) && row.target == grant.target;
        let doubtful = self.bad.iter().any(|row| ours(&row.group));
        let now = self.rows.iter().filter(here).map(|row| row.removal).min();
        if doubtful { RemovalPolicy::Keep } else { now.unwrap_or(grant.removal).min(grant.removal) }
    }
}

impl GroupRules {
    /// Whether the group may be mapped to a target. An unreadable row that could be about it counts.
    pub fn may_map_to(&self, target: &Target) -> bool {
        targets(&self.mappings, &self.bad).contains(target) || adrift(&self.bad).next().is_some()
    }
}

/// The targets of mappings, and of unreadable rows as far as they name one.
fn targets<'a>(mappings: impl IntoIterator<Item = &'a Mapping>, bad: &[BadRow]) -> BTreeSet<Target> {
    let claimed = mappings.into_iter().map(|mapping| mapping.target.clone());
    claimed.chain(bad.iter().filter_map(|row| row.target.parse().ok())).collect()
}

fn adrift(bad: &[BadRow]) -> impl Iterator<Item = &BadRow> {
    bad.iter().filter(|row| row.target.parse::<Target>().is_err())
}

impl MatchedMappings {
    /// Every target that the user's groups are mapped to, readable or not as to its role.
    pub fn targets(&self) -> BTreeSet<Target> {
        targets(self.claims.iter().map(|(_, mapping)| mapping), &self.bad)
    }

    /// Unreadable rows that do not even say which target they mean.
    pub fn adrift(&self) -> impl Iterator<Item = &BadRow> {
        adrift(&self.bad)
    }

    /// What the user should have in `target`: the lowest priority number wins, ties by group name, then by id.
    /// An unreadable row that could be about this target is an error, never a "no".
    pub fn entitlement(&self, status: UserStatus, target: &Target) -> Result<Option<Entitlement>, &BadRow> {
        match status {
            UserStatus::Disabled | UserStatus::Gone => return Ok(None),
            UserStatus::Enabled => {}
        }
        if let Some(bad) = self.bad.iter().find(|row| row.target.parse().as_ref() == Ok(target)) {
            return Err(bad);
        }
        let here = self.claims.iter().filter(|(_, mapping)| mapping.target == *target);
        let winner =
            here.min_by_key(|(m, mapping)| (mapping.priority, m.group_name.clone(), m.group_id.clone()));
        match (winner, self.adrift().next()) {
            (Some((membership, mapping)), _) => Ok(Some(Entitlement {
                membership: membership.clone(),
                execution_role_arn: mapping.execution_role_arn.clone(),
                priority: mapping.priority,
                removal: mapping.removal,
                running_apps: mapping.running_apps,
                adopt: mapping.adopt,
                settings: mapping.settings.clone(),
            })),
            (None, Some(bad)) => Err(bad),
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
