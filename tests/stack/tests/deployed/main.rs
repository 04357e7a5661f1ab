//! The deployed stack does what it promises, on engines that we did not write: `sam deploy` with the real template, `MiniStack` in the place
//! of AWS, IAM policies enforced, boto3 looking on. See `docs/testing.md` for where `MiniStack` differs from AWS.

mod alarms;
mod conformance;
mod deployment;
mod differences;
mod executions;
mod members;
mod recording;
mod sources;

use anyhow::{Context as _, Result, ensure};
use deployment::{Deployment, WITHOUT_ROLE};
use executions::{Execution, sample};
use fake_aws::CallRecord;
use serde_json::{Value, json};
use sources::of_aws;
use stack::calls::Calls;
use stack::folders;
use std::fs;
use std::time::{Duration, SystemTime};

const RESEARCH: [&str; 3] = ["222233334444", "eu-west-1", "d-research"];
const FINANCE: [&str; 3] = ["333344445555", "us-west-2", "d-finance"];

impl Deployment {
    /// The profile of a user as an administrator of the Studio account sees it.
    fn profile(&self, [account, region, domain]: [&str; 3], user: &str) -> Result<Option<Value>> {
        let role = format!("arn:aws:iam::{account}:role/Administrator");
        let there = Calls::from(&self.served.environment_of(&role, region))?;
        let listed = there.call("sagemaker", "list_user_profiles", &json!({"DomainIdEquals": domain}))?;
        for row in listed["UserProfiles"].as_array().into_iter().flatten() {
            let named = json!({"DomainId": domain, "UserProfileName": row["UserProfileName"]});
            if let Ok(profile) = there.attempt("sagemaker", "describe_user_profile", &named)?
                && profile["SingleSignOnUserValue"] == user
            {
                return Ok(Some(profile));
            }
        }
        Ok(None)
    }

    /// The calls that create a profile or look how far it is, with this text in the request, in their order.
    fn looks_at(&self, text: &str) -> Vec<CallRecord> {
        let counts = |call: &CallRecord| {
            let both = (call.label.as_str(), call.operation.as_str());
            [("CreateProfile", "CreateUserProfile"), ("PollProfile", "DescribeUserProfile")].contains(&both)
                && call.request.to_string().contains(text)
        };
        self.served.aws().calls().into_iter().filter(counts).collect()
    }

    fn join(&self, group: &str, user: &str) -> Result<()> {
        self.served.aws().directory(|store| store.add_member(group, user))?;
        Ok(())
    }

    fn leave(&self, group: &str, user: &str) -> Result<()> {
        self.served.aws().directory(|store| store.remove_member(group, user))?;
        Ok(())
    }
}

/// Status and last part of the role.
fn role_of(profile: Option<&Value>) -> (&str, &str) {
    profile.map_or(("absent", ""), |profile| {
        let role = profile["UserSettings"]["ExecutionRole"].as_str().unwrap_or_default();
        (profile["Status"].as_str().unwrap_or_default(), role.rsplit('/').next().unwrap_or(role))
    })
}

/// What the rule has to say to a sample: events as they come from CloudTrail, of calls that changed something.
fn is_for_the_rule(sample: &Value) -> bool {
    sample["detail-type"] == "AWS API Call via CloudTrail" && sample["detail"].get("errorCode").is_none()
}

#[test]
fn the_deployed_rules_match_exactly_the_change_samples() -> Result<()> {
    let stack = Deployment::ready()?;
    let patterns = ["directory-changes", "groups-created"].map(|name| {
        let asked = json!({"Name": format!("studio-access-{name}")});
        Ok(of_aws(&stack.admin.call("events", "describe_rule", &asked)?["EventPattern"]))
    });
    let patterns: Vec<Value> = patterns.into_iter().collect::<Result<_>>()?;
    let taken = |event: &Value| -> Result<bool> {
        let mut taken = false;
        for pattern in &patterns {
            let asked = json!({"EventPattern": pattern, "Event": event.to_string()});
            let answer = stack.admin.call("events", "test_event_pattern", &asked)?;
            taken |= answer["Result"] == true;
        }
        Ok(taken)
    };
    let mut answers = [0, 0];
    for entry in fs::read_dir(folders::root().join("events"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let mut event: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let expected = is_for_the_rule(&event);
            assert_eq!(taken(&event)?, expected, "{}", path.display());
            answers[usize::from(expected)] += 1;
            event["source"] = json!("custom.app");
            ensure!(!taken(&event)?, "{} of another application", path.display());
        }
    }
    ensure!(answers[0] >= 3 && answers[1] >= 10, "too few samples: {answers:?}");
    Ok(())
}

