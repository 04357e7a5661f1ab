//! A new member gets a profile: the calls that AWS's blog describes, with what makes them safe.

use crate::played::{functions, invocations, play, play_with, read};
use harness::deployment::ACCESS;
use harness::report::Entry;
use harness::scenario::{Scenario, Span};
use serde_json::{Value, json};
use std::time::Duration;

const ANA: &str = "04c8e458-a021-702e-f9d1-7f430ff2c752";

#[test]
fn the_record_of_the_blog_becomes_a_profile() {
    let played = play("onboarding.yaml");
    let made = played.calls("sagemaker:CreateUserProfile");
    let [made] = made[..] else { panic!("one creation, not {}", made.len()) };
    let mut request = made.request.clone();
    let name = request["UserProfileName"].take();
    assert!(name.as_str().unwrap().starts_with("ana-silva-example-com-"), "{name}");
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    assert_eq!(
        request,
        json!({"DomainId": "d-research", "UserProfileName": null,
            "SingleSignOnUserIdentifier": "UserName", "SingleSignOnUserValue": "ana.silva@example.com",
            "Tags": [tag("studio-access:user-id", ANA), tag("studio-access:group", "studio-admins"), tag("costCentre", "4711")],
            "UserSettings": {"ExecutionRole": "arn:aws:iam::222233334444:role/studio/Admins", "SecurityGroups": ["sg-0a1b2c3d"]}})
    );
    let profile = played.profile("ana.silva@example.com");
    assert_eq!(
        (profile.status, profile.role.as_deref()),
        ("InService", Some("arn:aws:iam::222233334444:role/studio/Admins"))
    );
}

#[test]
fn domain_check_and_intent_come_before_the_creation() {
    let played = play("onboarding.yaml");
    let first = |operation: &str| played.positions(operation).first().copied().unwrap_or(usize::MAX);
    let order = [
        "identitystore:DescribeGroup",
        "dynamodb:Scan",
        "identitystore:DescribeUser",
        "identitystore:ListGroupMembershipsForMember",
        "sts:AssumeRole",
        "sagemaker:DescribeDomain",
        "dynamodb:TransactWriteItems",
        "sagemaker:CreateUserProfile",
    ];
    let places: Vec<usize> = order.iter().map(|operation| first(operation)).collect();
    assert!(places.is_sorted() && places.last() < Some(&usize::MAX), "{order:?} are at {places:?}");
    let grants = played.calls("dynamodb:TransactWriteItems");
    let statuses: Vec<&Value> =
        grants.iter().map(|call| &call.request["TransactItems"][1]["Put"]["Item"]["status"]["S"]).collect();
    assert_eq!(statuses, ["creating", "active"]);
}

#[test]
fn the_session_says_for_whom_and_why_and_proves_whose_we_are() {
    let played = play("onboarding.yaml");
    let execution = played.execution("CloudTrail tells of it");
    for call in played.calls("sts:AssumeRole") {
        assert_eq!(
            call.request,
            json!({"DurationSeconds": "900", "ExternalId": "studio-access-local",
                "RoleArn": "arn:aws:iam::222233334444:role/studio-access/StudioAccessMember",
                "RoleSessionName": execution.name, "SourceIdentity": ANA})
        );
    }
}

#[test]
fn a_grant_says_who_has_what_where_since_when_and_why() {
    let played = play("onboarding.yaml");
    let profile = played.profile("ana.silva@example.com");
    let execution = played.execution("CloudTrail tells of it");
    let mut grant = played.grant("ana.silva@example.com").clone();
    let membership = grant["membershipId"].take();
    assert!(membership.as_str().is_some_and(|id| !id.is_empty()));
    let since = grant["updatedAt"].take();
    assert!(since.as_str().unwrap().starts_with("2026-11-23T09:00:"), "{since}");
    assert_eq!(
        grant,
        json!({"pk": format!("user#{ANA}"), "sk": "target#222233334444/eu-west-1/d-research", "storeId": "d-906716eb24", "userId": ANA,
            "target": {"account": "222233334444", "region": "eu-west-1", "domainId": "d-research"}, "status": "active", "graceDays": 7,
            "profileName": profile.name, "userName": "ana.silva@example.com", "roleArn": "arn:aws:iam::222233334444:role/studio/Admins",
            "groupName": "studio-admins", "groupId": "14f83478-a061-708f-8de4-a3a2b99e9d89", "membershipId": null, "removal": "keep", "tags": ["costCentre"],
            "homeEfsUid": profile.efs_uid.unwrap().to_string(), "execution": execution.name, "reason": "AddMemberToGroup",
            "eventId": "c2c0873b-5c49-404c-add7-f10d4a6bd40c", "updatedAt": null, "version": 2})
    );
}

#[test]
fn the_state_machine_waits_and_no_function_does() {
    let played = play("onboarding.yaml");
    let execution = played.execution("CloudTrail tells of it");
    let order = [
        "resolve-identity",
        "assume-role",
        "plan-access",
        "ensure-assignment",
        "create-profile",
        "poll-profile",
        "record-grant",
        "summarize",
    ];
    assert_eq!(functions(execution), order);
    assert!(invocations(execution, "poll-profile").len() > 1, "a profile takes twenty seconds");
    for function in order {
        for invocation in invocations(execution, function) {
            assert!(invocation.took < Duration::from_secs(3), "{function} took {:?}", invocation.took);
        }
    }
}

#[test]
fn a_session_is_used_again_and_renewed_before_it_expires() {
    let sessions = |scenario: &Scenario| {
        let played = play_with(scenario, scenario.seed);
        assert_eq!(played.report.executions[0].status_word(), "SUCCEEDED");
        let polls = invocations(&played.report.executions[0], "poll-profile").len();
        (polls, played.calls("sts:AssumeRole").iter().filter(|call| call.label == "poll-profile").count())
    };
    let mut scenario = read("onboarding.yaml");
    let (polls, assumed) = sessions(&scenario);
    assert!(polls > 1 && assumed == 1, "{polls} looks, {assumed} sessions");
    // Fifteen minutes is the session's life, five before its end it is renewed.
    scenario.studio.create_profile = Some(Span(Duration::from_mins(18)));
    let (polls, assumed) = sessions(&scenario);
    assert!(polls > 20, "{polls}");
    assert_eq!(assumed, 2);
}

#[test]
fn a_profile_not_yet_visible_is_not_created_twice() {
    let mut scenario = read("onboarding.yaml");
    scenario.studio.describe_lag = Some(Span(Duration::from_mins(1)));
    play_with(&scenario, scenario.seed).as_expected("onboarding with a lag");
}

#[test]
fn no_credential_ever_leaves_a_function() {
    assert!(!ACCESS.contains("Credential"));
    for (file, scenario) in crate::every_scenario::all() {
        let played = play_with(&scenario, scenario.seed);
        let secrets: Vec<&str> = played
            .calls("sts:AssumeRole")
            .into_iter()
            .filter_map(|call| call.response["AccessKeyId"].as_str())
            .collect();
        for execution in &played.report.executions {
            let mut told = format!("{:?} {:?} {:?}", execution.input, execution.output, execution.cause);
            let events = execution.entries.iter().filter_map(|entry| match entry {
                Entry::Event(event) => Some(format!("{event:?}")),
                Entry::Invoked(_) => None,
            });
            told.extend(events);
            for secret in ["SecretAccessKey", "SessionToken", "AccessKeyId", "ASIA"].iter().chain(&secrets) {
                assert!(!told.contains(secret), "{file}: {} tells {secret}", execution.title);
            }
        }
    }
}
