//! The scenario file: an emulated AWS, what happens in it, and the expected results. The file is
//! YAML; the types in this module also generate the JSON schema that editors use.

mod acts;
mod behaviour;
mod check;
mod duration;
mod places;
mod timeline;

pub use acts::{Act, Change};
pub use behaviour::{Fault, FaultEffect, InAnHour, Limit, RemovalLimits, SecondProfile, StudioBehaviour};
pub use check::Finding;
pub use duration::Span;
pub use timeline::{
    AppStart, DirectoryChange, GroupRename, Member, ProfileOf, Rename, SignIn, SpaceOpen, Step,
    StepExpectation, TagProfile, UntagProfile,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The scenario that `cargo local` plays by default.
pub const TOUR: &str = include_str!("../tour.yaml");

/// The reason why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum BadScenario {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Path of the file.
        path: String,
        /// Error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The text is not a scenario.
    #[error("{path} is not a scenario: {why}")]
    Malformed {
        /// Path of the file.
        path: String,
        /// Position and reason.
        why: String,
    },
    /// Parts of the file refer to something that does not exist, or contradict each other.
    #[error("{}", check::told(path, found))]
    Wrong {
        /// Path of the file.
        path: String,
        /// All such parts, in the order of the file.
        found: Vec<Finding>,
    },
    /// A step turned out to be impossible when it was played.
    #[error("{place}: {why}")]
    Impossible {
        /// Part of the scenario.
        place: String,
        /// Reason why it is impossible.
        why: String,
    },
}

impl BadScenario {
    /// Creates the error for an impossible part of a scenario.
    pub fn at(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Impossible { place: place.into(), why: why.into() }
    }
}

/// A scenario.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// Title.
    pub name: String,
    /// Description in a sentence or two.
    #[serde(default)]
    pub about: Option<String>,
    /// Start time, RFC 3339.
    #[serde(default = "morning")]
    pub start: String,
    /// Seed of all random choices; `--seed` overrides it.
    #[serde(default)]
    pub seed: u64,
    /// Environment variables of the functions. They are added to the usual ones or replace them; an
    /// empty text unsets a variable.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Limits on what removals take away in one hour.
    #[serde(default)]
    pub removal_limits: RemovalLimits,
    /// IAM Identity Center.
    pub directory: Directory,
    /// Studio accounts whose role `StudioAccessMember` differs from the usual one. Accounts of
    /// `domains` need not be listed.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Studio domains.
    #[serde(default)]
    pub domains: Vec<Domain>,
    /// Rows of the table `GroupMappings`, as an administrator writes them. They are not checked,
    /// because a row may be wrong on purpose.
    #[serde(default)]
    pub mappings: Vec<Map<String, Value>>,
    /// User profiles that exist at the start.
    #[serde(default)]
    pub profiles: Vec<Profile>,
    /// Spaces that exist at the start.
    #[serde(default)]
    pub spaces: Vec<SpaceOpen>,
    /// Apps that run at the start.
    #[serde(default)]
    pub apps: Vec<AppStart>,
    /// Behaviour of Studio.
    #[serde(default)]
    pub studio: StudioBehaviour,
    /// Faults that are active from the start.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Request rates, in addition to those of the emulated AWS.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// Steps to play, in order.
    #[serde(default)]
    pub timeline: Vec<Step>,
    /// Expected final state.
    #[serde(default)]
    pub expect: Option<Expectation>,
}

/// The directory: one Identity Center instance in the hub account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Directory {
    /// Id of the identity store.
    #[serde(default = "store")]
    pub store_id: String,
    /// Groups in the directory.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Users in the directory.
    #[serde(default)]
    pub users: Vec<User>,
    /// If true, the hub account may not assign groups to applications, because it is not a
    /// delegated administrator.
    #[serde(default)]
    pub assignments_denied: bool,
}

/// A group of the directory.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Immutable id.
    pub id: String,
    /// Display name.
    pub name: String,
}

