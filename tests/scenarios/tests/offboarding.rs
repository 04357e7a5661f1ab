//! A leaver's apps, spaces and profile, in this order.

use crate::played::{Played, functions, invocations, play, play_with, read, steps};
use harness::report::Entry;
use harness::scenario::Scenario;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// The live apps in an answer of `ListApps`.
fn live(answer: &Value) -> usize {
    let apps = answer["Apps"].as_array().map(Vec::as_slice).unwrap_or_default();
    apps.iter().filter(|app| app["Status"] != "Deleted" && app["Status"] != "Failed").count()
}

/// No profile is deleted as long as the last lists showed an app, and none is listed after it.
#[track_caller]
fn apps_go_first(played: &Played) {
    let deletion = played.positions("sagemaker:DeleteUserProfile");
    let [deletion] = deletion[..] else { panic!("one deletion, not {}", deletion.len()) };
    let calls = &played.report.calls;
    let round = calls[..deletion].iter().rev().find(|call| call.operation == "ListApps").unwrap();
    let last: Vec<_> =
        calls.iter().filter(|call| call.scope == round.scope && call.operation == "ListApps").collect();
    assert!(
        last.iter().all(|call| live(&call.response) == 0),
        "the last round of lists still shows live apps"
    );
    let earlier =
        calls.iter().filter(|call| call.operation == "ListApps" && live(&call.response) > 0).count();
    assert!(earlier > 0, "there was nothing to delete");
    assert!(
        calls[deletion..].iter().all(|call| call.operation != "DeleteApp" && call.operation != "DeleteSpace")
    );
}

/// A domain may have thousands of spaces, and no filter by owner [3.35].
#[test]
fn the_spaces_of_a_domain_are_listed_once_in_a_removal() {
    let played = play("offboarding.yaml");
    let removal = played.execution("Ana leaves");
    let lists = |operation: &str| {
        let calls = invocations(removal, "list-apps").into_iter().flat_map(|one| &one.calls);
        calls.filter(|call| call.operation == operation).count()
    };
    assert!(invocations(removal, "list-apps").len() > 2);
    assert_eq!(lists("ListSpaces"), 1);
    assert!(lists("DescribeSpace") > 1);
}

#[test]
fn a_leaver_loses_apps_then_spaces_then_the_profile() {
    let played = play("offboarding.yaml");
    apps_go_first(&played);
    let (apps, spaces) = (played.positions("sagemaker:DeleteApp"), played.positions("sagemaker:DeleteSpace"));
    assert!(apps.last() < spaces.first(), "a space went before the last app");
    assert!(spaces.last() < played.positions("sagemaker:DeleteUserProfile").first());
    let order = [
        "resolve-identity",
        "assume-role",
        "plan-access",
        "list-apps",
        "withdraw-role",
        "delete-app",
        "poll-profile",
        "delete-space",
        "delete-profile",
        "record-removal",
        "summarize",
    ];
    assert_eq!(functions(played.execution("Ana leaves")), order);
}

#[test]
fn deletes_only_own_apps_each_by_its_space_or_profile() {
    let played = play("offboarding.yaml");
    let deleted = played.done("sagemaker:DeleteApp");
    let (of_spaces, of_profile): (Vec<&Value>, Vec<&Value>) =
        deleted.iter().map(|call| &call.request).partition(|request| request.get("SpaceName").is_some());
    assert_eq!((of_spaces.len(), of_profile.len()), (3, 12));
    assert!(of_spaces.iter().all(|request| request.get("UserProfileName").is_none()));
    let spaces: BTreeSet<&str> =
        of_spaces.iter().filter_map(|request| request["SpaceName"].as_str()).collect();
    assert_eq!(spaces, BTreeSet::from(["anas-models", "the-teams"]));
    assert!(of_profile.iter().all(|request| request["UserProfileName"] == "ana"));
    let bens =
        played.report.studio.apps.iter().find(|app| app.space.as_deref() == Some("bens-models")).unwrap();
    assert_eq!(bens.status, "InService");
}

#[test]
fn an_app_that_is_still_starting_is_waited_for_and_then_deleted() {
    let played = play("offboarding.yaml");
    let tried = played
        .calls("sagemaker:DeleteApp")
        .into_iter()
        .filter(|call| call.request["AppType"] == "RSessionGateway");
    let outcomes: Vec<String> = tried.map(|call| call.outcome.to_string()).collect();
    assert_eq!(outcomes.first().map(String::as_str), Some("ResourceInUse"), "{outcomes:?}");
    assert_eq!(outcomes.last().map(String::as_str), Some("ok"), "{outcomes:?}");
}

