//! The pages of errors say what the state machines do.

use crate::contract::{handled, known, states};
use std::collections::BTreeSet;
use std::path::Path;

/// `MaxAttempts` and the longest pause of every retrier of this name, in all states of both machines.
fn retriers(name: &str) -> BTreeSet<(u64, u64)> {
    let retries = states().into_iter().flat_map(|state| state.retries);
    let of_name = retries.filter(|retry| retry.errors.iter().any(|error| error == name));
    let bounds = of_name.map(|retry| {
        let longest = if retry.backoff_rate > 1.0 { retry.max_delay_seconds } else { None };
        (retry.max_attempts.into(), longest.unwrap_or(retry.interval_seconds).into())
    });
    bounds.collect()
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
    states().iter().flat_map(handled).filter(|name| known(name)).cloned().collect()
}

/// What a text has between quotes of this kind, from a phrase on up to an end.
fn quoted(text: &str, (from, to): (&str, &str), quote: char) -> BTreeSet<String> {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from:?} is not there"));
    let (list, _) = rest.split_once(to).unwrap_or_else(|| panic!("{to:?} does not follow {from:?}"));
    list.split(quote).skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn runbook_and_dashboard_list_self_resolving_failures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    let expected = resolved_by_the_machines();
    let runbook =
        quoted(&text("docs/operating.md"), ("The state machine resolves these by itself:", " |"), '`');
    assert_eq!(runbook, expected, "docs/operating.md");
    let dashboard = quoted(&text("template.yaml"), ("and Error not in [", "]"), '\'');
    assert_eq!(dashboard, expected, "the dashboard of template.yaml");
}
