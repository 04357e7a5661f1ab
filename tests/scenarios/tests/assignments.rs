//! The group that gives access is assigned to the domain's Identity Center application: only who is assigned can open a profile [4.2].

use crate::played::{Played, play, play_with, play_with_a_turn, read};
use fake_aws::service::Refusal;
use fake_aws::services::studio::NewDomain;
use fake_aws::{Clock, Effect, Outcome, Rule, run_virtual};
use harness::deployment::{ACCESS, Deployment};
use harness::setting;
use serde_json::{Value, json};

/// How each target of an execution told that its group stands.
fn told(played: &Played, title: &str) -> Vec<Value> {
    let output = played.execution(title).output.clone().expect("it has come to its end");
    let results = output["results"].as_array().expect("a list").iter();
    results.map(|outcome| outcome["assignment"].clone()).collect()
}

#[test]
fn a_group_is_assigned_once_before_its_first_profile() {
    let played = play("assignments.yaml");
    let made = played.calls("sso:CreateApplicationAssignment");
    let groups: Vec<&str> = made.iter().filter_map(|call| call.request["PrincipalId"].as_str()).collect();
    // The first of the three met a conflict.
    assert_eq!(groups.len(), 3, "{groups:?}");
    assert_eq!(made.iter().filter(|call| call.outcome == Outcome::Ok).count(), 2);
    assert!(made.iter().all(|call| call.request["PrincipalType"] == "GROUP"));
    // The other domain has no application.
    let creations = played.calls("sagemaker:CreateUserProfile");
    let first = creations.iter().find(|call| call.request["DomainId"] == "d-research").unwrap();
    assert!(made[1].at < first.at, "the second attempt has made the assignment");
    assert_eq!(told(&played, "Ana is the first of her group"), ["made", "noApplication"]);
    assert_eq!(told(&played, "Ben is the second"), ["present", "noApplication"]);
}

#[test]
fn a_group_assignment_is_read_once_and_remembered() {
    let played = play("assignments.yaml");
    let looked = played.calls("sso:DescribeApplicationAssignment");
    let at_admins = looked
        .iter()
        .filter(|call| call.request["PrincipalId"].as_str().is_some_and(|id| id.ends_with("01")));
    // Once for Ana, and once more after the conflict.
    assert_eq!(at_admins.count(), 2);
}

#[test]
fn a_hidden_assignment_is_not_taken_for_an_absent_one() {
    let mut scenario = read("assignments.yaml");
    scenario.faults.clear();
    scenario.expect = None;
    let hidden = Refusal::new("ResourceNotFoundException", "The KMS key was not found.");
    let hidden = Effect::Refuse(hidden.with("Reason", "KMS_NotFoundException"));
    let played = play_with_a_turn(&scenario, scenario.seed, 0, |aws| {
        aws.inject(Rule::on("sso:DescribeApplicationAssignment", hidden).always());
    });
    assert!(played.calls("sso:CreateApplicationAssignment").is_empty());
    assert_eq!(told(&played, "Ana is the first of her group"), ["notPermitted", "noApplication"]);
}

#[test]
fn a_leaver_is_no_reason_to_look_at_the_assignment() {
    let played = play("assignments.yaml");
    assert_eq!(
        told(&played, "Ben leaves; the group stays assigned, and he is not in it"),
        [Value::Null, Value::Null]
    );
}

#[test]
fn a_hub_that_may_not_assign_tells_so_and_makes_the_profile() {
    let mut scenario = read("assignments.yaml");
    scenario.directory.assignments_denied = true;
    scenario.faults.clear();
    scenario.expect = None;
    let played = play_with(&scenario, scenario.seed);
    played.as_expected("denied");
    assert!(played.calls("sso:CreateApplicationAssignment").is_empty());
    let output = played.execution("Ana is the first of her group").output.clone().unwrap();
    assert_eq!(output["results"][0]["assignment"], "notPermitted");
    let summary = output["summary"].as_str().unwrap();
    assert!(
        summary.contains("d-research: create (studio-access has no permission to assign the group"),
        "{summary}"
    );
    assert!(summary.contains("d-old: create (the domain has no application"), "{summary}");
}

