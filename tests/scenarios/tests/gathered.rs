//! What a sweep is asked to look at: by hand at once, by events gathered, in every spelling.

use crate::played::read;
use crate::sweep::{asked, crowd, members, on_deployment};
use fake_aws::services::identity_store::KmsMask;
use fake_aws::{Effect, Outcome, Rule};
use futures_util::future::{join, join_all};
use harness::deployment::{Deployment, StartedExecution};
use harness::report::Execution;
use serde_json::{Value, json};
use std::time::Duration;

/// Sweeps that are asked for at the same time.
async fn at_once(deployment: &Deployment, inputs: Vec<(String, Value)>) -> Vec<Execution> {
    let sweeps = inputs.iter().map(|(name, input)| deployment.sweep(name, input.clone()));
    let ended: Vec<Execution> = join_all(sweeps).await.into_iter().map(Result::unwrap).collect();
    for sweep in &ended {
        assert_eq!(sweep.error, None, "{:?}", sweep.cause);
    }
    ended
}

/// How many of them have left the work to another one.
fn covered(ended: &[Execution]) -> usize {
    let summary = |sweep: &Execution| sweep.output.clone().unwrap_or_default()["summary"].to_string();
    ended.iter().filter(|sweep| summary(sweep).contains("another sweep")).count()
}

#[test]
fn two_unknown_memberships_cost_one_sweep_of_all_users() {
    let scenario = crowd(4);
    on_deployment(&scenario, async |deployment| {
        let event = |n: u32| {
            (format!("event-{n}"), json!({"membership": format!("m-{n}"), "eventId": format!("e-{n}")}))
        };
        let ended = at_once(deployment, vec![event(1), event(2)]).await;
        assert_eq!((covered(&ended), asked(deployment).len()), (1, 4));
        deployment.aws.clock().sleep(Duration::from_mins(15)).await;
        let ended = at_once(deployment, vec![event(3)]).await;
        assert_eq!(covered(&ended), 0, "another window");
    });
}

#[test]
fn a_burst_of_events_about_one_group_costs_one_sweep_of_it() {
    let scenario = crowd(4);
    on_deployment(&scenario, async |deployment| {
        let group = scenario.directory.groups[0].id.clone();
        let spelled = |n: u32| if n.is_multiple_of(2) { group.to_uppercase() } else { group.clone() };
        let event =
            |n: u32| (format!("event-{n}"), json!({"group": spelled(n), "eventId": format!("e-{n}")}));
        let ended = at_once(deployment, (0..50).map(event).collect()).await;
        assert_eq!((covered(&ended), asked(deployment).len()), (49, 4));
        assert!(ended.iter().all(|sweep| sweep.took < Duration::from_mins(3)));
        deployment.aws.clock().sleep(Duration::from_mins(2)).await;
        let later = at_once(deployment, vec![event(50)]).await;
        assert_eq!(covered(&later), 0, "what came after the reading is looked at again");
    });
}

#[test]
fn events_about_two_groups_are_not_one() {
    on_deployment(&crowd(2), async |deployment| {
        let event = |n: u32| {
            let group = format!("{n:08x}-0000-4000-8000-a3a2b99e9d89");
            (format!("event-{n}"), json!({"group": group, "eventId": format!("e-{n}")}))
        };
        assert_eq!(covered(&at_once(deployment, (1..=3).map(event).collect()).await), 0);
    });
}

#[test]
fn a_manual_group_sweep_starts_at_once_in_every_spelling() {
    let scenario = crowd(3);
    let group = &scenario.directory.groups[0];
    let arn = format!("arn:aws:identitystore:::group/{}", group.id);
    for spelled in [group.id.clone(), group.name.clone(), format!("906716eb24-{}", group.id), arn] {
        on_deployment(&scenario, async |deployment| {
            let swept =
                deployment.sweep("by-hand", json!({"group": spelled, "reason": "asked"})).await.unwrap();
            assert_eq!((swept.error, asked(deployment).len()), (None, 3), "{spelled}: {:?}", swept.cause);
            assert!(swept.took < Duration::from_secs(30), "{:?}", swept.took);
        });
    }
}

#[test]
fn many_sweeps_at_once_survive_directory_throttling() {
    let scenario = crowd(3);
    on_deployment(&scenario, async |deployment| {
        let group = scenario.directory.groups[0].id.clone();
        let ask = |n: u32| (format!("by-hand-{n}"), json!({"group": group, "reason": "asked"}));
        at_once(deployment, (0..40).map(ask).collect()).await;
        let throttled = Outcome::Refused("ThrottlingException".to_owned());
        let calls = deployment.aws.calls();
        for operation in ["DescribeGroup", "ListGroupMemberships"] {
            let of_it = calls.iter().filter(|call| call.operation == operation);
            assert_eq!(of_it.filter(|call| call.outcome == Outcome::Ok).count(), 40, "{operation}");
        }
        assert!(
            calls.iter().all(|call| call.operation != "ListGroups" && call.operation != "ListUsers"),
            "one group is read"
        );
        // The first call of all: the later ones come at the pace that this one has forced on them.
        let refused =
            calls.iter().filter(|call| call.operation == "DescribeGroup" && call.outcome == throttled);
        assert!(refused.count() > 0, "40 calls in a moment");
        assert_eq!(asked(deployment).len(), 40 * 3, "each of them was asked for by hand");
    });
}

