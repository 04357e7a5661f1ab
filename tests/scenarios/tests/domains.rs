//! A domain that is gone holds no sweep: what is lost there is lost already.

use crate::sweep::{asked, crowd, on_deployment, run, settle};
use fake_aws::service::Refusal;
use fake_aws::{Effect, Rule};
use harness::deployment::Deployment;
use harness::report::Execution;
use harness::scenario::{Group, Scenario};
use harness::setting::{GRANTS, HUB, HUB_REGION, MAPPINGS, delete_domain, delete_row};
use serde_json::json;

/// More than one sweep may take away.
const MANY: u32 = 60;

/// A company in one domain.
fn one_domain() -> Scenario {
    let mut scenario = crowd(MANY);
    scenario.mappings.truncate(1);
    scenario
}

/// The same, with another mapped group that has a member.
fn with_another_group() -> Scenario {
    let mut scenario = one_domain();
    let mut row = scenario.mappings[0].clone();
    row.insert("group".into(), json!("another"));
    row.insert("target".into(), json!("333344445555/eu-west-1/d-other"));
    row.insert("executionRoleArn".into(), json!("arn:aws:iam::333344445555:role/studio/Analysts"));
    scenario.mappings.push(row);
    let mut domain = scenario.domains[0].clone();
    domain.target = "333344445555/eu-west-1/d-other".into();
    scenario.domains.push(domain);
    let id = "22222222-0000-4000-8000-000000000000".to_owned();
    scenario.directory.groups.push(Group { id, name: "another".into() });
    scenario.directory.users[0].groups.push("another".into());
    scenario
}

fn text(scenario: &Scenario, member: &str) -> String {
    scenario.mappings[0][member].as_str().unwrap().to_owned()
}

/// Everybody has a profile; then the row goes, and the domain if it should; then comes a sweep.
async fn torn_down(deployment: &Deployment, scenario: &Scenario, domain_too: bool) -> Execution {
    settle(deployment, "first").await;
    swept_after(deployment, scenario, domain_too).await
}

/// The same for a company where everybody has a profile already.
async fn swept_after(deployment: &Deployment, scenario: &Scenario, domain_too: bool) -> Execution {
    let (group, target) = (text(scenario, "group"), text(scenario, "target"));
    let key = json!({"group": group, "target": target});
    delete_row(&deployment.aws, MAPPINGS, key.as_object().unwrap()).await.unwrap();
    if domain_too {
        delete_domain(&deployment.aws, &target).unwrap();
    }
    deployment.sweep("second", json!({})).await.unwrap()
}

/// Grants that are held in a domain.
async fn held(deployment: &Deployment, target: &str) -> usize {
    let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let there = items.iter().filter(|item| item["sk"]["S"].as_str().is_some_and(|sk| sk.ends_with(target)));
    there.filter(|item| matches!(item["status"]["S"].as_str(), Some("active" | "suspended"))).count()
}

#[test]
fn a_deleted_domain_is_swept_despite_the_removal_limit() {
    for scenario in [one_domain(), with_another_group()] {
        on_deployment(&scenario, async |deployment| {
            let before = MANY as usize;
            let swept = torn_down(deployment, &scenario, true).await;
            assert_eq!((swept.error, asked(deployment).len() - before), (None, before), "{:?}", swept.cause);
            run(deployment, before).await;
            assert_eq!(held(deployment, &text(&scenario, "target")).await, 0);
            settle(deployment, "third").await;
            assert_eq!(asked(deployment).len(), 2 * before, "nobody differs any more");
        });
    }
}

#[test]
fn a_domain_that_is_there_or_cannot_be_asked_counts() {
    for (gone, fault) in [(false, None), (true, Some(Effect::Refuse(Refusal::new("AccessDenied", "no"))))] {
        let scenario = with_another_group();
        on_deployment(&scenario, async |deployment| {
            settle(deployment, "first").await;
            if let Some(fault) = fault {
                deployment.aws.inject(Rule::on("sts:AssumeRole", fault).from("assume-role").always());
            }
            let swept = swept_after(deployment, &scenario, gone).await;
            assert_eq!(swept.error.as_deref(), Some("CheckRemovals.OverLimit"), "{:?}", swept.cause);
            assert_eq!(asked(deployment).len(), MANY as usize);
        });
    }
}
