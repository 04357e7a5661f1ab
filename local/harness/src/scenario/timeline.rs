//! The timeline of a scenario: what people, the directory and AWS do, in order.

use super::{Fault, Group, Span, StudioBehaviour};
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
    /// A name for `repeat` and `approve`.
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
    /// Any input, as an operator would start an execution with it.
    #[serde(default)]
    pub start: Option<Value>,
    /// A sweep with this input, and every execution that it starts: `{}` looks at everyone, `group`, `userName` or `userId` at
    /// some.
    #[serde(default)]
    pub sweep: Option<Map<String, Value>>,
    /// A sweep that approves the removals that the sweep of the step with this `id` was refused.
    #[serde(default)]
    pub approve: Option<String>,
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
    /// Somebody removes tags from a profile by hand.
    #[serde(default)]
    pub untag_profile: Option<UntagProfile>,
    /// Somebody deletes a profile by hand, which is possible when it has no spaces and no running apps.
    #[serde(default)]
    pub delete_profile: Option<ProfileOf>,
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
    /// Makes a group: one of a new name, or one that was deleted, which comes back with another id.
    #[serde(default)]
    pub add_group: Option<Group>,
    /// Gives a group another display name.
    #[serde(default)]
    pub rename_group: Option<GroupRename>,
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

/// Another display name; the rest of the scenario goes on calling the group by the first one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupRename {
    /// The group's name in the scenario.
    pub group: String,
    /// The display name from now on.
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

/// Tags that somebody removes from the profile of a user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UntagProfile {
    /// `account/region/domain`.
    pub target: String,
    /// The directory user name it is bound to.
    pub of_user: String,
    /// The keys of the tags.
    pub tags: Vec<String>,
}

/// The profile of a user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileOf {
    /// `account/region/domain`.
    pub target: String,
    /// The directory user name it is bound to.
    pub of_user: String,
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
    /// How many executions a sweep starts.
    #[serde(default)]
    pub started: Option<usize>,
}

fn default_name() -> String {
    "default".to_owned()
}
