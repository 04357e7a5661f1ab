//! The timeline of a scenario: what people, the directory and AWS do, in order.

use super::{Fault, Span, StudioBehaviour};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One step of the timeline: exactly one of the acts, with a title if you like.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// What happens, for people.
    #[serde(default)]
    pub say: Option<String>,
    /// When, after the beginning. Without it the step waits until every execution before it has ended.
    #[serde(default)]
    pub at: Option<Span>,
    /// A name for `repeat`.
    #[serde(default)]
    pub id: Option<String>,
    /// Somebody joins a group: the directory changes, and its event starts an execution.
    #[serde(default)]
    pub join: Option<Member>,
    /// Somebody leaves a group: the directory changes, and its event starts an execution.
    #[serde(default)]
    pub leave: Option<Member>,
    /// Any event, as EventBridge would deliver it.
    #[serde(default)]
    pub event: Option<Value>,
    /// Any input, as a person would start an execution with it.
    #[serde(default)]
    pub start: Option<Value>,
    /// The event or input of an earlier step, once more.
    #[serde(default)]
    pub repeat: Option<String>,
    /// The directory changes and no event tells of it.
    #[serde(default)]
    pub directory: Option<DirectoryChange>,
    /// An administrator writes a mapping row (group and target are its key).
    #[serde(default)]
    pub put_mapping: Option<Map<String, Value>>,
    /// An administrator deletes a mapping row, by `group` and `target`.
    #[serde(default)]
    pub delete_mapping: Option<Map<String, Value>>,
    /// Somebody starts an app.
    #[serde(default)]
    pub start_app: Option<AppStart>,
    /// Somebody opens a space.
    #[serde(default)]
    pub open_space: Option<SpaceOpen>,
    /// Somebody signs in to Studio, which makes a profile with the domain's default role for who has none.
    #[serde(default)]
    pub sign_in: Option<SignIn>,
    /// Studio behaves like this from here on; what was said before does not count any more.
    #[serde(default)]
    pub studio: Option<StudioBehaviour>,
    /// Somebody sets tags on a profile by hand.
    #[serde(default)]
    pub tag_profile: Option<TagProfile>,
    /// A domain is deleted with all that is in it, by `account/region/domain`.
    #[serde(default)]
    pub delete_domain: Option<String>,
    /// Something goes wrong from here on.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Time passes.
    #[serde(default)]
    pub wait: Option<Span>,
    /// What the execution of this step should come to.
    #[serde(default)]
    pub expect: Option<StepExpectation>,
}

/// A user in a group, by name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// The user's name.
    pub user: String,
    /// The group's display name.
    pub group: String,
}

/// A change of the directory that no event tells of: exactly one of these.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DirectoryChange {
    /// Puts a user into a group.
    #[serde(default)]
    pub add: Option<Member>,
    /// Takes a user out of a group.
    #[serde(default)]
    pub remove: Option<Member>,
    /// Deletes a user, by name.
    #[serde(default)]
    pub delete_user: Option<String>,
    /// Disables a user, by name.
    #[serde(default)]
    pub disable_user: Option<String>,
    /// Enables a user, by name.
    #[serde(default)]
    pub enable_user: Option<String>,
    /// Deletes a group with its memberships, by name.
    #[serde(default)]
    pub delete_group: Option<String>,
    /// Gives a user another user name.
    #[serde(default)]
    pub rename_user: Option<Rename>,
}

/// Another user name; the rest of the scenario goes on calling the user by the first one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rename {
    /// The user's name in the scenario.
    pub user: String,
    /// The user name from now on.
    pub to: String,
}

/// A sign-in to a Studio domain.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// `account/region/domain`.
    pub target: String,
    /// The directory user name.
    pub user: String,
}

/// Tags that somebody sets on the profile of a user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagProfile {
    /// `account/region/domain`.
    pub target: String,
    /// The directory user name it is bound to.
    pub of_user: String,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

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
    /// Another name.
    RenameUser(&'a Rename),
}

/// An app that somebody starts in a profile or in a space.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppStart {
    /// `account/region/domain`.
    pub target: String,
    /// User name of the profile's owner.
    #[serde(default)]
    pub of_user: Option<String>,
    /// Name of the space.
    #[serde(default)]
    pub in_space: Option<String>,
    /// `JupyterLab`, `CodeEditor`, `Canvas`, ...
    #[serde(rename = "type")]
    pub app_type: String,
    /// Its name.
    #[serde(default = "default_name")]
    pub name: String,
}

/// A space that somebody opens.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpaceOpen {
    /// `account/region/domain`.
    pub target: String,
    /// Its name.
    pub name: String,
    /// User name of the owner.
    pub of_user: String,
    /// Whether others work in it too.
    #[serde(default)]
    pub shared: bool,
}

/// What an execution should come to.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepExpectation {
    /// `SUCCEEDED`, `FAILED` or `TIMED_OUT`; `DEAD_LETTER` when it cannot even start.
    #[serde(default)]
    pub status: Option<String>,
    /// The execution's error.
    #[serde(default)]
    pub error: Option<String>,
    /// A text that the execution's cause contains.
    #[serde(default)]
    pub cause: Option<String>,
    /// The actions of the targets, in the order of the targets.
    #[serde(default)]
    pub actions: Option<Vec<String>>,
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
    /// A domain is deleted.
    DeleteDomain(&'a str),
    /// Something goes wrong.
    Fault(&'a Fault),
    /// Time passes.
    Wait(Span),
}

fn default_name() -> String {
    "default".to_owned()
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
                self.repeat.as_deref().map(Act::Repeat),
                change.map(Act::Directory),
                self.put_mapping.as_ref().map(Act::PutMapping),
                self.delete_mapping.as_ref().map(Act::DeleteMapping),
                self.start_app.as_ref().map(Act::StartApp),
                self.open_space.as_ref().map(Act::OpenSpace),
                self.sign_in.as_ref().map(Act::SignIn),
                self.studio.as_ref().map(Act::Studio),
                self.tag_profile.as_ref().map(Act::TagProfile),
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
                self.rename_user.as_ref().map(Change::RenameUser),
            ],
        )
    }
}
