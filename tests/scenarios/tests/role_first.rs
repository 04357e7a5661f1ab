//! A leaver's role goes before anything that has to be waited for, however Studio behaves.

use crate::played::{Played, caught, functions, invocations, play, play_with, read};
use fake_aws::Outcome;
use harness::scenario::StudioBehaviour;
use std::time::Duration;

/// The moment at which the role of a profile was withdrawn, after an execution began.
fn withdrawn_after(played: &Played, title: &str, profile: &str) -> Duration {
    let execution = played.execution(title);
    let withdrawn = played.done("sagemaker:UpdateUserProfile").into_iter().find(|call| {
        call.request["UserProfileName"] == profile
            && call.request["UserSettings"]["ExecutionRole"]
                .as_str()
                .is_some_and(|r| r.ends_with("/StudioNoAccess"))
    });
    withdrawn.unwrap().at.duration_since(execution.began).unwrap()
}

/// Plays the scenario of leavers who start apps again, with Studio behaving otherwise.
fn restarting(change: impl FnOnce(&mut StudioBehaviour)) -> Played {
    let mut scenario = read("restarting-leaver.yaml");
    change(&mut scenario.studio);
    let played = play_with(&scenario, 0);
    played.as_expected("restarting-leaver.yaml");
    played
}

/// No app that started after Studio had set the role has one that allows anything. The first of them starts while Studio is still at it.
fn powerless_afterwards(played: &Played) {
    let apps = &played.report.studio.apps;
    let later = |name: &str| name.starts_with("again") && name != "again0";
    let restarted: Vec<_> = apps.iter().filter(|app| later(&app.name)).collect();
    assert_eq!(restarted.len(), 14);
    assert!(restarted.iter().all(|app| app.role.ends_with("/StudioNoAccess")), "{restarted:?}");
}

#[test]
fn a_leavers_role_is_withdrawn_within_seconds() {
    let played = play("restarting-leaver.yaml");
    for (title, profile) in [("Ana leaves", "ana"), ("Ben leaves", "ben"), ("Cleo leaves", "cleo")] {
        let after = withdrawn_after(&played, title, profile);
        assert!(after < Duration::from_secs(5), "{title}: {after:?}");
    }
    powerless_afterwards(&played);
}

#[test]
fn apps_are_told_to_stop_before_anything_is_waited_for() {
    let played = play("restarting-leaver.yaml");
    let execution = played.execution("Ana leaves");
    let first = played.done("sagemaker:DeleteApp")[0].at.duration_since(execution.began).unwrap();
    assert!(first < Duration::from_secs(5), "{first:?}");
    assert!(withdrawn_after(&played, "Ana leaves", "ana") < first);
}

#[test]
fn a_role_that_studio_refuses_while_apps_run_goes_right_after() {
    let played = restarting(|studio| studio.role_needs_no_apps = true);
    let execution = played.execution("Ana leaves");
    assert!(invocations(execution, "withdraw-role").len() >= 2);
    assert!(withdrawn_after(&played, "Ana leaves", "ana") < Duration::from_secs(10));
    let refused = played.calls("sagemaker:UpdateUserProfile").into_iter();
    let refused = refused.filter(|call| call.outcome == Outcome::Refused("ValidationException".to_owned()));
    assert!(refused.count() > 0, "Studio never refused anything");
    powerless_afterwards(&played);
}

#[test]
fn apps_locked_during_a_role_change_are_stopped_after_it() {
    let played = restarting(|studio| studio.updates_lock_apps = true);
    powerless_afterwards(&played);
    assert_eq!(played.grant("ana")["status"], "removed");
}

#[test]
fn a_wrong_state_may_be_told_in_another_code() {
    let played = restarting(|studio| studio.wrong_state_is_invalid = true);
    assert_eq!(played.grant("ben")["status"], "suspended");
}

#[test]
fn what_cannot_be_listed_keeps_the_role_from_nobody() {
    let played = play("unlisted.yaml");
    for title in ["The apps cannot be listed", "The spaces cannot be listed"] {
        let steps = functions(played.execution(title));
        assert!(steps.contains(&"withdraw-role") && !steps.contains(&"delete-profile"), "{steps:?}");
    }
    let withdrawn = withdrawn_after(&played, "The apps cannot be listed", "ana");
    assert!(withdrawn < Duration::from_secs(10), "{withdrawn:?}");
}

#[test]
fn a_colleagues_app_in_a_shared_space_that_stays_runs_on() {
    let played = play("shared-space.yaml");
    let app = played.report.studio.apps.iter().find(|app| app.space.as_deref() == Some("the-teams")).unwrap();
    assert_eq!(app.status, "InService");
}

#[test]
fn a_space_that_is_still_being_made_is_deleted_later() {
    let played =
        restarting(|studio| studio.create_space = Some(harness::scenario::Span(Duration::from_secs(90))));
    let refused = played.calls("sagemaker:DeleteSpace").into_iter();
    let refused = refused.filter(|call| call.outcome == Outcome::Refused("ValidationException".to_owned()));
    assert!(refused.count() > 0, "no space was refused while it was Pending");
}

#[test]
fn a_member_whose_row_is_gone_loses_no_space_and_no_profile() {
    let played = play("row-gone.yaml");
    let lost: Vec<_> = played.report.studio.lost_volumes.iter().map(|lost| lost.space.as_str()).collect();
    assert_eq!(lost, ["cleos-lab"], "only of the user who left the group");
    let execution = played.execution("Ana is looked at");
    let reason = execution.results()[0]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("still a member") && reason.contains("nothing is deleted"), "{reason}");
}

#[test]
fn a_deletion_looks_once_more_at_the_membership() {
    let played = play("row-gone-late.yaml");
    let execution = played.execution("Ana leaves");
    assert_eq!(caught(execution), [("Superseded", "Reconcile")]);
    assert_eq!(invocations(execution, "delete-space")[0].error.as_deref(), Some("Superseded"));
    assert_eq!(played.grant("ana")["status"], "suspended");
}

#[test]
fn a_failed_deletion_is_told_at_once_in_studios_words() {
    let played = play("failed-deletion.yaml");
    let execution = played.execution("Ana is back, and Studio changes nothing");
    assert_eq!(execution.results()[0]["error"], "ProfileFailed");
    assert_eq!(invocations(execution, "update-profile").len(), 1, "nothing is waited for");
}

#[test]
fn the_grants_of_a_deleted_domain_are_closed() {
    let played = play("domain-gone.yaml");
    assert_eq!(played.grant("ana")["status"], "removed");
    // The domain was seen minutes ago, so it is the creation that finds it gone.
    let asked = played.execution("The row still names it");
    assert_eq!(caught(asked), [("Superseded", "Reconcile"), ("PlanAccess.DomainGone", "ReleaseLease")]);
    assert_eq!(invocations(asked, "plan-access").len(), 2, "nothing is waited for");
}