#[test]
fn an_app_started_while_the_others_go_is_found_as_well() {
    let played = play("offboarding.yaml");
    assert!(played.done("sagemaker:DeleteApp").iter().any(|call| call.request["AppName"] == "late"));
}

#[test]
fn the_ledger_keeps_what_may_be_needed_again_after_a_removal() {
    let played = play("offboarding.yaml");
    let grant = played.grant("ana");
    assert_eq!(grant["status"], "removed");
    assert_eq!(grant["spaces"], serde_json::json!(["anas-models", "the-teams"]));
    assert_eq!(grant["reason"], "RemoveMemberFromGroup");
    let uid = grant["homeEfsUid"].as_str().unwrap();
    let told = played
        .calls("sagemaker:DescribeUserProfile")
        .into_iter()
        .filter(|call| call.request["UserProfileName"] == "ana");
    let told: BTreeSet<&str> =
        told.filter_map(|call| call.response["HomeEfsFileSystemUid"].as_str()).collect();
    assert_eq!(told, BTreeSet::from([uid]));
    let noted = played.positions("dynamodb:TransactWriteItems").into_iter().find(|at| {
        let item = &played.report.calls[*at].request["TransactItems"][1]["Put"]["Item"];
        item["userName"]["S"] == "ana"
            && item["spaces"]["L"].as_array().is_some_and(|spaces| spaces.len() == 2)
    });
    assert!(
        noted.unwrap() < *played.positions("sagemaker:DeleteUserProfile").first().unwrap(),
        "noted before the profile went"
    );
}

#[test]
fn the_waiting_is_done_by_the_state_machine() {
    let played = play("offboarding.yaml");
    let execution = played.execution("Ana leaves");
    assert!(invocations(execution, "list-apps").len() >= 3);
    let longest = execution.entries.iter().filter_map(|entry| match entry {
        Entry::Invoked(invocation) => Some(invocation.took),
        Entry::Event(_) => None,
    });
    assert!(longest.max() < Some(Duration::from_secs(5)));
}

/// The offboarding scenario with many more apps and spaces than a page holds.
fn crowded() -> Scenario {
    let mut scenario = read("offboarding.yaml");
    let at = scenario
        .timeline
        .iter()
        .position(|step| step.say.as_deref() == Some("Still pending when Ana leaves"))
        .unwrap();
    let target = "222233334444/eu-west-1/d-research";
    let kernels = (0..130).map(|n| {
        format!(
            "{{ at: 3m, startApp: {{ target: {target}, ofUser: ana, type: KernelGateway, name: more-{n} }} }}"
        )
    });
    // Ben's spaces come first in every list; Ana's last one is on the second page, and an app runs in it.
    let spaces = (0..120)
        .map(|n| format!("{{ at: 3m, openSpace: {{ target: {target}, name: bens-{n}, ofUser: ben }} }}"));
    let last = [
        format!("{{ at: 4m, openSpace: {{ target: {target}, name: zz-anas-last, ofUser: ana }} }}"),
        format!(
            "{{ at: 4m, startApp: {{ target: {target}, inSpace: zz-anas-last, type: JupyterLab, name: in-the-last-space }} }}"
        ),
    ];
    let more: Vec<String> = kernels.chain(spaces).chain(last).collect();
    scenario.timeline.splice(at..at, steps(&format!("[{}]", more.join(", "))));
    scenario.expect = None;
    scenario
}

#[test]
fn every_page_of_apps_and_spaces_is_read() {
    let played = play_with(&crowded(), 0);
    played.as_expected("the crowded offboarding");
    apps_go_first(&played);
    let deleted: BTreeSet<&str> = played
        .done("sagemaker:DeleteApp")
        .into_iter()
        .filter_map(|call| call.request["AppName"].as_str())
        .collect();
    assert!((0..130).all(|n| deleted.contains(format!("more-{n}").as_str())));
    assert!(deleted.contains("in-the-last-space"));
    for list in ["sagemaker:ListApps", "sagemaker:ListSpaces"] {
        assert!(
            played.calls(list).iter().any(|call| call.request.get("NextToken").is_some()),
            "{list} had one page only"
        );
    }
    let spaces = &played.report.studio.spaces;
    assert!(spaces.len() == 121 && spaces.iter().all(|space| space.owner == "ben"), "only Ben's are left");
}

#[test]
fn ended_apps_that_are_still_listed_delay_nothing() {
    let played = play("deleted-apps.yaml");
    let lists = played.calls("sagemaker:ListApps");
    let deleted_shown = lists.iter().filter(|call| call.response.to_string().contains("\"Deleted\"")).count();
    assert!(deleted_shown > 0, "the promise is not put to the test");
    assert!(played.calls("sagemaker:DeleteApp").iter().all(|call| call.outcome == fake_aws::Outcome::Ok));
}
