//! What a step does, as a choice: the file has a member for each act, and a step has exactly one of them.

use super::{
    AppStart, DirectoryChange, Fault, Group, GroupRename, Member, ProfileOf, Rename, SignIn, SpaceOpen, Span,
    Step, StudioBehaviour, TagProfile, UntagProfile,
};
use serde_json::{Map, Value};

/// One change, as a choice.
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// Into a group.
    Add(&'a Member),
    /// Out of a group.
    Remove(&'a Member),
    /// Deleted.
    DeleteUser(&'a str),
    /// Disabled.
    DisableUser(&'a str),
    /// Enabled.
    EnableUser(&'a str),
    /// A group is deleted.
    DeleteGroup(&'a str),
    /// A group is made, or made again.
    AddGroup(&'a Group),
    /// A group gets another name.
    RenameGroup(&'a GroupRename),
    /// A user gets another name.
    RenameUser(&'a Rename),
}

/// The act of a step, as a choice.
#[derive(Debug, Clone)]
pub enum Act<'a> {
    /// The directory changes and tells.
    Join(&'a Member),
    /// The directory changes and tells.
    Leave(&'a Member),
    /// An event or a manual input.
    Input(&'a Value),
    /// A sweep with this input.
    Sweep(&'a Map<String, Value>),
    /// A sweep that approves what an earlier one was refused.
    Approve(&'a str),
    /// An earlier one again.
    Repeat(&'a str),
    /// The directory changes silently.
    Directory(Change<'a>),
    /// A row is written.
    PutMapping(&'a Map<String, Value>),
    /// A row is deleted.
    DeleteMapping(&'a Map<String, Value>),
    /// An app is started.
    StartApp(&'a AppStart),
    /// A space is opened.
    OpenSpace(&'a SpaceOpen),
    /// Somebody signs in.
    SignIn(&'a SignIn),
    /// Studio behaves otherwise.
    Studio(&'a StudioBehaviour),
    /// Somebody tags a profile.
    TagProfile(&'a TagProfile),
    /// Somebody removes tags.
    UntagProfile(&'a UntagProfile),
    /// Somebody deletes a profile.
    DeleteProfile(&'a ProfileOf),
    /// A domain is deleted.
    DeleteDomain(&'a str),
    /// Something goes wrong.
    Fault(&'a Fault),
    /// Time passes.
    Wait(Span),
}

/// The one thing that is set, or a sentence about what is wrong.
fn exactly_one<T>(what: &str, candidates: impl IntoIterator<Item = Option<T>>) -> Result<T, String> {
    let mut set: Vec<T> = candidates.into_iter().flatten().collect();
    match (set.pop(), set.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), more) => Err(format!("{what} holds {} at once; write one a step", more + 1)),
        (None, _) => Err(format!("{what} holds nothing to do")),
    }
}

impl Step {
    /// What the step does.
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
    /// Whether the act starts an execution, of which something can be expected.
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
