//! The behaviour of AWS in a scenario: times and quirks of Studio, faults on the wire, request
//! rates, and the removal limits of the hub stack.

use super::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// Behaviour of Studio that AWS does not document, or that a scenario changes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that no source settles")]
pub struct StudioBehaviour {
    /// Time for which a new profile is `Pending`.
    #[serde(default)]
    pub create_profile: Option<Span>,
    /// Time for which an app is `Deleting`.
    #[serde(default)]
    pub stop_app: Option<Span>,
    /// Time for which a new app is `Pending`.
    #[serde(default)]
    pub start_app: Option<Span>,
    /// Time after its creation during which a profile is not visible yet.
    #[serde(default)]
    pub describe_lag: Option<Span>,
    /// Quota of profiles per domain.
    #[serde(default)]
    pub most_profiles: Option<usize>,
    /// Answer to a second profile of the same directory user; `resourceInUse` by default.
    #[serde(default)]
    pub second_profile: Option<SecondProfile>,
    /// Failure reason. If set, every creation of a profile fails with it.
    #[serde(default)]
    pub creations_fail: Option<String>,
    /// Failure reason. If set, every update of a profile fails with it.
    #[serde(default)]
    pub updates_fail: Option<String>,
    /// Failure reason. If set, every deletion of a profile fails with it.
    #[serde(default)]
    pub deletions_fail: Option<String>,
    /// Time for which a new space is `Pending`.
    #[serde(default)]
    pub create_space: Option<Span>,
    /// Refuse a change of a profile's role while its apps run.
    #[serde(default)]
    pub role_needs_no_apps: bool,
    /// Keep the creation time of an app that is started again within a day.
    #[serde(default)]
    pub restarts_keep_time: bool,
    /// Refuse to delete apps while their profile is `Updating`.
    #[serde(default)]
    pub updates_lock_apps: bool,
    /// Answer `ValidationException` instead of `ResourceInUse` for a profile in a wrong state.
    #[serde(default)]
    pub wrong_state_is_invalid: bool,
    /// Allow updates of a profile that is `Delete_Failed`.
    #[serde(default)]
    pub delete_failed_updatable: bool,
}

/// The answer to a second profile of the same directory user. AWS does not document it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecondProfile {
    /// The profile is created.
    Made,
    /// Refused with `ResourceInUse`.
    ResourceInUse,
    /// Refused with `ValidationException`.
    Validation,
}

/// A fault on the wire.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Affected calls: `sagemaker:CreateUserProfile`, `sts:*`, `*:*`.
    pub on: String,
    /// Effect on these calls.
    pub effect: FaultEffect,
    /// Error code of the service, for `refuse`.
    #[serde(default)]
    pub code: Option<String>,
    /// Duration, for `delay`.
    #[serde(default)]
    pub delay: Option<Span>,
    /// Affect only calls of this function.
    #[serde(default)]
    pub from: Option<String>,
    /// Affect only calls whose request contains this text.
    #[serde(default)]
    pub about: Option<String>,
    /// Number of matching calls that pass first.
    #[serde(default)]
    pub after: u32,
    /// Number of calls that fail; 1 by default.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The effect of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FaultEffect {
    /// Refused before the effect, with the service's own "too many requests" error.
    Throttle,
    /// Refused before the effect, with the given code.
    Refuse,
    /// Refused with status 500, and not carried out; with a `delay`, carried out so much later.
    ServerError,
    /// Carried out, but the answer is lost; with a `delay`, carried out so much after the connection
    /// broke.
    LoseAnswer,
    /// Delayed before the effect.
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
    /// Requests per second, for each account and Region.
    pub per_second: f64,
}

/// The removal limits, which are parameters of the hub stack. Limits that are left out have the
/// stack's default.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemovalLimits {
    /// Profiles that lose their role.
    #[serde(default)]
    pub suspensions: InAnHour,
    /// Profiles that are deleted.
    #[serde(default)]
    pub deletions: InAnHour,
}

/// A limit on removals; omitted members have the values of the template.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InAnHour {
    /// Most in one hour.
    #[serde(default)]
    pub per_hour: Option<u32>,
    /// Most in one hour, as a percentage of the held grants. Five are always allowed; 100 switches the
    /// percentage off.
    #[serde(default)]
    pub percent: Option<u32>,
}
