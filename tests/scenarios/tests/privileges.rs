//! Least privilege, both ways: what the templates allow each function is what its calls need, in all scenarios and in sweeps, and nothing else.

use crate::every_scenario;
use crate::lease;
use crate::played::play_with;
use crate::sweep::{approval, crowd, leave, on_deployment, settle};
use crate::swept;
use fake_aws::CallRecord;
use fake_aws::services::identity_store::KmsMask;
use harness::functions::resource_of;
use harness::steps;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// An action, and the table or index that it is allowed on (nothing for services that know neither).
type Permission = (String, String);

const HUB: &str = include_str!("../../../template.yaml");
const MEMBER: &str = include_str!("../../../member-account.yaml");

/// What only `notify` does: no state invokes it, and tests of its own hold it against SNS.
const APART: &str = "Notify";

/// The lines of a resource of a template.
fn block<'a>(template: &'a str, name: &str) -> Vec<&'a str> {
    let head = format!("  {name}:");
    let inside = template.lines().skip_while(|line| *line != head).skip(1);
    inside.take_while(|line| line.is_empty() || line.starts_with("    ") || line.starts_with("  #")).collect()
}

/// The values of a key's every occurrence: `[a, b]` and `a` on its line, or a list of lines below it.
fn values(line: &str, below: &[&str]) -> Vec<String> {
    let (_, told) = line.split_once(':').expect("a key");
    let told = told.trim();
    if !told.is_empty() {
        let told = told.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(told);
        return told.split(", ").map(str::to_owned).collect();
    }
    let deep = |line: &str| line.len() - line.trim_start().len();
    let of_list = below.iter().take_while(|next| deep(next) > deep(line));
    of_list.filter_map(|next| next.trim().strip_prefix("- ")).map(str::to_owned).collect()
}

/// The table or the index that a resource of a statement is.
fn place(action: &str, resource: &str) -> String {
    if !action.starts_with("dynamodb:") {
        return String::new();
    }
    let resource = resource.trim_start_matches("!GetAtt ").trim_start_matches("!Sub ");
    resource.replace("${Grants.Arn}", "Grants").replace(".Arn", "")
}

/// All that the statements of a block allow.
fn allowed(lines: &[&str]) -> BTreeSet<Permission> {
    let mut found = BTreeSet::new();
    let mut actions = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.trim_start().starts_with("Action:") {
            actions = values(line, &lines[at + 1..]);
        } else if line.trim_start().starts_with("Resource:") {
            let resources = values(line, &lines[at + 1..]);
            let each = actions.iter().flat_map(|action| {
                resources.iter().map(move |resource| (action.clone(), place(action, resource)))
            });
            found.extend(each);
        }
    }
    found
}

/// What a call needs.
fn needed(call: &CallRecord) -> Vec<Permission> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let plain = |action: &str| (action.to_owned(), String::new());
    let request = &call.request;
    match (call.service.as_str(), call.operation.as_str()) {
        ("dynamodb", "TransactWriteItems") => {
            let each = request["TransactItems"].as_array().expect("a list").iter();
            let each = each.flat_map(|item| item.as_object().expect("an item"));
            each.map(|(kind, item)| {
                let kind =
                    if kind == "ConditionCheck" { "ConditionCheckItem" } else { &format!("{kind}Item") };
                (format!("dynamodb:{kind}"), text(&item["TableName"]))
            })
            .collect()
        }
        ("dynamodb", batch @ ("BatchGetItem" | "BatchWriteItem")) => {
            let tables = request["RequestItems"].as_object().expect("tables").keys();
            tables.map(|table| (format!("dynamodb:{batch}"), table.clone())).collect()
        }
        ("dynamodb", operation) => {
            let index = request["IndexName"].as_str().map(|index| format!("/index/{index}"));
            vec![(format!("dynamodb:{operation}"), text(&request["TableName"]) + &index.unwrap_or_default())]
        }
        ("sts", "AssumeRole") if request["SourceIdentity"].is_string() => {
            vec![plain("sts:AssumeRole"), plain("sts:SetSourceIdentity")]
        }
        ("sagemaker", operation) => {
            let mut all = vec![plain(&format!("sagemaker:{operation}"))];
            if request["UserSettings"]["ExecutionRole"].is_string() {
                all.push(plain("iam:PassRole"));
            }
            if request["Tags"].is_array() {
                all.push(plain("sagemaker:AddTags"));
            }
            all
        }
        (service, operation) => vec![plain(&format!("{service}:{operation}"))],
    }
}

