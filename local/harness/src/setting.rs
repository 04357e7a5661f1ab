//! Builds the emulated AWS of a scenario: accounts with the role that the functions assume,
//! domains, users, tables, and existing profiles, spaces and apps.

mod acts;

pub use acts::{delete_domain, delete_profile, open_space, sign_in, start_app, tag_profile, untag_profile};

use crate::scenario::{
    BadScenario, Domain, Fault, FaultEffect, Limit, Profile, Scenario, SecondProfile, StudioBehaviour,
};
use crate::steps;
use contract::settings::Env;
use contract::target::{BadTarget, Target};
use fake_aws::services::identity_store::{IdentityStore, UserStatus};
use fake_aws::services::sts::Role;
use fake_aws::services::studio::{
    AuthMode, NewDomain, NewProfile, Place, SsoUserUnique, Status, Switches, Work,
};
use fake_aws::{Clock, Covers, Effect, FakeAws, FakeAwsSettings, RateLimit, Rule};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Account of the hub stack and of Identity Center.
pub const HUB: &str = "111122223333";
/// Region of the hub stack and of Identity Center.
pub const HUB_REGION: &str = "us-east-1";
/// Table of mappings.
pub const MAPPINGS: &str = "GroupMappings";
/// The table of the operators' controls.
pub const CONTROLS: &str = "Controls";
/// Table of the ledger.
pub const GRANTS: &str = "Grants";

/// The `aws:userid` of the approver of scenarios and tests.
const APPROVER: &str = "AROAEXAMPLE:ana";

const MEMBER_ROLE: &str = "studio-access/StudioAccessMember";
const NO_ACCESS_ROLE: &str = "studio-access/StudioNoAccess";
const EXTERNAL_ID: &str = "studio-access-local";

/// Upper bound for the time that executions need beyond the spans of their scenario: retries,
/// polls, and the durations that functions add to the current time.
const SLACK: Duration = Duration::from_hours(24 * 365);

/// Returns the start time of a scenario.
///
/// # Errors
///
/// Fails if the scenario could leave the range of a clock, which is the years from 1970 to 9999.
pub fn beginning(scenario: &Scenario) -> Result<SystemTime, BadScenario> {
    let bad = |why: String| BadScenario::at("start", why);
    let start = OffsetDateTime::parse(&scenario.start, &Rfc3339).map_err(|error| bad(error.to_string()))?;
    let end = spans(scenario)
        .try_fold(SLACK, Duration::checked_add)
        .and_then(|all| time::Duration::try_from(all).ok())
        .and_then(|all| start.checked_add(all));
    if start < OffsetDateTime::UNIX_EPOCH || end.is_none() {
        return Err(bad(format!(
            "{} is too early, or too late for what the scenario takes: a clock shows the years from 1970 to 9999",
            scenario.start
        )));
    }
    Ok(SystemTime::from(start))
}

/// Returns all spans of a scenario.
fn spans(scenario: &Scenario) -> impl Iterator<Item = Duration> {
    let studio = &scenario.studio;
    let behaviour = [studio.create_profile, studio.stop_app, studio.start_app, studio.describe_lag];
    let accounts = scenario.accounts.iter().map(|account| account.assumable_after);
    let faults = scenario.faults.iter().map(|fault| fault.delay);
    let steps = scenario
        .timeline
        .iter()
        .flat_map(|step| [step.at, step.wait, step.fault.as_ref().and_then(|fault| fault.delay)]);
    behaviour.into_iter().chain(accounts).chain(faults).chain(steps).flatten().map(|span| span.0)
}

/// Builds the emulated AWS of a scenario, on a clock that shows the scenario's start time.
pub async fn build(scenario: &Scenario, seed: u64, clock: Clock) -> Result<FakeAws, BadScenario> {
    build_in(FakeAws::new(FakeAwsSettings::new(seed, clock)), scenario).await
}

/// Like [`build`], on an emulated AWS that is still empty.
pub async fn build_in(aws: FakeAws, scenario: &Scenario) -> Result<FakeAws, BadScenario> {
    people(&aws, scenario)?;
    tables(&aws, &scenario.mappings).await?;
    for domain in &scenario.domains {
        open_domain(&aws, domain)?;
    }
    roles(&aws, scenario)?;
    behaviour(&aws, &scenario.studio);
    for profile in &scenario.profiles {
        add_profile(&aws, profile)?;
    }
    for space in &scenario.spaces {
        open_space(&aws, space)?;
    }
    for app in &scenario.apps {
        start_app(&aws, app)?;
    }
    for fault in &scenario.faults {
        inject(&aws, fault)?;
    }
    let own = scenario.limits.iter().map(limit).collect::<Result<Vec<_>, _>>()?;
    aws.set_limits(RateLimit::defaults().into_iter().chain(own).collect());
    Ok(aws)
}

