//! Decides a user's entitlement in a target from the current memberships and the current mappings.
//!
//! The functions are pure and deterministic, and no other code decides an entitlement.

use crate::convention::Convention;
use crate::entitlement::{Entitlement, Membership};
use crate::grant::Grant;
use crate::group::{GroupText, uuid_of};
use crate::ids::GroupId;
use crate::mapping::{BadRow, Mapping, RemovalPolicy};
use crate::target::Target;
use crate::user::UserStatus;
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// All mappings: the valid and invalid rows of the table, and the naming convention.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The valid rows of the table, including disabled ones.
    pub rows: Vec<Mapping>,
    /// The invalid rows of the table.
    pub bad: Vec<BadRow>,
    /// The naming convention, if one is configured.
    pub convention: Option<Convention>,
}

/// The rules for one group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupRules {
    /// The group's mappings. A target may have more than one.
    pub mappings: Vec<Mapping>,
    /// The group's invalid rows. They may hold anything, so they stop a decision and are not
    /// skipped.
    pub bad: Vec<BadRow>,
}

/// The rules that match one user's memberships.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchedMappings {
    /// Each matching pair of membership and mapping, in no particular order.
    pub claims: Vec<(Membership, Mapping)>,
    /// Invalid rows for the user's own groups, see [`GroupRules::bad`].
    pub bad: Vec<BadRow>,
}

/// Matches memberships with rules.
pub fn matched(memberships: &[Membership], rules: &Rules) -> MatchedMappings {
    let rules = rules.about(memberships);
    let mut matched = MatchedMappings::default();
    for membership in memberships {
        let GroupRules { mappings, bad } = rules.of_group(&membership.group_id, &membership.group_name);
        matched.claims.extend(mappings.into_iter().map(|mapping| (membership.clone(), mapping)));
        matched.bad.extend(bad);
    }
    matched
}

impl Rules {
    /// Returns the rules that can mean one of the groups: all rows that name one of them, and the
    /// convention. Reads each row once, however many groups there are.
    fn about(&self, memberships: &[Membership]) -> Self {
        let names: BTreeSet<&str> = memberships.iter().map(|one| one.group_name.as_str()).collect();
        let ids: BTreeSet<String> = memberships.iter().map(|one| uuid(one.group_id.as_str())).collect();
        let can_mean = |group: &str| match GroupText::of(group) {
            GroupText::Id(id) => ids.contains(&uuid(id)),
            GroupText::Name(name) | GroupText::Malformed(name, _) => names.contains(name),
        };
        Self {
            rows: self.rows.iter().filter(|row| can_mean(&row.group)).cloned().collect(),
            bad: self.bad.iter().filter(|row| can_mean(&row.group)).cloned().collect(),
            convention: self.convention.clone(),
        }
    }

    /// Returns the rules for a group. If the table has any row for it, even a disabled or invalid
    /// one, the naming convention does not apply.
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

    /// Returns the names of all groups that the rules map to a target; `None` if the convention could
    /// mean any group. A row with a group's id needs no name.
    pub fn names_for(&self, target: &Target) -> Option<BTreeSet<String>> {
        let by_convention = match &self.convention {
            Some(convention) => convention.names(target)?,
            None => BTreeSet::new(),
        };
        let rows = self.rows.iter().filter(|row| row.enabled && row.target == *target);
        let names = rows.filter_map(|row| match GroupText::of(&row.group) {
            GroupText::Name(name) => Some(name.to_owned()),
            GroupText::Id(_) | GroupText::Malformed(..) => None,
        });
        Some(names.chain(by_convention).collect())
    }

    /// Returns the more careful of two policies: the one recorded in the grant, and the one in the
    /// table for the grant's group and target.
    ///
    /// Without a row, the grant's own policy applies. If a row for the group is invalid, the most
    /// careful policy applies.
    pub fn removal(&self, grant: &Grant) -> RemovalPolicy {
        let now = self.rows_of(grant).map(|row| row.removal).min();
        if self.is_doubtful(grant) {
            RemovalPolicy::Keep
        } else {
            now.unwrap_or(grant.removal).min(grant.removal)
        }
    }

