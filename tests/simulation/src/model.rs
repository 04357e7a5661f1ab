//! What every user should have: the reference that the product is held against. It shares no line with the product.

pub use crate::names::{Group, Target, User};

use crate::names::{new_name, user_name};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// What a leaver's spaces come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removal {
    /// They stay, and the profile with them.
    Keep,
    /// They go.
    Delete,
}

/// A row of the mapping table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The role's number.
    pub role: u8,
    /// The lowest wins.
    pub priority: u32,
    /// Whether it counts.
    pub enabled: bool,
    /// What happens to spaces.
    pub removal: Removal,
    /// Days between the leaving and the deletion.
    pub grace_days: u32,
    /// Whether apps that run under an earlier role are stopped.
    pub restarts: bool,
    /// Whether a profile that somebody else made may be taken over.
    pub adopts: bool,
}

/// Directory and mapping, as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Model {
    /// Memberships.
    pub members: BTreeSet<(User, Group)>,
    /// Users who are disabled or deleted.
    pub out: BTreeSet<User>,
    /// The mapping table.
    pub rows: BTreeMap<(Group, Target), Row>,
    /// Rows that have ever let their leavers' spaces go. Once a row is deleted, what it said when somebody last looked counts.
    pub let_go: BTreeSet<(Group, Target)>,
    /// Targets in which a row has ever let something be deleted at once.
    pub hasty: BTreeSet<Target>,
    /// Targets in which a row has ever left apps under an earlier role.
    pub left_apps: BTreeSet<Target>,
    /// Users whose name has changed.
    pub renamed: BTreeSet<User>,
    /// Where a profile that is not ours stands in the way of a user.
    pub unmanaged: BTreeSet<(User, Target)>,
}

impl Model {
    /// Writes a row.
    pub fn maps(&mut self, group: Group, target: Target, row: Row) {
        self.rows.insert((group, target), row);
        if row.removal == Removal::Delete {
            self.let_go.insert((group, target));
        }
        if row.grace_days == 0 {
            self.hasty.insert(target);
        }
        if !row.restarts {
            self.left_apps.insert(target);
        }
    }

    /// The role that a user should have in a target: that of the enabled row with the lowest priority among their groups, ties by the group's name.
    pub fn entitled(&self, user: User, target: Target) -> Option<u8> {
        self.winner(user, target).map(|row| row.role)
    }

    /// The row that gives a user their role in a target.
    pub fn winner(&self, user: User, target: Target) -> Option<Row> {
        self.winning(user, target).map(|(_, row)| row)
    }

    /// The same, with the group it is for.
    pub fn winning(&self, user: User, target: Target) -> Option<(Group, Row)> {
        if self.out.contains(&user) {
            return None;
        }
        let theirs = self.rows.iter().filter(|((group, place), row)| {
            *place == target && row.enabled && self.members.contains(&(user, *group))
        });
        theirs.min_by_key(|((group, _), row)| (row.priority, *group)).map(|((group, _), row)| (*group, *row))
    }
}

/// The model as it was at every moment.
#[derive(Debug, Clone, Default)]
pub struct Past {
    states: Vec<(SystemTime, Model)>,
}

impl Past {
    /// From now on this is how it is.
    pub fn becomes(&mut self, now: SystemTime, model: &Model) {
        self.states.push((now, model.clone()));
    }

    /// How it was when the time between the two began, and whatever it became within.
    fn within(&self, since: SystemTime, until: SystemTime) -> impl Iterator<Item = &Model> {
        let last_before = self.states.iter().rposition(|(at, _)| *at <= since).unwrap_or(0);
        let within =
            self.states[last_before..].iter().take_while(move |(at, _)| *at <= since || *at <= until);
        within.map(|(_, model)| model)
    }

    /// Everything that a user was entitled to in a target at some moment between the two.
    pub fn between(
        &self,
        since: SystemTime,
        until: SystemTime,
        user: User,
        target: Target,
    ) -> BTreeSet<Option<u8>> {
        self.within(since, until).map(|model| model.entitled(user, target)).collect()
    }

    /// Everything that a user was called at some moment between the two.
    pub fn names(&self, since: SystemTime, until: SystemTime, user: User) -> BTreeSet<String> {
        let called =
            |model: &Model| if model.renamed.contains(&user) { new_name(user) } else { user_name(user) };
        self.within(since, until).map(called).collect()
    }

