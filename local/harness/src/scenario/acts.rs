//! The action of a step as an enum. The file has one member for each kind of act, and a step must
//! have exactly one of them.

use super::{
    AppStart, DirectoryChange, Fault, Group, GroupRename, Member, ProfileOf, Rename, SignIn, SpaceOpen, Span,
    Step, StudioBehaviour, TagProfile, UntagProfile,
};
use serde_json::{Map, Value};

/// A change of the directory, as an enum.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// Adds a user to a group.
    Add(&'a Member),
    /// Removes a user from a group.
    Remove(&'a Member),
    /// Deletes a user.
    DeleteUser(&'a str),
    /// Disables a user.
    DisableUser(&'a str),
    /// Enables a user.
    EnableUser(&'a str),
    /// Deletes a group.
    DeleteGroup(&'a str),
    /// Creates a group, or creates a deleted one again.
    AddGroup(&'a Group),
    /// Renames a group.
    RenameGroup(&'a GroupRename),
    /// Renames a user.
    RenameUser(&'a Rename),
}

/// The act of a step, as an enum.
#[derive(Debug, Clone)]
pub enum Act<'a> {
    /// A user joins a group, and the event starts an execution.
    Join(&'a Member),
    /// A user leaves a group, and the event starts an execution.
    Leave(&'a Member),
    /// An event or a manual input starts an execution.
    Input(&'a Value),
    /// A sweep runs with this input.
    Sweep(&'a Map<String, Value>),
    /// A sweep runs that approves the removals refused to an earlier one.
    Approve(&'a str),
    /// The input of an earlier step starts an execution again.
    Repeat(&'a str),
    /// The directory changes without an event.
    Directory(Change<'a>),
    /// An administrator writes a mapping row.
    PutMapping(&'a Map<String, Value>),
    /// An administrator deletes a mapping row.
    DeleteMapping(&'a Map<String, Value>),
    /// An operator sets a control.
    PutControl(&'a Map<String, Value>),
    /// An operator deletes a control.
    DeleteControl(&'a Map<String, Value>),
    /// A user starts an app.
    StartApp(&'a AppStart),
    /// A user opens a space.
    OpenSpace(&'a SpaceOpen),
    /// A user signs in to Studio.
    SignIn(&'a SignIn),
    /// The behaviour of Studio changes.
    Studio(&'a StudioBehaviour),
    /// An administrator tags a profile.
    TagProfile(&'a TagProfile),
    /// An administrator removes tags from a profile.
    UntagProfile(&'a UntagProfile),
    /// An administrator deletes a profile.
    DeleteProfile(&'a ProfileOf),
    /// An administrator deletes a domain.
    DeleteDomain(&'a str),
    /// A fault becomes active.
    Fault(&'a Fault),
    /// Time passes.
    Wait(Span),
}

/// Returns the only member that is set. The error is a sentence for the author of the scenario.
fn exactly_one<T>(what: &str, candidates: impl IntoIterator<Item = Option<T>>) -> Result<T, String> {
    let mut set: Vec<T> = candidates.into_iter().flatten().collect();
    match (set.pop(), set.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), more) => Err(format!("{what} holds {} at once; write one a step", more + 1)),
        (None, _) => Err(format!("{what} holds nothing to do")),
    }
}

impl Step {
    /// Returns the act of the step. The error says that the step has none, or more than one.
    pub fn act(&self) -> Result<Act<'_>, String> {
        let change = self.directory.as_ref().map(DirectoryChange::change).transpose()?;
        exactly_one(
            "the step",
            [
                self.join.as_ref().map(Act::Join),
                self.leave.as_ref().map(Act::Leave),
                self.event.as_ref().map(Act::Input),
                self.start.as_ref().map(Act::Input),
                self.sweep.as_ref().map(Act::Sweep),
                self.approve.as_deref().map(Act::Approve),
                self.repeat.as_deref().map(Act::Repeat),
                change.map(Act::Directory),
                self.put_mapping.as_ref().map(Act::PutMapping),
                self.delete_mapping.as_ref().map(Act::DeleteMapping),
                self.put_control.as_ref().map(Act::PutControl),
                self.delete_control.as_ref().map(Act::DeleteControl),
                self.start_app.as_ref().map(Act::StartApp),
                self.open_space.as_ref().map(Act::OpenSpace),
                self.sign_in.as_ref().map(Act::SignIn),
                self.studio.as_ref().map(Act::Studio),
                self.tag_profile.as_ref().map(Act::TagProfile),
                self.untag_profile.as_ref().map(Act::UntagProfile),
                self.delete_profile.as_ref().map(Act::DeleteProfile),
                self.delete_domain.as_deref().map(Act::DeleteDomain),
                self.fault.as_ref().map(Act::Fault),
                self.wait.map(Act::Wait),
            ],
        )
    }
}

impl DirectoryChange {
    fn change(&self) -> Result<Change<'_>, String> {
        exactly_one(
            "the change of the directory",
            [
                self.add.as_ref().map(Change::Add),
                self.remove.as_ref().map(Change::Remove),
                self.delete_user.as_deref().map(Change::DeleteUser),
                self.disable_user.as_deref().map(Change::DisableUser),
                self.enable_user.as_deref().map(Change::EnableUser),
                self.delete_group.as_deref().map(Change::DeleteGroup),
                self.add_group.as_ref().map(Change::AddGroup),
                self.rename_group.as_ref().map(Change::RenameGroup),
                self.rename_user.as_ref().map(Change::RenameUser),
            ],
        )
    }
}

impl Act<'_> {
    /// Returns true if the act starts an execution, so that the step can have expectations.
    pub fn starts(&self) -> bool {
        matches!(
            self,
            Self::Join(_)
                | Self::Leave(_)
                | Self::Input(_)
                | Self::Sweep(_)
                | Self::Approve(_)
                | Self::Repeat(_)
        )
    }
}