/// Returns the environment of every function. A scenario can add variables, replace them, or unset
/// them with an empty text.
pub fn environment(scenario: &Scenario) -> Env {
    variables(scenario).into_iter().collect()
}

/// Returns the same environment as a map, for functions that run in a process of their own.
pub fn variables(scenario: &Scenario) -> BTreeMap<String, String> {
    let usual = [
        ("IDENTITY_STORE_ID", scenario.directory.store_id.as_str()),
        ("GROUP_MAPPINGS_TABLE", MAPPINGS),
        ("GRANTS_TABLE", GRANTS),
        ("CONTROLS_TABLE", CONTROLS),
        ("MEMBER_ROLE", MEMBER_ROLE),
        ("NO_ACCESS_ROLE", NO_ACCESS_ROLE),
        ("EXTERNAL_ID", EXTERNAL_ID),
    ];
    let usual = usual.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut all = BTreeMap::from(usual);
    let limits = &scenario.removal_limits;
    let limits = [
        ("SUSPENSION_LIMIT_PER_HOUR", limits.suspensions.per_hour),
        ("SUSPENSION_LIMIT_PERCENT", limits.suspensions.percent),
        ("DELETION_LIMIT_PER_HOUR", limits.deletions.per_hour),
        ("DELETION_LIMIT_PERCENT", limits.deletions.percent),
    ];
    let given = limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), limit?.to_string())));
    all.extend(given);
    all.extend(scenario.settings.clone());
    all
}

fn people(aws: &FakeAws, scenario: &Scenario) -> Result<(), BadScenario> {
    let directory = &scenario.directory;
    aws.applications(|all| all.denied = directory.assignments_denied);
    aws.directory(|store| {
        *store = IdentityStore::new(HUB, HUB_REGION, &directory.store_id);
        for group in &directory.groups {
            store
                .add_group(&group.id, &group.name)
                .map_err(|why| BadScenario::at(&group.name, why.to_string()))?;
        }
        for user in &directory.users {
            store
                .add_user(&user.id, &user.name)
                .map_err(|why| BadScenario::at(&user.name, why.to_string()))?;
            if user.disabled {
                store
                    .set_status(&user.id, UserStatus::Disabled)
                    .map_err(|why| BadScenario::at(&user.name, why.to_string()))?;
            }
            for name in &user.groups {
                let group = directory.groups.iter().find(|group| group.name == *name);
                let group = group
                    .ok_or_else(|| BadScenario::at(&user.name, format!("there is no group {name:?}")))?;
                store
                    .add_member(&group.id, &user.id)
                    .map_err(|why| BadScenario::at(&user.name, why.to_string()))?;
            }
        }
        Ok(())
    })
}

