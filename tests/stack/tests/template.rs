//! Both templates pass AWS's own linter and fit together; the hub has every step as a function under its own name, and its rule lets through
//! exactly the events that the parser understands.

use anyhow::{Context as _, Result, ensure};
use contract::change::{EVENTS, parse};
use contract::job::INPUT_VERSION;
use harness::functions::resource_of;
use harness::steps;
use serde_json::{Value, json};
use stack::{folders, python::Python};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

const HUB: &str = "template.yaml";
const MEMBER: &str = "member-account.yaml";

fn read(template: &str) -> Result<String> {
    fs::read_to_string(folders::root().join(template)).with_context(|| format!("could not read {template}"))
}

fn text() -> Result<String> {
    read(HUB)
}

#[test]
fn both_templates_pass_the_linter_of_aws() -> Result<()> {
    for template in [HUB, MEMBER] {
        let path = folders::root().join(template);
        let output =
            Python::ready()?.program("cfn-lint").args(["--format", "parseable", "--"]).arg(&path).output()?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        ensure!(output.status.success() && said.is_empty(), "cfn-lint: {}\n{said}", output.status);
    }
    Ok(())
}

/// What stands under a name of two spaces' depth in a section: the lines of a parameter, a resource or an output.
fn block(template: &str, section: &str, name: &str) -> Result<String> {
    let (_, after) =
        template.split_once(&format!("\n{section}:\n")).with_context(|| format!("no {section}"))?;
    let lines = after.lines().take_while(|line| !line.starts_with(|first: char| first.is_alphabetic()));
    let mut lines = lines.skip_while(|line| *line != format!("  {name}:"));
    lines.next().with_context(|| format!("{section} has no {name}"))?;
    let inner = lines.take_while(|line| line.is_empty() || line.starts_with("    "));
    Ok(inner.collect::<Vec<_>>().join("\n"))
}

/// The default of a parameter.
fn default_of(template: &str, parameter: &str) -> Result<String> {
    let block = block(template, "Parameters", parameter)?;
    let line = block.lines().find_map(|line| line.trim().strip_prefix("Default: "));
    Ok(line.with_context(|| format!("{parameter} has no default"))?.to_owned())
}

#[test]
fn member_account_roles_have_the_names_the_hub_expects() -> Result<()> {
    let (hub, member) = (read(HUB)?, read(MEMBER)?);
    let path = default_of(&member, "RolePath")?;
    for (role, name) in [("MemberRole", "MemberRoleName"), ("NoAccessRole", "NoAccessRoleName")] {
        assert_eq!(default_of(&hub, role)?, format!("{path}/{}", default_of(&member, name)?));
        assert!(
            block(&member, "Outputs", role)?.ends_with(&format!("Value: !Sub ${{RolePath}}/${{{name}}}"))
        );
        assert!(block(&hub, "Outputs", role)?.ends_with(&format!("Value: !Ref {role}")));
    }
    Ok(())
}

#[test]
fn what_a_member_account_asks_for_is_what_the_hub_puts_out() -> Result<()> {
    let (hub, member) = (read(HUB)?, read(MEMBER)?);
    for name in ["StudioPrincipals", "ExternalId"] {
        block(&member, "Parameters", name)?;
        block(&hub, "Outputs", name)?;
    }
    let pattern = |template: &str| -> Result<Option<String>> {
        let block = block(template, "Parameters", "ExternalId")?;
        Ok(block.lines().find(|line| line.contains("AllowedPattern")).map(str::to_owned))
    };
    assert_eq!(pattern(&hub)?, pattern(&member)?);
    Ok(())
}

#[test]
fn a_member_account_trusts_exactly_the_studio_functions() -> Result<()> {
    let output = block(&read(HUB)?, "Outputs", "StudioPrincipals")?;
    let told = output.lines().filter_map(|line| line.split_once("!GetAtt ")?.1.strip_suffix("Role.Arn"));
    let trusted: BTreeSet<String> = told.map(str::to_owned).collect();
    assert_eq!(trusted, steps::in_studio().map(resource_of).collect());
    Ok(())
}

/// The statement of a member account with this id.
fn statement<'a>(member: &'a str, sid: &str) -> Result<&'a str> {
    let (_, rest) = member.split_once(&format!("- Sid: {sid}\n")).with_context(|| format!("no {sid}"))?;
    let rest = rest.split("- Sid: ").next().unwrap_or_default();
    Ok(rest.split("\n\n").next().unwrap_or_default())
}

#[test]
fn member_role_trusts_exact_roles_of_one_org_with_external_id() -> Result<()> {
    let member = read(MEMBER)?;
    let entering = statement(&member, "ExactFunctionsOfTheHub")?;
    for wanted in [
        "Principal: {AWS: !Ref StudioPrincipals}",
        "aws:PrincipalOrgID: !Ref OrganizationId",
        "sts:ExternalId: !Ref ExternalId",
    ] {
        ensure!(entering.contains(wanted), "the trust of MemberRole lacks {wanted}");
    }
    assert_eq!(member.matches("Action: sts:AssumeRole\n").count(), 2, "of MemberRole and of NoAccessRole");
    Ok(())
}

