//! What an execution of the first edition has begun, this one finishes: its grants have fewer attributes, and its leases count no turns.

use crate::sweep::on_deployment;
use asl::Status;
use harness::play::{Nobody, Play};
use harness::scenario::Scenario;
use harness::setting::{GRANTS, HUB, HUB_REGION};
use serde_json::{Map, Value, json};

const TARGET: &str = "222233334444/eu-west-1/d-research";
const USERS: [&str; 3] = [
    "04c8e458-a021-702e-f9d1-000000000001",
    "04c8e458-a021-702e-f9d1-000000000002",
    "04c8e458-a021-702e-f9d1-000000000003",
];

/// Ana and Ben have profiles; Ben has left, owns a space, and is back; Cleo is a member without a profile.
const BEFORE: &str = r#"
name: Before the update
directory:
  groups: [{ id: 14f83478-a061-708f-8de4-000000000001, name: studio-admins }]
  users:
    - { id: 04c8e458-a021-702e-f9d1-000000000001, name: ana }
    - { id: 04c8e458-a021-702e-f9d1-000000000002, name: ben }
    - { id: 04c8e458-a021-702e-f9d1-000000000003, name: cleo, groups: [studio-admins] }
domains: [{ target: 222233334444/eu-west-1/d-research }]
mappings:
  - { group: studio-admins, target: 222233334444/eu-west-1/d-research, executionRoleArn: "arn:aws:iam::222233334444:role/studio/Admins", graceDays: 0 }
timeline:
  - { join: { user: ana, group: studio-admins }, expect: { status: SUCCEEDED } }
  - { join: { user: ben, group: studio-admins }, expect: { status: SUCCEEDED } }
  - { openSpace: { target: 222233334444/eu-west-1/d-research, name: bens, ofUser: ben } }
  - { leave: { user: ben, group: studio-admins }, expect: { status: SUCCEEDED, actions: [remove] } }
  - { directory: { add: { user: ben, group: studio-admins } } }
"#;

/// A grant as the first edition wrote it, with the lease of an execution that died.
fn begun(user: &str, profile: &str, status: &str, version: u64) -> [Value; 2] {
    let text = |text: &str| json!({"S": text});
    let mut grant: Map<String, Value> = [
        ("pk", format!("user#{user}").as_str()),
        ("sk", format!("target#{TARGET}").as_str()),
        ("storeId", "d-906716eb24"),
        ("userId", user),
        ("status", status),
        ("profileName", profile),
        ("userName", profile),
        ("removal", "keep"),
        ("roleArn", "arn:aws:iam::222233334444:role/studio/Admins"),
        ("groupName", "studio-admins"),
        ("groupId", "14f83478-a061-708f-8de4-000000000001"),
        ("membershipId", "m"),
        ("execution", "before-the-update"),
        ("reason", "AddMemberToGroup"),
        ("updatedAt", "2026-11-20T00:00:00Z"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), text(value)))
    .collect();
    let target =
        json!({"account": text("222233334444"), "region": text("eu-west-1"), "domainId": text("d-research")});
    grant.insert("target".into(), json!({"M": target}));
    grant.insert("version".into(), json!({"N": version.to_string()}));
    let lease = json!({"pk": text(&format!("user#{user}")), "sk": text(&format!("lease#{TARGET}")), "owner": text("before-the-update"),
        "ownerArn": text("arn:aws:states:us-east-1:111122223333:execution:Access:before"), "expiresAt": {"N": "1"}});
    [grant.into(), lease]
}

#[test]
fn what_the_first_edition_had_begun_is_finished() {
    let scenario = Scenario::parse(BEFORE, "before the update").unwrap();
    on_deployment(&scenario, async |deployment| {
        let mut play = Play::on(deployment, &scenario, &Nobody);
        play.steps(&scenario.timeline).await.unwrap();
        // The suspended grant keeps its role, so only its lease is of the first edition.
        let [_, lease] = begun(USERS[1], "ben", "suspended", 1);
        deployment.aws.put_item(HUB, HUB_REGION, GRANTS, lease).await.unwrap();
        for item in [begun(USERS[0], "ana", "changing", 9), begun(USERS[2], "cleo", "creating", 1)].concat() {
            deployment.aws.put_item(HUB, HUB_REGION, GRANTS, item).await.unwrap();
        }
        for user in USERS {
            let ended = deployment.execute(user, json!({"userId": user})).await.unwrap();
            assert_eq!(ended.status, Status::Succeeded, "{user}: {:?}", ended.cause);
        }
        let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
        let of = |kind: &str| {
            let kind = kind.to_owned();
            items.iter().filter(move |item| item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with(&kind)))
        };
        let statuses: Vec<&Value> = of("target#").map(|grant| &grant["status"]["S"]).collect();
        assert_eq!(statuses, ["active", "active", "active"]);
        assert!(of("lease#").all(|lease| lease["owner"].is_null()), "every lease is given back");
        let now = deployment.aws.clock().now();
        let profiles = deployment.aws.studio(|studio| studio.snapshot(now)).profiles;
        let roles = profiles.iter().filter(|profile| profile.effective_role.ends_with("role/studio/Admins"));
        assert_eq!(roles.count(), 3);
    });
}