    /// Returns the days between the leaving of the user of a grant and the deletion. They are those of
    /// the rule for the grant's group and target when the user leaves. From then on, a rule may make the
    /// time longer, never shorter. Without a rule, those of the grant count.
    ///
    /// Returns `None` if a row for the group is invalid: then nothing may be deleted.
    pub fn grace_days(&self, grant: &Grant) -> Option<u32> {
        let of_row = self.rows_of(grant).map(|row| row.grace_days).max();
        let convention = self.convention.as_ref().and_then(|convention| convention.read(&grant.group_name));
        let of_convention = convention.filter(|it| it.target == grant.target).map(|it| it.grace_days);
        let days = match (of_row.or(of_convention), grant.left_at) {
            (Some(days), None) => days,
            (Some(days), Some(_)) => days.max(grant.grace_days),
            (None, _) => grant.grace_days,
        };
        (!self.is_doubtful(grant)).then_some(days)
    }

    /// Returns when the profile of a leaver may be deleted: `at`, or when the days of grace are over.
    /// `None` if that cannot be known.
    pub fn deletion_due(&self, grant: &Grant, at: OffsetDateTime) -> Option<OffsetDateTime> {
        let days = self.grace_days(grant)?;
        let left_at = grant.left_at.unwrap_or(at);
        Some(if days == 0 { at } else { left_at + Duration::days(i64::from(days)) })
    }

    fn rows_of(&self, grant: &Grant) -> impl Iterator<Item = &Mapping> {
        self.rows.iter().filter(|row| is_group_of(grant, &row.group) && row.target == grant.target)
    }

    fn is_doubtful(&self, grant: &Grant) -> bool {
        self.bad.iter().any(|row| is_group_of(grant, &row.group))
    }
}

impl GroupRules {
    /// Returns whether no rule means the group.
    pub fn is_empty(&self) -> bool {
        self.mappings.is_empty() && self.bad.is_empty()
    }

    /// Returns whether all rows of the group can be read.
    pub fn is_readable(&self) -> bool {
        self.bad.is_empty()
    }

    /// Returns every target that the group is mapped to, including those of invalid rows.
    pub fn targets(&self) -> BTreeSet<Target> {
        targets(&self.mappings, &self.bad)
    }

    /// Returns whether the group may be mapped to a target. An invalid row that may refer to the
    /// target counts.
    pub fn may_map_to(&self, target: &Target) -> bool {
        self.targets().contains(target) || adrift(&self.bad).next().is_some()
    }
}

fn is_group_of(grant: &Grant, group: &str) -> bool {
    GroupText::of(group).means(grant.group_id.as_str(), &grant.group_name)
}

/// Returns the UUID of an id in the one case in which it is compared.
fn uuid(id: &str) -> String {
    uuid_of(id).to_ascii_lowercase()
}

/// Returns the targets of mappings, and of invalid rows if their target can be read.
fn targets<'a>(mappings: impl IntoIterator<Item = &'a Mapping>, bad: &[BadRow]) -> BTreeSet<Target> {
    let claimed = mappings.into_iter().map(|mapping| mapping.target.clone());
    claimed.chain(bad.iter().filter_map(|row| row.target.parse().ok())).collect()
}

fn adrift(bad: &[BadRow]) -> impl Iterator<Item = &BadRow> {
    bad.iter().filter(|row| row.target.parse::<Target>().is_err())
}

impl MatchedMappings {
    /// Returns every target that the user's groups are mapped to, including those of invalid rows.
    pub fn targets(&self) -> BTreeSet<Target> {
        targets(self.claims.iter().map(|(_, mapping)| mapping), &self.bad)
    }

    /// Returns the invalid rows whose target cannot be read.
    pub fn adrift(&self) -> impl Iterator<Item = &BadRow> {
        adrift(&self.bad)
    }

    /// Returns the user's entitlement in `target`. The lowest priority number wins, then the first
    /// group name, then the first group id.
    ///
    /// An invalid row that may refer to this target is an error, never "not entitled".
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
                grace_days: mapping.grace_days,
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
