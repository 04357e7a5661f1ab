//! Several groups in one target, and people who come back.

use crate::played::{Played, caught, functions, invocations, play};
use std::collections::BTreeSet;

/// The home directories that a user's profiles ever had, as Studio told.
fn homes<'a>(played: &'a Played, profile: &str) -> BTreeSet<&'a str> {
    let told = played.calls("sagemaker:DescribeUserProfile");
    let theirs = told.into_iter().filter(|call| call.request["UserProfileName"] == profile);
    theirs.filter_map(|call| call.response["HomeEfsFileSystemUid"].as_str()).collect()
}

#[test]
fn another_group_keeps_the_profile_with_its_own_role() {
    let played = play("still-entitled.yaml");
    let roles: Vec<&str> = played
        .calls("sagemaker:UpdateUserProfile")
        .into_iter()
        .filter_map(|call| call.request["UserSettings"]["ExecutionRole"].as_str())
        .collect();
    assert_eq!(
        roles,
        ["arn:aws:iam::222233334444:role/studio/Admins", "arn:aws:iam::222233334444:role/studio/Analysts"]
    );
    assert_eq!(homes(&played, "ana").len(), 1, "the home directory is the same all the time");
    let grant = played.grant("ana");
    assert_eq!((&grant["groupName"], &grant["status"]), (&"studio-analysts".into(), &"active".into()));
    assert_eq!(grant["homeEfsUid"].as_str(), homes(&played, "ana").first().copied());
}

#[test]
fn who_comes_back_gets_the_role_back_and_finds_the_spaces() {
    let played = play("rejoin.yaml");
    assert!(functions(played.execution("Ana leaves")).contains(&"withdraw-role"));
    assert!(functions(played.execution("Ana is back")).contains(&"update-profile"));
    assert_eq!(homes(&played, "ana").len(), 1);
    assert_eq!(played.grant("ana")["status"], "active");
}

#[test]
fn who_comes_back_during_the_removal_is_planned_anew() {
    let played = play("rejoin.yaml");
    for (title, looking) in [
        ("Ben leaves", "delete-profile"),
        ("Cleo leaves", "withdraw-role"),
        ("Dora leaves", "delete-space"),
        ("Eli leaves", "list-apps"),
    ] {
        let execution = played.execution(title);
        assert_eq!(caught(execution), [("EntitledAgain", "Reconcile")], "{title}");
        let told: Vec<_> =
            invocations(execution, looking).into_iter().filter_map(|one| one.error.as_deref()).collect();
        assert_eq!(
            told,
            ["EntitledAgain"],
            "{title}: the step that would take something away looks once more"
        );
    }
    for user in ["ben", "cleo", "dora", "eli"] {
        assert_eq!(played.grant(user)["status"], "active");
    }
}

#[test]
fn late_early_and_duplicate_events_follow_the_directory() {
    let played = play("hasty.yaml");
    let statuses =
        ["ana", "ben", "cleo", "dan"].map(|user| played.grant(user)["status"].as_str().unwrap().to_owned());
    assert_eq!(statuses, ["removed", "active", "active", "removed"]);
    assert_eq!(homes(&played, "ben").len(), 1);
    assert!(
        waits(&played, "Dan leaves and is gone before that line arrives") > 0,
        "his leaving waits for his joining"
    );
}

/// How often an execution found another one at work on its user.
fn waits(played: &Played, title: &str) -> usize {
    let claims = invocations(played.execution(title), "plan-access").into_iter();
    claims.filter(|claim| claim.error.as_deref() == Some("LeaseHeld")).count()
}

#[test]
fn nothing_is_given_on_a_plan_that_is_out_of_date() {
    let played = play("out-of-date.yaml");
    for (title, giving) in [("Ana joins", "create-profile"), ("Ben joins the admins", "update-profile")] {
        let execution = played.execution(title);
        assert_eq!(caught(execution), [("Superseded", "Reconcile")], "{title}");
        assert!(functions(execution).contains(&giving), "{title}");
    }
}

#[test]
fn who_leaves_while_the_last_write_is_under_way_keeps_nothing() {
    let played = play("crossing.yaml");
    assert_eq!(played.grant("ana")["status"], "removed");
    for title in ["ana leaves studio-admins", "ben leaves studio-admins"] {
        assert!(waits(&played, title) > 0, "{title}: finds the other at work, and waits");
    }
}

#[test]
fn a_change_that_comes_late_comes_before_anybody_elses() {
    let played = play("late-change.yaml");
    let changes = ["sagemaker:CreateUserProfile", "sagemaker:UpdateUserProfile"].map(|on| played.calls(on));
    let late = changes.iter().flatten().filter(|call| call.fault.is_some());
    let late: Vec<u64> =
        late.map(|call| call.at.duration_since(call.sent).unwrap_or_default().as_secs()).collect();
    assert_eq!(late, [59, 59, 59], "all three had their effect long after they were given up");
}
