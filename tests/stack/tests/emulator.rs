//! Each bootstrap runs under AWS's own Lambda runtime interface emulator: it starts, answers, and reports its errors by name.

use anyhow::{Context as _, Result, ensure};
use harness::scenario::{Scenario, TOUR};
use harness::setting::{self, HUB_REGION};
use serde_json::{Value, json};
use stack::{
    bootstraps,
    emulator::Emulator,
    served::{Served, small},
};
use std::collections::BTreeMap;

/// Every setting that any step reads, as the template gives them.
const SETTINGS: [&str; 8] = [
    "IDENTITY_STORE_ID",
    "GROUP_MAPPINGS_TABLE",
    "GRANTS_TABLE",
    "CONTROLS_TABLE",
    "MEMBER_ROLE",
    "NO_ACCESS_ROLE",
    "EXTERNAL_ID",
    "TOPIC_ARN",
];

/// Credentials of nobody, for steps that are refused before they call anything.
fn nobody() -> BTreeMap<String, String> {
    let variables = [
        ("AWS_REGION", HUB_REGION),
        ("AWS_ACCESS_KEY_ID", "nobody"),
        ("AWS_SECRET_ACCESS_KEY", "nothing"),
        ("SUSPENSION_LIMIT_PER_HOUR", "100"),
        ("SUSPENSION_LIMIT_PERCENT", "10"),
        ("DELETION_LIMIT_PER_HOUR", "50"),
        ("DELETION_LIMIT_PERCENT", "5"),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn every_bootstrap_starts_and_refuses_unreadable_input() -> Result<()> {
    let mut scenario = Scenario::parse(TOUR, "the tour")?;
    let topic = format!("arn:aws:sns:{HUB_REGION}:111122223333:notices");
    scenario.settings.insert("TOPIC_ARN".to_owned(), topic);
    let mut variables = nobody();
    variables.extend(setting::variables(&scenario));
    for (step, bootstrap) in bootstraps::built()? {
        let emulator = Emulator::start(step, "complete", bootstrap, &variables)?;
        let outdated = emulator.invoke(&json!({"version": 2}))?;
        assert_eq!(
            outdated["errorType"],
            "UnsupportedInputVersion",
            "{step}: {outdated}\n{}",
            emulator.log()
        );
        let senseless = emulator.invoke(&json!(["neither", "event", "nor", "words"]))?;
        assert_eq!(senseless["errorType"], "InvalidInput", "{step}: {senseless}\n{}", emulator.log());
    }
    Ok(())
}

#[test]
fn every_bootstrap_that_needs_a_setting_names_the_missing_one() -> Result<()> {
    let mut without_settings = Vec::new();
    for (step, bootstrap) in bootstraps::built()? {
        let emulator = Emulator::start(step, "incomplete", bootstrap, &nobody())?;
        let answer = emulator.invoke(&json!({"version": 2}))?;
        if answer["errorType"] == "Misconfigured" {
            let message = answer["errorMessage"].as_str().context("the error says nothing")?;
            ensure!(SETTINGS.iter().any(|name| message.contains(name)), "{step}: {message}");
        } else {
            without_settings.push(step.as_str());
        }
    }
    assert_eq!(without_settings, ["finish-sweep", "summarize"]);
    Ok(())
}

#[test]
fn a_bootstrap_answers_with_what_it_read_from_aws() -> Result<()> {
    let aws = Served::start()?;
    let mut variables = aws.environment_of(small::HUB_ROLE, small::REGION);
    variables.extend(small::settings());
    let bootstrap = bootstraps::built()?.get("resolve-identity").context("the step was not built")?;
    let emulator = Emulator::start("resolve-identity", "answers", bootstrap, &variables)?;
    let resolve = |user: &str| {
        emulator.invoke(&json!({"version": 5, "execution": "by-hand", "input": {"userName": user}}))
    };
    let found: Value = resolve(small::USER_NAME)?;
    assert_eq!(found["user"]["userName"], small::USER_NAME, "{found}\n{}", emulator.log());
    assert_eq!(resolve("nobody@example.com")?["errorType"], "ResolveIdentity.UserUnknown");
    Ok(())
}
