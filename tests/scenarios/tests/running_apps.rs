//! Apps that run when a profile's role changes.

use crate::played::{Played, caught, functions, invocations, play, play_with, read, steps};

/// The role and status of each app in a space, or in a profile, by type.
fn apps<'a>(played: &'a Played, home: &str) -> Vec<(&'a str, &'a str, &'a str)> {
    let here = played
        .report
        .studio
        .apps
        .iter()
        .filter(|app| app.space.as_deref() == Some(home) || app.profile.as_deref() == Some(home));
    here.map(|app| (app.app_type.as_str(), app.role.rsplit('/').next().unwrap(), app.status)).collect()
}

#[test]
fn apps_from_before_are_stopped_and_nothing_else() {
    let played = play("running-apps.yaml");
    assert_eq!(
        apps(&played, "anas-lab"),
        [("CodeEditor", "Admins", "InService"), ("JupyterLab", "Analysts", "Deleted")]
    );
    assert_eq!(apps(&played, "ana"), [("Canvas", "Analysts", "Deleted")]);
    let [("JupyterLab", shared, "InService")] = apps(&played, "anas-team")[..] else {
        panic!("what runs in a shared space has the domain's role, and is nobody's business")
    };
    assert_eq!(shared, "StudioDefault");
    let hers = |call: &&&fake_aws::CallRecord| {
        call.request["SpaceName"]
            .as_str()
            .or(call.request["UserProfileName"].as_str())
            .unwrap()
            .starts_with("ana")
    };
    assert_eq!(played.calls("sagemaker:DeleteApp").iter().filter(hers).count(), 2);
}

#[test]
fn the_grant_is_written_once_no_app_of_the_old_role_is_left() {
    let played = play("running-apps.yaml");
    let execution = played.execution("ana joins studio-admins");
    let steps = functions(execution);
    let at = |name: &str| steps.iter().position(|step| *step == name).unwrap();
    assert!(at("poll-profile") < at("list-apps") && at("delete-app") < at("record-grant"), "{steps:?}");
    let statuses: Vec<&str> = played
        .report
        .history
        .iter()
        .filter(|line| line["userName"] == "ana")
        .filter_map(|line| line["status"].as_str())
        .collect();
    assert_eq!(statuses, ["creating", "active", "changing", "active"]);
}

#[test]
fn apps_that_may_run_on_are_left_and_named_in_the_outcome() {
    let played = play("running-apps.yaml");
    assert_eq!(apps(&played, "bens-lab"), [("JupyterLab", "Analysts", "InService")]);
    let execution = played.execution("Ben may go on with what runs");
    assert!(invocations(execution, "delete-app").is_empty());
    let left = &execution.results()[0]["details"]["underAnotherRole"];
    assert_eq!(left[0]["owner"]["spaceName"], "bens-lab", "{left}");
    assert_eq!(left[0]["appType"], "JupyterLab");
}

#[test]
fn nobodys_apps_are_stopped_for_a_role_that_is_no_longer_due() {
    let played = play("running-apps.yaml");
    let execution = played.execution("Cleo changes her mind while her apps are about to be stopped");
    assert_eq!(caught(execution), [("Superseded", "Reconcile")]);
    let refused = &invocations(execution, "list-apps")[0];
    assert_eq!(refused.error.as_deref(), Some("Superseded"));
    assert_eq!(played.grant("cleo")["status"], "active");
}

#[test]
fn an_interrupted_role_change_is_finished_and_spares_new_apps() {
    let played = play("half-moved.yaml");
    assert_eq!(apps(&played, "anas-lab"), [("JupyterLab", "Analysts", "Deleted")]);
    assert_eq!(apps(&played, "ana"), [("Canvas", "Admins", "InService")]);
    assert_eq!(played.grant("ana")["status"], "active");
}

#[test]
fn an_app_that_kept_its_time_is_stopped_once() {
    let mut scenario = read("running-apps.yaml");
    scenario.studio.restarts_keep_time = true;
    let again = steps(
        "[{ at: 1256s, startApp: { target: 222233334444/eu-west-1/d-research, inSpace: anas-lab, type: JupyterLab } }]",
    );
    let last = scenario.timeline.len() - 1;
    scenario.timeline.splice(last..last, again);
    let played = play_with(&scenario, 0);
    played.as_expected("running-apps.yaml");
    let stopped = |call: &&&fake_aws::CallRecord| {
        call.request["SpaceName"] == "anas-lab" && call.request["AppType"] == "JupyterLab"
    };
    assert_eq!(played.done("sagemaker:DeleteApp").iter().filter(stopped).count(), 1);
    let restarted = apps(&played, "anas-lab").into_iter().find(|(kind, _, _)| *kind == "JupyterLab");
    assert_eq!(restarted, Some(("JupyterLab", "Admins", "InService")));
}

#[test]
fn a_role_refused_for_running_apps_is_set_once_they_stop() {
    let played = play("stubborn-role.yaml");
    let execution = played.execution("ana joins studio-admins");
    assert_eq!(invocations(execution, "update-profile").len(), 2);
    let old = |(_, role, status): &(&str, &str, &str)| *role == "Analysts" && *status != "Deleted";
    assert!(!apps(&played, "anas-lab").iter().any(old), "{:?}", apps(&played, "anas-lab"));
    assert_eq!(played.grant("ana")["status"], "active");
}

#[test]
fn apps_that_must_run_on_are_left_and_the_refusal_is_told() {
    let played = play("stubborn-role.yaml");
    assert_eq!(apps(&played, "bens-lab"), [("JupyterLab", "Analysts", "InService")]);
    assert_eq!(
        played.execution("Ben's apps must not be stopped").results()[0]["error"],
        "UpdateProfile.AppsRunning"
    );
}
