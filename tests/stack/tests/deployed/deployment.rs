//! The real template, deployed once for all tests of this binary: `sam deploy` into `MiniStack`, with the emulated AWS in the place of Studio,
//! Identity Center and STS.
//!
//! The functions are the deployed binaries with the deployed settings. Which services are emulated elsewhere they learn from
//! `AWS_ENDPOINT_URL_<SERVICE>`, as every AWS SDK does; `MiniStack` hands its own environment on to them, so the template knows nothing of it.

use crate::members::{self, Hub, outputs};
use crate::{alarms, differences, sources};
use anyhow::{Context as _, Result, anyhow, ensure};
use fake_aws::Clock;
use fake_aws::services::sts::{Key, Session};
use harness::scenario::{Scenario, TOUR};
use harness::setting::{self, HUB, HUB_REGION};
use serde_json::{Value, json};
use stack::{
    bootstraps,
    calls::Calls,
    folders,
    ministack::{self, FunctionKey, MiniStack},
    python::Python,
    served::Served,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The account whose administrators have not made the role yet.
pub(crate) const WITHOUT_ROLE: &str = "444455556666";

const STACK: &str = "studio-access";

/// A deployed function.
pub(crate) struct Function {
    /// Its full name.
    pub(crate) name: String,
    /// What it acts with.
    pub(crate) key: FunctionKey,
}

/// Everything that runs.
pub(crate) struct Deployment {
    /// Studio, the directory and STS.
    pub(crate) served: Served,
    /// Everything else.
    pub(crate) ministack: MiniStack,
    /// The administrator of the hub account.
    pub(crate) admin: Calls,
    /// What the template's `Outputs` say.
    pub(crate) outputs: BTreeMap<String, String>,
    /// By the name of the resource.
    pub(crate) functions: BTreeMap<String, Function>,
}

impl Deployment {
    /// Deploys, once per process. A deployment that failed stays failed.
    pub(crate) fn ready() -> Result<&'static Self> {
        static READY: OnceLock<Result<Deployment, String>> = OnceLock::new();
        let ready = READY.get_or_init(|| Self::make().map_err(|error| format!("{error:#}")));
        ready.as_ref().map_err(|why| anyhow!("{why}"))
    }

    fn make() -> Result<Self> {
        let scenario = scenario()?;
        let in_world = scenario.clone();
        // As fast as MiniStack's waits, from the machine's own time on: functions read that.
        let clock = || Clock::scaled(Clock::real().now(), ministack::SPEED);
        let served = Served::populated(clock, async move |aws| {
            setting::build_in(aws, &in_world).await?;
            Ok(())
        })?;
        let elsewhere = ["SAGEMAKER", "IDENTITYSTORE", "SSO_ADMIN", "STS"];
        let elsewhere =
            elsewhere.map(|service| (format!("AWS_ENDPOINT_URL_{service}"), served.endpoint())).into();
        let ministack = MiniStack::start("deployed", HUB, HUB_REGION, &elsewhere)?;
        let admin = Calls::from(&ministack.environment())?;
        deploy(&scenario, &ministack, &admin)?;
        let outputs = outputs(&admin, STACK)?;
        let functions = functions(&admin, &served)?;
        let deployment = Self { served, ministack, admin, outputs, functions };
        deployment.let_in(&scenario)?;
        deployment.write_mappings(&scenario)?;
        Ok(deployment)
    }

    /// An output of the template.
    pub(crate) fn output(&self, name: &str) -> Result<&str> {
        self.outputs.get(name).map(String::as_str).with_context(|| format!("the stack has no output {name}"))
    }

    /// What the administrators of the Studio accounts do: they deploy the other template. One of them has not done so yet.
    fn let_in(&self, scenario: &Scenario) -> Result<()> {
        let hub = Hub {
            principals: self.output("StudioPrincipals")?,
            external_id: self.output("ExternalId")?,
            member_role: self.output("MemberRole")?,
        };
        let mut accounts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for domain in &scenario.domains {
            let place = setting::place(&domain.target)?;
            accounts.entry(place.account).or_default().push(place.domain_id);
        }
        accounts.remove(WITHOUT_ROLE);
        for (account, domain_ids) in &accounts {
            let role = members::deploy(&self.ministack, account, domain_ids, &hub)?;
            self.served.aws().roles(|sts| sts.put_role(role));
        }
        Ok(())
    }

    fn write_mappings(&self, scenario: &Scenario) -> Result<()> {
        let table = self.output("GroupMappingsTable")?;
        for row in &scenario.mappings {
            let item: BTreeMap<&String, Value> =
                row.iter().map(|(name, value)| (name, setting::attribute(value))).collect();
            self.admin.call("dynamodb", "put_item", &json!({"TableName": table, "Item": item}))?;
        }
        Ok(())
    }
}

