//! Every call of every case meets every kind of fault; every function is repeated; every execution is stopped at every state and run again. What no
//! run touches is listed with a reason.

use simulation::cases;
use simulation::coverage::Coverage;
use simulation::draw;
use simulation::exhaustive::{Summary, Trial, play_all, trials};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Everything is played once for all tests of this file.
fn summary() -> &'static Summary {
    static SUMMARY: OnceLock<Summary> = OnceLock::new();
    SUMMARY.get_or_init(|| {
        let mut all: Vec<Trial> = cases::all().iter().flat_map(|(name, story)| trials(name, story)).collect();
        all.extend((0..100).map(|seed| {
            let (story, mischief) = draw::story(seed);
            Trial { name: format!("seed {seed}"), story, mischief }
        }));
        play_all(&all, 2, &|_| ())
    })
}

#[test]
fn no_single_fault_breaks_a_promise() {
    let summary = summary();
    assert!(summary.runs > 4000, "{} runs", summary.runs);
    let shown: Vec<_> = summary.broken.iter().take(20).collect();
    assert!(
        summary.broken.is_empty(),
        "{} of {} runs broke a promise: {shown:#?}",
        summary.broken.len(),
        summary.runs
    );
}

#[test]
fn what_no_run_touches_is_listed_with_a_reason() {
    let listed: BTreeMap<&str, &str> = include_str!("untouched.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(" | ").expect("each line is a thing and a reason"))
        .collect();
    let touched = &summary().coverage.touched;
    let untouched: Vec<String> =
        Coverage::possible().into_iter().filter(|thing| !touched.contains(thing)).collect();
    let unlisted: Vec<&String> =
        untouched.iter().filter(|thing| !listed.contains_key(thing.as_str())).collect();
    assert!(unlisted.is_empty(), "no run touches these: {unlisted:#?}");
    let needless: Vec<&&str> =
        listed.keys().filter(|thing| !untouched.iter().any(|other| other == **thing)).collect();
    assert!(needless.is_empty(), "these are touched, or are not in the state machine: {needless:#?}");
    assert!(listed.values().all(|reason| !reason.is_empty()), "each has its reason");
}
