//! What nobody can reach by an input of the sweep: removals, another sweep's place, the schedule's
//! standing, and what a namesake left behind.

use crate::sweep::{approval, asked, crowd, leave, on_deployment, run, settle};
use asl::{HistoryKind, StartRefused, Status};
use contract::job::INPUT_VERSION;
use fake_aws::service::Refusal;
use fake_aws::{Effect, Rule};
use harness::deployment::Deployment;
use harness::report::{Entry, Execution};
use harness::setting::{GRANTS, put_row};
use serde_json::{Map, Value, json};
use std::time::Duration;

const NOT_A_SUCCESSOR: &str = "StartSweep.NotASuccessor";
const REFUSED: &str = "CheckRemovals.OverLimit";
/// When the sweep of [`opened`] started.
const SINCE: &str = "2026-03-02T08:00:00Z";

async fn name_of_error(deployment: &Deployment, name: &str, input: Value) -> Option<String> {
    deployment.sweep(name, input).await.unwrap().error
}

/// What a function answers to a progress.
async fn page(deployment: &Deployment, function: &str, progress: &Value) -> Value {
    let payload = json!({"version": INPUT_VERSION, "progress": progress});
    deployment.invoke(function, payload).await.unwrap().unwrap()
}

/// A sweep that has read the groups: where it stands, and the name of its successor.
async fn opened(deployment: &Deployment) -> (Value, String) {
    let payload = json!({"version": INPUT_VERSION, "input": {}, "execution": "first", "since": SINCE});
    let begun = deployment.invoke("start-sweep", payload).await.unwrap().unwrap();
    let read = page(deployment, "sweep-page", &begun["progress"]).await;
    (read["progress"].clone(), read["successor"].as_str().unwrap().to_owned())
}

/// The key of the sweep whose list an input approves.
fn key(approval: &Value) -> String {
    contract::sweep::sweep_of_list(approval["approve"].as_str().unwrap()).unwrap().to_owned()
}

/// The name that the successor of a progress has.
fn successor(progress: &Value) -> String {
    serde_json::from_value::<contract::sweep::Progress>(progress.clone()).unwrap().successor()
}

#[test]
fn a_pasted_progress_starts_no_removals() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let refused = deployment.sweep("second", json!({})).await.unwrap();
        let key = key(&approval(deployment, &refused).await);
        let before = asked(deployment).len();
        for phase in ["removals", "ledger", "resolve", "starts", "judge", "close"] {
            let progress = json!({"sweep": key, "list": key, "reason": "r", "scheduled": false,
                "phase": phase, "users": "done", "found":
                {"groups": 1, "members": 12, "held": 12, "started": 0, "removals": 0}});
            let input = json!({"progress": progress});
            let by_hand = name_of_error(deployment, &format!("by-hand-{phase}"), input.clone()).await;
            let named = name_of_error(deployment, &successor(&progress), input).await;
            let wanted = Some(NOT_A_SUCCESSOR.to_owned());
            assert_eq!((by_hand, named), (wanted.clone(), wanted), "{phase}");
        }
        assert_eq!(asked(deployment).len(), before);
        let approval = approval(deployment, &refused).await;
        let approved = deployment.sweep("third", approval).await.unwrap();
        assert_eq!((approved.error, asked(deployment).len() - before), (None, 11), "nothing was used up");
    });
}

#[test]
fn a_successor_takes_up_exactly_what_was_left() {
    on_deployment(&crowd(3), async |deployment| {
        let (left, name) = opened(deployment).await;
        for (member, value) in [
            ("sweep", json!("another/2026-03-02T08:00:00Z")),
            ("list", json!("another/2026-03-02T08:00:00Z")),
            ("reason", json!("another")),
            ("scheduled", json!(true)),
            ("group", json!("14f83478-a061-708f-8de4-a3a2b99e9d89")),
            ("phase", json!("removals")),
            ("after", json!("x")),
            ("users", json!("done")),
            ("found", json!({"groups": 9, "members": 9, "held": 999, "started": 0, "removals": 0})),
        ] {
            let mut altered = left.clone();
            altered[member] = value;
            let input = json!({"progress": altered});
            // Under the name that fits the altered one, so that only the ledger can tell.
            let name = successor(&altered);
            let payload =
                json!({"version": INPUT_VERSION, "input": input, "execution": name, "since": SINCE});
            let refused = deployment.invoke("start-sweep", payload).await.unwrap().unwrap_err();
            assert_eq!(refused.name, NOT_A_SUCCESSOR, "{member}");
        }
        let input = json!({"progress": left});
        let mut more = input.clone();
        more["reason"] = json!("x");
        assert_eq!(
            name_of_error(deployment, "by-hand", input.clone()).await.as_deref(),
            Some(NOT_A_SUCCESSOR)
        );
        let payload = json!({"version": INPUT_VERSION, "input": more, "execution": name, "since": SINCE});
        let refused = deployment.invoke("start-sweep", payload).await.unwrap().unwrap_err();
        assert_eq!(refused.name, NOT_A_SUCCESSOR);
        assert_eq!(asked(deployment), Vec::<Value>::new());
        assert_eq!(name_of_error(deployment, &name, input).await, None);
        assert_eq!(asked(deployment).len(), 3, "the true successor goes on");
    });
}

