//! Collects the final state of a run and compares it with the expectations.

use super::Play;
use crate::expect;
use crate::report::Report;
use crate::scenario::BadScenario;
use crate::setting::{GRANTS, HUB, HUB_REGION};
use fake_aws::services::studio::Snapshot;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl Play<'_> {
    /// Collects the final state and compares it with the expectations.
    pub async fn report(self, seed: u64) -> Result<Report, BadScenario> {
        let aws = &self.deployment.aws;
        let items = aws.scan(HUB, HUB_REGION, GRANTS).await;
        let items = items.map_err(|refusal| BadScenario::at(GRANTS, refusal.message))?;
        let now = aws.clock().now();
        let studio = aws.studio(|studio| studio.snapshot(now));
        let assignments = self.assignments(&studio);
        let expects =
            self.scenario.expect.is_some() || self.scenario.timeline.iter().any(|step| step.expect.is_some());
        let mut report = Report {
            scenario: self.scenario.name.clone(),
            seed,
            executions: self.executions,
            dead_letters: self.dead_letters,
            calls: aws.calls(),
            tallies: aws.tallies(),
            idle_faults: aws.idle_faults().iter().map(ToString::to_string).collect(),
            lost: studio.lost_volumes[self.lost_before..].to_vec(),
            studio,
            assignments,
            grants: items.iter().filter(|item| starts(item, "sk", "target#")).map(plain).collect(),
            history: items
                .iter()
                .filter(|item| starts(item, "pk", "history#"))
                .map(|item| plain(&item["grant"]["M"]))
                .collect(),
            expects,
            disappointments: self.disappointments.into_inner(),
        };
        if let Some(expected) = &self.scenario.expect {
            let found = expect::of_end(expected, &report);
            report.disappointments.extend(found);
        }
        Ok(report)
    }

    /// Returns the assigned groups, by display name, for each domain's application.
    fn assignments(&self, studio: &Snapshot) -> BTreeMap<String, Vec<String>> {
        let named = |id: &str| self.deployment.group_name(id).unwrap_or_else(|| id.to_owned());
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        self.deployment.aws.applications(|applications| {
            for (arn, principal) in applications.assignments() {
                let domain = studio.domains.iter().find(|row| row.application_arn.as_deref() == Some(arn));
                let place = domain.map(|row| &row.place);
                let target = place.map(|at| format!("{}/{}/{}", at.account, at.region, at.domain_id));
                all.entry(target.unwrap_or_else(|| arn.to_owned())).or_default().push(named(&principal.id));
            }
        });
        for groups in all.values_mut() {
            groups.sort();
        }
        all
    }
}

/// Returns true if the key of an item starts with `with`. The ledger's table holds grants, leases
/// and history, which differ in the prefixes of their keys.
fn starts(item: &Value, key: &str, with: &str) -> bool {
    item[key]["S"].as_str().is_some_and(|text| text.starts_with(with))
}

/// Converts an item of `DynamoDB` to plain JSON.
fn plain(value: &Value) -> Value {
    let Some(item) = value.as_object() else { return value.clone() };
    Value::Object(item.iter().map(|(name, value)| (name.clone(), untyped(value))).collect::<Map<_, _>>())
}

fn untyped(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|one| one.iter().next()) else {
        return value.clone();
    };
    match (kind.as_str(), inner) {
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or_else(|_| inner.clone()),
        ("M", _) => plain(inner),
        ("L", Value::Array(list)) => list.iter().map(untyped).collect(),
        ("NULL", _) => Value::Null,
        _ => inner.clone(),
    }
}
