//! Who had which role in which domain on a day, and why: the ledger can tell.

use crate::played::{Played, play, read};
use aws::tables::Ledger;
use contract::grant::GrantStatus;
use contract::history::held;
use contract::settings::Env;
use contract::target::Target;
use fake_aws::{Clock, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Nobody, Play};
use harness::setting::{self, GRANTS, HUB_REGION};
use serde_json::Value;

fn column<'a>(played: &'a Played, user: &str, name: &str) -> Vec<&'a str> {
    let of_user = played.report.history.iter().filter(|line| line["userName"] == user);
    of_user.map(|line| line[name].as_str().unwrap_or_default()).collect()
}

#[test]
fn each_write_of_a_grant_has_its_line_in_order() {
    let played = play("still-entitled.yaml");
    let statuses = ["creating", "active", "changing", "active", "changing", "active"];
    assert_eq!(column(&played, "ana", "status"), statuses);
    let roles: Vec<&str> =
        column(&played, "ana", "roleArn").iter().map(|arn| arn.rsplit('/').next().unwrap()).collect();
    assert_eq!(roles, ["Analysts", "Analysts", "Admins", "Admins", "Analysts", "Analysts"]);
    let (joins, leaves) = ("AddMemberToGroup", "RemoveMemberFromGroup");
    assert_eq!(column(&played, "ana", "reason"), [joins, joins, joins, joins, leaves, leaves]);
    assert!(
        played.report.history.iter().all(|line| line["execution"].is_string() && line["eventId"].is_string())
    );
}

#[test]
fn a_line_is_never_changed_and_never_deleted() {
    for file in ["offboarding.yaml", "rejoin.yaml", "faults.yaml", "idempotent.yaml"] {
        let played = play(file);
        for call in played.calls("dynamodb:TransactWriteItems") {
            let line = &call.request["TransactItems"][2]["Put"];
            assert!(line["Item"]["pk"]["S"].as_str().unwrap().starts_with("history#"), "{file}");
            assert_eq!(line["ConditionExpression"], "attribute_not_exists(pk)", "{file}");
        }
        for operation in ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"] {
            // What is the same for all users is nobody's access.
            let mut others = played.calls(operation).into_iter();
            let shared = ["group#", "domain#", "assignment#", "rows#"];
            let is_shared =
                |pk: &Value| pk.as_str().is_some_and(|pk| shared.iter().any(|of| pk.starts_with(of)));
            assert!(
                others.all(|call| is_shared(&call.request["Item"]["pk"]["S"])),
                "{file}: the ledger is only written with its history"
            );
        }
        let versions: Vec<(&Value, &Value)> =
            played.report.history.iter().map(|line| (&line["userId"], &line["version"])).collect();
        let once: std::collections::BTreeSet<String> =
            versions.iter().map(|pair| format!("{pair:?}")).collect();
        assert_eq!(once.len(), versions.len(), "{file}: one line for each version");
    }
}

#[test]
fn the_ledger_tells_who_had_which_role_on_a_day_and_why() {
    let scenario = read("still-entitled.yaml");
    let epoch = setting::beginning(&scenario).unwrap();
    run_virtual(async {
        let deployment =
            Deployment::build(&scenario, scenario.seed, Clock::virtual_from(epoch)).await.unwrap();
        let mut play = Play::on(&deployment, &scenario, &Nobody);
        play.steps(&scenario.timeline).await.unwrap();
        let aws = &deployment.aws;
        let credentials = aws.caller(&setting::function_role("auditor"), "auditor");
        let env: Env = [("GRANTS_TABLE", GRANTS)].into_iter().collect();
        let ledger = Ledger::open(&aws.sdk_config("auditor", credentials, HUB_REGION), &env).unwrap();
        let target: Target = "222233334444/eu-west-1/d-research".parse().unwrap();
        let all = ledger.history(&target, "9999-12-31T00:00:00Z").await.unwrap();
        assert!(ledger.history(&target, "2000-01-01T00:00:00Z").await.unwrap().is_empty());
        for line in &all {
            let then = ledger.history(&target, &line.updated_at).await.unwrap();
            let known = all.iter().filter(|other| other.updated_at <= line.updated_at).count();
            assert_eq!(then.len(), known, "up to and including {}", line.updated_at);
            let ana = &held(then)[&line.user_id];
            assert_eq!((&ana.role_arn, &ana.reason), (&line.role_arn, &line.reason));
            let status = match line.version {
                1 => GrantStatus::Creating,
                3 | 5 => GrantStatus::Changing,
                _ => GrantStatus::Active,
            };
            assert_eq!(ana.status, status);
        }
        assert_eq!(all.len(), 6);
    });
}