#[test]
fn what_was_left_is_taken_up_once() {
    on_deployment(&crowd(3), async |deployment| {
        let (left, name) = opened(deployment).await;
        let take_up = async |execution: &str, since: &str| {
            let payload = json!({"version": INPUT_VERSION, "input": {"progress": left},
                "execution": execution, "since": since});
            deployment.invoke("start-sweep", payload).await.unwrap().map_err(|failure| failure.name)
        };
        let later = "2026-03-02T08:10:00Z";
        assert!(take_up(&name, later).await.is_ok());
        assert!(take_up(&name, later).await.is_ok(), "a retry is the same execution");
        let namesake = take_up(&name, "2026-07-02T08:00:00Z").await;
        assert_eq!(namesake, Err(NOT_A_SUCCESSOR), "the name has come back");
    });
}

#[test]
fn nobody_goes_on_from_where_the_sweep_has_been() {
    on_deployment(&crowd(3), async |deployment| {
        let (left, name) = opened(deployment).await;
        page(deployment, "sweep-page", &left).await;
        let error = name_of_error(deployment, &name, json!({"progress": left})).await;
        assert_eq!(error.as_deref(), Some(NOT_A_SUCCESSOR));
    });
}

#[test]
fn a_successor_that_is_retried_or_redriven_passes() {
    on_deployment(&crowd(3), async |deployment| {
        let (left, name) = opened(deployment).await;
        let lost = Rule::on("dynamodb:UpdateItem", Effect::LoseAnswer).from("start-sweep");
        let denied = Effect::Refuse(Refusal::new("AccessDeniedException", "denied"));
        deployment.aws.inject(lost);
        deployment.aws.inject(Rule::on("dynamodb:Scan", denied).from("sweep-page").always());
        let failed = deployment.sweep(&name, json!({"progress": left})).await.unwrap();
        assert_eq!(failed.error.as_deref(), Some("Misconfigured"), "opened, and failed after that");
        deployment.aws.clear_faults();
        let redriven = deployment.redrive_sweep(failed).await.unwrap();
        assert_eq!((redriven.error, asked(deployment).len()), (None, 3), "{:?}", redriven.cause);
    });
    on_deployment(&crowd(3), async |deployment| {
        let (left, name) = opened(deployment).await;
        let denied = Effect::Refuse(Refusal::new("AccessDeniedException", "denied"));
        deployment.aws.inject(Rule::on("dynamodb:UpdateItem", denied).from("start-sweep").always());
        let failed = deployment.sweep(&name, json!({"progress": left})).await.unwrap();
        assert_eq!(failed.error.as_deref(), Some("Misconfigured"));
        deployment.aws.clear_faults();
        let redriven = deployment.redrive_sweep(failed).await.unwrap();
        assert_eq!((redriven.error, asked(deployment).len()), (None, 3), "{:?}", redriven.cause);
    });
}

/// Replaces the verdict on a sweep's removals.
async fn judge(deployment: &Deployment, sweep: &str, verdict: Value) {
    let mut row: Map<String, Value> = verdict.as_object().unwrap().clone();
    row.insert("pk".to_owned(), format!("sweep#{sweep}").into());
    row.insert("sk".to_owned(), "verdict".into());
    put_row(&deployment.aws, GRANTS, &row).await.unwrap();
}