#[test]
fn a_group_that_nobody_knows_by_that_name_is_refused_by_name() {
    on_deployment(&members(), async |deployment| {
        let swept = deployment.sweep("by-hand", json!({"group": "studio-admin"})).await.unwrap();
        assert_eq!(swept.error.as_deref(), Some("SweepPage.GroupUnknown"));
        assert!(swept.cause.unwrap().contains("studio-admin"));
    });
}

#[test]
fn one_person_is_asked_for_by_name_as_well() {
    on_deployment(&members(), async |deployment| {
        let swept = deployment.sweep("by-hand", json!({"userName": "ana.silva@example.com"})).await.unwrap();
        assert_eq!(swept.error, None);
        assert_eq!(deployment.asked()[0].input["userName"], "ana.silva@example.com");
    });
}

#[test]
fn groups_that_are_mapped_by_their_names_alone_are_swept_too() {
    let mut scenario = read("convention-only.yaml");
    let groups: Vec<String> = scenario.directory.groups.iter().map(|group| group.name.clone()).collect();
    scenario.directory.users[0].groups = groups;
    on_deployment(&scenario, async |deployment| {
        let swept = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!(swept.error, None, "{:?}", swept.cause);
        assert_eq!(asked(deployment), [json!(scenario.directory.users[0].id)]);
    });
}

#[test]
fn a_name_is_used_once_and_begins_anew_when_it_comes_back() {
    on_deployment(&crowd(5), async |deployment| {
        for started in [5, 10] {
            let swept = deployment.sweep("the-same", json!({})).await.unwrap();
            assert_eq!(swept.error, None, "{:?}", swept.cause);
            assert_eq!(asked(deployment).len(), started);
            assert!(deployment.sweep("the-same", json!({})).await.is_err(), "Step Functions refuses it");
            deployment.aws.clock().sleep(Duration::from_hours(91 * 24)).await;
        }
    });
}

#[test]
fn sweeps_of_all_users_take_turns_and_group_sweeps_do_not() {
    let scenario = crowd(4);
    on_deployment(&scenario, async |deployment| {
        // The directory lists no users for ten minutes.
        deployment.aws.inject(Rule::on("identitystore:ListUsers", Effect::Throttle).always());
        let outage = async {
            deployment.aws.clock().sleep(Duration::from_mins(10)).await;
            deployment.aws.clear_faults();
        };
        let group = json!({"group": scenario.directory.groups[0].name});
        let inputs = [("first", json!({})), ("second", json!({})), ("of-a-group", group)];
        let sweeps = at_once(deployment, inputs.map(|(name, input)| (name.to_owned(), input)).into());
        let (ended, ()) = join(sweeps, outage).await;
        let took = |name: &str| ended.iter().find(|one| one.name == name).unwrap().took;
        let (one, other) = (took("first"), took("second"));
        assert!(one.min(other) >= Duration::from_mins(10) && took("of-a-group") < Duration::from_mins(1));
        let waited = one.abs_diff(other);
        assert!(waited < Duration::from_secs(90), "it waits for the end, and not longer: {waited:?}");
        let calls = deployment.aws.calls();
        let lists = calls.iter().filter(|call| call.operation == "ListGroups");
        let [first, second] = lists.map(|call| call.at).collect::<Vec<_>>()[..] else { panic!("two sweeps") };
        assert!(
            second.duration_since(first).unwrap() >= Duration::from_mins(10),
            "nothing is read meanwhile"
        );
    });
}

#[test]
fn a_sweep_that_has_failed_keeps_nobody_waiting() {
    on_deployment(&crowd(4), async |deployment| {
        deployment.aws.directory(|store| store.kms_masked = Some(KmsMask::AccessDenied));
        let failed = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!(failed.error.as_deref(), Some("Misconfigured"));
        deployment.aws.directory(|store| store.kms_masked = None);
        let ended = at_once(deployment, vec![("second".to_owned(), json!({}))]).await;
        assert!(ended[0].took < Duration::from_mins(1), "{:?}", ended[0].took);
    });
}

#[test]
fn a_sweep_keeps_its_turn_while_it_passes_on_to_its_successor() {
    on_deployment(&crowd(2_100), async |deployment| {
        let first = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!(first.error, None, "{:?}", first.cause);
        let next = deployment.asked().into_iter().find(StartedExecution::is_sweep).expect("a successor");
        let another = async { deployment.sweep("another", json!({})).await.unwrap() };
        let successor = async {
            deployment.aws.clock().sleep(Duration::from_mins(5)).await;
            deployment.run_asked("the successor", next).await.unwrap()
        };
        let (another, successor) = join(another, successor).await;
        assert_eq!(
            (another.error, successor.error),
            (None, None),
            "{:?} {:?}",
            another.cause,
            successor.cause
        );
        let calls = deployment.aws.calls();
        let lists = calls.iter().filter(|call| call.operation == "ListGroups").map(|call| call.at);
        let [began, waited] = lists.collect::<Vec<_>>()[..] else { panic!("two sweeps") };
        assert!(
            waited.duration_since(began).unwrap() > first.took + Duration::from_mins(5),
            "it waits for the successor's end"
        );
    });
}

#[test]
fn a_sweep_that_does_not_go_on_loses_its_turn() {
    on_deployment(&crowd(2_100), async |deployment| {
        let first = deployment.sweep("first", json!({})).await.unwrap();
        assert_eq!(first.error, None, "{:?}", first.cause);
        // Its successor never comes.
        let another = deployment.sweep("another", json!({})).await.unwrap();
        assert_eq!(another.error, None, "{:?}", another.cause);
        assert!(
            (20..=27).contains(&(another.took.as_secs() / 60 - first.took.as_secs() / 60)),
            "{:?}",
            another.took
        );
    });
}