/// What was needed by each function in the hub's own account, and by all of them in the Studio accounts.
#[derive(Default)]
struct Used {
    hub: BTreeMap<String, BTreeSet<Permission>>,
    member: BTreeSet<Permission>,
}

impl Used {
    fn add(&mut self, calls: &[CallRecord]) {
        for call in calls {
            let needed = needed(call);
            if call.service == "sagemaker" {
                self.member.extend(needed);
            } else {
                self.hub.entry(call.label.clone()).or_default().extend(needed);
            }
        }
    }
}

/// Every scenario, sweeps of every kind, a removal that had to be approved, a stopped execution whose lease is taken over, and an event that names a
/// membership only.
fn all_that_was_called() -> Used {
    let mut used = Used::default();
    for (_, scenario) in every_scenario::all() {
        used.add(&play_with(&scenario, 0).report.calls);
    }
    let crowd = crowd(12);
    on_deployment(&crowd, async |deployment| {
        settle(deployment, "first").await;
        let group = &crowd.directory.groups[0];
        for (name, asked) in [("of-a-group", &group.name), ("of-a-group-again", &group.id)] {
            let swept = deployment.sweep(name, json!({"group": asked})).await.unwrap();
            assert_eq!(swept.error, None, "{:?}", swept.cause);
        }
        // The next sweep finds that this one has ended.
        deployment.aws.directory(|store| store.kms_masked = Some(KmsMask::AccessDenied));
        let failed = deployment.sweep("masked", json!({})).await.unwrap();
        assert_eq!(failed.error.as_deref(), Some("Misconfigured"));
        deployment.aws.directory(|store| store.kms_masked = None);
        leave(deployment, &crowd, 9);
        let stopped = deployment.sweep("second", json!({})).await.unwrap();
        assert_eq!(stopped.error.as_deref(), Some("CheckRemovals.OverLimit"));
        let approved = deployment.sweep("third", approval(deployment, &stopped).await).await.unwrap();
        assert_eq!(approved.error, None, "{:?}", approved.cause);
        used.add(&deployment.aws.calls());
    });
    let (scenario, group) = swept::two_groups();
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        // By then, nobody believes the name of the other group any more.
        deployment.aws.clock().sleep(Duration::from_mins(11)).await;
        let swept = deployment.sweep("second", json!({"group": group.name})).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        used.add(&deployment.aws.calls());
    });
    lease::on_deployment(async |deployment| {
        lease::stopped_after(deployment, 8).await;
        let next = lease::look_at_ana(deployment, "the next").await;
        assert_eq!(next.error, None, "{:?}", next.cause);
        let event = include_str!("../../../events/delete-group-membership.json");
        let input = serde_json::from_str(event).expect("a sample event is JSON");
        deployment.execute("a membership is gone", input).await.unwrap();
        used.add(&deployment.aws.calls());
    });
    used
}

/// What is needed and not allowed, and what is allowed and not needed, in words.
fn differences(who: &str, needed: &BTreeSet<Permission>, allowed: &BTreeSet<Permission>) -> Vec<String> {
    let missing = needed.difference(allowed).map(|(action, on)| format!("{who} needs {action} {on}"));
    let unused = allowed.difference(needed).map(|(action, on)| format!("{who} never uses {action} {on}"));
    missing.chain(unused).collect()
}

/// The names of all functions of the hub.
fn functions() -> BTreeSet<String> {
    let functions: BTreeSet<String> = HUB
        .lines()
        .zip(HUB.lines().skip(1))
        .filter(|(_, next)| next.trim() == "Type: AWS::Serverless::Function")
        .map(|(name, _)| name.trim().trim_end_matches(':').to_owned())
        .collect();
    assert!(functions.len() > 20, "{functions:?}");
    functions
}

