//! The pages of errors say what the state machines do.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const MACHINES: [&str; 2] = [
    include_str!("../../../statemachine/access.asl.json"),
    include_str!("../../../statemachine/sweep.asl.json"),
];

/// `MaxAttempts` and the longest pause of every retrier of this name, in all states of both machines.
fn retriers(name: &str) -> BTreeSet<(u64, u64)> {
    fn gather(value: &Value, name: &str, found: &mut BTreeSet<(u64, u64)>) {
        if value["ErrorEquals"].as_array().is_some_and(|names| names.iter().any(|one| one == name))
            && let Some(attempts) = value["MaxAttempts"].as_u64()
        {
            let interval = value["IntervalSeconds"].as_u64().unwrap_or(1);
            let grows = value["BackoffRate"].as_f64().is_none_or(|rate| rate > 1.0);
            let longest = if grows { value["MaxDelaySeconds"].as_u64() } else { None };
            found.insert((attempts, longest.unwrap_or(interval)));
        }
        match value {
            Value::Object(members) => members.values().for_each(|inner| gather(inner, name, found)),
            Value::Array(list) => list.iter().for_each(|inner| gather(inner, name, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    for machine in MACHINES {
        gather(&serde_json::from_str(machine).unwrap(), name, &mut found);
    }
    found
}

#[test]
fn a_page_tells_how_often_its_error_is_retried() {
    for name in ["Transient", "Throttled", "LeaseHeld", "ProfileBusy"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/errors/{name}.md"));
        let page = std::fs::read_to_string(path).unwrap();
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let all = retriers(name);
        assert!(!all.is_empty(), "{name} is not retried");
        for (attempts, longest) in all {
            let (_, after) = page
                .split_once(&format!("{attempts} times"))
                .unwrap_or_else(|| panic!("{name}.md does not say {attempts} times"));
            assert!(
                after
                    .split_once("average")
                    .is_some_and(|(told, _)| told.contains(&format!("{longest} seconds"))),
                "{name}.md does not say {longest} seconds with {attempts} times"
            );
        }
    }
}

#[test]
fn no_page_tells_of_retries_that_there_are_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let page = std::fs::read_to_string(&path).unwrap();
        if page.contains("did not retry") {
            assert_eq!(retriers(&name), BTreeSet::new(), "{name}.md says that it was not retried");
        }
    }
}

/// The names that the state machines retry or catch by name: a failure that they resolve without an operator.
fn resolved_by_the_machines() -> BTreeSet<String> {
    fn gather(value: &Value, found: &mut BTreeSet<String>) {
        let names = value["ErrorEquals"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(names.map(str::to_owned));
        match value {
            Value::Object(members) => members.values().for_each(|inner| gather(inner, found)),
            Value::Array(list) => list.iter().for_each(|inner| gather(inner, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    for machine in MACHINES {
        gather(&serde_json::from_str(machine).unwrap(), &mut found);
    }
    let ours: BTreeSet<&str> = ::contract::catalogue::ALL.iter().map(|entry| entry.name).collect();
    found.retain(|name| ours.contains(name.as_str()));
    found
}

/// What a text has between quotes of this kind, from a phrase on up to an end.
fn quoted(text: &str, (from, to): (&str, &str), quote: char) -> BTreeSet<String> {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from:?} is not there"));
    let (list, _) = rest.split_once(to).unwrap_or_else(|| panic!("{to:?} does not follow {from:?}"));
    list.split(quote).skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn runbook_and_dashboard_list_the_failures_that_resolve_by_themselves() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    let expected = resolved_by_the_machines();
    let runbook =
        quoted(&text("docs/operating.md"), ("The state machine resolves these by itself:", " |"), '`');
    assert_eq!(runbook, expected, "docs/operating.md");
    let dashboard = quoted(&text("template.yaml"), ("and Error not in [", "]"), '\'');
    assert_eq!(dashboard, expected, "the dashboard of template.yaml");
}
