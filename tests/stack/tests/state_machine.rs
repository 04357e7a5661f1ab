//! Each state machine passes AWS's own linter (cfn-lint, rule E3601), and the linter refuses broken copies, so that passing means
//! something. What it does not look at, the interpreter refuses at load: a `Next` that leads nowhere, and the JSONata inside.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use stack::{folders, python::Python};
use std::{fs, path::PathBuf};

/// The state machines by file name.
fn definitions() -> Result<Vec<(String, Value)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folders::root().join("statemachine")).context("could not read statemachine/")? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".asl.json") {
            let definition =
                serde_json::from_slice(&fs::read(&path)?).with_context(|| format!("{name} is not JSON"))?;
            found.push((name, definition));
        }
    }
    ensure!(!found.is_empty(), "statemachine/ holds no state machine");
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// The definition with every `${Name}` filled in, as CloudFormation does it before Step Functions sees the file.
fn filled_in(definition: &Value) -> Result<Value> {
    let mut text = definition.to_string();
    while let Some((before, (name, after))) =
        text.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        let value = match name {
            "Partition" => "aws".to_owned(),
            function => format!("arn:aws:lambda:eu-west-1:111122223333:function:{function}"),
        };
        text = [before, &value, after].concat();
    }
    serde_json::from_str(&text).context("filling in made the definition something else than JSON")
}

/// A template with this one state machine. The definition is an object, so that a finding has a line.
fn template(definition: &Value) -> Result<Value> {
    Ok(json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "RoleArn": "arn:aws:iam::111122223333:role/machine",
            "Definition": filled_in(definition)?,
        }}}
    }))
}

/// What the linter finds wrong: nothing if all is well.
fn findings(label: &str, definition: &Value) -> Result<String> {
    let folder = folders::target().join("stack/templates");
    fs::create_dir_all(&folder)?;
    let path: PathBuf = folder.join(format!("{label}.json"));
    fs::write(&path, serde_json::to_string_pretty(&template(definition)?)?)?;
    let output = Python::ready()?
        .program("cfn-lint")
        .args(["--format", "parseable", "--regions", "eu-west-1", "--"])
        .arg(&path)
        .output()
        .context("could not run cfn-lint")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    ensure!(output.status.success() == said.is_empty(), "cfn-lint: {}\n{said}", output.status);
    Ok(said)
}

#[test]
fn every_state_machine_passes_the_linter_of_aws() -> Result<()> {
    for (name, definition) in definitions()? {
        assert_eq!(findings(&name, &definition)?, "", "{name}");
    }
    Ok(())
}

#[test]
fn the_linter_refuses_a_broken_copy() -> Result<()> {
    type Breakage = (&'static str, fn(&mut Value));
    let breakages: [Breakage; 5] = [
        ("a-start-that-leads-nowhere", |machine| machine["StartAt"] = json!("Nowhere")),
        ("an-unknown-field", |machine| first_state(machine)["Colour"] = json!("blue")),
        ("an-unknown-type", |machine| first_state(machine)["Type"] = json!("Tusk")),
        ("a-path-where-jsonata-is-spoken", |machine| first_state(machine)["InputPath"] = json!("$.detail")),
        ("a-state-without-a-way-on", |machine| {
            first_state(machine).as_object_mut().expect("a state is an object").remove("Next");
        }),
    ];
    for (name, definition) in definitions()? {
        for (label, spoil) in breakages {
            let mut broken = definition.clone();
            spoil(&mut broken);
            let found = findings(&format!("{name}.{label}"), &broken)?;
            assert!(found.contains("E3601"), "{name} with {label} was let through: {found:?}");
        }
    }
    Ok(())
}

/// The state that the machine starts with.
fn first_state(machine: &mut Value) -> &mut Value {
    let name = machine["StartAt"].as_str().expect("a state machine starts somewhere").to_owned();
    &mut machine["States"][name]
}
