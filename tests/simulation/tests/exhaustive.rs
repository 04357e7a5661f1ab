//! Every call of every case meets every kind of fault; every function is repeated; every execution is stopped at every state and run again. What no
//! run touches is listed with a reason.

use simulation::cases;
use simulation::draw;
use simulation::exhaustive::{self, Summary, Trial, play_all};
use simulation::injector::FaultPlan;
use simulation::shrink::first_broken;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Every case under every fault, and some histories from seeds.
fn trials() -> &'static [Trial] {
    static TRIALS: OnceLock<Vec<Trial>> = OnceLock::new();
    TRIALS.get_or_init(|| {
        let cases = cases::all();
        let faults = cases.iter().flat_map(|(name, story)| exhaustive::trials(name, story));
        let undisturbed = Trial {
            name: "join in four targets: undisturbed".to_owned(),
            story: cases::join_in_four_targets(),
            fault_plan: FaultPlan::default(),
        };
        faults.chain([undisturbed]).chain((0..150).map(draw::drawn)).collect()
    })
}

/// Everything is played once for all tests of this file.
fn summary() -> &'static Summary {
    static SUMMARY: OnceLock<Summary> = OnceLock::new();
    SUMMARY.get_or_init(|| play_all(trials(), 2, false))
}

#[test]
fn no_single_fault_breaks_a_promise() {
    let summary = summary();
    assert!(summary.runs > 4000, "{} runs", summary.runs);
    assert!(summary.broken.is_empty(), "{}", first_broken(trials(), summary));
}

#[test]
fn every_fault_meets_the_call_that_it_is_meant_for() {
    let idle: Vec<&String> = summary().idle.iter().filter(|name| !name.starts_with("seed ")).collect();
    assert!(idle.is_empty(), "these show nothing: {idle:#?}");
}

#[test]
fn what_no_run_touches_is_listed_with_a_reason() {
    let listed: BTreeMap<&str, &str> = include_str!("untouched.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(" | ").expect("each line is a thing and a reason"))
        .collect();
    let untouched = summary().coverage.untouched();
    let unlisted: Vec<&String> =
        untouched.iter().filter(|thing| !listed.contains_key(thing.as_str())).collect();
    assert!(unlisted.is_empty(), "no run touches these: {unlisted:#?}");
    let needless: Vec<&&str> =
        listed.keys().filter(|thing| !untouched.iter().any(|other| other == **thing)).collect();
    assert!(needless.is_empty(), "these are touched, or are not in the state machine: {needless:#?}");
    assert!(listed.values().all(|reason| !reason.is_empty()), "each has its reason");
}
