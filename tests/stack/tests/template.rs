//! The hub template passes AWS's own linter, has every step as a function under its own name, and its rule lets through exactly the events
//! that the parser understands.

use anyhow::{Context as _, Result, ensure};
use contract::change::{EVENTS, parse};
use stack::{bootstraps, folders, python::Python};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

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

/// SAM CLI, which reads no configuration and tells nobody.
fn sam() -> Result<Command> {
    let mut sam = Python::sam()?.program("sam");
    sam.current_dir(folders::root())
        .env("PATH", Python::ready()?.search_path()?)
        .env("SAM_CLI_TELEMETRY", "0")
        .env("__SAM_CLI_APP_DIR", folders::target().join("stack/sam-home"))
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    Ok(sam)
}

fn succeeds(command: &mut Command) -> Result<()> {
    let output = command.output().context("could not run sam")?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "sam: {}\n{said}", output.status);
    Ok(())
}

#[test]
fn sam_finds_the_hub_template_valid() -> Result<()> {
    succeeds(sam()?.args(["validate", "--lint", "--template", "template.yaml", "--region", "eu-west-1"]))
}

/// One step stands for all, whose functions differ in the name alone (see below): for each of them SAM resolves features anew, and the SDKs
/// are compiled again. The build is the debug one, and without a cross-compiler, as in [`bootstraps`].
#[test]
fn sam_builds_a_bootstrap_from_the_template() -> Result<()> {
    let into = folders::target().join("stack/sam-build");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    folders::tell("sam build of one step (a minute the first time)");
    succeeds(
        sam()?
            .args(["build", "Conclude", "--template", "template.yaml", "--build-dir"])
            .arg(&into)
            .args(["--parameter-overrides", &format!("Architecture={architecture}")])
            .env("SAM_BUILD_MODE", "debug")
            .env("CARGO_LAMBDA_COMPILER", "cargo")
            .env("CARGO_TARGET_DIR", folders::target()),
    )?;
    ensure!(into.join("Conclude/bootstrap").is_file(), "sam build made no bootstrap");
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