#[test]
fn pass_role_is_limited_to_one_path_and_to_sagemaker() -> Result<()> {
    let member = read(MEMBER)?;
    let passing = statement(&member, "ExecutionRolesOnly")?;
    for wanted in [
        ":role/${ExecutionRolePath}/*\n",
        "- !GetAtt NoAccessRole.Arn\n",
        "StringEquals: {iam:PassedToService: sagemaker.amazonaws.com}",
    ] {
        ensure!(passing.contains(wanted), "the statement about PassRole lacks {wanted}");
    }
    assert_eq!(passing.matches("role/").count(), 1, "{passing}");
    assert_eq!(member.matches("iam:PassRole").count(), 1);
    Ok(())
}

#[test]
fn only_profiles_with_our_ownership_tag_can_be_deleted() -> Result<()> {
    let (member, profile) = (read(MEMBER)?, read("shared/aws/src/studio/profile.rs")?);
    let mark = profile.split_once("OWNER_TAG: &str = \"").and_then(|(_, rest)| rest.split_once('"'));
    let (mark, _) = mark.context("the mark was not found")?;
    let deleting = statement(&member, "MarkedProfilesOnly")?;
    let condition = format!("\"Null\": {{\"aws:ResourceTag/{mark}\": \"false\"}}");
    ensure!(deleting.contains("sagemaker:DeleteUserProfile") && deleting.contains(&condition), "{deleting}");
    assert_eq!(member.matches("sagemaker:DeleteUserProfile").count(), 1);
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

/// One small step stands for all: their build is alike, which `every_step_is_a_function_named_like_its_state` sees to, and the cold-start
/// benchmark builds all. It is the debug build without a cross-compiler.
const SMALL: &str = "finish-sweep";

#[test]
fn sam_builds_a_function_from_the_template() -> Result<()> {
    let into = folders::target().join("stack/sam-build");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    folders::tell("sam build (a minute the first time)");
    succeeds(
        sam()?
            .args(["build", &resource_of(SMALL), "--template", "template.yaml", "--build-dir"])
            .arg(&into)
            .args(["--parameter-overrides", &format!("Architecture={architecture}")])
            .env("SAM_BUILD_MODE", "debug")
            .env("CARGO_LAMBDA_COMPILER", "cargo")
            .env("CARGO_TARGET_DIR", folders::target()),
    )?;
    let bootstrap = into.join(resource_of(SMALL)).join("bootstrap");
    ensure!(bootstrap.is_file(), "sam build made no {}", bootstrap.display());
    Ok(())
}

#[test]
fn every_step_is_a_function_named_like_its_state() -> Result<()> {
    let template = text()?;
    for step in steps::names().into_iter().map(|(step, _)| step).chain(["notify"]) {
        let resource = resource_of(step);
        // No step of a workflow: EventBridge invokes it.
        let invoked = if step == "notify" {
            format!("Arn: !GetAtt {resource}.Arn\n")
        } else {
            format!("{resource}Arn: !GetAtt {resource}.Arn\n")
        };
        for wanted in [
            format!("\n  {resource}:\n    Type: AWS::Serverless::Function\n"),
            format!("BuildProperties: {{Binary: {step}}}\n"),
            format!("CodeUri: functions/{step}\n"),
            invoked,
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
        .filter(|pair| pair[0].contains("eventSource: [") && pair[1].contains("eventName: ["));
    let pairs: Vec<(String, String)> = pairs
        .flat_map(|pair| {
            let (sources, names) = (list(pair[0]), list(pair[1]));
            sources
                .into_iter()
                .flat_map(move |source| names.clone().into_iter().map(move |name| (source.clone(), name)))
        })
        .collect();
    ensure!(!pairs.is_empty(), "the rule's pattern was not found in template.yaml");
    Ok(pairs)
}

#[test]
fn the_rule_lets_through_exactly_what_the_parser_understands() -> Result<()> {
    let template = text()?;
    let mut through = BTreeSet::new();
    for rule in ["DirectoryChanges", "GroupsCreated"] {
        through.extend(let_through(&block(&template, "Resources", rule)?)?);
    }
    let understood = EVENTS.iter().map(|event| (event.source.to_owned(), event.name.to_owned()));
    assert_eq!(through, understood.collect());
    Ok(())
}

#[test]
fn an_event_goes_to_the_rule_that_passes_on_where_its_id_stands() -> Result<()> {
    let template = text()?;
    for (rule, answered, passed) in [
        ("DirectoryChanges", false, r#""requestParameters": <requestParameters>"#),
        ("GroupsCreated", true, r#""responseElements": {"id": <groupId>}"#),
    ] {
        let block = block(&template, "Resources", rule)?;
        ensure!(block.contains(passed), "{rule} does not pass on {passed}");
        for event in EVENTS {
            let sample = json!({"source": "aws.x", "detail-type": "AWS API Call via CloudTrail",
                "detail": {"eventSource": event.source, "eventName": event.name}});
            let expected = event.is_told_by_the_answer() == answered;
            assert_eq!(matches(&pattern(rule)?, &sample), expected, "{rule}: {}", event.name);
        }
    }
    Ok(())
}

/// The event pattern of a rule of the real template, in a stack with the usual name.
fn pattern(rule: &str) -> Result<Value> {
    let block = block(&text()?, "Resources", rule)?;
    let block = block.replace("!Sub \"${AWS::StackName}-\"", "studio-access-");
    let (_, pattern) = block.split_once("      EventPattern:\n").context("it has no pattern")?;
    let lines = pattern.lines().take_while(|line| line.starts_with("        "));
    Ok(serde_saphyr::from_str(&lines.collect::<Vec<_>>().join("\n"))?)
}

/// Matches an event as EventBridge does, for the operators that our patterns use.
fn matches(pattern: &Value, event: &Value) -> bool {
    let member = |(name, wanted): (&String, &Value)| match wanted {
        // Around one alternative, EventBridge takes it for the name of a member.
        Value::Array(any) if name == "$or" => any.len() > 1 && any.iter().any(|one| matches(one, event)),
        Value::Array(any) => any.iter().any(|one| match (one.get("prefix"), one.get("exists")) {
            (Some(prefix), _) => event[name]
                .as_str()
                .is_some_and(|text| prefix.as_str().is_some_and(|prefix| text.starts_with(prefix))),
            (_, Some(exists)) => event.get(name).is_some() == (exists == &json!(true)),
            (None, None) => event[name] == *one,
        }),
        Value::Object(_) => event.get(name).is_some_and(|event| matches(wanted, event)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    pattern.as_object().is_some_and(|members| members.iter().all(member))
}

#[test]
fn a_rule_that_somebody_disables_is_told_of() -> Result<()> {
    let pattern = pattern("RulesDisabled")?;
    let of = |name: &str, rule: &str| {
        json!({"source": "aws.events", "detail-type": "AWS API Call via CloudTrail", "detail": {
            "eventSource": "events.amazonaws.com", "eventName": name, "requestParameters": {"name": rule}}})
    };
    assert!(matches(&pattern, &of("DisableRule", "studio-access-directory-changes")));
    assert!(matches(&pattern, &of("DeleteRule", "studio-access-sweep")));
    assert!(!matches(&pattern, &of("DisableRule", "another-rule")));
    assert!(!matches(&pattern, &of("EnableRule", "studio-access-sweep")));
    let mut failed = of("DisableRule", "studio-access-sweep");
    failed["detail"]["errorCode"] = json!("AccessDenied");
    assert!(!matches(&pattern, &failed));
    Ok(())
}

#[test]
fn the_rules_take_events_of_aws_only() -> Result<()> {
    let rules = [pattern("DirectoryChanges")?, pattern("GroupsCreated")?];
    let mut taken = 0;
    for entry in fs::read_dir(folders::root().join("events"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let mut sample: Value = serde_json::from_slice(&fs::read(&path)?)?;
        let by = |sample: &Value| rules.iter().filter(|rule| matches(rule, sample)).count();
        let tells = sample["detail-type"] == "AWS API Call via CloudTrail"
            && sample["detail"].get("errorCode").is_none();
        assert_eq!(by(&sample), usize::from(tells), "{}", path.display());
        taken += by(&sample);
        for source in ["custom.app", "aws", "xaws.sso-directory"] {
            sample["source"] = json!(source);
            assert_eq!(by(&sample), 0, "{} from {source}", path.display());
        }
    }
    ensure!(taken >= 10, "too few samples are taken: {taken}");
    Ok(())
}

#[test]
fn what_notify_cannot_tell_may_be_left_among_the_dead_letters() -> Result<()> {
    let role = block(&text()?, "Resources", "NotifyRole")?;
    let wanted = "Action: sqs:SendMessage\n                Resource: !GetAtt DeadLetters.Arn\n";
    ensure!(format!("{role}\n").contains(wanted), "NotifyRole does not have {wanted}");
    Ok(())
}

#[test]
fn the_failure_rule_sends_an_input_of_this_version() -> Result<()> {
    let input = format!(r#"InputTemplate: '{{"version": {INPUT_VERSION}, "executionArn": <executionArn>}}'"#);
    ensure!(block(&text()?, "Resources", "BadEndings")?.contains(&input), "BadEndings does not have {input}");
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
