//! What a sweep makes of the directory and of half a directory: those who differ are made right, and what could not be read takes nothing away.

use crate::played::play;
use crate::sweep::{asked, crowd, leave, on_deployment, run, settle};
use fake_aws::service::Refusal;
use fake_aws::services::identity_store::{KmsMask, UserStatus};
use fake_aws::{Effect, Rule};
use harness::deployment::Deployment;
use harness::scenario::{Group, Scenario};
use harness::setting;
use serde_json::{Value, json};
use std::time::Duration;

fn users_with_profiles(deployment: &Deployment) -> Vec<String> {
    let now = deployment.aws.clock().now();
    let profiles = deployment.aws.studio(|studio| studio.snapshot(now)).profiles;
    let mut users: Vec<String> = profiles.into_iter().filter_map(|profile| profile.sso_user).collect();
    users.sort();
    users
}

#[test]
fn a_sweep_finds_missed_joiners_and_missed_leavers() {
    let mut scenario = crowd(4);
    for user in &mut scenario.directory.users[2..] {
        user.groups.clear();
    }
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        assert_eq!(users_with_profiles(deployment), ["user0", "user1"]);
        let group = &scenario.directory.groups[0].id;
        leave(deployment, &scenario, 1);
        for user in &scenario.directory.users[2..] {
            deployment.aws.directory(|store| store.add_member(group, &user.id)).unwrap();
        }
        let before = asked(deployment).len();
        let swept = deployment.sweep("second", json!({"reason": "schedule"})).await.unwrap();
        let found = swept.output.unwrap()["found"].clone();
        assert_eq!(
            (&found["started"], &found["removals"], &found["held"]),
            (&json!(2), &json!(1), &json!(2))
        );
        run(deployment, before).await;
        assert_eq!(users_with_profiles(deployment), ["user1", "user2", "user3"]);
        let again = deployment.sweep("third", json!({})).await.unwrap();
        assert_eq!((again.error, asked(deployment).len() - before), (None, 3), "everybody is right now");
    });
}

#[test]
fn a_sweep_finds_a_returner_after_an_interrupted_removal() {
    let scenario = crowd(1);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        let denied = Effect::Refuse(Refusal::new("AccessDeniedException", "denied"));
        deployment
            .aws
            .inject(Rule::on("dynamodb:TransactWriteItems", denied).from("record-removal").always());
        leave(deployment, &scenario, 1);
        let cut_off = deployment.execute("leaves", json!({"userName": "user0"})).await.unwrap();
        assert_eq!(cut_off.error.as_deref(), Some("Summarize.DomainsFailed"));
        assert!(
            users_with_profiles(deployment).is_empty(),
            "the profile is gone, and the ledger could not be told"
        );
        deployment.aws.clear_faults();
        let (group, user) = (&scenario.directory.groups[0].id, &scenario.directory.users[0].id);
        deployment.aws.directory(|store| store.add_member(group, user)).unwrap();
        settle(deployment, "second").await;
        assert_eq!(users_with_profiles(deployment), ["user0"]);
    });
}

#[test]
fn a_sweep_ends_access_of_disabled_users_and_gives_none() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        let turn = |user: usize, status| {
            let id = &scenario.directory.users[user].id;
            deployment.aws.directory(|store| store.set_status(id, status)).unwrap();
        };
        turn(0, UserStatus::Disabled);
        settle(deployment, "first").await;
        assert!(!users_with_profiles(deployment).contains(&"user0".to_owned()));
        turn(1, UserStatus::Disabled);
        let before = asked(deployment).len();
        settle(deployment, "second").await;
        assert_eq!(asked(deployment).len() - before, 1);
        assert!(!users_with_profiles(deployment).contains(&"user1".to_owned()));
        turn(0, UserStatus::Enabled);
        turn(1, UserStatus::Enabled);
        settle(deployment, "third").await;
        assert_eq!(users_with_profiles(deployment).len(), 12);
    });
}

#[test]
fn who_left_unheard_while_they_were_suspended_is_found() {
    let scenario = crowd(2);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        let row = &scenario.mappings[0];
        let key = json!({"group": row["group"], "target": row["target"]});
        setting::delete_row(&deployment.aws, setting::MAPPINGS, key.as_object().unwrap()).await.unwrap();
        let suspended = deployment.execute("the row is gone", json!({"userName": "user0"})).await.unwrap();
        assert_eq!(suspended.error, None, "{:?}", suspended.cause);
        assert_eq!(users_with_profiles(deployment), ["user0", "user1"]);
        leave(deployment, &scenario, 1);
        setting::put_mapping(&deployment.aws, row).await.unwrap();
        settle(deployment, "second").await;
        assert_eq!(users_with_profiles(deployment), ["user1"]);
    });
}

