//! The same state machines on another interpreter: every execution of the scenarios is repeated by `MiniStack`'s interpreter, with the functions'
//! answers as they were. It asks the same of the same functions, goes through the same states, and ends in the same way.
//!
//! `MiniStack` writes no history of what happens inside a Map. What is asked of the functions there, to the letter, is what can be compared: every
//! choice, variable, retry and catch between two of them shows in what is asked next.

use crate::deployment::Deployment;
use crate::differences::{self, BRIDGES, Known};
use crate::executions::Execution;
use crate::recording::{self, Recorded};
use anyhow::{Context as _, Result, ensure};
use harness::deployment::{self, ACCESS, SWEEP};
use harness::setting::{HUB, HUB_REGION};
use serde_json::{Value, json};
use stack::{folders, ministack::MiniStack, python::Python};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The definition, with the names that functions and machines have on the deployment.
fn definition(text: &str) -> Result<Value> {
    let fill_in =
        |text: String, (name, value): (String, String)| text.replace(&format!("${{{name}}}"), &value);
    let filled_in = deployment::names(text).into_iter().fold(differences::bridged(text), fill_in);
    serde_json::from_str(&filled_in).context("filling in made the definition something else than JSON")
}

/// Where `MiniStack`'s runs of them differ from ours.
fn differences(recorded: &[Recorded]) -> Result<Vec<Value>> {
    let definitions = json!({"Access": definition(ACCESS)?, "Sweep": definition(SWEEP)?});
    let given = json!({
        "definitions": definitions,
        "recorded": recorded.iter().map(Recorded::for_repetition).collect::<Vec<_>>(),
    });
    // No waiting, and no policies: the functions here are none of ours.
    let variables = [("SFN_WAIT_SCALE", "0"), ("AUTH", "false")];
    let variables: BTreeMap<String, String> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let ministack = MiniStack::start("conformance", HUB, HUB_REGION, &variables)?;
    let file = folders::target().join("stack/recorded.json");
    fs::write(&file, given.to_string()).context("could not write the recording")?;
    folders::tell(&format!("MiniStack repeats {} executions", recorded.len()));
    let output = Python::ready()?
        .program("python")
        .arg(folders::root().join("tests/stack/python/conformance.py"))
        .arg(&file)
        .envs(ministack.environment())
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .output()
        .context("could not run python")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "conformance.py: {}\n{complaint}\n{}", output.status, ministack.log());
    serde_json::from_slice(&output.stdout).context("conformance.py printed something else than JSON")
}

#[test]
fn ministack_agrees_with_our_interpreter_on_all_scenarios() -> Result<()> {
    let recorded = recording::all()?;
    ensure!(recorded.len() > 100, "only {} executions", recorded.len());
    let (mut known, mut unexpected) = (BTreeSet::new(), Vec::new());
    for difference in differences(&recorded)? {
        match Known::of(&difference) {
            Some(it) => drop(known.insert(it)),
            None => unexpected.push(difference.to_string()),
        }
    }
    ensure!(unexpected.is_empty(), "{} differences:\n{}", unexpected.len(), unexpected.join("\n"));
    assert_eq!(known.into_iter().collect::<Vec<_>>(), Known::ALL, "what is not found any more is mended");
    Ok(())
}

#[test]
fn what_is_bridged_is_still_amiss() -> Result<()> {
    let stack = Deployment::ready()?;
    let access = json!({"stateMachineArn": stack.output("AccessStateMachine")?});
    let access = stack.admin.call("stepfunctions", "describe_state_machine", &access)?;
    for (number, (text, _)) in BRIDGES.iter().enumerate() {
        let machine = json!({
            "QueryLanguage": "JSONata",
            "StartAt": "Asked",
            "States": {"Asked": {"Type": "Pass", "Output": format!("{{% {text} %}}"), "End": true}},
        });
        let made = json!({
            "name": format!("bridge-{number}"),
            "definition": machine.to_string(),
            "roleArn": access["roleArn"],
        });
        let made = stack.admin.call("stepfunctions", "create_state_machine", &made)?;
        let arn = made["stateMachineArn"].as_str().context("it has no ARN")?;
        let execution = Execution::start_at(stack, arn, "asked", &json!({}))?.ended(stack)?;
        assert_eq!(execution.error, "States.QueryEvaluationError", "{text} is understood now");
    }
    Ok(())
}
