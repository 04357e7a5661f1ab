//! Checks that the committed files that are generated from the code are up to date.
//! `UPDATE_GENERATED=1 cargo test --workspace --test generated` writes them.

use asl::diagram;
use harness::deployment::{machine, sweep};
use harness::scenario::Scenario;
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch of an operator who has changed the source and wants the files written"
)]
fn updates() -> bool {
    std::env::var("UPDATE_GENERATED").is_ok()
}

/// Compares the committed file with its source, or writes it.
fn committed(file: &str, wanted: &str) {
    let path = repository().join(file);
    if updates() {
        std::fs::write(&path, wanted).expect("the repository can be written by who asks for it");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == wanted,
        "{file} is not up to date; run UPDATE_GENERATED=1 cargo test --workspace --test generated"
    );
}

/// Compares or writes the part of a file between two markers.
fn committed_part(file: &str, mark: &str, wanted: &str) {
    let there = std::fs::read_to_string(repository().join(file)).unwrap_or_default();
    let (begin, end) = (format!("<!-- {mark}: generated -->\n"), format!("<!-- {mark}: end -->"));
    let (before, rest) = there.split_once(&begin).expect("the file has a mark where the part begins");
    let (_, after) = rest.split_once(&end).expect("the file has a mark where the part ends");
    committed(file, &format!("{before}{begin}{wanted}{end}{after}"));
}

#[test]
fn the_schema_of_scenarios_is_up_to_date() {
    committed("local/harness/scenario.schema.json", &Scenario::schema());
}

#[test]
fn pictures_and_tables_of_the_state_machines_are_up_to_date() {
    let picture = |machine| format!("```mermaid\n{}\n```\n", diagram::mermaid(machine).trim_end());
    let table = |machine| format!("{}\n", diagram::table(machine).trim_end());
    let (access, sweep) = (machine(), sweep());
    for (mark, part) in [
        ("picture", picture(&access)),
        ("states", table(&access)),
        ("sweep picture", picture(&sweep)),
        ("sweep states", table(&sweep)),
    ] {
        committed_part("statemachine/README.md", mark, &part);
    }
}

#[test]
fn the_tour_is_valid_by_the_committed_schema() {
    let schema = serde_json::from_str(&Scenario::schema()).unwrap();
    let tour: serde_json::Value = serde_saphyr::from_str(harness::scenario::TOUR).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&tour).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let wrong = serde_json::json!({"name": "x", "directory": {}, "timelin": []});
    assert!(!validator.is_valid(&wrong), "a mistyped member must not pass");
}

/// Collects the names of all members of the scenario format, of all types.
fn members(schema: &serde_json::Value, names: &mut std::collections::BTreeSet<String>) {
    for part in schema.as_object().into_iter().flatten() {
        match part {
            (name, serde_json::Value::Object(all)) if name == "properties" => {
                names.extend(all.keys().cloned());
            }
            (name, serde_json::Value::Object(all)) if name == "$defs" => {
                all.values().for_each(|part| members(part, names));
            }
            _ => {}
        }
    }
}

#[test]
fn every_member_of_the_format_is_documented() {
    let page = std::fs::read_to_string(repository().join("docs/scenarios.md")).unwrap();
    let mut names = std::collections::BTreeSet::new();
    members(&serde_json::from_str(&Scenario::schema()).unwrap(), &mut names);
    assert!(names.len() > 60 && names.contains("renameGroup") && names.contains("perHour"), "{names:?}");
    names.retain(|name| !page.contains(&format!("`{name}`")));
    assert_eq!(names, std::collections::BTreeSet::new(), "docs/scenarios.md does not name these");
}

/// Compares the output of the tour on a terminal of 120 columns with the committed picture: the
/// story and the summary, without the tables between them.
#[test]
fn the_picture_of_the_tour_is_up_to_date() {
    let mut tour = Command::new(env!("CARGO_BIN_EXE_local"));
    tour.current_dir(repository()).env_remove("NO_COLOR").env("COLUMNS", "120").env("CLICOLOR_FORCE", "1");
    let said = String::from_utf8(tour.output().expect("the command starts").stdout).expect("it prints UTF-8");
    let (story, rest) = said.split_once("Profiles in the end").expect("tables follow the story");
    let story = story.trim_end_matches(|c: char| c != '\n');
    let summary = rest.trim_end().lines().last().expect("the last line sums up");
    let shown = format!("$ cargo local\n{story}...\n{summary}\n");
    committed("docs/cargo-local.svg", &anstyle_svg::Term::new().render_svg(&shown));
}
