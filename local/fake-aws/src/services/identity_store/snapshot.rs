//! The state of the store as rows, for the tables at the end of a run and for checks of the whole
//! state.

use super::{Group, IdentityStore, User};
use serde::Serialize;

/// All contents of the store, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Id of the store.
    pub store_id: String,
    /// All users.
    pub users: Vec<UserRow>,
    /// All groups.
    pub groups: Vec<GroupRow>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserRow {
    /// Id of the user.
    pub id: String,
    /// User name, in the case in which it was given.
    pub user_name: String,
    /// `ENABLED` or `DISABLED`.
    pub status: &'static str,
    /// Display names of the user's groups, sorted.
    pub groups: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupRow {
    /// Id of the group.
    pub id: String,
    /// Display name of the group.
    pub display_name: String,
    /// User names of its members, sorted.
    pub members: Vec<String>,
}

impl IdentityStore {
    /// Returns the current contents of the store.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            store_id: self.store_id.clone(),
            users: self.users.iter().map(|(key, user)| self.user_row(key, user)).collect(),
            groups: self.groups.iter().map(|(key, group)| self.group_row(key, group)).collect(),
        }
    }

    fn user_row(&self, key: &str, user: &User) -> UserRow {
        let mine = self.memberships.values().filter(|membership| membership.user == key);
        let groups = mine.filter_map(|membership| self.groups.get(&membership.group));
        let mut groups: Vec<String> = groups.map(|group| group.display_name.clone()).collect();
        groups.sort();
        let (id, user_name) = (user.id.clone(), user.name.clone());
        UserRow { id, user_name, status: user.status.as_str(), groups }
    }

    fn group_row(&self, key: &str, group: &Group) -> GroupRow {
        let ours = self.memberships.values().filter(|membership| membership.group == key);
        let members = ours.filter_map(|membership| self.users.get(&membership.user));
        let mut members: Vec<String> = members.map(|user| user.name.clone()).collect();
        members.sort();
        GroupRow { id: group.id.clone(), display_name: group.display_name.clone(), members }
    }
}
