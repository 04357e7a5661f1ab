//! Between a user's leaving and the deletion lie days of grace.

use crate::played::{Played, functions, play};
use serde_json::json;

/// The functions that delete, in an execution with this title.
fn deletions(played: &Played, title: &str) -> usize {
    let deletes = |function: &&str| ["delete-profile", "delete-space"].contains(function);
    functions(played.execution(title)).into_iter().filter(deletes).count()
}

#[test]
fn a_leaver_who_comes_back_has_the_same_profile_and_home() {
    let played = play("grace.yaml");
    let (profile, grant) = (played.profile("ana"), played.grant("ana"));
    let home = profile.efs_uid.map(|uid| uid.to_string());
    assert_eq!(grant["homeEfsUid"].as_str(), home.as_deref());
    assert_eq!((&grant["status"], &grant["leftAt"]), (&json!("active"), &json!(null)));
    assert_eq!(grant["formerHomes"], json!(null), "it is the home that she has had from the beginning");
}

#[test]
fn nothing_is_deleted_before_the_days_are_over() {
    let played = play("grace.yaml");
    assert_eq!(
        deletions(&played, "A look at Ben in the meantime"),
        0,
        "though his row deletes at once by now"
    );
    for title in ["Ben leaves", "Cleo leaves", "Dora leaves"] {
        assert_eq!(deletions(&played, title), 0, "{title}");
    }
    assert_eq!(deletions(&played, "Emil leaves, whose row deletes at once"), 1);
}

#[test]
fn the_ledger_says_when_a_leaver_left_and_how_long_they_had() {
    let played = play("grace.yaml");
    for (user, days) in [("ben", 7), ("cleo", 7), ("dora", 7)] {
        let grant = played.grant(user);
        assert_eq!(grant["graceDays"], days, "{user}: the days of the row when they left");
        assert!(grant["leftAt"].is_string(), "{user}");
    }
}

#[test]
fn deletions_that_find_no_room_in_the_limits_wait() {
    let played = play("grace-limits.yaml");
    let found = |title: &str| {
        let found = &played.execution(title).output.as_ref().unwrap()["found"];
        (found["removals"].clone(), found["due"].clone())
    };
    assert_eq!(found("Finn and one of the four"), (json!(1), json!(1)), "who has a role comes first");
    assert_eq!(found("Two more"), (json!(0), json!(2)));
    assert_eq!(found("The last of the four"), (json!(0), json!(1)));
    assert_eq!(played.grant("dora")["status"], "removed", "a disabled user is a leaver");
}

#[test]
fn the_ledger_follows_the_days_of_the_row() {
    assert_eq!(play("grace-limits.yaml").grant("gina")["graceDays"], 30);
}