#[test]
fn a_used_up_quota_is_told_and_the_profile_is_made() {
    let mut scenario = read("assignments.yaml");
    scenario.faults[0].code = Some("ServiceQuotaExceededException".to_owned());
    scenario.expect = None;
    let played = play_with(&scenario, scenario.seed);
    assert_eq!(told(&played, "Ana is the first of her group"), ["quotaReached", "noApplication"]);
}

#[test]
fn reports_optional_assignment_and_still_creates_profile() {
    let mut scenario = read("assignments.yaml");
    scenario.timeline.truncate(1);
    scenario.expect = None;
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let deployment = Deployment::build(&scenario, 1, Clock::virtual_from(epoch)).await.unwrap();
        let place = setting::place("222233334444/eu-west-1/d-research").unwrap();
        let arn = NewDomain::sso(place).application_arn.unwrap();
        deployment.aws.applications(|all| all.ask_for_no_assignment(&arn));
        let told = deployment.execute("anybody", json!({"userName": "cem", "reason": "test"})).await.unwrap();
        let output = told.output.clone().unwrap();
        assert_eq!(output["results"][0]["assignment"], "notRequired");
        let summary = output["summary"].as_str().unwrap();
        assert!(
            summary.contains("create (the domain's application does not require an assignment"),
            "{summary}"
        );
    });
}

#[test]
fn an_unreadable_assignment_setting_blocks_no_profile() {
    for code in ["AccessDeniedException", "ValidationException"] {
        let mut scenario = read("assignments.yaml");
        scenario.faults[0].on = "sso:GetApplicationAssignmentConfiguration".to_owned();
        scenario.faults[0].code = Some(code.to_owned());
        scenario.expect = None;
        let played = play_with(&scenario, scenario.seed);
        assert_eq!(told(&played, "Ana is the first of her group"), ["made", "noApplication"], "{code}");
    }
}

#[test]
fn an_unexpected_error_fails_only_its_own_domain() {
    let mut scenario = read("assignments.yaml");
    scenario.timeline.truncate(1);
    scenario.faults[0].code = Some("ValidationException".to_owned());
    scenario.expect = None;
    let played = play_with(&scenario, scenario.seed);
    let cause = played.execution("Ana is the first of her group").cause.clone().unwrap();
    assert!(cause.contains("1 of 2 domains failed"), "{cause}");
    assert!(cause.contains("d-research: Internal"), "{cause}");
}

#[test]
fn a_missing_assignment_is_made_for_an_existing_profile() {
    let mut scenario = read("assignments.yaml");
    scenario.timeline.truncate(1);
    scenario.faults.clear();
    scenario.expect = None;
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        // The profiles come from a time when groups were assigned by hand.
        let mut deployment = Deployment::build(&scenario, 1, Clock::virtual_from(epoch)).await.unwrap();
        let group = "14f83478-a061-708f-8de4-000000000001";
        let user = &scenario.directory.users[0];
        deployment.aws.directory(|store| store.add_member(group, &user.id)).unwrap();
        deployment.update(&ACCESS.replace("${AssignGroups}", "false"));
        let input = json!({"userName": user.name, "reason": "test"});
        let before = deployment.execute("switched off", input.clone()).await.unwrap();
        assert_eq!(before.actions(), ["create", "create"]);
        let calls = deployment.aws.calls();
        assert!(calls.iter().all(|call| call.service != "sso"), "a switch that is off asks nothing");
        deployment.update(ACCESS);
        let after = deployment.execute("switched on", input).await.unwrap();
        assert_eq!(after.actions(), ["keep", "keep"]);
        assert_eq!(deployment.aws.applications(|all| all.assignments().count()), 1);
    });
}