/// Another mapped group with somebody in it: without one, nothing would be mapped any more once the first is deleted.
#[test]
fn a_deleted_space_does_not_keep_the_profile_of_a_leaver() {
    let played = play("suspended-leaver.yaml");
    let grants = ["ana", "ben"].map(|user| played.grant(user));
    for (grant, space) in grants.iter().zip(["anas-lab", "bens-lab"]) {
        assert_eq!((&grant["status"], &grant["spaces"]), (&json!("removed"), &json!([space])));
    }
    let kept = played.grant("cleo");
    assert_eq!((&kept["status"], &kept["spaces"]), (&json!("suspended"), &json!(["cleos-lab"])));
    let swept = played.execution("The sweep").output.clone().unwrap();
    assert_eq!(swept["found"]["removals"], 2, "not Cleo, whose space keeps her profile");
}

fn with_another_group(size: u32) -> Scenario {
    let mut scenario = crowd(size);
    let mut row = scenario.mappings[0].clone();
    row.insert("group".into(), json!("another"));
    scenario.mappings.push(row);
    let id = "22222222-0000-4000-8000-000000000000".to_owned();
    scenario.directory.groups.push(Group { id, name: "another".into() });
    scenario.directory.users.last_mut().unwrap().groups = vec!["another".into()];
    scenario
}

#[test]
fn a_deleted_group_is_swept_by_its_id_in_every_form() {
    for prefix in ["", "906716eb24-", "arn:aws:identitystore:::group/"] {
        let scenario = with_another_group(4);
        on_deployment(&scenario, async |deployment| {
            settle(deployment, "first").await;
            let group = &scenario.directory.groups[0].id;
            deployment.aws.directory(|store| store.delete_group(group)).unwrap();
            let before = asked(deployment).len();
            let swept =
                deployment.sweep("second", json!({"group": format!("{prefix}{group}")})).await.unwrap();
            assert_eq!(
                (swept.error, asked(deployment).len() - before),
                (None, 3),
                "{prefix}: {:?}",
                swept.cause
            );
            run(deployment, before).await;
            assert_eq!(users_with_profiles(deployment), ["user3"]);
        });
    }
}

/// A company of 250, everybody provisioned in the ledger's eyes, and what spoils the reading of it.
fn spoiled(spoil: impl Fn(&Deployment)) -> (Option<String>, Vec<Value>) {
    let scenario = crowd(250);
    on_deployment(&scenario, async |deployment| {
        let some = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!(some.error, None, "{:?}", some.cause);
        for start in deployment.asked().into_iter().take(3) {
            deployment.execute(&start.name, start.input).await.unwrap();
        }
        let before = asked(deployment).len();
        spoil(deployment);
        let swept = deployment.sweep("second", json!({})).await.unwrap();
        let started = asked(deployment).split_off(before);
        (swept.error, started)
    })
}

fn reads() -> [&'static str; 3] {
    ["identitystore:ListGroupMemberships", "identitystore:ListUsers", "identitystore:ListGroups"]
}

#[test]
fn a_list_that_breaks_off_takes_nothing_away() {
    for read in reads() {
        // The second page; of the one page of groups, the first.
        let skip = u32::from(read != "identitystore:ListGroups");
        for (effect, name) in [
            (Effect::Refuse(Refusal::new("AccessDeniedException", "no")), "Misconfigured"),
            (Effect::Throttle, "Throttled"),
            (Effect::ServerError, "Transient"),
        ] {
            let (error, started) = spoiled(|deployment| {
                deployment.aws.inject(Rule::on(read, effect.clone()).after(skip).always());
            });
            assert_eq!((error.as_deref(), started.len()), (Some(name), 0), "{read}");
        }
    }
}

#[test]
fn a_throttled_list_is_read_again_from_the_start() {
    for read in reads() {
        let skip = u32::from(read != "identitystore:ListGroups");
        let (error, started) = spoiled(|deployment| {
            deployment.aws.inject(Rule::on(read, Effect::Throttle).after(skip).times(9));
        });
        assert_eq!((error, started.len()), (None, 247), "{read}: all but the three who have a profile");
    }
}

