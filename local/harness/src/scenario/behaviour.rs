//! How AWS behaves in a scenario: Studio's times and quirks, faults on the wire, request rates, and the removal limits of
//! our own stack.

use super::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// How Studio behaves where that is not settled, or where a scenario needs it otherwise.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that no source settles")]
pub struct StudioBehaviour {
    /// How long a profile is `Pending`.
    #[serde(default)]
    pub create_profile: Option<Span>,
    /// How long an app is `Deleting`.
    #[serde(default)]
    pub stop_app: Option<Span>,
    /// How long an app is `Pending`.
    #[serde(default)]
    pub start_app: Option<Span>,
    /// How long after its creation a profile is not shown yet.
    #[serde(default)]
    pub describe_lag: Option<Span>,
    /// The quota of profiles.
    #[serde(default)]
    pub most_profiles: Option<usize>,
    /// What a second profile of the same directory user is told; `resourceInUse` if nothing is said.
    #[serde(default)]
    pub second_profile: Option<SecondProfile>,
    /// Reason with which every creation of a profile fails.
    #[serde(default)]
    pub creations_fail: Option<String>,
    /// Reason with which every change of a profile fails.
    #[serde(default)]
    pub updates_fail: Option<String>,
    /// Reason with which every deletion of a profile fails.
    #[serde(default)]
    pub deletions_fail: Option<String>,
    /// How long a space is `Pending`.
    #[serde(default)]
    pub create_space: Option<Span>,
    /// Another role of a profile is refused while its apps run.
    #[serde(default)]
    pub role_needs_no_apps: bool,
    /// An app that is started again within a day keeps its creation time.
    #[serde(default)]
    pub restarts_keep_time: bool,
    /// Apps cannot be deleted while their profile is `Updating`.
    #[serde(default)]
    pub updates_lock_apps: bool,
    /// A profile in a wrong state answers `ValidationException` instead of `ResourceInUse`.
    #[serde(default)]
    pub wrong_state_is_invalid: bool,
    /// A profile that is `Delete_Failed` can be changed.
    #[serde(default)]
    pub delete_failed_updatable: bool,
}

/// What becomes of a second profile of the same directory user: no source settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecondProfile {
    /// It is made.
    Made,
    /// Refused as `ResourceInUse`.
    ResourceInUse,
    /// Refused as `ValidationException`.
    Validation,
}

/// Something that goes wrong on the wire.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Which calls: `sagemaker:CreateUserProfile`, `sts:*`, `*:*`.
    pub on: String,
    /// What happens to them.
    pub effect: FaultEffect,
    /// The service's code, for `refuse`.
    #[serde(default)]
    pub code: Option<String>,
    /// How long, for `delay`.
    #[serde(default)]
    pub delay: Option<Span>,
    /// Only calls of this function.
    #[serde(default)]
    pub from: Option<String>,
    /// Only calls whose request contains this text.
    #[serde(default)]
    pub about: Option<String>,
    /// How many fitting calls pass first.
    #[serde(default)]
    pub after: u32,
    /// How many calls it strikes; one if nothing is said.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FaultEffect {
    /// Refused before the effect with the service's own "too many requests".
    Throttle,
    /// Refused before the effect with the given code.
    Refuse,
    /// Refused before the effect with status 500.
    ServerError,
    /// Done, but the answer is lost.
    LoseAnswer,
    /// Held up before the effect.
    Delay,
    /// Delivered twice.
    Twice,
}

/// A request rate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limit {
    /// `sagemaker:CreateUserProfile` for one operation, `sagemaker:*` for all operations together.
    pub on: String,
    /// Requests a second, per account and Region.
    pub per_second: f64,
}

/// The limits for removals, as the hub stack's parameters set them; what is left out is as in the stack.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemovalLimits {
    /// Most removals of one sweep.
    #[serde(default)]
    pub count: Option<u32>,
    /// Most removals of one sweep of a hundred grants that are held.
    #[serde(default)]
    pub percent: Option<u32>,
    /// Most removals of all sweeps in one hour.
    #[serde(default)]
    pub per_hour: Option<u32>,
}
