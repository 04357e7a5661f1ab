//! The limits: what removals may take away in an hour, and what one approval lets through.

use crate::sweep::{approval, asked, crowd, leave, leave_from, on_deployment, run, settle};
use contract::sweep::sweep_of_list;
use fake_aws::{Effect, Rule};
use futures_util::future::join_all;
use harness::deployment::Deployment;
use harness::scenario::Scenario;
use harness::setting::{self, CONTROLS, GRANTS, HUB, HUB_REGION, delete_row, put_mapping, put_row};
use serde_json::{Value, json};
use std::time::Duration;

const REFUSED: &str = "CheckRemovals.OverLimit";

fn with(mut scenario: Scenario, setting: &str, value: u32) -> Scenario {
    scenario.settings.insert(setting.to_owned(), value.to_string());
    scenario
}

/// Sweeps, and says how it failed and whom it started.
async fn swept(deployment: &Deployment, name: &str, input: Value) -> (Option<String>, usize) {
    let before = asked(deployment).len();
    let ended = deployment.sweep(name, input).await.unwrap();
    (ended.error, asked(deployment).len() - before)
}

/// Sweeps beyond the removal limit, and returns the input that approves the list.
async fn refused(deployment: &Deployment, name: &str) -> Value {
    let before = asked(deployment).len();
    let ended = deployment.sweep(name, json!({})).await.unwrap();
    assert_eq!(asked(deployment).len(), before, "{name}");
    approval(deployment, &ended).await
}

fn profiles(deployment: &Deployment) -> Vec<String> {
    let now = deployment.aws.clock().now();
    let profiles = deployment.aws.studio(|studio| studio.snapshot(now)).profiles;
    let mut users: Vec<String> = profiles.into_iter().filter_map(|profile| profile.sso_user).collect();
    users.sort();
    users
}

/// The key of the sweep that an execution of this name opened.
async fn key_of(deployment: &Deployment, name: &str) -> String {
    let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let keys = items.iter().filter_map(|item| item["pk"]["S"].as_str()?.strip_prefix("sweep#"));
    let mut keys = keys.filter(|key| key.split('/').next() == Some(name));
    keys.next().unwrap().to_owned()
}

/// What approves the list of the sweep that an execution of this name opened, approved by an approver.
async fn list_of(deployment: &Deployment, name: &str) -> Value {
    let key = format!("sweep#{}", key_of(deployment, name).await);
    let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let verdict = items.iter().find(|item| item["pk"]["S"] == key && item["sk"]["S"] == "verdict").unwrap();
    setting::approve(&deployment.aws, &json!({"approve": verdict["list"]["S"]})).await.unwrap()
}

/// What the hours have counted against a limit.
async fn counted(deployment: &Deployment, limit: &str) -> u64 {
    let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let is_of = |item: &&Value| item["pk"]["S"].as_str().unwrap().starts_with(&format!("limit#{limit}#"));
    let number = |item: &Value| item["count"]["N"].as_str().map_or(1, |count| count.parse().unwrap());
    items.iter().filter(is_of).map(number).sum()
}

/// The users on the list of a limit, by name.
async fn held_back(deployment: &Deployment, limit: &str) -> Vec<String> {
    let items = deployment.aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap();
    let listed = items.iter().filter(|item| item["heldBack"]["S"] == limit);
    let mut names: Vec<String> =
        listed.map(|item| item["userName"]["S"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// How many profiles there are, and how many users are on the list of a limit.
async fn profiles_and_list(deployment: &Deployment, limit: &str) -> (usize, usize) {
    (profiles(deployment).len(), held_back(deployment, limit).await.len())
}

/// Looks at these users, all at the same time. Returns the causes of the executions that failed.
async fn look_at(deployment: &Deployment, scenario: &Scenario, from: usize, count: usize) -> Vec<String> {
    let users = scenario.directory.users.iter().skip(from).take(count);
    let looks = users.map(|user| deployment.execute(&user.name, json!({"userName": user.name})));
    let ended = join_all(looks).await.into_iter().map(Result::unwrap);
    ended.filter_map(|ended| ended.error.map(|_| ended.cause.unwrap_or_default())).collect()
}

/// A crowd of this size, where an hour allows so many of a kind, and as many as there are of the other.
fn limited(size: u32, limit: &str, per_hour: u32) -> Scenario {
    let scenario = with(crowd(size), "SUSPENSION_LIMIT_PERCENT", 100);
    let scenario = with(scenario, "DELETION_LIMIT_PERCENT", 100);
    with(scenario, &format!("{limit}_LIMIT_PER_HOUR"), per_hour)
}

async fn next_hour(deployment: &Deployment) {
    deployment.aws.clock().sleep(Duration::from_hours(1)).await;
}

#[test]
fn events_and_sweeps_share_the_limit_of_an_hour() {
    let scenario = limited(12, "SUSPENSION", 3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 2);
        assert_eq!(look_at(deployment, &scenario, 0, 2).await, Vec::<String>::new());
        leave_from(deployment, &scenario, 2, 2);
        assert_eq!(swept(deployment, "second", json!({})).await, (Some(REFUSED.to_owned()), 0), "2 and 2");
        assert_eq!(counted(deployment, "suspensions").await, 2, "what is refused is not counted");
        next_hour(deployment).await;
        assert_eq!(swept(deployment, "third", json!({})).await, (None, 2), "another hour");
    });
}

#[test]
fn one_sweep_takes_away_no_more_than_its_share_of_what_is_held() {
    let scenario = crowd(60);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 7);
        assert_eq!(swept(deployment, "second", json!({})).await, (Some(REFUSED.to_owned()), 0), "7 of 60");
        let back = &scenario.directory.users[0].id;
        let group = &scenario.directory.groups[0].id;
        deployment.aws.directory(|store| store.add_member(group, back)).unwrap();
        assert_eq!(swept(deployment, "third", json!({})).await, (None, 6), "6 of 60");
    });
}

