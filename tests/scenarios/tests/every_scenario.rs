//! Every scenario file, and the tour, ends as it expects whatever chance decides.

use crate::played::{folder, play_with};
use harness::scenario::Scenario;

/// Every scenario there is, with the name of its file.
pub(crate) fn all() -> Vec<(String, Scenario)> {
    let files = std::fs::read_dir(folder().join("files")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.sort();
    assert!(files.len() > 15, "the folder of the scenarios is not where this test looks");
    let read = files.iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, Scenario::read(path).unwrap_or_else(|error| panic!("{error}")))
    });
    read.chain([("the tour".to_owned(), Scenario::tour())]).collect()
}

#[test]
fn no_scenario_depends_on_luck() {
    for (name, scenario) in all() {
        for seed in [0, 1, 2, 3, 4, 7] {
            play_with(&scenario, seed).as_expected(&name);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run_to_the_letter() {
    for (name, scenario) in all() {
        let run = || format!("{:#}", play_with(&scenario, 3).report.to_json());
        let (first, second) = (run(), run());
        let differ = first.lines().zip(second.lines()).position(|(first, second)| first != second);
        let around = |text: &str, line: usize| {
            text.lines().skip(line.saturating_sub(20)).take(40).collect::<Vec<_>>().join("\n")
        };
        let shown = differ.map(|line| format!("{}\n...\n{}", around(&first, line), around(&second, line)));
        assert!(first == second, "{name}: {}", shown.unwrap_or_default());
    }
}

#[test]
fn every_scenario_expects_something_of_its_end() {
    for (name, scenario) in all() {
        let expected = scenario.expect.unwrap_or_else(|| panic!("{name} expects nothing"));
        assert!(expected.profiles.is_some() || !expected.calls.is_empty(), "{name}");
    }
}
