//! Groups by the names that a scenario calls them: a renamed group keeps its first name there, and one that was deleted
//! and made again has another id.

use super::Deployment;
use crate::scenario::{Group, Scenario};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Ids of groups by their names in the scenario.
#[derive(Debug, Default)]
pub(super) struct Groups(RefCell<BTreeMap<String, String>>);

impl Groups {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let named = |group: &Group| (group.name.clone(), group.id.clone());
        Self(RefCell::new(scenario.directory.groups.iter().map(named).collect()))
    }
}

impl Deployment {
    /// The id of the group that the scenario calls by this name.
    pub fn group_id(&self, name: &str) -> Option<String> {
        self.groups.0.borrow().get(name).cloned()
    }

    /// The name by which the scenario calls the group with this id, whatever its case.
    pub fn group_name(&self, id: &str) -> Option<String> {
        let groups = self.groups.0.borrow();
        let mut groups = groups.iter();
        groups.find(|(_, known)| known.eq_ignore_ascii_case(id)).map(|(name, _)| name.clone())
    }

    /// From here on the scenario calls this group by its name.
    pub(crate) fn note_group(&self, group: &Group) {
        self.groups.0.borrow_mut().insert(group.name.clone(), group.id.clone());
    }
}