async fn tables(aws: &FakeAws, mappings: &[Map<String, Value>]) -> Result<(), BadScenario> {
    for (table, hash, range) in [(MAPPINGS, "group", "target"), (GRANTS, "pk", "sk"), (CONTROLS, "pk", "sk")]
    {
        let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
        let mut body = json!({"TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [key(hash, "HASH"), key(range, "RANGE")],
            "AttributeDefinitions": [attribute(hash), attribute(range)]});
        if table == GRANTS {
            let index = |name: &str, keys: Value| json!({"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}});
            body["AttributeDefinitions"] =
                ["pk", "sk", "groupId", "membershipId", "heldBack", "updatedAt"].map(attribute).into();
            body["GlobalSecondaryIndexes"] = json!([
                index("ByMembership", json!([key("membershipId", "HASH")])),
                index("ByGroup", json!([key("groupId", "HASH"), key("pk", "RANGE")])),
                index("HeldBack", json!([key("heldBack", "HASH"), key("updatedAt", "RANGE")])),
            ]);
        }
        let made = aws.create_table(HUB, HUB_REGION, body).await;
        made.map_err(|refusal| BadScenario::at(table, refusal.message))?;
    }
    for row in mappings {
        put_mapping(aws, row).await?;
    }
    Ok(())
}

/// Writes a mapping row without checking it, as an administrator would.
pub async fn put_mapping(aws: &FakeAws, row: &Map<String, Value>) -> Result<(), BadScenario> {
    put_row(aws, MAPPINGS, row).await
}

/// Writes a row of a table in the hub account.
pub async fn put_row(aws: &FakeAws, table: &str, row: &Map<String, Value>) -> Result<(), BadScenario> {
    let item: Map<String, Value> = row.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    let put = aws.put_item(HUB, HUB_REGION, table, Value::Object(item)).await;
    put.map(|_| ()).map_err(|refusal| BadScenario::at(format!("a row of {table}"), refusal.message))
}

/// Deletes the row of a table in the hub account that has this key.
pub async fn delete_row(aws: &FakeAws, table: &str, key: &Map<String, Value>) -> Result<(), BadScenario> {
    let key: Map<String, Value> = key.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    let deleted = aws.delete_item(HUB, HUB_REGION, table, Value::Object(key)).await;
    deleted.map(|_| ()).map_err(|refusal| BadScenario::at(format!("a row of {table}"), refusal.message))
}

/// Approves a list of removals for an hour, as an approver does. `told`: the input with `approve` that a
/// sweep has told. Returns the input of the sweep that starts the removals.
pub async fn approve(aws: &FakeAws, told: &Value) -> Result<Value, BadScenario> {
    let until = OffsetDateTime::from(aws.clock().now()) + time::Duration::HOUR;
    let until = until.format(&Rfc3339).map_err(|error| BadScenario::at("approve", error.to_string()))?;
    let approval = json!({"pk": format!("approval#{APPROVER}"), "sk": told["approve"], "until": until, "reason": "CHG-1"});
    put_row(aws, CONTROLS, approval.as_object().unwrap_or(&Map::new())).await?;
    Ok(json!({"approve": told["approve"], "approver": APPROVER}))
}

/// Converts a JSON value to `DynamoDB` JSON.
pub fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(flag) => json!({"BOOL": flag}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(list) => json!({"L": list.iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(map) => {
            let map: Map<String, Value> = map.iter().map(|(k, v)| (k.clone(), attribute(v))).collect();
            json!({ "M": map })
        }
    }
}

/// Parses `account/region/domain` into a place of the emulated AWS.
pub fn place(target: &str) -> Result<Place, BadScenario> {
    let parsed: Target = target.parse().map_err(|why: BadTarget| BadScenario::at(target, why.to_string()))?;
    Ok(Place::new(parsed.account.as_str(), parsed.region.as_str(), parsed.domain_id.as_str()))
}

fn open_domain(aws: &FakeAws, domain: &Domain) -> Result<(), BadScenario> {
    let place = place(&domain.target)?;
    let mut new = NewDomain::sso(place);
    if domain.iam_mode {
        new.auth_mode = AuthMode::Iam;
    }
    if let Some(word) = &domain.status {
        new.status = status(word)?;
    }
    if domain.no_application {
        new.application_arn = None;
    }
    if let Some(arn) = &new.application_arn {
        aws.applications(|all| all.add_application(arn));
    }
    let now = aws.clock().now();
    aws.studio(|studio| studio.add_domain(new, now))
        .map_err(|why| BadScenario::at(&domain.target, why.to_string()))
}

fn status(word: &str) -> Result<Status, BadScenario> {
    let all = [
        Status::Pending,
        Status::InService,
        Status::Updating,
        Status::Deleting,
        Status::Failed,
        Status::UpdateFailed,
        Status::DeleteFailed,
    ];
    all.into_iter()
        .find(|status| status.as_str() == word)
        .ok_or_else(|| BadScenario::at(word, "is not a status of Studio"))
}

/// Creates the role in every Studio account. It trusts exactly the functions that work there, with
/// the external id that they send.
fn roles(aws: &FakeAws, scenario: &Scenario) -> Result<(), BadScenario> {
    let mut partitions: BTreeMap<String, &'static str> = BTreeMap::new();
    for domain in &scenario.domains {
        let target: Target = domain
            .target
            .parse()
            .map_err(|why: BadTarget| BadScenario::at(&domain.target, why.to_string()))?;
        partitions.insert(target.account.to_string(), target.region.partition());
    }
    let callers: Vec<String> = steps::in_studio().map(function_role).collect();
    for (account, partition) in partitions {
        let unusual = scenario.accounts.iter().find(|unusual| unusual.account == account);
        if unusual.is_some_and(|unusual| unusual.role_missing) {
            continue;
        }
        let strangers = unusual.is_some_and(|unusual| unusual.trusts_others);
        let trusts =
            if strangers { vec!["arn:aws:iam::999900001111:role/other".to_owned()] } else { callers.clone() };
        let after = unusual.and_then(|unusual| unusual.assumable_after);
        let role = Role {
            arn: format!("arn:{partition}:iam::{account}:role/{MEMBER_ROLE}"),
            trusts,
            external_id: Some(
                unusual.and_then(|u| u.external_id.clone()).unwrap_or_else(|| EXTERNAL_ID.to_owned()),
            ),
            allows_source_identity: true,
            assumable_from: after.map(|after| aws.clock().now() + after.0),
        };
        aws.roles(|sts| sts.put_role(role));
    }
    Ok(())
}

/// Returns the ARN of the role that a function runs with in the hub account.
pub fn function_role(name: &str) -> String {
    format!("arn:aws:iam::{HUB}:role/studio-access/{name}")
}

/// Sets the behaviour of Studio. Earlier settings and failures are reset first.
pub fn behaviour(aws: &FakeAws, wanted: &StudioBehaviour) {
    aws.studio(|studio| {
        studio.heal();
        studio.switches = Switches::default();
        let switches = &mut studio.switches;
        let set = |slot: &mut std::time::Duration, span: Option<crate::scenario::Span>| {
            if let Some(span) = span {
                *slot = span.0;
            }
        };
        set(&mut switches.timing.create_profile, wanted.create_profile);
        set(&mut switches.timing.stop_app, wanted.stop_app);
        set(&mut switches.timing.start_app, wanted.start_app);
        set(&mut switches.timing.create_space, wanted.create_space);
        set(&mut switches.describe_lag, wanted.describe_lag);
        switches.role_needs_no_apps = wanted.role_needs_no_apps;
        switches.restarts_keep_time = wanted.restarts_keep_time;
        switches.updates_lock_apps = wanted.updates_lock_apps;
        switches.wrong_state_is_invalid = wanted.wrong_state_is_invalid;
        switches.delete_failed_updatable = wanted.delete_failed_updatable;
        switches.most_profiles = wanted.most_profiles;
        switches.sso_user_unique = match wanted.second_profile {
            Some(SecondProfile::Made) => SsoUserUnique::Unchecked,
            Some(SecondProfile::ResourceInUse) | None => SsoUserUnique::ResourceInUse,
            Some(SecondProfile::Validation) => SsoUserUnique::Validation,
        };
        for (work, reason) in [
            (Work::CreateProfile, &wanted.creations_fail),
            (Work::UpdateProfile, &wanted.updates_fail),
            (Work::DeleteProfile, &wanted.deletions_fail),
        ] {
            if let Some(reason) = reason {
                studio.fail(work, None, None, reason);
            }
        }
    });
}

fn add_profile(aws: &FakeAws, profile: &Profile) -> Result<(), BadScenario> {
    let mut new = NewProfile::named(&profile.name);
    new.sso_user = Some(profile.user.clone());
    new.role.clone_from(&profile.role);
    new.tags.clone_from(&profile.tags);
    if let Some(word) = &profile.status {
        new.status = status(word)?;
    }
    let (place, now) = (place(&profile.target)?, aws.clock().now());
    aws.studio(|studio| studio.add_profile(&place, new, now))
        .map_err(|why| BadScenario::at(&profile.name, why.to_string()))
}

/// Activates a fault.
pub fn inject(aws: &FakeAws, fault: &Fault) -> Result<(), BadScenario> {
    let effect = match fault.effect {
        FaultEffect::Throttle => Effect::Throttle,
        FaultEffect::Refuse => {
            let code =
                fault.code.as_deref().ok_or_else(|| BadScenario::at(&fault.on, "refuse needs a code"))?;
            Effect::Refuse(fake_aws::service::Refusal::new(code, "refused by the scenario"))
        }
        FaultEffect::ServerError => {
            fault.delay.map_or(Effect::ServerError, |late| Effect::ErrorThenRun(late.0))
        }
        FaultEffect::LoseAnswer => {
            fault.delay.map_or(Effect::LoseAnswer, |late| Effect::BreakThenRun(late.0))
        }
        FaultEffect::Delay => {
            Effect::Delay(fault.delay.ok_or_else(|| BadScenario::at(&fault.on, "delay needs a delay"))?.0)
        }
        FaultEffect::Twice => Effect::Twice,
    };
    let mut rule = Rule::on(&fault.on, effect).after(fault.after).times(fault.times.unwrap_or(1));
    if let Some(name) = &fault.from {
        rule = rule.from(name);
    }
    if let Some(text) = &fault.about {
        rule = rule.about(text);
    }
    aws.inject(rule);
    Ok(())
}

fn limit(limit: &Limit) -> Result<RateLimit, BadScenario> {
    let (service, operation) = limit
        .on
        .split_once(':')
        .ok_or_else(|| BadScenario::at(&limit.on, "write it like sagemaker:CreateUserProfile"))?;
    if !(limit.per_second.is_finite() && limit.per_second > 0.0) {
        let why = format!("perSecond is {}, but a rate is a number above 0", limit.per_second);
        return Err(BadScenario::at(&limit.on, why));
    }
    let covers = if operation == "*" { Covers::AllTogether } else { Covers::Operation(operation.to_owned()) };
    Ok(RateLimit::new(service, covers, limit.per_second))
}