#[test]
fn every_page_of_removals_reads_the_verdict_on_its_list() {
    let scenario = crowd(130);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 120);
        let refused = deployment.sweep("second", json!({})).await.unwrap();
        let key = key(&approval(deployment, &refused).await);
        let progress = json!({"sweep": "mine/2026-03-02T08:00:00Z", "list": key, "reason": "r",
            "scheduled": false, "phase": "removals", "users": "done", "found":
            {"groups": 1, "members": 12, "held": 12, "started": 0, "removals": 0}});
        let asked_for = async |progress: &Value| {
            let payload = json!({"version": INPUT_VERSION, "progress": progress});
            deployment.invoke("sweep-page", payload).await.unwrap().map_err(|failure| failure.name)
        };
        let no = "SweepPage.RemovalsNotAllowed";
        assert_eq!(asked_for(&progress).await, Err(no), "refused, and not approved");
        let unknown = json!("another/2026-03-02T08:00:00Z");
        let mut other = progress.clone();
        other["list"] = unknown;
        assert_eq!(asked_for(&other).await, Err(no), "never judged");
        judge(deployment, &key, json!({"status": "refused", "approvedBy": "mine/2026-03-02T08:00:00Z"}))
            .await;
        let first = asked_for(&progress).await.unwrap();
        assert_eq!(first["starts"].as_array().unwrap().len(), 100, "approved");
        judge(deployment, &key, json!({"status": "refused"})).await;
        assert_eq!(asked_for(&first["progress"]).await, Err(no), "the approval was taken back meanwhile");
    });
}

#[test]
fn a_name_that_comes_back_inherits_nothing() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 2);
        settle(deployment, "second").await;
        let taken = deployment.sweep("second", json!({})).await.unwrap_err();
        assert_eq!(taken, StartRefused::AlreadyExists { name: "second".to_owned() });
        deployment.aws.clock().sleep(Duration::from_hours(91 * 24)).await;
        let group = &scenario.directory.groups[0].id;
        for user in &scenario.directory.users[2..11] {
            deployment.aws.directory(|store| store.remove_member(group, &user.id)).unwrap();
        }
        let before = asked(deployment).len();
        let again = deployment.sweep("second", json!({})).await.unwrap();
        assert_eq!(again.error.as_deref(), Some(REFUSED), "the verdict on its namesake was another one");
        assert_eq!(asked(deployment).len(), before);
        let approval = approval(deployment, &again).await;
        assert!(key(&approval).starts_with("second/"));
        let found = deployment.sweep("third", approval).await.unwrap();
        assert_eq!((found.error, asked(deployment).len() - before), (None, 9), "its own list, and no other");
    });
}

#[test]
fn a_redriven_sweep_leaves_an_approved_list_alone() {
    let scenario = crowd(12);
    on_deployment(&scenario, async |deployment| {
        settle(deployment, "first").await;
        leave(deployment, &scenario, 11);
        let refused = deployment.sweep("second", json!({})).await.unwrap();
        let before = asked(deployment).len();
        let approval = approval(deployment, &refused).await;
        let approved = deployment.sweep("third", approval).await.unwrap();
        assert_eq!((approved.error, asked(deployment).len() - before), (None, 11));
        run(deployment, before).await;
        let redriven = deployment.redrive_sweep(refused).await.unwrap();
        assert_eq!((redriven.status, asked(deployment).len() - before), (Status::Succeeded, 11));
    });
}

/// Whether a sweep was counted as a scheduled one, by what `FinishSweep` was given.
fn is_scheduled(swept: &Execution) -> bool {
    assert_eq!(swept.error, None, "{:?}", swept.cause);
    let given = |entry: &Entry| {
        if let Entry::Event(event) = entry
            && event.state.as_deref() == Some("FinishSweep")
            && let HistoryKind::TaskScheduled { payload, .. } = &event.kind
        {
            return Some(payload.clone());
        }
        None
    };
    let closed = swept.entries.iter().find_map(given);
    closed.unwrap()["progress"]["scheduled"].as_bool().unwrap()
}

#[test]
fn only_a_fresh_event_makes_a_scheduled_sweep() {
    let scenario = crowd(2);
    on_deployment(&scenario, async |deployment| {
        let sweep =
            async |name: &str, input: Value| is_scheduled(&deployment.sweep(name, input).await.unwrap());
        let group = &scenario.directory.groups[0].name;
        let user = &scenario.directory.users[0].id;
        assert!(!sweep("text", json!({"reason": "schedule"})).await);
        assert!(!sweep("group", json!({"reason": "schedule", "group": group})).await);
        assert!(!sweep("user", json!({"reason": "schedule", "userId": user})).await);
        let event = deployment.scheduled("e-1");
        assert!(sweep("event", event.clone()).await);
        assert!(!sweep("pasted", event).await, "each event counts once");
        let old = deployment.scheduled("e-2");
        deployment.aws.clock().sleep(Duration::from_hours(2)).await;
        assert!(!sweep("old", old).await);
        assert!(sweep("next", deployment.scheduled("e-3")).await);
    });
}
