//! Changes that administrators and the sync from Active Directory make to the store, without a call
//! of studio-access.

use super::super::studio::hex;
use super::ids::{GROUP_NAME, RESOURCE_ID, USER_NAME};
use super::{Group, IdentityStore, Membership, User, UserStatus};
use sha2::{Digest, Sha256};

/// The reason why the store does not accept a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// The id breaks the service's pattern [2.3].
    #[error("{0} is not an id that the store accepts")]
    BadId(String),
    /// The name breaks the service's pattern [2.8].
    #[error("{0} is not a name that the store accepts")]
    BadName(String),
    /// The user, group or membership does not exist.
    #[error("{0} is not there")]
    Missing(String),
    /// The id or the name is taken. Names are compared without regard to case.
    #[error("{0} is there already")]
    Taken(String),
}

impl IdentityStore {
    /// Adds an enabled user. The display name is the user name until [`IdentityStore::set_contact`]
    /// changes it.
    pub fn add_user(&mut self, id: &str, user_name: &str) -> Result<(), Impossible> {
        let key = key(id)?;
        self.check_user_name(&key, user_name)?;
        if self.users.contains_key(&key) {
            return Err(Impossible::Taken(id.to_owned()));
        }
        let user = User {
            id: id.to_owned(),
            name: user_name.to_owned(),
            status: UserStatus::Enabled,
            display_name: Some(user_name.to_owned()),
            email: None,
            revision: 1,
        };
        self.names.insert(user_name.to_lowercase(), key.clone());
        self.users.insert(key, user);
        Ok(())
    }

    /// Sets a user's display name and e-mail address.
    pub fn set_contact(&mut self, user_id: &str, display_name: &str, email: &str) -> Result<(), Impossible> {
        let user = self.user_to_change(user_id)?;
        (user.display_name, user.email) = (Some(display_name.to_owned()), Some(email.to_owned()));
        Ok(())
    }

    /// Renames a user. The id stays the same.
    pub fn rename_user(&mut self, user_id: &str, user_name: &str) -> Result<(), Impossible> {
        let key = key(user_id)?;
        self.check_user_name(&key, user_name)?;
        let user = self.user_to_change(user_id)?;
        let before = std::mem::replace(&mut user.name, user_name.to_owned());
        self.names.remove(&before.to_lowercase());
        self.names.insert(user_name.to_lowercase(), key);
        Ok(())
    }

    /// Enables or disables a user. Memberships stay.
    pub fn set_status(&mut self, user_id: &str, status: UserStatus) -> Result<(), Impossible> {
        self.user_to_change(user_id)?.status = status;
        Ok(())
    }

    /// Deletes a user with all memberships.
    pub fn delete_user(&mut self, user_id: &str) -> Result<(), Impossible> {
        let key = key(user_id)?;
        let user = self.users.remove(&key).ok_or_else(|| Impossible::Missing(user_id.to_owned()))?;
        self.names.remove(&user.name.to_lowercase());
        self.end_memberships(|membership| membership.user == key);
        Ok(())
    }

    /// Adds a group without members.
    pub fn add_group(&mut self, id: &str, display_name: &str) -> Result<(), Impossible> {
        let key = key(id)?;
        self.check_group_name(&key, display_name)?;
        if self.groups.contains_key(&key) {
            return Err(Impossible::Taken(id.to_owned()));
        }
        self.groups
            .insert(key, Group { id: id.to_owned(), display_name: display_name.to_owned(), revision: 1 });
        Ok(())
    }

    /// Renames a group. The id stays the same.
    pub fn rename_group(&mut self, group_id: &str, display_name: &str) -> Result<(), Impossible> {
        let key = key(group_id)?;
        self.check_group_name(&key, display_name)?;
        let group = self.groups.get_mut(&key).ok_or_else(|| Impossible::Missing(group_id.to_owned()))?;
        display_name.clone_into(&mut group.display_name);
        group.revision += 1;
        Ok(())
    }

    /// Deletes a group with all memberships.
    pub fn delete_group(&mut self, group_id: &str) -> Result<(), Impossible> {
        let key = key(group_id)?;
        self.groups.remove(&key).ok_or_else(|| Impossible::Missing(group_id.to_owned()))?;
        self.end_memberships(|membership| membership.group == key);
        Ok(())
    }