#[test]
fn removals_at_the_same_moment_are_all_counted() {
    let scenario = limited(40, "SUSPENSION", 20);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 40);
        let failed = look_at(deployment, &scenario, 0, 40).await;
        assert_eq!(failed.len(), 20);
        assert!(failed.iter().all(|cause| cause.contains("TooManySuspensions")), "{failed:?}");
        assert_eq!(counted(deployment, "suspensions").await, 20);
        assert_eq!(profiles_and_list(deployment, "suspensions").await, (20, 20));
    });
}

#[test]
fn what_is_held_back_waits_for_an_approval_in_later_hours() {
    let scenario = limited(8, "SUSPENSION", 3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 5);
        assert_eq!(look_at(deployment, &scenario, 0, 5).await.len(), 2);
        next_hour(deployment).await;
        assert_eq!(look_at(deployment, &scenario, 0, 5).await.len(), 2, "though the hour has room");
        leave_from(deployment, &scenario, 5, 1);
        let before = asked(deployment).len();
        assert_eq!(swept(deployment, "second", json!({})).await, (None, 1), "others are not in their way");
        assert_eq!(held_back(deployment, "suspensions").await.len(), 2);
        let list = list_of(deployment, "second").await;
        assert_eq!(swept(deployment, "third", list.clone()).await, (None, 2), "the third was allowed");
        run(deployment, before).await;
        assert_eq!(swept(deployment, "fourth", list).await.0.as_deref(), Some("StartSweep.NothingToApprove"));
        assert_eq!(profiles_and_list(deployment, "suspensions").await, (2, 0));
    });
}

#[test]
fn after_a_day_another_share_may_go_without_an_approval() {
    let scenario = limited(8, "SUSPENSION", 3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 5);
        assert_eq!(look_at(deployment, &scenario, 0, 5).await.len(), 2);
        deployment.aws.clock().sleep(Duration::from_hours(23)).await;
        assert_eq!(swept(deployment, "second", json!({})).await, (None, 0));
        assert_eq!(look_at(deployment, &scenario, 0, 5).await.len(), 2);
        deployment.aws.clock().sleep(Duration::from_hours(2)).await;
        settle(deployment, "third").await;
        assert_eq!(profiles_and_list(deployment, "suspensions").await, (3, 0));
    });
}

#[test]
fn a_user_in_many_domains_takes_one_place_beyond_the_limit() {
    let mut scenario = limited(3, "SUSPENSION", 100);
    let domain = |number: usize| format!("222233334444/eu-west-1/d-number-{number}");
    let pattern = scenario.mappings[0].clone();
    for number in 0..4 {
        let mut row = pattern.clone();
        row.insert("target".to_owned(), domain(number).into());
        scenario.mappings.push(row);
        let mut place = scenario.domains[0].clone();
        place.target = domain(number);
        scenario.domains.push(place);
    }
    let scenario = with(with(scenario, "SUSPENSION_LIMIT_PERCENT", 10), "SUSPENSION_LIMIT_PER_HOUR", 2);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 3);
        assert_eq!(look_at(deployment, &scenario, 0, 2).await, Vec::<String>::new(), "two users, ten grants");
        assert_eq!(look_at(deployment, &scenario, 2, 1).await.len(), 1);
    });
}