/// What each function may do beside its work. The lines are written this way nowhere else, and
/// [`allowed`] does not read them.
const REPORTING: [&str; 2] = [
    "- {Effect: Allow, Action: [logs:CreateLogStream, logs:PutLogEvents], Resource: !GetAtt StepsLog.Arn}",
    "- {Effect: Allow, Action: [xray:PutTraceSegments, xray:PutTelemetryRecords], Resource: \"*\"}",
];

#[test]
fn each_function_writes_to_its_own_log_group_only() {
    for name in functions() {
        let function = block(HUB, &name);
        let own = format!("Role: !GetAtt {name}Role.Arn");
        assert!(function.iter().any(|line| line.trim() == own), "{name} has no role of its own");
        assert!(!function.iter().any(|line| line.trim() == "Policies:"), "SAM would ignore them: {name}");
        let role = block(HUB, &format!("{name}Role"));
        let inline = role.iter().map(|line| line.trim()).filter(|line| line.starts_with("- {"));
        assert_eq!(inline.collect::<Vec<_>>(), REPORTING, "{name}");
        let logs = allowed(&role).into_iter().filter(|(action, _)| action.starts_with("logs:"));
        assert_eq!(logs.collect::<Vec<_>>(), [], "{name}");
    }
    assert!(!HUB.contains("ManagedPolicyArns") && !HUB.contains("AWSLambdaBasicExecutionRole"));
    assert!(HUB.contains("      LogGroup: !Ref StepsLog\n"), "all functions write to this group");
}

#[test]
fn nobody_assumes_a_role_outside_the_organization() {
    let mut going = 0;
    for name in functions() {
        let role = block(HUB, &format!("{name}Role")).join("\n");
        let (_, statements) = role.split_once("      Policies:").expect("a role has policies");
        for statement in statements.split("- Effect: Allow\n").filter(|one| one.contains("sts:AssumeRole")) {
            let inside = "StringEquals: {\"aws:ResourceOrgID\": \"${aws:PrincipalOrgID}\"}";
            assert!(statement.contains(inside), "{name}: {statement}");
            going += 1;
        }
    }
    assert_eq!(going, steps::in_studio().count());
    assert_eq!(MEMBER.matches("aws:PrincipalOrgID: !Ref OrganizationId").count(), 2);
}

#[test]
fn each_function_may_do_what_its_code_calls_and_nothing_else() {
    let used = all_that_was_called();
    let mut functions = functions();
    functions.remove(APART);
    let needed: BTreeMap<String, &BTreeSet<Permission>> =
        used.hub.iter().map(|(step, needed)| (resource_of(step), needed)).collect();
    let nothing = BTreeSet::new();
    let found: Vec<String> = functions
        .iter()
        .flat_map(|name| {
            let needed = needed.get(name).copied().unwrap_or(&nothing);
            differences(name, needed, &allowed(&block(HUB, &format!("{name}Role"))))
        })
        .collect();
    assert_eq!(found, Vec::<String>::new());
    assert!(needed.keys().all(|name| functions.contains(name)), "{:?}", needed.keys());
}

#[test]
fn the_member_role_allows_exactly_what_the_functions_use() {
    let used = all_that_was_called();
    let policies = block(MEMBER, "MemberRole");
    let policies: Vec<&str> = policies.into_iter().skip_while(|line| line.trim() != "Policies:").collect();
    assert_eq!(differences("MemberRole", &used.member, &allowed(&policies)), Vec::<String>::new());
    let in_studio: BTreeSet<&str> = used
        .hub
        .iter()
        .filter(|(_, needed)| needed.iter().any(|(action, _)| action == "sts:AssumeRole"))
        .map(|(step, _)| step.as_str())
        .collect();
    assert_eq!(in_studio, steps::in_studio().collect(), "who is trusted there, and who goes there");
}
