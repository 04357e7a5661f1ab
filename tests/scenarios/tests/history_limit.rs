//! No execution reaches the 25,000 events that a history may have [5.2].

use crate::played::play_with;
use harness::report::Entry;
use harness::scenario::Scenario;
use std::fmt::Write as _;

/// Executions that work on the domains of a user with so many of them.
fn executions_for(domains: usize) -> usize {
    domains.div_ceil(3)
}

/// A user in one group that gives them so many domains. `timeline`: what happens in each domain.
fn in_domains(domains: usize, studio: &str, timeline: impl Fn(&str) -> String) -> Scenario {
    let mut text = String::from(
        "name: Many domains\ndirectory:\n  groups: [{ id: 14f83478-a061-708f-8de4-000000000001, name: studio-admins }]\n",
    );
    text.push_str("  users: [{ id: 04c8e458-a021-702e-f9d1-000000000001, name: ana }]\ndomains:\n");
    let targets: Vec<String> =
        (0..domains).map(|domain| format!("222233334444/eu-west-1/d-dom{domain:02}")).collect();
    for target in &targets {
        writeln!(text, "  - {{ target: {target} }}").unwrap();
    }
    text.push_str("mappings:\n");
    for target in &targets {
        writeln!(text, "  - {{ group: studio-admins, target: {target}, executionRoleArn: \"arn:aws:iam::222233334444:role/studio/Admins\" }}").unwrap();
    }
    writeln!(text, "studio: {studio}\ntimeline:").unwrap();
    text.push_str(
        "  - { say: Ana joins, join: { user: ana, group: studio-admins }, expect: { status: SUCCEEDED } }\n",
    );
    text.push_str("  - { say: Ana leaves, at: 1h, leave: { user: ana, group: studio-admins } }\n");
    for target in &targets {
        text.push_str(&timeline(target));
    }
    text.push_str("expect: { lostVolumes: 0 }\n");
    Scenario::parse(&text, "many domains").unwrap()
}

#[test]
fn a_user_in_many_domains_has_executions_of_a_few_domains_each() {
    let played = play_with(&in_domains(20, "{ stopApp: 1m }", |_| String::new()), 1);
    played.as_expected("twenty domains");
    for action in ["create", "remove"] {
        let of = played
            .report
            .executions
            .iter()
            .filter(|one| one.actions().first().is_some_and(|first| first == action));
        let sizes: Vec<usize> = of.map(|one| one.actions().len()).collect();
        assert_eq!(
            (sizes.len(), sizes.iter().sum::<usize>()),
            (executions_for(20), 20),
            "{action}: {sizes:?}"
        );
        assert!(sizes.iter().all(|size| *size <= 3), "{sizes:?}");
    }
}

#[test]
fn a_leaver_who_starts_apps_for_hours_does_not_fill_the_history() {
    // Studio refuses another role while apps run, so each round tries that too.
    let restarts = |target: &str| {
        let mut text = String::new();
        for second in (3_590..12_000).step_by(20) {
            writeln!(text, "  - {{ at: {second}s, startApp: {{ target: {target}, ofUser: ana, type: JupyterServer, name: a{second} }} }}").unwrap();
        }
        text
    };
    let mut scenario = in_domains(3, "{ roleNeedsNoApps: true }", restarts);
    scenario.timeline.sort_by_key(|step| step.at.map(|at| at.0));
    let played = play_with(&scenario, 1);
    let execution = played.execution("Ana leaves");
    let events = execution.entries.iter().filter(|entry| matches!(entry, Entry::Event(_))).count();
    assert!(execution.took.as_secs() > 7_200, "it was worked on for hours: {:?}", execution.took);
    assert!((2_000..15_000).contains(&events), "{events} events");
}

/// What the state machine and the functions allow, in the order of docs/decisions/024. A change of one of these numbers has to be reckoned again.
#[test]
fn the_worst_case_of_one_execution_fits_its_history() {
    let machine: serde_json::Value = serde_json::from_str(harness::deployment::ACCESS).unwrap();
    let text = machine.to_string();
    for rule in [
        "$rounds < 6 ? 30 : $rounds < 15 ? 60 : 180",
        "$polls < 6 ? 10 : 60",
        "\"TimeoutSeconds\":12600",
        "\"MaxConcurrency\":3",
    ] {
        assert!(text.contains(rule), "{rule}");
    }
    // A round: waiting, listing, choosing, withdrawing, a Map of deletions, choosing; each deletion is an iteration with a task. In the first
    // two rounds the role is withdrawn twice, and the Map runs twice.
    let deleted = |round: u64| match round {
        0 | 1 => 15,
        2..15 => 5,
        15.. => 3,
    };
    let round = |round: u64| {
        let again = if round < 2 { 5 + 4 + 7 * deleted(round) + 2 } else { 0 };
        2 + 5 + 2 + 5 + 4 + 7 * deleted(round) + 2 + again
    };
    // Five plans: four that are out of date after the rounds that follow each other quickly, and one that goes on to the end.
    let quick: u64 = (0..15).map(round).sum();
    let long: u64 = (0..58).map(round).sum();
    // A turn is waited for once in each plan.
    let around = 40 * 5 + 2;
    let whole = 3 * (4 * quick + long + around) + 50;
    assert!(whole < 24_000, "{whole} of 25,000 events");
    // A profile that stays in transition, after each of the calls that change it: choosing, waiting, reading.
    let reads = 25 * 9;
    assert!(3 * 5 * (4 * reads + around) < 24_000);
}
