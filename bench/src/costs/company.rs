//! The measured users: members of many groups without a mapping row, with many rows in the mapping.

use anyhow::{Context as _, Result};
use harness::scenario::Scenario;
use serde::Serialize;
use serde_json::{Value, json};

const TARGET: &str = "222233334444/eu-west-1/d-research";
const ANALYSTS: &str = "studio-analysts";
const LEADS: &str = "studio-leads";
const CANTEEN: &str = "canteen";

/// Rows of one domain.
const ROWS_OF_DOMAIN: usize = 300;

/// What is measured, in this order.
pub(super) const MEASURED: [&str; 7] = [
    "onboarding",
    "look, all right",
    "duplicate event",
    "event of an unmapped group",
    "change of role",
    "removal",
    "removal with app and space",
];

/// How large directory and mapping are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// Groups of each user that no rule means.
    pub groups: usize,
    /// Rows of the mapping, up to three hundred of them for one domain. The groups of all but two do not exist.
    pub rows: usize,
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::222233334444:role/studio/{name}")
}

/// Bob and Eve come first, so that what is shared by all users is known by the time that is measured.
fn timeline() -> Value {
    let well = json!({"status": "SUCCEEDED"});
    let join = |say: &str, at: &str, user: &str, group: &str| json!({"say": say, "id": say, "at": at, "join": {"user": user, "group": group}, "expect": well});
    let leave = |say: &str, user: &str, group: &str| json!({"say": say, "at": "6m", "leave": {"user": user, "group": group}, "expect": well});
    let [onboarding, look, duplicate, unmapped, role_change, removal, with_app] = MEASURED;
    json!([
        join("Bob joins", "0s", "bob", ANALYSTS),
        join("Bob leads", "110s", "bob", LEADS),
        join("Eve joins the canteen", "115s", "eve", CANTEEN),
        join(onboarding, "2m", "ana", ANALYSTS),
        join("Dora joins", "2m", "dora", ANALYSTS),
        {"say": look, "at": "210s", "repeat": onboarding, "expect": well},
        {"say": duplicate, "at": "4m", "repeat": onboarding, "expect": well},
        join(unmapped, "250s", "carl", CANTEEN),
        join(role_change, "270s", "ana", LEADS),
        {"at": "270s", "openSpace": {"target": TARGET, "name": "doras-lab", "ofUser": "dora"}},
        {"at": "275s", "startApp": {"target": TARGET, "inSpace": "doras-lab", "type": "JupyterLab"}},
        {"at": "359s", "directory": {"remove": {"user": "ana", "group": ANALYSTS}}},
        leave(removal, "ana", LEADS),
        leave(with_app, "dora", ANALYSTS),
    ])
}

pub(super) fn scenario(size: Size) -> Result<Scenario> {
    let others: Vec<String> = (0..size.groups).map(|group| format!("ad-group-{group}")).collect();
    let names = [ANALYSTS, LEADS, CANTEEN].map(str::to_owned).into_iter().chain(others.iter().cloned());
    let groups: Vec<Value> = names
        .enumerate()
        .map(|(number, name)| json!({"id": format!("14f83478-a061-708f-8de4-{number:012}"), "name": name}))
        .collect();
    let users: Vec<Value> = ["bob", "eve", "ana", "carl", "dora"]
        .iter()
        .enumerate()
        .map(|(number, name)| json!({"id": format!("04c8e458-a021-702e-f9d1-{number:012}"), "name": name, "groups": others}))
        .collect();
    let row = |group: &str, priority: u32, name: &str| json!({"group": group, "target": TARGET, "executionRoleArn": role(name), "priority": priority, "removal": "delete", "graceDays": 0});
    let mut mappings = vec![row(ANALYSTS, 20, "Analysts"), row(LEADS, 10, "Leads")];
    mappings.extend((2..size.rows).map(|number| {
        let mut row = row(&format!("studio-elsewhere-{number}"), 30, "Others");
        if number >= ROWS_OF_DOMAIN {
            row["target"] = format!("222233334444/eu-west-1/d-other{}", number / ROWS_OF_DOMAIN).into();
        }
        row
    }));
    let scenario = json!({
        "name": "what a user costs",
        "directory": {"groups": groups, "users": users},
        "domains": [{"target": TARGET}],
        "mappings": mappings,
        "timeline": timeline(),
        "expect": {"profiles": [{"target": TARGET, "user": "bob", "role": "Leads"}]},
    });
    serde_json::from_value(scenario).context("what happens is no scenario")
}
