//! The sweep of a company small enough for every day and large enough for several pages and successors.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use bench::sweep::company::{Case, Size};
use bench::sweep::run::{Swept, sweep};
use bench::sweep::whole::whole;
use std::collections::BTreeSet;

const SIZE: Size = Size { users: 2_000, groups: 40 };

/// The sweep of a case, with the limits kept and exactly those started who differ.
fn swept(case: Case) -> Swept {
    let swept = sweep(SIZE, case, &|_| {}).unwrap();
    let started: Vec<&str> = swept.started.iter().map(|input| input["userId"].as_str().unwrap()).collect();
    let once: BTreeSet<&str> = started.iter().copied().collect();
    assert_eq!(once.len(), started.len(), "somebody was started twice");
    assert_eq!(once, swept.company.expected.iter().map(String::as_str).collect());
    let figures = &swept.figures;
    assert!(figures.most_events < 20_000, "{figures:?}");
    assert!(figures.largest_payload < 100_000, "{figures:?}");
    assert!(figures.longest_function_seconds < 120.0, "{figures:?}");
    // What opens, judges and closes a sweep takes a few seconds at any size.
    let most = figures.best_seconds.mul_add(1.05, 5.0);
    assert!(figures.took_seconds <= most, "more than {most}: {figures:?}");
    swept
}

#[test]
fn where_everybody_is_right_nobody_is_started() {
    let figures = swept(Case::Right).figures;
    assert_eq!((figures.started, figures.executions), (0, 1));
}

#[test]
fn a_first_sweep_starts_everybody_once_by_way_of_successors() {
    let figures = swept(Case::Backfill).figures;
    assert_eq!((figures.started, figures.executions), (1_990, 2));
}

#[test]
fn only_those_who_differ_are_started() {
    let swept = swept(Case::Differ);
    assert_eq!((swept.figures.started, swept.figures.executions), (20, 1));
    assert!(swept.figures.calls["identitystore:ListUsers"].0 >= 20, "several pages");
}

#[test]
fn what_a_first_sweep_starts_ends_well_and_soon() {
    let figures = whole(Size { users: 400, groups: 200 }, 5.0, &|_| {}).unwrap();
    assert_eq!((figures.users, figures.provided, figures.failed), (398, 398, 0));
    // The last executions wait for Studio, some of the last hundred for the directory, and the assignments
    // of two hundred groups for each other.
    let most = figures.best_seconds.mul_add(1.05, 140.0);
    assert!(figures.took_seconds <= most, "more than {most}: {figures:?}");
    assert!(figures.throttled * 5 < figures.calls, "{figures:?}");
}
