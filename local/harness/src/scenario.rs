//! The scenario file: an emulated AWS, what happens in it, and what should come out. YAML for people; every type below is also the source of
//! the JSON schema that editors use.

mod acts;
mod behaviour;
mod check;
mod duration;
mod places;
mod timeline;

pub use acts::{Act, Change};
pub use behaviour::{Fault, FaultEffect, Limit, RemovalLimits, SecondProfile, StudioBehaviour};
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

/// The scenario that `cargo local` plays when it is given none.
pub const TOUR: &str = include_str!("../tour.yaml");

/// A scenario that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum BadScenario {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The text is not a scenario.
    #[error("{path} is not a scenario: {why}")]
    Malformed {
        /// The file.
        path: String,
        /// Where and why.
        why: String,
    },
    /// Parts of the file refer to nothing, or contradict each other.
    #[error("{}", check::told(path, found))]
    Wrong {
        /// The file.
        path: String,
        /// Every such part, in the order of the file.
        found: Vec<Finding>,
    },
    /// Something in it turned out to be impossible when its time came.
    #[error("{place}: {why}")]
    Impossible {
        /// The part of the scenario.
        place: String,
        /// What is wrong.
        why: String,
    },
}

impl BadScenario {
    /// A part of the scenario that cannot be.
    pub fn at(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Impossible { place: place.into(), why: why.into() }
    }
}

/// A scenario.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// Its title.
    pub name: String,
    /// What it shows, in a sentence or two.
    #[serde(default)]
    pub about: Option<String>,
    /// When it begins, RFC 3339.
    #[serde(default = "morning")]
    pub start: String,
    /// Decides everything that is left to chance; `--seed` overrides it.
    #[serde(default)]
    pub seed: u64,
    /// Environment variables of the functions, in addition to (or instead of) the usual ones. An empty text unsets one.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The removal limits of the sweep.
    #[serde(default)]
    pub removal_limits: RemovalLimits,
    /// IAM Identity Center.
    pub directory: Directory,
    /// Studio accounts with something unusual about the role that we assume. Accounts of `domains` need not be listed.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Studio domains.
    #[serde(default)]
    pub domains: Vec<Domain>,
    /// Rows of the table `GroupMappings`, as an administrator writes them; they may be wrong on purpose.
    #[serde(default)]
    pub mappings: Vec<Map<String, Value>>,
    /// User profiles that are there already.
    #[serde(default)]
    pub profiles: Vec<Profile>,
    /// Spaces that are there already.
    #[serde(default)]
    pub spaces: Vec<SpaceOpen>,
    /// Apps that run already.
    #[serde(default)]
    pub apps: Vec<AppStart>,
    /// How Studio behaves.
    #[serde(default)]
    pub studio: StudioBehaviour,
    /// Faults from the beginning.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// Request rates, in addition to the emulated AWS's own.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// What happens.
    #[serde(default)]
    pub timeline: Vec<Step>,
    /// What should come out.
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
    /// Groups.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Users.
    #[serde(default)]
    pub users: Vec<User>,
    /// The hub account may not assign groups to applications: it is no delegated administrator.
    #[serde(default)]
    pub assignments_denied: bool,
}

/// A group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Its immutable id.
    pub id: String,
    /// Its display name.
    pub name: String,
}

/// A user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// The immutable id.
    pub id: String,
    /// The user name.
    pub name: String,
    /// Whether the user is disabled.
    #[serde(default)]
    pub disabled: bool,
    /// Display names of the groups the user is in from the beginning.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// What is unusual about an account's role.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// Twelve digits.
    pub account: String,
    /// The role does not exist.
    #[serde(default)]
    pub role_missing: bool,
    /// The role trusts somebody else.
    #[serde(default)]
    pub trusts_others: bool,
    /// The role asks for another external id than ours.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The role is so fresh that it cannot be assumed before this much time has passed.
    #[serde(default)]
    pub assumable_after: Option<Span>,
}

/// A Studio domain.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Domain {
    /// `account/region/domain`.
    pub target: String,
    /// Whether it is in IAM mode instead of SSO mode.
    #[serde(default)]
    pub iam_mode: bool,
    /// Its status, `InService` if nothing is said.
    #[serde(default)]
    pub status: Option<String>,
    /// It was made before 1 October 2023 and names no Identity Center application.
    #[serde(default)]
    pub no_application: bool,
}

/// A user profile that is there already.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// `account/region/domain`.
    pub target: String,
    /// Its name.
    pub name: String,
    /// The directory user name it is bound to.
    pub user: String,
    /// Its execution role, if it has one of its own.
    #[serde(default)]
    pub role: Option<String>,
    /// Its tags; our mark is `studio-access:user-id`.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Its status, `InService` if nothing is said.
    #[serde(default)]
    pub status: Option<String>,
}

/// What should come out in the end.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expectation {
    /// Exactly these profiles.
    #[serde(default)]
    pub profiles: Option<Vec<ProfileExpectation>>,
    /// Exactly these spaces, by name.
    #[serde(default)]
    pub spaces: Option<Vec<String>>,
    /// How many volumes were destroyed with their spaces.
    #[serde(default)]
    pub lost_volumes: Option<usize>,
    /// How many calls of an operation took place: `sagemaker:CreateUserProfile: 2`.
    #[serde(default)]
    pub calls: BTreeMap<String, usize>,
    /// Exactly these groups, by display name, are assigned to the application of a domain, given as `account/region/domain`.
    #[serde(default)]
    pub assignments: Option<BTreeMap<String, Vec<String>>>,
    /// How many events ended in the dead-letter queue.
    #[serde(default)]
    pub dead_letters: Option<usize>,
}

/// A profile that should be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileExpectation {
    /// `account/region/domain`.
    pub target: String,
    /// The directory user name it is bound to.
    pub user: String,
    /// The last part of its role's ARN.
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

    /// Reads a scenario's text, and refuses it with line and column of everything in it that refers to nothing.
    pub fn checked(text: &str, name: &str) -> Result<Self, BadScenario> {
        let scenario = Self::parse(text, name)?;
        let found = check::check(&scenario, text);
        if found.is_empty() { Ok(scenario) } else { Err(BadScenario::Wrong { path: name.to_owned(), found }) }
    }

    /// Reads a scenario's text without checking what it refers to: tests make up parts of scenarios. `name` stands in
    /// messages.
    pub fn parse(text: &str, name: &str) -> Result<Self, BadScenario> {
        serde_saphyr::from_str(text)
            .map_err(|error| BadScenario::Malformed { path: name.to_owned(), why: error.to_string() })
    }

    /// The tour.
    pub fn tour() -> Self {
        Self::checked(TOUR, "the tour").expect("the tour is a scenario: a test plays it")
    }

    /// The JSON schema of the format.
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Scenario);
        let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        text.push('\n');
        text
    }
}