#[test]
fn a_returning_user_leaves_the_list() {
    let scenario = limited(8, "SUSPENSION", 3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 5);
        look_at(deployment, &scenario, 0, 5).await;
        let group = &scenario.directory.groups[0].id;
        for user in &scenario.directory.users[..5] {
            deployment.aws.directory(|store| store.add_member(group, &user.id)).unwrap();
        }
        assert_eq!(held_back(deployment, "suspensions").await.len(), 2);
        settle(deployment, "second").await;
        assert_eq!(profiles_and_list(deployment, "suspensions").await, (8, 0));
    });
}

#[test]
fn a_user_whom_another_group_entitles_leaves_the_list() {
    let mut scenario = limited(3, "SUSPENSION", 1);
    let mut other = scenario.directory.groups[0].clone();
    (other.id, other.name) = ("14f83478-a061-708f-8de4-0000000000ff".to_owned(), "studio-others".to_owned());
    scenario.directory.users[1].groups.push(other.name.clone());
    scenario.directory.groups.push(other.clone());
    let mut row = scenario.mappings[0].clone();
    row.insert("group".to_owned(), other.name.into());
    row.insert("priority".to_owned(), 900.into());
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 2);
        assert_eq!(look_at(deployment, &scenario, 0, 1).await.len(), 0);
        assert_eq!(look_at(deployment, &scenario, 1, 1).await.len(), 1);
        assert_eq!(held_back(deployment, "suspensions").await, [scenario.directory.users[1].name.clone()]);
        // A row has no event.
        put_mapping(&deployment.aws, &row).await.unwrap();
        settle(deployment, "second").await;
        assert_eq!(profiles_and_list(deployment, "suspensions").await, (2, 0));
    });
}

#[test]
fn an_old_count_of_what_is_held_allows_a_few_users() {
    let scenario = with(crowd(120), "DELETION_LIMIT_PERCENT", 100);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        settle(deployment, "count").await;
        leave(deployment, &scenario, 30);
        assert_eq!(look_at(deployment, &scenario, 0, 10).await.len(), 0, "12 of 120, and five");
        deployment.aws.clock().sleep(Duration::from_hours(14)).await;
        assert_eq!(look_at(deployment, &scenario, 10, 10).await.len(), 5);
    });
}

#[test]
fn a_deletion_beyond_its_limit_waits_for_the_next_hour() {
    let scenario = limited(6, "DELETION", 2);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 3);
        let failed = look_at(deployment, &scenario, 0, 3).await;
        assert!(failed.len() == 1 && failed[0].contains("TooManyDeletions"), "{failed:?}");
        assert_eq!(counted(deployment, "deletions").await, 2);
        assert_eq!(profiles_and_list(deployment, "deletions").await, (4, 1));
        next_hour(deployment).await;
        settle(deployment, "second").await;
        assert_eq!(profiles_and_list(deployment, "deletions").await, (3, 0));
    });
}

#[test]
fn a_removal_is_counted_once_whatever_becomes_of_the_answer() {
    for effect in [Effect::LoseAnswer, Effect::Twice] {
        let scenario = crowd(12);
        on_deployment(&scenario, async |deployment| {
            settle(deployment, "first").await;
            leave(deployment, &scenario, 2);
            deployment.aws.inject(Rule::on("dynamodb:TransactWriteItems", effect).about("limit#"));
            settle(deployment, "second").await;
            assert_eq!(deployment.aws.unspent_faults(), Vec::new());
            assert_eq!(counted(deployment, "suspensions").await, 2);
            assert_eq!(counted(deployment, "deletions").await, 2);
        });
    }
}

#[test]
fn an_input_that_names_a_list_gains_nothing_by_it() {
    let scenario = limited(12, "SUSPENSION", 1);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 4);
        assert_eq!(look_at(deployment, &scenario, 0, 1).await.len(), 0, "the hour is used up");
        let approval = refused(deployment, "second").await;
        let list = json!(sweep_of_list(approval["approve"].as_str().unwrap()));
        let claim = async |user: usize, list: &Value| {
            let user = &scenario.directory.users[user].name;
            let input = json!({"userName": user, "approval": list});
            deployment.execute("pasted", input).await.unwrap().cause.unwrap_or_default()
        };
        for list in [list.clone(), json!("nothing/2026-11-27T10:00:00Z"), json!("last")] {
            assert!(claim(1, &list).await.contains("TooManySuspensions"), "{list} is not approved");
        }
        leave_from(deployment, &scenario, 4, 1);
        assert_eq!(swept(deployment, "third", approval).await, (None, 3));
        assert!(claim(4, &list).await.contains("TooManySuspensions"), "not on the list");
        assert_eq!(claim(1, &list).await, "", "on it, and approved");
    });
}

