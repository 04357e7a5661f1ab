//! The Studio accounts: `member-account.yaml` deployed into each, as its administrators do it. `MiniStack` makes the roles; the emulated AWS, which answers
//! `AssumeRole`, gets to know them as their trust policies stand there.

use anyhow::{Context as _, Result, ensure};
use fake_aws::services::sts::Role;
use serde_json::{Value, json};
use stack::{calls::Calls, folders, ministack::MiniStack};
use std::collections::BTreeMap;
use std::time::Duration;
use std::{fs, thread};

const STACK: &str = "studio-access-member";

/// How often and in what steps the stack is looked at until it is there: two roles take a moment.
const TRIES: usize = 120;
const STEP: Duration = Duration::from_millis(250);

/// What an administrator has from the hub: the values of its outputs.
pub(crate) struct Hub<'a> {
    pub(crate) principals: &'a str,
    pub(crate) external_id: &'a str,
    pub(crate) member_role: &'a str,
}

/// Deploys the template, and gives back the role that the functions are to assume.
pub(crate) fn deploy(
    ministack: &MiniStack,
    account: &str,
    domain_ids: &[String],
    hub: &Hub<'_>,
) -> Result<Role> {
    let admin = Calls::from(&ministack.environment_in(account))?;
    let template = folders::root().join("member-account.yaml");
    let template = fs::read_to_string(template).context("could not read the template of Studio accounts")?;
    let of_domains =
        ["DomainId", "DomainId2", "DomainId3"].into_iter().zip(domain_ids.iter().map(String::as_str));
    let parameters: Vec<Value> = [
        ("StudioPrincipals", hub.principals),
        ("ExternalId", hub.external_id),
        ("OrganizationId", "o-studioaccess"),
    ]
    .into_iter()
    .chain(of_domains)
    .map(|(name, value)| json!({"ParameterKey": name, "ParameterValue": value}))
    .collect();
    let capabilities = ["CAPABILITY_NAMED_IAM"];
    let asked = json!({"StackName": STACK, "TemplateBody": template, "Parameters": parameters, "Capabilities": capabilities});
    admin.call("cloudformation", "create_stack", &asked)?;
    created(&admin)?;
    let outputs = outputs(&admin, STACK)?;
    // What docs/deploying.md has people compare.
    ensure!(outputs["MemberRole"] == hub.member_role, "{account}: {outputs:?} is not {}", hub.member_role);
    let name = hub.member_role.rsplit('/').next().unwrap_or_default();
    let made = admin.call("iam", "get_role", &json!({"RoleName": name}))?;
    role(&made["Role"]).with_context(|| format!("the role in {account}: {made}"))
}

/// Waits until the stack is there.
fn created(admin: &Calls) -> Result<()> {
    let mut stack = Value::Null;
    for _ in 0..TRIES {
        let described = admin.call("cloudformation", "describe_stacks", &json!({"StackName": STACK}))?;
        stack = described["Stacks"][0].clone();
        if stack["StackStatus"] != "CREATE_IN_PROGRESS" {
            break;
        }
        thread::sleep(STEP);
    }
    ensure!(stack["StackStatus"] == "CREATE_COMPLETE", "{stack}");
    Ok(())
}

/// What its trust policy says, as the emulated AWS understands it.
fn role(made: &Value) -> Result<Role> {
    let statements = made["AssumeRolePolicyDocument"]["Statement"].as_array().context("no trust policy")?;
    let allowing = |action: &str| {
        statements
            .iter()
            .find(|statement| statement["Effect"] == "Allow" && texts(&statement["Action"]) == [action])
    };
    let assume = allowing("sts:AssumeRole").context("nobody may assume it")?;
    ensure!(
        assume["Condition"]["StringEquals"]["aws:PrincipalOrgID"].is_string(),
        "it asks for no organization"
    );
    Ok(Role {
        arn: made["Arn"].as_str().context("it has no ARN")?.to_owned(),
        trusts: texts(&assume["Principal"]["AWS"]),
        external_id: assume["Condition"]["StringEquals"]["sts:ExternalId"].as_str().map(str::to_owned),
        allows_source_identity: allowing("sts:SetSourceIdentity").is_some(),
        assumable_from: None,
    })
}

/// One text, or a list of them: a policy may say either.
fn texts(value: &Value) -> Vec<String> {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    all.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// What a deployed stack puts out.
pub(crate) fn outputs(admin: &Calls, stack: &str) -> Result<BTreeMap<String, String>> {
    let stacks = admin.call("cloudformation", "describe_stacks", &json!({"StackName": stack}))?;
    let outputs = stacks["Stacks"][0]["Outputs"].as_array().context("the stack has no outputs")?;
    let pair = |output: &Value| {
        Some((output["OutputKey"].as_str()?.to_owned(), output["OutputValue"].as_str()?.to_owned()))
    };
    Ok(outputs.iter().filter_map(pair).collect())
}
