//! Maps the names that a scenario uses for groups to ids. A renamed group keeps its first name in
//! the scenario; a group that was deleted and created again has a new id.

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
    /// Returns the id of the group with this name in the scenario.
    pub fn group_id(&self, name: &str) -> Option<String> {
        self.groups.0.borrow().get(name).cloned()
    }

    /// Returns the name in the scenario of the group with this id. Ignores the case of the id.
    pub fn group_name(&self, id: &str) -> Option<String> {
        let groups = self.groups.0.borrow();
        let mut groups = groups.iter();
        groups.find(|(_, known)| known.eq_ignore_ascii_case(id)).map(|(name, _)| name.clone())
    }

    /// Records the id of a group that was created, or created again under its old name.
    pub(crate) fn note_group(&self, group: &Group) {
        self.groups.0.borrow_mut().insert(group.name.clone(), group.id.clone());
    }
}
