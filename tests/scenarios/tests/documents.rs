//! The documents say what is true: their samples are played or read as the product reads them, and their lists are the code's.

use crate::contract::{declared, root};
use crate::played::play_with;
use ::contract::convention::Convention;
use ::contract::{change, mapping};
use harness::functions::resource_of;
use harness::scenario::Scenario;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// A block of a page: what it is written in, its text, and where it stands.
struct Block {
    language: String,
    text: String,
    place: String,
}

/// Every page of the repository's documents, error pages included.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root().join("docs")];
    for file in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "statemachine/README.md"] {
        let page = root().join(file);
        if page.exists() {
            pages.push(page);
        }
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 40, "the documents are not where this test looks");
    pages
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let mut open: Option<Block> = None;
        for (number, line) in text.lines().enumerate() {
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(language)) => {
                    let place = format!("{name}:{}", number + 1);
                    open = Some(Block { language: language.to_owned(), text: String::new(), place });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(block), None) => block.text.extend([line, "\n"]),
                (None, None) => {}
            }
        }
    }
    blocks
}

fn blocks_in(language: &str) -> Vec<Block> {
    let blocks: Vec<Block> = blocks().into_iter().filter(|block| block.language == language).collect();
    assert!(!blocks.is_empty(), "no page has a block in {language}");
    blocks
}

#[test]
fn every_scenario_of_a_page_can_be_played() {
    for Block { text, place, .. } in blocks_in("yaml") {
        let scenario = Scenario::parse(&text, &place).unwrap_or_else(|error| panic!("{place}: {error}"));
        play_with(&scenario, scenario.seed).as_expected(&place);
    }
}

/// Reads a sample as the product would: a mapping row, a naming convention, or an input of one of the state machines.
fn understood(sample: &Value) -> Result<(), String> {
    let object = sample.as_object().ok_or("it is no object")?;
    // The policies of people who look after the product have a test of their own.
    if object.contains_key("Statement") {
        return Ok(());
    }
    if object.contains_key("executionRoleArn") {
        mapping::from_row(object).map(|_| ()).map_err(|bad| format!("{bad:?}"))
    } else if object.contains_key("domains") {
        serde_json::from_value::<Convention>(sample.clone()).map(|_| ()).map_err(|bad| bad.to_string())
    } else if start_sweep::request::parse(sample).is_ok() {
        Ok(())
    } else {
        change::parse(sample).map(|_| ()).map_err(|bad| bad.to_string())
    }
}

#[test]
fn every_json_sample_of_a_page_is_understood() {
    for Block { text, place, .. } in blocks_in("json") {
        let sample = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
        understood(&sample).unwrap_or_else(|why| panic!("{place}: {why}"));
    }
}

/// The step's states that a page names under "Where it comes from".
fn comes_from(page: &str) -> Option<&str> {
    let (_, after) = page.split_once("**Where it comes from.**")?;
    Some(after.split_once("\n\n").map_or(after, |(paragraph, _)| paragraph))
}

#[test]
fn an_error_page_names_every_step_that_raises_the_error() {
    let steps: Vec<String> = fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let mut seen = 0;
    for page in fs::read_dir(root().join("docs/errors")).unwrap() {
        let path = page.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let Some(told) = comes_from(&text) else { continue };
        seen += 1;
        if told.contains("Any step") || told.contains("any other step") {
            continue;
        }
        for step in steps.iter().filter(|step| declared(step).contains(&name)) {
            let state = format!("`{}`", resource_of(step));
            assert!(told.contains(&state), "{name}.md does not say that it comes from {state}");
        }
    }
    assert!(seen > 30, "the error pages have another heading");
}

#[test]
fn no_picture_shows_a_condition_of_a_test() {
    for Block { text, place, .. } in blocks_in("mermaid") {
        assert!(!text.contains("'true' = 'true'"), "{place}");
    }
}
