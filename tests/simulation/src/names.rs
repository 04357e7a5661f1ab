//! What users, groups, targets and roles are called: numbers in a history, and these texts in the emulated AWS.

/// Number of a user in a history, from 0.
pub type User = usize;
/// Number of a group in a history, from 0.
pub type Group = usize;
/// Number of a Studio domain in a history, from 0.
pub type Target = usize;

/// The id of a user.
pub fn user_id(user: User) -> String {
    format!("04c8e458-a021-702e-f9d1-{:012}", user + 1)
}

/// The name of a user, with the characters that user names really have.
pub fn user_name(user: User) -> String {
    format!("user{user}@example.com")
}

/// The name of a user after it has changed.
pub fn new_name(user: User) -> String {
    format!("user{user}.changed@example.com")
}

/// The id of a group.
pub fn group_id(group: Group) -> String {
    format!("14f83478-a061-708f-8de4-{:012}", group + 1)
}

/// The group of an id.
pub fn group_of(id: &str) -> Option<Group> {
    let number: Group = id.rsplit('-').next()?.parse().ok()?;
    (id == group_id(number.checked_sub(1)?)).then(|| number - 1)
}

/// The name of a group; the order of names is the order of groups.
pub fn group_name(group: Group) -> String {
    format!("studio-{group:04}")
}

/// A target as a mapping row writes it.
pub fn target_name(target: Target) -> String {
    format!("{:012}/eu-west-1/d-domain{target}", 222_233_330_000 + target)
}

/// The ARN of a role in a target's account.
pub fn role_arn(target: Target, role: u8) -> String {
    format!("arn:aws:iam::{:012}:role/studio/Role{role}", 222_233_330_000 + target)
}
