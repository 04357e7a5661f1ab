//! The hub template passes AWS's own linter, has every step as a function under its own name, and its rule lets through exactly the events
//! that the parser understands.

use anyhow::{Context as _, Result, ensure};
use contract::change::{EVENTS, parse};
use stack::{bootstraps, folders, python::Python};
use std::collections::BTreeSet;
use std::fs;

fn text() -> Result<String> {
    fs::read_to_string(folders::root().join("template.yaml")).context("could not read template.yaml")
}

#[test]
fn the_hub_template_passes_the_linter_of_aws() -> Result<()> {
    let path = folders::root().join("template.yaml");
    let output =
        Python::ready()?.program("cfn-lint").args(["--format", "parseable", "--"]).arg(&path).output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success() && said.is_empty(), "cfn-lint: {}\n{said}", output.status);
    Ok(())
}

/// `plan-access` as the resource is called: `PlanAccess`.
fn resource(step: &str) -> String {
    let capitalized = |word: &str| word[..1].to_uppercase() + &word[1..];
    step.split('-').map(capitalized).collect()
}

#[test]
fn every_step_is_a_function_named_like_its_state() -> Result<()> {
    let template = text()?;
    for step in bootstraps::steps()? {
        let resource = resource(&step);
        for wanted in [
            format!("\n  {resource}:\n    Type: AWS::Serverless::Function\n"),
            format!("BuildProperties: {{Binary: {step}}}\n"),
            format!("CodeUri: functions/{step}\n"),
            format!("{resource}Arn: !GetAtt {resource}.Arn\n"),
        ] {
            ensure!(template.contains(&wanted), "template.yaml does not have {wanted:?}");
        }
    }
    Ok(())
}

/// The pairs of source and name in the rule's pattern, read from its lines.
fn let_through(template: &str) -> Result<Vec<(String, String)>> {
    let list = |line: &str| -> Vec<String> {
        let inner =
            line.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(inner, _)| inner);
        inner.split(", ").map(str::to_owned).collect()
    };
    let lines: Vec<&str> = template.lines().collect();
    let pairs = lines
        .windows(2)
        .filter(|pair| pair[0].contains("- eventSource: [") && pair[1].contains("eventName: ["));
    let pairs: Vec<(String, String)> = pairs
        .flat_map(|pair| {
            let (sources, names) = (list(pair[0]), list(pair[1]));
            sources
                .into_iter()
                .flat_map(move |source| names.clone().into_iter().map(move |name| (source.clone(), name)))
        })
        .collect();
    ensure!(pairs.len() > 5, "the rule's pattern was not found in template.yaml");
    Ok(pairs)
}

#[test]
fn the_rule_lets_through_exactly_what_the_parser_understands() -> Result<()> {
    let through: BTreeSet<(String, String)> = let_through(&text()?)?.into_iter().collect();
    let understood = EVENTS.iter().map(|event| (event.source.to_owned(), event.name.to_owned()));
    assert_eq!(through, understood.collect());
    Ok(())
}

#[test]
fn every_sample_event_is_understood() -> Result<()> {
    let mut count = 0;
    for entry in fs::read_dir(folders::root().join("events"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let sample = serde_json::from_slice(&fs::read(&path)?)?;
            parse(&sample).with_context(|| format!("{} is not understood", path.display()))?;
            count += 1;
        }
    }
    ensure!(count >= 10, "events/ has only {count} samples");
    Ok(())
}