#[test]
fn rules_may_send_failed_events_to_the_dead_letter_queue() -> Result<()> {
    let stack = Deployment::ready()?;
    let asked = json!({"QueueUrl": stack.output("DeadLettersQueue")?, "AttributeNames": ["All"]});
    let queue = stack.admin.call("sqs", "get_queue_attributes", &asked)?["Attributes"].clone();
    assert_eq!(queue["KmsMasterKeyId"], Value::Null, "EventBridge cannot write under a key of AWS's own");
    let policy: Value = serde_json::from_str(queue["Policy"].as_str().context("the queue has no policy")?)?;
    let statement = &policy["Statement"][0];
    assert_eq!(statement["Principal"]["Service"], "events.amazonaws.com");
    assert_eq!(
        (&statement["Action"], &statement["Resource"]),
        (&json!("sqs:SendMessage"), &queue["QueueArn"])
    );
    let sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"].as_array().context("anybody may")?;

    let rules = stack.admin.call("events", "list_rules", &json!({"NamePrefix": "studio-access-"}))?;
    let rules = rules["Rules"].as_array().context("the stack has no rules")?;
    assert_eq!(rules.len(), sources.len());
    for rule in rules {
        ensure!(sources.contains(&rule["Arn"]), "{} is not let in: {policy}", rule["Arn"]);
        let asked = json!({"Rule": rule["Name"]});
        let targets = stack.admin.call("events", "list_targets_by_rule", &asked)?;
        for target in targets["Targets"].as_array().into_iter().flatten() {
            assert_eq!(target["DeadLetterConfig"]["Arn"], queue["QueueArn"], "{target}");
        }
    }
    Ok(())
}

#[test]
fn an_event_becomes_a_profile_in_each_of_two_accounts() -> Result<()> {
    let stack = Deployment::ready()?;
    let event = sample("add-member-to-group.json")?;
    let parameters = &event["detail"]["requestParameters"];
    let ana = parameters["member"]["memberId"].as_str().context("the sample names nobody")?;
    stack.join(parameters["groupId"].as_str().context("the sample names no group")?, ana)?;

    let execution = Execution::of_event(stack, &event)?.ended(stack)?;

    assert_eq!(execution.status, "SUCCEEDED", "{}", execution.told(stack));
    for target in [RESEARCH, FINANCE] {
        let profile = stack.profile(target, "ana.silva@example.com")?;
        assert_eq!(role_of(profile.as_ref()), ("InService", "Admins"), "{target:?} {profile:?}");
    }
    let group = parameters["groupId"].as_str().unwrap_or_default();
    let assigned = stack.served.aws().applications(|all| {
        all.assignments().filter(|(_, principal)| principal.id == group && principal.kind == "GROUP").count()
    });
    assert_eq!(assigned, 2, "the group can open both domains");
    Ok(())
}

#[test]
fn a_removal_takes_the_profile_away() -> Result<()> {
    let stack = Deployment::ready()?;
    let event = sample("remove-member-from-group.json")?;
    let parameters = &event["detail"]["requestParameters"];
    let group = parameters["groupId"].as_str().context("the sample names no group")?;
    let maria = parameters["memberId"].as_str().context("the sample names nobody")?;
    stack.join(group, maria)?;
    let joined = Execution::start(stack, "maria-joins", &json!({"userId": maria}))?.ended(stack)?;
    assert_eq!(joined.status, "SUCCEEDED", "{}", joined.told(stack));
    let profile = stack.profile(RESEARCH, "maria-lopez")?;
    assert_eq!(role_of(profile.as_ref()), ("InService", "Analysts"));

    stack.leave(group, maria)?;
    let left = Execution::of_event(stack, &event)?.ended(stack)?;

    assert_eq!(left.status, "SUCCEEDED", "{}", left.told(stack));
    assert_eq!(stack.profile(RESEARCH, "maria-lopez")?, None);
    Ok(())
}

#[test]
fn a_failing_target_fails_the_execution_but_not_the_other() -> Result<()> {
    let stack = Deployment::ready()?;
    let yamada = "34e8f4a8-3041-70b2-1c55-6d1f0a7be003";
    stack.join("44f83478-a061-708f-8de4-a3a2b99e9d92", yamada)?;

    let execution = Execution::start(stack, "yamada-joins", &json!({"userId": yamada}))?.ended(stack)?;

    assert_eq!(execution.status, "FAILED", "{}", execution.told(stack));
    assert_eq!(execution.error, "Summarize.DomainsFailed", "{}", execution.told(stack));
    for word in ["Misconfigured", WITHOUT_ROLE] {
        assert!(execution.cause.contains(word), "{}", execution.cause);
    }
    let profile = stack.profile(RESEARCH, "山田太郎@example.jp")?;
    assert_eq!(role_of(profile.as_ref()), ("InService", "Finance"));
    Ok(())
}