/// The emulated AWS of the tour, which the samples in `events/` are about, and a group with a target that cannot be reached beside one that can.
fn scenario() -> Result<Scenario> {
    let mut scenario = Scenario::parse(TOUR, "the tour")?;
    let (research, unreachable) =
        ("222233334444/eu-west-1/d-research", format!("{WITHOUT_ROLE}/eu-west-1/d-unprepared"));
    let domain = json!({"target": unreachable});
    scenario.domains.push(serde_json::from_value(domain)?);
    for target in [research, &unreachable] {
        let account = setting::place(target)?.account;
        let row = json!({
            "group": "Finance (all)",
            "target": target,
            "executionRoleArn": format!("arn:aws:iam::{account}:role/studio/Finance"),
            "priority": 70,
        });
        scenario.mappings.push(serde_json::from_value(row)?);
    }
    // As in the published solution, a removal shows its end at once.
    for row in &mut scenario.mappings {
        row.insert("graceDays".to_owned(), json!(0));
    }
    Ok(scenario)
}

/// Lays out what `sam build` makes: the template as it is, and in each `CodeUri` the bootstrap of the step.
fn lay_out() -> Result<PathBuf> {
    let built = folders::target().join("stack/built");
    if built.exists() {
        fs::remove_dir_all(&built).with_context(|| format!("could not empty {}", built.display()))?;
    }
    fs::create_dir_all(built.join("statemachine")).context("could not create a folder")?;
    let root = folders::root();
    let template = fs::read_to_string(root.join("template.yaml")).context("could not read the template")?;
    fs::write(built.join("template.yaml"), sources::replayed(&alarms::plain(&template)))
        .context("could not write the template")?;
    for machine in ["access", "sweep"] {
        let file = format!("statemachine/{machine}.asl.json");
        let definition =
            fs::read_to_string(root.join(&file)).with_context(|| format!("could not read {file}"))?;
        fs::write(built.join(&file), differences::bridged(&definition))
            .with_context(|| format!("could not write {file}"))?;
    }
    for (step, bootstrap) in bootstraps::built()? {
        let folder = built.join("functions").join(step);
        fs::create_dir_all(&folder)?;
        // The same file, not a copy of it: all of them together are a gigabyte.
        fs::hard_link(bootstrap, folder.join("bootstrap"))
            .with_context(|| format!("could not link {}", bootstrap.display()))?;
    }
    Ok(built)
}

fn deploy(scenario: &Scenario, ministack: &MiniStack, admin: &Calls) -> Result<()> {
    let built = lay_out()?;
    admin.call("s3", "create_bucket", &json!({"Bucket": "artifacts"}))?;
    folders::tell("sam deploy (half a minute)");
    let output = sam_deploy(scenario, ministack, &built)?.output().context("could not run sam")?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "sam deploy: {}\n{said}\n{}", output.status, ministack.log());
    folders::tell("the stack is deployed");
    Ok(())
}

fn sam_deploy(scenario: &Scenario, ministack: &MiniStack, built: &Path) -> Result<Command> {
    let settings = setting::environment(scenario);
    let mut command = Python::sam()?.program("sam");
    command
        .current_dir(built)
        .env_clear()
        .envs(ministack.environment())
        .env("PATH", Python::sam()?.search_path()?)
        .env("HOME", built)
        .env("SAM_CLI_TELEMETRY", "0")
        .env("__SAM_CLI_APP_DIR", folders::target().join("stack/sam-home"))
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .args([
            "deploy",
            "--template-file",
            "template.yaml",
            "--stack-name",
            STACK,
            "--s3-bucket",
            "artifacts",
        ])
        .args(["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"])
        .args(["--region", HUB_REGION, "--parameter-overrides"])
        .arg(format!("IdentityStoreId={}", scenario.directory.store_id))
        .arg(format!("ExternalId={}", settings.required("EXTERNAL_ID")?))
        .arg(format!("Architecture={}", architecture()));
    Ok(command)
}

/// The bootstraps are built for this machine.
fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// The functions of the stack. The emulated AWS gets to know the keys that they act with, and the role behind each.
fn functions(admin: &Calls, served: &Served) -> Result<BTreeMap<String, Function>> {
    let resources = admin.call("cloudformation", "describe_stack_resources", &json!({"StackName": STACK}))?;
    let mut functions = BTreeMap::new();
    for resource in resources["StackResources"].as_array().into_iter().flatten() {
        if resource["ResourceType"] == "AWS::Lambda::Function" {
            let name = resource["LogicalResourceId"].as_str().context("a resource has no name")?;
            let function = json!({"FunctionName": resource["PhysicalResourceId"]});
            let configuration = admin.call("lambda", "get_function_configuration", &function)?;
            let text = |member: &str| {
                configuration[member].as_str().with_context(|| format!("{name} has no {member}"))
            };
            let (arn, role) = (text("FunctionArn")?, text("Role")?);
            let key = ministack::function_key(arn, role);
            let in_world = Key {
                secret: key.secret.clone(),
                token: Some(key.token.clone()),
                expires: None,
                session: Session::of(role, text("FunctionName")?, name),
            };
            served.aws().roles(|sts| sts.put_key(&key.id, in_world));
            functions.insert(name.to_owned(), Function { name: text("FunctionName")?.to_owned(), key });
        }
    }
    ensure!(!functions.is_empty(), "the stack has no functions");
    Ok(functions)
}
