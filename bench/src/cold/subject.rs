//! What is started cold: a function of ours, or the Python function of the AWS blog, each as a bootstrap with its environment.

use super::share;
use anyhow::{Context as _, Result, ensure};
use fake_aws::Clock;
use harness::scenario::{Scenario, TOUR};
use harness::setting::{self, HUB_REGION};
use serde_json::{Value, json};
use stack::emulator::Emulator;
use stack::{folders, python::Python, served::Served};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How much faster time passes in the emulated AWS: a call of AWS takes less than a millisecond there, so that what is measured is the functions' own.
pub(crate) const SPEED: f64 = 60.0;

/// Where Ana's first profile comes to be.
const ACCOUNT: &str = "222233334444";

/// A bootstrap with its environment.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// Its name.
    pub(crate) name: String,
    bootstrap: PathBuf,
    environment: BTreeMap<String, String>,
    /// The share of a CPU that it gets; all of one if there is none.
    share: Option<f64>,
}

/// The scenario whose emulated AWS all of them see: one group in one domain, and Ana is in it.
pub(crate) fn scenario() -> Result<Scenario> {
    let mut scenario = Scenario::parse(TOUR, "the tour")?;
    scenario.mappings.truncate(1);
    scenario.timeline.clear();
    scenario.expect = None;
    let ana = scenario.directory.users.first_mut().context("the tour has nobody")?;
    ana.groups = vec!["studio-admins".to_owned()];
    Ok(scenario)
}

/// The emulated AWS of the scenario, served on loopback.
pub(crate) fn aws(scenario: &Scenario) -> Result<Served> {
    let scenario = scenario.clone();
    Served::populated(
        || Clock::scaled(Clock::real().now(), SPEED),
        async move |aws| {
            setting::build_in(aws, &scenario).await?;
            Ok(())
        },
    )
}

/// The record of the blog: Ana joins.
pub(crate) fn event() -> Result<Value> {
    let path = folders::root().join("events/add-member-to-group.json");
    serde_json::from_str(&fs::read_to_string(path)?).context("the sample event is not JSON")
}

/// All functions, in one emulated AWS.
pub(crate) fn all(
    released: &BTreeMap<String, PathBuf>,
    scenario: &Scenario,
    aws: &Served,
    share: Option<f64>,
) -> BTreeMap<String, Subject> {
    let ours = |name: &String, bootstrap: &PathBuf| Subject {
        share,
        ..Subject::ours(name, bootstrap.clone(), scenario, aws)
    };
    released.iter().map(|(name, bootstrap)| (name.clone(), ours(name, bootstrap))).collect()
}

impl Subject {
    /// A function of ours.
    fn ours(name: &str, bootstrap: PathBuf, scenario: &Scenario, aws: &Served) -> Self {
        let mut environment = aws.environment_of(&setting::function_role(name), HUB_REGION);
        environment.extend(setting::variables(scenario));
        let limits = [
            ("SUSPENSION_LIMIT_PER_HOUR", "100"),
            ("SUSPENSION_LIMIT_PERCENT", "10"),
            ("DELETION_LIMIT_PER_HOUR", "50"),
            ("DELETION_LIMIT_PERCENT", "5"),
        ];
        environment.extend(limits.map(|(name, value)| (name.to_owned(), value.to_owned())));
        environment.insert("TOPIC_ARN".to_owned(), format!("arn:aws:sns:{HUB_REGION}:111122223333:notices"));
        Self { name: name.to_owned(), bootstrap, environment, share: None }
    }

    /// The function of the AWS blog, on the same emulator. It works in one account only: that of the domain.
    pub(crate) fn blog(aws: &Served, share: Option<f64>) -> Result<Self> {
        let folder = folders::target().join("stack/blog");
        let python = Python::blog()?.path_of("python");
        let text = format!("exec {} -m awslambdaric blog_function.handler\n", python.display());
        let bootstrap = share::bootstrap(&folder, &text)?;
        let role = format!("arn:aws:iam::{ACCOUNT}:role/Administrator");
        let mut environment = aws.environment_of(&role, HUB_REGION);
        let roles = json!({"studio-admins": format!("arn:aws:iam::{ACCOUNT}:role/studio/Admins")});
        let code = folders::root().join("tests/stack/python");
        for (name, value) in [
            ("DOMAIN_ID", "d-research".to_owned()),
            ("DOMAIN_REGION", "eu-west-1".to_owned()),
            ("ROLES", roles.to_string()),
            ("PYTHONPATH", code.display().to_string()),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ] {
            environment.insert(name.to_owned(), value);
        }
        Ok(Self { name: "the blog's function".to_owned(), bootstrap, environment, share })
    }

    /// An emulator in which nothing has been started yet: it starts the bootstrap with the first invocation.
    pub(crate) fn emulated(&self) -> Result<Emulator> {
        let name = self.name.replace(['\'', ' '], "-");
        match self.share {
            None => Emulator::start(&name, "cold", &self.bootstrap, &self.environment),
            Some(share) => {
                let folder = folders::target().join("stack/share").join(&name);
                let script = share::script(&folder, &self.bootstrap, share)?;
                Emulator::start(&name, "cold", &script, &self.environment)
            }
        }
    }
}

/// Invokes, and says how long that took.
#[expect(clippy::disallowed_methods, reason = "what is measured here is the machine's own time")]
pub(crate) fn timed(emulator: &Emulator, input: &Value) -> Result<(Value, Duration)> {
    let began = Instant::now();
    let answer = emulator.invoke(input)?;
    Ok((answer, began.elapsed()))
}

/// The answer of a function that did not fail.
pub(crate) fn answered(answer: Value, emulator: &Emulator) -> Result<Value> {
    ensure!(answer["errorType"].is_null(), "{answer}\n{}", emulator.log());
    Ok(answer)
}
