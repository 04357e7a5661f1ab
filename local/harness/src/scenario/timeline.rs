//! The timeline of a scenario: what users, administrators, the directory and AWS do, in order.

use super::{Fault, Group, Span, StudioBehaviour};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One step of the timeline: exactly one act, and optional members such as a title.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Title of the step.
    #[serde(default)]
    pub say: Option<String>,
    /// Time of the step, from the start of the scenario. Without it, the step waits until all
    /// earlier executions have ended.
    #[serde(default)]
    pub at: Option<Span>,
    /// Name that `repeat` and `approve` refer to.
    #[serde(default)]
    pub id: Option<String>,
    /// A user joins a group: the directory changes, and the event starts an execution.
    #[serde(default)]
    pub join: Option<Member>,
    /// A user leaves a group: the directory changes, and the event starts an execution.
    #[serde(default)]
    pub leave: Option<Member>,
    /// An event in EventBridge's format, which starts an execution.
    #[serde(default)]
    pub event: Option<Value>,
    /// An input with which an operator starts an execution.
    #[serde(default)]
    pub start: Option<Value>,
    /// A sweep with this input, and all executions that it starts. `{}` checks all users; `group`,
    /// `userName` or `userId` limit the scope.
    #[serde(default)]
    pub sweep: Option<Map<String, Value>>,
    /// A sweep that approves the removals refused to the sweep of the step with this `id`.
    #[serde(default)]
    pub approve: Option<String>,
    /// Repeats the event or input of the step with this `id`.
    #[serde(default)]
    pub repeat: Option<String>,
    /// The directory changes, and no event reports it.
    #[serde(default)]
    pub directory: Option<DirectoryChange>,
    /// An administrator writes a mapping row (`group` and `target` are its key).
    #[serde(default)]
    pub put_mapping: Option<Map<String, Value>>,
    /// An administrator deletes a mapping row, by `group` and `target`.
    #[serde(default)]
    pub delete_mapping: Option<Map<String, Value>>,
    /// An operator writes an item of the table `Controls` (`pk` and `sk` are its key).
    #[serde(default)]
    pub put_control: Option<Map<String, Value>>,
    /// An operator deletes an item of the table `Controls`, by `pk` and `sk`.
    #[serde(default)]
    pub delete_control: Option<Map<String, Value>>,
    /// A user starts an app.
    #[serde(default)]
    pub start_app: Option<AppStart>,
    /// A user opens a space.
    #[serde(default)]
    pub open_space: Option<SpaceOpen>,
    /// A user signs in to Studio. A user without a profile gets one with the domain's default role.
    #[serde(default)]
    pub sign_in: Option<SignIn>,
    /// New behaviour of Studio from this step on. Members that are left out return to their
    /// defaults.
    #[serde(default)]
    pub studio: Option<StudioBehaviour>,
    /// An administrator sets tags on a profile.
    #[serde(default)]
    pub tag_profile: Option<TagProfile>,
    /// An administrator removes tags from a profile.
    #[serde(default)]
    pub untag_profile: Option<UntagProfile>,
    /// An administrator deletes a profile, which must have no spaces and no running apps.
    #[serde(default)]
    pub delete_profile: Option<ProfileOf>,
    /// An administrator deletes a domain (`account/region/domain`) with everything in it.
    #[serde(default)]
    pub delete_domain: Option<String>,
    /// A fault that is active from this step on.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Time passes.
    #[serde(default)]
    pub wait: Option<Span>,
    /// Expected result of the step's execution.
    #[serde(default)]
    pub expect: Option<StepExpectation>,
}

/// A user and a group, by name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// User name.
    pub user: String,
    /// Display name of the group.
    pub group: String,
}

/// A change of the directory that no event reports: exactly one of these.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DirectoryChange {
    /// Adds a user to a group.
    #[serde(default)]
    pub add: Option<Member>,
    /// Removes a user from a group.
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
    /// Creates a group. A group that was deleted can be created again with another id.
    #[serde(default)]
    pub add_group: Option<Group>,
    /// Changes the display name of a group.
    #[serde(default)]
    pub rename_group: Option<GroupRename>,
    /// Changes the user name of a user.
    #[serde(default)]
    pub rename_user: Option<Rename>,
}

/// A new user name. The rest of the scenario still refers to the user by the first one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rename {
    /// Name of the user in the scenario.
    pub user: String,
    /// New user name.
    pub to: String,
}

/// A new display name. The rest of the scenario still refers to the group by the first one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupRename {
    /// Name of the group in the scenario.
    pub group: String,
    /// New display name.
    pub to: String,
}

/// A sign-in to a Studio domain.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// `account/region/domain`.
    pub target: String,
    /// Directory user name.
    pub user: String,
}

/// Tags to set on a user's profile.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagProfile {
    /// `account/region/domain`.
    pub target: String,
    /// Directory user name that the profile is bound to.
    pub of_user: String,
    /// Tags to set.
    pub tags: BTreeMap<String, String>,
}

/// Tags to remove from a user's profile.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UntagProfile {
    /// `account/region/domain`.
    pub target: String,
    /// Directory user name that the profile is bound to.
    pub of_user: String,
    /// Keys of the tags to remove.
    pub tags: Vec<String>,
}

/// The profile of a user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileOf {
    /// `account/region/domain`.
    pub target: String,
    /// Directory user name that the profile is bound to.
    pub of_user: String,
}

/// An app in a profile or in a space: exactly one of `ofUser` and `inSpace`.
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
    /// Name of the app.
    #[serde(default = "default_name")]
    pub name: String,
}

/// A space.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpaceOpen {
    /// `account/region/domain`.
    pub target: String,
    /// Name of the space.
    pub name: String,
    /// User name of the owner.
    pub of_user: String,
    /// True for a shared space, in which other users work too.
    #[serde(default)]
    pub shared: bool,
}

/// The expected result of an execution.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepExpectation {
    /// `SUCCEEDED`, `FAILED` or `TIMED_OUT`; `DEAD_LETTER` if the execution cannot start.
    #[serde(default)]
    pub status: Option<String>,
    /// Name of the execution's error.
    #[serde(default)]
    pub error: Option<String>,
    /// Text that the execution's cause contains.
    #[serde(default)]
    pub cause: Option<String>,
    /// Actions of the targets, in the order of the targets.
    #[serde(default)]
    pub actions: Option<Vec<String>>,
    /// Number of executions that a sweep starts.
    #[serde(default)]
    pub started: Option<usize>,
}

fn default_name() -> String {
    "default".to_owned()
}
