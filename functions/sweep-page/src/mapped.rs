//! Computes what the mapped groups give, once for each group, because a sweep asks a hundred
//! thousand times.

use contract::grant::{Grant, GrantStatus};
use contract::group;
use contract::ids::{GroupId, RoleArn};
use contract::mapping::RemovalPolicy;
use contract::rules::{GroupRules, Rules};
use contract::target::Target;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a mapped group gives in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupGrant {
    /// The role.
    pub(crate) role: RoleArn,
    /// Its priority.
    pub(crate) priority: u32,
    /// What becomes of the spaces of a leaver.
    removal: RemovalPolicy,
    /// Days until the profile of a leaver is deleted.
    grace_days: u32,
}

/// The mapped groups with their names, the rules, and the computed result for each group.
#[derive(Debug)]
pub(crate) struct MappedGroups {
    /// Names of the mapped groups, by id.
    pub(crate) names: BTreeMap<GroupId, String>,
    /// Ids as the directory writes them, by the key that all forms share.
    forms: BTreeMap<String, GroupId>,
    /// Other groups, by the same key: a sweep of one group knows only that group at first.
    others: RefCell<BTreeMap<String, (GroupId, String)>>,
    rules: Rules,
    given: RefCell<BTreeMap<GroupId, GroupGrants>>,
}

/// What a group gives, by target.
pub(crate) type GroupGrants = Rc<BTreeMap<Target, GroupGrant>>;

impl MappedGroups {
    /// Creates the index without computing any group.
    pub(crate) fn new(names: BTreeMap<GroupId, String>, rules: Rules) -> Self {
        let forms = names.keys().map(|id| (group::key_of(id.as_str()), id.clone())).collect();
        Self { names, forms, rules, others: RefCell::default(), given: RefCell::default() }
    }

    /// Returns the rules as they were read.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns whether there is any rule at all.
    pub(crate) fn has_rules(&self) -> bool {
        let Rules { rows, bad, convention } = &self.rules;
        !rows.is_empty() || !bad.is_empty() || convention.is_some()
    }

    /// Adds a group of which somebody has a grant.
    pub(crate) fn learn(&self, group: &GroupId, name: String) {
        self.others.borrow_mut().insert(group::key_of(group.as_str()), (group.clone(), name));
    }

    /// Returns the id of a mapped group as the directory writes it, for any form of the id.
    pub(crate) fn known(&self, id: &GroupId) -> Option<GroupId> {
        let key = group::key_of(id.as_str());
        let other = || self.others.borrow().get(&key).map(|(group, _)| group.clone());
        self.forms.get(&key).cloned().or_else(other)
    }

    fn name(&self, group: &GroupId) -> String {
        let other = || {
            let others = self.others.borrow();
            others.get(&group::key_of(group.as_str())).map(|(_, name)| name.clone()).unwrap_or_default()
        };
        self.names.get(group).cloned().unwrap_or_else(other)
    }

    /// Returns what a group gives, by target. An unreadable row gives nothing here, and removes
    /// nothing either: see [`Mapped::is_mapped`].
    pub(crate) fn gives(&self, group: &GroupId) -> GroupGrants {
        if let Some(known) = self.given.borrow().get(group) {
            return Rc::clone(known);
        }
        let mut all: BTreeMap<Target, GroupGrant> = BTreeMap::new();
        for mapping in self.rules.of_group(group, &self.name(group)).mappings {
            let given = GroupGrant {
                role: mapping.execution_role_arn,
                priority: mapping.priority,
                removal: mapping.removal,
                grace_days: mapping.grace_days,
            };
            let worse = all.get(&mapping.target).is_some_and(|known| known.priority <= given.priority);
            if !worse {
                all.insert(mapping.target, given);
            }
        }
        let given = Rc::new(all);
        self.given.borrow_mut().insert(group.clone(), Rc::clone(&given));
        given
    }

    /// Returns whether a group of the directory is mapped to a target. An unreadable row that could
    /// apply counts as a mapping, because "unknown" must not become "no".
    pub(crate) fn is_mapped(&self, group: &GroupId, target: &Target) -> bool {
        let Some(name) = self.names.get(group) else { return false };
        self.rules.of_group(group, name).may_map_to(target)
    }

    /// Compares one member's grant in a target with what the group gives there.
    pub(crate) fn compare(&self, group: &GroupId, given: &GroupGrant, grant: Option<&Grant>) -> Comparison {
        // Of a grant with `held_back`, its user is back, if only through another group, before the removal
        // that a limit held back: the list must not keep them.
        let is_kept = |grant: &&Grant| grant.status == GrantStatus::Active && grant.held_back.is_none();
        let Some(grant) = grant.filter(is_kept) else { return Comparison::Differs };
        if group::is_same_group(&grant.group_id, group) {
            // The ledger follows the row and the name of the group: they decide about a leaver later.
            let is_right = grant.role_arn == given.role
                && (grant.removal, grant.grace_days) == (given.removal, given.grace_days)
                && grant.group_name == self.name(group);
            return if is_right { Comparison::Right } else { Comparison::Differs };
        }
        let Some(id) = self.known(&grant.group_id) else { return Comparison::Differs };
        let others = self.gives(&id);
        let Some(there) = others.get(&grant.target) else { return Comparison::Differs };
        let ours = (given.priority, self.name(group), group);
        if (there.priority, self.name(&id), &id) <= ours && grant.role_arn == there.role {
            Comparison::Elsewhere
        } else {
            Comparison::Differs
        }
    }
}

/// Returns whether a group is mapped anywhere, readable or not.
pub(crate) fn is_mapped(group: &GroupId, name: &str, rules: &Rules) -> bool {
    rules.of_group(group, name) != GroupRules::default()
}

/// The result of comparing a member's grant in a target with what the group gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The grant is as it should be, and comes from this group.
    Right,
    /// The grant comes from another group and is at least as good. If the user leaves that group,
    /// this one keeps their access.
    Elsewhere,
    /// The ledger records less than the group gives.
    Differs,
}

#[cfg(test)]
mod tests;