#[test]
fn studio_is_waited_for() -> Result<()> {
    let stack = Deployment::ready()?;
    let other_ana = "04c8e458-a021-702e-f9d1-7f430ff2c753";
    stack.join("24f83478-a061-708f-8de4-a3a2b99e9d90", other_ana)?;

    let execution =
        Execution::start(stack, "other-ana-joins", &json!({"userId": other_ana}))?.ended(stack)?;

    assert_eq!(execution.status, "SUCCEEDED", "{}", execution.told(stack));
    // MiniStack's history says nothing of what happens inside a Map, so Studio is asked when it was called.
    let profile = stack.profile(RESEARCH, "ana-silva@example.com")?.context("there is no profile")?;
    let name = profile["UserProfileName"].as_str().context("the profile has no name")?;
    let moments: Vec<SystemTime> = stack.looks_at(name).iter().map(|call| call.at).collect();
    // A profile takes 20 seconds, and is looked at every ten.
    ensure!(moments.len() >= 3, "it was looked at {} times", moments.len());
    for pair in moments.windows(2) {
        let waited = pair[1].duration_since(pair[0])?;
        ensure!(waited >= Duration::from_secs(10), "only {waited:?} between two looks");
    }
    Ok(())
}

#[test]
fn a_sweep_finds_who_was_missed() -> Result<()> {
    let stack = Deployment::ready()?;
    let omar = "24e8f4a8-3041-70b2-1c55-6d1f0a7be002";
    stack.join("24f83478-a061-708f-8de4-a3a2b99e9d90", omar)?;

    let sweep = Execution::start_of(stack, "SweepStateMachine", "sweep", &json!({"reason": "schedule"}))?;
    let sweep = sweep.ended(stack)?;

    assert_eq!(sweep.status, "SUCCEEDED", "{}", sweep.told(stack));
    let access = Execution::about(stack, omar)?.ended(stack)?;
    assert_eq!(access.status, "SUCCEEDED", "{}", access.told(stack));
    let profile = stack.profile(RESEARCH, "OMAR.HADDAD@corp.example.com")?;
    assert_eq!(role_of(profile.as_ref()), ("InService", "Analysts"));
    Ok(())
}

#[test]
fn a_function_may_do_what_its_policy_says_and_nothing_else() -> Result<()> {
    let stack = Deployment::ready()?;
    let table = json!({"TableName": stack.output("GroupMappingsTable")?});
    let scan = |function: &str| {
        let function = stack.functions.get(function).with_context(|| format!("there is no {function}"))?;
        // MiniStack issues a function's key when it runs for the first time. What it says to this input is of no interest.
        stack.admin.call("lambda", "invoke", &json!({"FunctionName": function.name, "Payload": "{}"}))?;
        Calls::from(&stack.ministack.environment_of(&function.key))?.attempt("dynamodb", "scan", &table)
    };
    let read = scan("ResolveIdentity")?;
    ensure!(read.is_ok(), "{read:?}");
    let refused = scan("RecordGrant")?.err().context("RecordGrant may read the mappings")?;
    assert_eq!(refused.code, "AccessDeniedException", "{}", refused.message);
    Ok(())
}

#[test]
fn only_the_named_functions_may_enter_a_studio_account() -> Result<()> {
    let stack = Deployment::ready()?;
    let assume = |function: &str| {
        let function = stack.functions.get(function).with_context(|| format!("there is no {function}"))?;
        let mut environment = stack.ministack.environment_of(&function.key);
        environment.insert("AWS_ENDPOINT_URL".to_owned(), stack.served.endpoint());
        let role = "arn:aws:iam::222233334444:role/studio-access/StudioAccessMember";
        let asked = json!({"RoleArn": role, "RoleSessionName": "test", "ExternalId": "studio-access-local"});
        Calls::from(&environment)?.attempt("sts", "assume_role", &asked)
    };
    let entered = assume("CreateProfile")?;
    ensure!(entered.is_ok(), "CreateProfile may not enter the account");
    let refused = assume("RecordGrant")?.err().context("RecordGrant may enter the account")?;
    assert_eq!(refused.code, "AccessDenied", "{}", refused.message);
    Ok(())
}