/// A user of the directory.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// Immutable id.
    pub id: String,
    /// User name.
    pub name: String,
    /// True if the user is disabled.
    #[serde(default)]
    pub disabled: bool,
    /// Display names of the groups that the user is a member of at the start.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// A Studio account whose role differs from the usual one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// Account id, twelve digits.
    pub account: String,
    /// The role does not exist.
    #[serde(default)]
    pub role_missing: bool,
    /// The role trusts other principals instead of the functions.
    #[serde(default)]
    pub trusts_others: bool,
    /// External id that the role requires, if it differs from the one that the functions send.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Time before the role can be assumed, as for a role that was just created.
    #[serde(default)]
    pub assumable_after: Option<Span>,
}

/// A Studio domain.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Domain {
    /// `account/region/domain`.
    pub target: String,
    /// True for IAM mode; the default is SSO mode.
    #[serde(default)]
    pub iam_mode: bool,
    /// Status; `InService` by default.
    #[serde(default)]
    pub status: Option<String>,
    /// The domain was created before 1 October 2023 and names no Identity Center application.
    #[serde(default)]
    pub no_application: bool,
}

/// A user profile that exists at the start.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// `account/region/domain`.
    pub target: String,
    /// Profile name.
    pub name: String,
    /// Directory user name that the profile is bound to.
    pub user: String,
    /// Execution role, if the profile has its own.
    #[serde(default)]
    pub role: Option<String>,
    /// Tags. The ownership tag is `studio-access:user-id`.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Status; `InService` by default.
    #[serde(default)]
    pub status: Option<String>,
}

/// The expected final state. Members that are left out are not checked.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// Exactly these profiles exist.
    #[serde(default)]
    pub profiles: Option<Vec<ProfileExpectation>>,
    /// Exactly these spaces exist, by name.
    #[serde(default)]
    pub spaces: Option<Vec<String>>,
    /// Number of volumes that were destroyed with their spaces.
    #[serde(default)]
    pub lost_volumes: Option<usize>,
    /// Number of calls of an operation: `sagemaker:CreateUserProfile: 2`.
    #[serde(default)]
    pub calls: BTreeMap<String, usize>,
    /// Exactly these groups, by display name, are assigned to the application of each domain
    /// (`account/region/domain`).
    #[serde(default)]
    pub assignments: Option<BTreeMap<String, Vec<String>>>,
    /// Number of events in the dead-letter queue.
    #[serde(default)]
    pub dead_letters: Option<usize>,
}

/// An expected profile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileExpectation {
    /// `account/region/domain`.
    pub target: String,
    /// Directory user name that the profile is bound to.
    pub user: String,
    /// Last part of the ARN of its role.
    pub role: String,
}

fn morning() -> String {
    "2026-11-23T09:00:00Z".to_owned()
}

fn store() -> String {
    "d-906716eb24".to_owned()
}

impl Scenario {
    /// Reads and checks a scenario file.
    pub fn read(path: &Path) -> Result<Self, BadScenario> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| BadScenario::Unreadable { path: shown.clone(), source })?;
        Self::checked(&text, &shown)
    }

    /// Parses a scenario and checks its references. The error lists every wrong reference with line
    /// and column.
    pub fn checked(text: &str, name: &str) -> Result<Self, BadScenario> {
        let scenario = Self::parse(text, name)?;
        let found = check::check(&scenario, text);
        if found.is_empty() { Ok(scenario) } else { Err(BadScenario::Wrong { path: name.to_owned(), found }) }
    }

    /// Parses a scenario without checking its references, for tests that use parts of scenarios.
    /// `name` is the file name in messages.
    pub fn parse(text: &str, name: &str) -> Result<Self, BadScenario> {
        serde_saphyr::from_str(text)
            .map_err(|error| BadScenario::Malformed { path: name.to_owned(), why: error.to_string() })
    }

    /// Returns the tour.
    pub fn tour() -> Self {
        Self::checked(TOUR, "the tour").expect("the tour is a scenario: a test plays it")
    }

    /// Returns the JSON schema of the format.
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Scenario);
        let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        text.push('\n');
        text
    }
}