    /// Adds a user to a group and returns the membership's id. If the user is a member already,
    /// returns the existing id. A new id is derived from the ids of store, group and user, and from
    /// the number of times that they were joined before.
    pub fn add_member(&mut self, group_id: &str, user_id: &str) -> Result<String, Impossible> {
        let pair = (key(group_id)?, key(user_id)?);
        let times = self.joined.get(&pair).copied().unwrap_or(0);
        let (store, (group, user)) = (&self.store_id, &pair);
        let digest = hex(&Sha256::digest(format!("{store}\n{group}\n{user}\n{times}")));
        let id = [&digest[..8], &digest[8..12], &digest[12..16], &digest[16..20], &digest[20..32]].join("-");
        self.add_member_as(&id, group_id, user_id)
    }

    /// Adds a user to a group under this membership id. If the user is a member already, returns
    /// the existing id.
    pub fn add_member_as(&mut self, id: &str, group_id: &str, user_id: &str) -> Result<String, Impossible> {
        let (key, group, user) = (key(id)?, key(group_id)?, key(user_id)?);
        for (there, asked) in
            [(self.groups.contains_key(&group), group_id), (self.users.contains_key(&user), user_id)]
        {
            if !there {
                return Err(Impossible::Missing(asked.to_owned()));
            }
        }
        if let Some(membership) = self.membership(&group, &user) {
            return Ok(membership.id.clone());
        }
        if self.memberships.contains_key(&key) {
            return Err(Impossible::Taken(id.to_owned()));
        }
        *self.joined.entry((group.clone(), user.clone())).or_default() += 1;
        self.pairs.insert((user.clone(), group.clone()), key.clone());
        self.members.insert((group.clone(), key.clone()));
        self.memberships.insert(key, Membership { id: id.to_owned(), group, user });
        Ok(id.to_owned())
    }

    /// Ends a membership and returns its id.
    pub fn remove_member(&mut self, group_id: &str, user_id: &str) -> Result<String, Impossible> {
        let found = self.membership(group_id, user_id);
        let id = found.ok_or_else(|| Impossible::Missing(format!("{user_id} in {group_id}")))?.id.clone();
        self.end_memberships(|membership| membership.id == id);
        Ok(id)
    }

    fn end_memberships(&mut self, ends: impl Fn(&Membership) -> bool) {
        for (key, gone) in self.memberships.extract_if(.., |_, membership| ends(membership)) {
            self.members.remove(&(gone.group.clone(), key));
            self.pairs.remove(&(gone.user, gone.group));
        }
    }

    fn user_to_change(&mut self, user_id: &str) -> Result<&mut User, Impossible> {
        let user =
            self.users.get_mut(&key(user_id)?).ok_or_else(|| Impossible::Missing(user_id.to_owned()))?;
        user.revision += 1;
        Ok(user)
    }

    fn check_user_name(&self, key: &str, name: &str) -> Result<(), Impossible> {
        let fits = (USER_NAME.holds)(name) && name.chars().count() <= USER_NAME.longest;
        let holder = self.names.get(&name.to_lowercase()).filter(|holder| *holder != key);
        free(fits, holder.is_some(), name)
    }

    fn check_group_name(&self, key: &str, name: &str) -> Result<(), Impossible> {
        let fits = (GROUP_NAME.holds)(name)
            && (GROUP_NAME.shortest..=GROUP_NAME.longest).contains(&name.chars().count());
        let mut others = self.groups.iter().filter(|(other, _)| *other != key);
        let folded = name.to_lowercase();
        free(fits, others.any(|(_, group)| group.display_name.to_lowercase() == folded), name)
    }
}

fn free(fits: bool, taken: bool, name: &str) -> Result<(), Impossible> {
    match (fits, taken) {
        (false, _) => Err(Impossible::BadName(name.to_owned())),
        (true, true) => Err(Impossible::Taken(name.to_owned())),
        (true, false) => Ok(()),
    }
}

fn key(id: &str) -> Result<String, Impossible> {
    let fits = !id.starts_with("arn:") && (RESOURCE_ID.holds)(id);
    if fits { Ok(id.to_lowercase()) } else { Err(Impossible::BadId(id.to_owned())) }
}