#[test]
fn a_page_whose_reads_are_not_answered_is_read_again() {
    let scenario = crowd(3);
    on_deployment(&scenario, async |deployment| {
        let silent = Rule::on("identitystore:ListUsers", Effect::Delay(Duration::from_hours(1)));
        // As often as the SDK asks before it gives the call up.
        deployment.aws.inject(silent.times(3));
        let swept = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!((swept.error.as_deref(), asked(deployment).len()), (None, 3), "{:?}", swept.cause);
        assert!((25..90).contains(&swept.took.as_secs()), "{:?}", swept.took);
    });
}

#[test]
fn a_kms_key_lost_during_a_sweep_removes_nothing() {
    for mask in [KmsMask::KeyNotFound, KmsMask::AccessDenied] {
        let (error, started) = spoiled(|deployment| {
            deployment.aws.observe(move |aws, call| {
                if call.operation == "ListGroupMemberships" {
                    aws.directory(|store| store.kms_masked = Some(mask));
                }
            });
        });
        assert_eq!((error.as_deref(), started.len()), (Some("Misconfigured"), 0), "{mask:?}");
    }
}

#[test]
fn a_directory_that_lists_no_groups_is_not_believed() {
    let scenario = crowd(3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        let before = asked(deployment).len();
        deployment.aws.directory(|store| store.delete_group(&scenario.directory.groups[0].id)).unwrap();
        let swept = deployment.sweep("everybody", json!({})).await.unwrap();
        assert_eq!(swept.error.as_deref(), Some("CheckRemovals.ImplausibleRead"));
        assert_eq!(asked(deployment).len(), before);
        // Of one group the directory says itself that it is gone.
        let of_group = json!({"group": scenario.directory.groups[0].id});
        let swept = deployment.sweep("of-the-group", of_group).await.unwrap();
        assert_eq!((swept.error, asked(deployment).len()), (None, before + 3), "{:?}", swept.cause);
    });
}

#[test]
fn an_execution_reads_its_user_as_often_as_the_pace_assumes() {
    let scenario = crowd(4);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        let calls = deployment.aws.calls();
        for (operation, each) in [("DescribeUser", 2), ("ListGroupMembershipsForMember", 2)] {
            let made = calls.iter().filter(|call| call.operation == operation).count();
            assert_eq!(made, 4 * each, "{operation}");
        }
    });
}

#[test]
fn a_sweep_of_one_group_reads_that_group_only() {
    let scenario = crowd(3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        let group = &scenario.directory.groups[0];
        let before = deployment.aws.calls().len();
        leave(deployment, &scenario, 1);
        let swept = deployment.sweep("of-the-group", json!({"group": group.name})).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        let calls = deployment.aws.calls().split_off(before);
        let count = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
        let of_directory = ["ListGroups", "ListUsers", "GetGroupId", "ListGroupMemberships"].map(count);
        assert_eq!(of_directory, [0, 0, 1, 1]);
        let of_ledger = calls.iter().filter(|call| call.operation == "Scan" && call.label == "sweep-page");
        let of_ledger = of_ledger.filter(|call| call.request["IndexName"] == "ByGroup");
        assert_eq!(of_ledger.count(), 0, "the sweep of everybody has counted the grants");
        let found = &swept.output.unwrap()["found"];
        assert_eq!((&found["groups"], &found["held"], &found["removals"]), (&json!(1), &json!(3), &json!(1)));
    });
}

/// Two users in two groups of one domain, and the group that gives them nothing because the other is better.
pub(crate) fn two_groups() -> (Scenario, Group) {
    let mut scenario = crowd(2);
    let better = scenario.directory.groups[0].clone();
    let worse = Group { id: better.id.replace('1', "2"), name: "studio-guests".to_owned() };
    let mut row = scenario.mappings[0].clone();
    row.insert("group".to_owned(), json!(worse.name));
    row.insert("priority".to_owned(), json!(900));
    scenario.mappings.push(row);
    scenario.directory.groups.push(worse.clone());
    for user in &mut scenario.directory.users {
        user.groups.push(worse.name.clone());
    }
    (scenario, worse)
}

#[test]
fn a_group_sweep_ignores_members_with_a_better_group() {
    let (scenario, worse) = two_groups();
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        let before = asked(deployment).len();
        let swept = deployment.sweep("of-the-guests", json!({"group": worse.name})).await.unwrap();
        assert_eq!((swept.error, asked(deployment).len()), (None, before), "{:?}", swept.cause);
    });
}