#[test]
fn an_approval_removes_only_listed_leavers_still_absent() {
    let scenario = crowd(14);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let approval = refused(deployment, "second").await;
        let group = &scenario.directory.groups[0].id;
        deployment.aws.directory(|store| store.add_member(group, &scenario.directory.users[4].id)).unwrap();
        leave_from(deployment, &scenario, 11, 1);
        let before = asked(deployment).len();
        assert_eq!(swept(deployment, "third", approval).await, (None, 11));
        run(deployment, before).await;
        assert_eq!(profiles(deployment), ["user11", "user12", "user13", "user4"]);
    });
}

#[test]
fn an_approval_works_once_within_a_day_and_for_what_was_refused() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        let nothing = (Some("StartSweep.NothingToApprove".to_owned()), 0);
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let approval = refused(deployment, "second").await;
        let named = async |list: &str| setting::approve(&deployment.aws, &json!({"approve": list})).await;
        let list = approval["approve"].as_str().unwrap();
        let others = [
            list.replacen("second", "tenth", 1),
            "second".to_owned(),
            sweep_of_list(list).unwrap().to_owned(),
            format!("{list}0"),
        ];
        for (number, other) in others.iter().enumerate() {
            let input = named(other).await.unwrap();
            assert_eq!(swept(deployment, &format!("other-{number}"), input).await, nothing, "{other}");
        }
        let allowed = list_of(deployment, "first").await;
        assert_eq!(swept(deployment, "allowed", allowed).await, nothing);
        deployment.aws.clock().sleep(Duration::from_hours(25)).await;
        assert_eq!(swept(deployment, "late", approval).await, nothing);
        let again = refused(deployment, "again").await;
        assert_eq!(swept(deployment, "once", again.clone()).await, (None, 11));
        assert_eq!(swept(deployment, "twice", again).await, nothing);
    });
}

#[test]
fn nobody_approves_for_another_or_for_ever() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let told = refused(deployment, "second").await["approve"].clone();
        let row = json!({"pk": "approval#AROAEXAMPLE:ana", "sk": told});
        delete_row(&deployment.aws, CONTROLS, row.as_object().unwrap()).await.unwrap();
        let input = json!({"approve": told, "approver": "AROAEXAMPLE:ben"});
        let with = async |name: &str, pk: &str, sk: &Value, until: &str| {
            let row = json!({"pk": pk, "sk": sk, "until": until});
            put_row(&deployment.aws, CONTROLS, row.as_object().unwrap()).await.unwrap();
            swept(deployment, name, input.clone()).await
        };
        let nothing = (Some("StartSweep.NothingToApprove".to_owned()), 0);
        let (ben, soon) = ("approval#AROAEXAMPLE:ben", "2026-11-23T12:00:00Z");
        assert_eq!(swept(deployment, "no-approval", input.clone()).await, nothing);
        assert_eq!(with("of-ana", "approval#AROAEXAMPLE:ana", &told, soon).await, nothing);
        assert_eq!(with("of-another-list", ben, &json!("first/x#y"), soon).await, nothing);
        assert_eq!(with("ended", ben, &told, "2026-11-23T09:00:00Z").await, nothing);
        assert_eq!(with("for-ever", ben, &told, "2026-12-23T09:00:00Z").await, nothing);
        let named = swept(deployment, "nobody", json!({"approve": told})).await;
        assert_eq!(named, (Some("InvalidInput".to_owned()), 0));
        assert_eq!(with("approved", ben, &told, soon).await, (None, 11));
    });
}

#[test]
fn an_urgent_dismissal_passes_the_first_limit_alone() {
    let scenario = limited(8, "SUSPENSION", 3);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 5);
        let dismissed = &scenario.directory.users[4].id;
        let lift = async |until: &str| {
            let item = json!({"pk": "suspend", "sk": dismissed, "until": until});
            put_row(&deployment.aws, CONTROLS, item.as_object().unwrap()).await.unwrap();
        };
        assert_eq!(look_at(deployment, &scenario, 0, 3).await.len(), 0);
        for until in ["2026-11-23T09:00:00Z", "2026-11-25T09:00:00Z"] {
            lift(until).await;
            assert_eq!(look_at(deployment, &scenario, 4, 1).await.len(), 1, "{until}");
        }
        lift("2026-11-23T12:00:00Z").await;
        assert_eq!(look_at(deployment, &scenario, 3, 2).await.len(), 1, "nobody else passes");
        assert_eq!(held_back(deployment, "suspensions").await.len(), 1);
        assert_eq!(counted(deployment, "suspensions").await, 3, "it takes nobody's place");
    });
}