    /// Whether a user was a member of a group, and enabled, at every moment between the two.
    pub fn stayed(&self, since: SystemTime, until: SystemTime, user: User, group: Group) -> bool {
        let is_in = |model: &Model| model.members.contains(&(user, group)) && !model.out.contains(&user);
        self.within(since, until).all(is_in)
    }

    /// Whether a group was ever mapped to a target until then.
    pub fn has_mapped(&self, until: SystemTime, group: Group, target: Target) -> bool {
        let so_far = self.states.iter().take_while(|(at, _)| *at <= until);
        so_far
            .map(|(_, model)| model.rows.get(&(group, target)))
            .any(|row| row.is_some_and(|row| row.enabled))
    }

    /// Whether a row of a target ever let something be deleted at once, until then.
    pub fn is_hasty(&self, until: SystemTime, target: Target) -> bool {
        self.states.iter().take_while(|(at, _)| *at <= until).any(|(_, model)| model.hasty.contains(&target))
    }

    /// Whether at some moment between the two a user's row let a profile be taken over that somebody else made.
    pub fn let_adopt(&self, since: SystemTime, until: SystemTime, user: User, target: Target) -> bool {
        self.within(since, until).any(|model| model.winner(user, target).is_some_and(|row| row.adopts))
    }

    /// Whether at some moment between the two a row let the spaces of its leavers go, for a group of which the user was ever a member. The policy
    /// of a grant is the more careful one of what was recorded and what the row says now: so without such a row no space may go.
    pub fn let_spaces_go(&self, since: SystemTime, until: SystemTime, user: User, target: Target) -> bool {
        let so_far = self.states.iter().take_while(|(at, _)| *at <= until);
        let theirs: BTreeSet<Group> = so_far
            .flat_map(|(_, model)| model.members.iter().filter(|(member, _)| *member == user))
            .map(|(_, group)| *group)
            .collect();
        self.within(since, until).any(|model| {
            theirs.iter().map(|group| (*group, target)).any(|place| {
                let may_delete = |row: &Row| row.removal == Removal::Delete;
                model.rows.get(&place).map_or_else(|| model.let_go.contains(&place), may_delete)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn row(role: u8, priority: u32) -> Row {
        Row {
            role,
            priority,
            enabled: true,
            removal: Removal::Keep,
            grace_days: 0,
            restarts: true,
            adopts: false,
        }
    }

    #[test]
    fn the_lowest_priority_wins_then_the_first_group() {
        let mut model = Model { members: BTreeSet::from([(0, 0), (0, 1), (0, 2)]), ..Model::default() };
        model.rows = BTreeMap::from([((0, 0), row(1, 50)), ((1, 0), row(2, 10)), ((2, 0), row(3, 10))]);
        assert_eq!(model.entitled(0, 0), Some(2));
        model.out.insert(0);
        assert_eq!(model.entitled(0, 0), None);
    }

    #[test]
    fn the_past_tells_everything_that_was_so_in_between() {
        let at = |second| UNIX_EPOCH + Duration::from_secs(second);
        let (mut past, mut model) = (Past::default(), Model::default());
        model.rows.insert((0, 0), row(7, 1));
        past.becomes(at(0), &model);
        model.members.insert((0, 0));
        past.becomes(at(10), &model);
        assert_eq!(past.between(at(1), at(9), 0, 0), BTreeSet::from([None]));
        assert_eq!(past.between(at(5), at(10), 0, 0), BTreeSet::from([None, Some(7)]));
        assert_eq!(past.between(at(11), at(12), 0, 0), BTreeSet::from([Some(7)]));
    }

    #[test]
    fn spaces_go_only_while_a_row_of_a_group_of_theirs_says_so() {
        let at = |second| UNIX_EPOCH + Duration::from_secs(second);
        let goes = Row { removal: Removal::Delete, ..row(1, 1) };
        let (mut past, mut model) = (Past::default(), Model::default());
        model.maps(0, 0, row(1, 1));
        model.maps(1, 0, goes);
        model.members.insert((0, 0));
        past.becomes(at(0), &model);
        assert!(
            !past.let_spaces_go(at(1), at(2), 0, 0),
            "the other group's row says nothing about this user"
        );
        model.maps(0, 0, goes);
        past.becomes(at(10), &model);
        model.maps(0, 0, row(1, 1));
        past.becomes(at(20), &model);
        assert!(past.let_spaces_go(at(9), at(11), 0, 0));
        assert!(past.let_spaces_go(at(12), at(30), 0, 0));
        assert!(!past.let_spaces_go(at(21), at(30), 0, 0));
    }
}
