//! Each step is a real Lambda binary, and one of them behaves behind a Runtime API as the state machine expects: an answer, a named
//! error, bad input refused by name, a missing setting named; its log says once, in one line, for whom it was invoked and how that ended.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use stack::{
    bootstraps, folders,
    runtime::{Outcome, Runtime},
    served::{Served, small},
};
use std::collections::BTreeMap;

const STEP: &str = "resolve-identity";

/// The step behind a Runtime API, reading from an emulated AWS, with its settings as the template gives them save for the one left out.
struct Running {
    runtime: Runtime,
    environment: BTreeMap<String, String>,
    /// Served for as long as the step runs.
    _world: Served,
}

impl Running {
    fn start(label: &str, left_out: &[&str]) -> Result<Self> {
        let aws = Served::start()?;
        let environment = aws.environment_of(small::HUB_ROLE, small::REGION);
        let mut settings = environment.clone();
        settings.extend(small::settings());
        settings.insert("RUST_LOG".to_owned(), log_filter()?);
        settings.retain(|name, _| !left_out.contains(&name.as_str()));
        let bootstrap = bootstraps::built()?.get(STEP).context("the step was not built")?;
        Ok(Self { runtime: Runtime::start(STEP, label, bootstrap, &settings)?, environment, _world: aws })
    }

    fn resolve(&mut self, input: &Value) -> Result<Outcome> {
        self.runtime.invoke(json!({ "version": 5, "execution": "by-hand", "input": input }))
    }
}

/// What the template has every function log.
fn log_filter() -> Result<String> {
    let template = std::fs::read_to_string(folders::root().join("template.yaml"))?;
    let filter = template.lines().find_map(|line| line.trim().strip_prefix("RUST_LOG: "));
    Ok(filter.context("the template sets no RUST_LOG")?.to_owned())
}

fn error_name(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Error { name, .. } => name,
        Outcome::Response(_) => "(a response)",
        Outcome::InitError(_) => "(an error at the start)",
    }
}

#[test]
fn cargo_lambda_makes_a_bootstrap_that_runs() -> Result<()> {
    let bootstrap = bootstraps::one("finish-sweep")?;
    let mut step = Runtime::start("finish-sweep", "cargo-lambda", &bootstrap, &BTreeMap::new())?;
    let nonsense = step.invoke(json!({"version": 5, "progress": "nonsense"}))?;
    assert_eq!(error_name(&nonsense), "InvalidInput", "{nonsense:?}");
    Ok(())
}

#[test]
fn a_bootstrap_answers_and_goes_on_answering_after_errors() -> Result<()> {
    let mut step = Running::start("complete", &[])?;

    let unknown = step.resolve(&json!({"userName": "nobody@example.com"}))?;
    assert_eq!(error_name(&unknown), "ResolveIdentity.UserUnknown", "{unknown:?}");

    let nonsense = step.runtime.invoke(json!(["neither", "event", "nor", "words"]))?;
    assert_eq!(error_name(&nonsense), "InvalidInput", "{nonsense:?}");

    let unheard_of = step.resolve(&json!({"detail-type": 7}))?;
    assert_eq!(error_name(&unheard_of), "InvalidInput", "{unheard_of:?}");

    let found = step.resolve(&json!({"userName": small::USER_NAME}))?;
    let Outcome::Response(answer) = &found else { anyhow::bail!("{found:?}\n{}", step.runtime.log()) };
    assert_eq!(answer["user"]["userName"], small::USER_NAME, "{answer}");
    let target =
        json!({"account": small::STUDIO_ACCOUNT, "region": small::REGION, "domainId": small::DOMAIN});
    assert_eq!(answer["targets"][0]["target"], target, "{answer}");
    Ok(())
}

#[test]
fn a_missing_setting_is_named_in_the_answer_to_every_invocation() -> Result<()> {
    let mut step = Running::start("without-a-table", &["GRANTS_TABLE"])?;
    for _ in 0..2 {
        let outcome = step.resolve(&json!({"userName": small::USER_NAME}))?;
        let Outcome::Error { name, message } = &outcome else { anyhow::bail!("{outcome:?}") };
        assert_eq!(name, "Misconfigured");
        assert!(message.contains("GRANTS_TABLE"), "{message}");
    }
    Ok(())
}

#[test]
fn each_invocation_logs_one_line_with_user_and_outcome() -> Result<()> {
    let mut step = Running::start("lines", &[])?;
    for user in ["nobody@example.com", small::USER_NAME] {
        let input = json!({"version": 5, "execution": "run-1", "input": {"userName": user}});
        step.runtime.invoke(input)?;
    }
    let log = step.runtime.log();
    let lines: Vec<Value> = log.lines().map(serde_json::from_str).collect::<Result<_, _>>().context(log)?;
    let [unknown, found] = &lines[..] else { anyhow::bail!("{lines:?}") };
    assert_eq!((&unknown["execution"], &unknown["step"]), (&json!("run-1"), &json!(STEP)));
    assert_eq!(
        (&unknown["Error"], &unknown["level"]),
        (&json!("ResolveIdentity.UserUnknown"), &json!("ERROR"))
    );
    assert_eq!(unknown["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "Failures");
    assert_eq!((&found["message"], &found["level"]), (&json!("done"), &json!("INFO")));
    assert!(found["user"].is_string() && found.get("_aws").is_none(), "{found}");
    Ok(())
}

#[test]
fn neither_answer_nor_log_of_a_bootstrap_holds_its_credentials() -> Result<()> {
    let mut step = Running::start("secrets", &[])?;
    let answered = step.resolve(&json!({"userName": small::USER_NAME}))?;
    let refused = step.resolve(&json!({"userName": "nobody@example.com"}))?;
    let told = format!("{answered:?}\n{refused:?}\n{}", step.runtime.log());
    assert!(told.contains(small::USER_NAME), "nothing was told: {told}");
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        let secret = step.environment.get(name).context("the emulated AWS gives no credentials")?;
        assert!(!told.contains(secret.as_str()), "{name} was told");
    }
    Ok(())
}
