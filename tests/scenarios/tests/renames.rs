//! Users whose name in the directory changes.

use crate::played::{invocations, play};

#[test]
fn a_renamed_user_is_reported_at_the_next_look_and_nothing_is_changed() {
    let played = play("renames.yaml");
    let failed: Vec<_> =
        played.report.executions.iter().filter(|execution| execution.error.is_some()).collect();
    assert_eq!(failed.len(), 2);
    for execution in failed {
        assert_eq!(execution.results()[0]["error"], "PlanAccess.Renamed");
        for step in ["create-profile", "update-profile", "list-apps", "delete-profile"] {
            assert!(invocations(execution, step).is_empty(), "{step}");
        }
    }
}

#[test]
fn a_renamed_user_still_gets_the_role_that_is_due() {
    let played = play("renames.yaml");
    let grant = played.grant("ana");
    assert_eq!((&grant["status"], &grant["groupName"]), (&"active".into(), &"studio-admins".into()));
}

#[test]
fn a_renamed_leaver_is_removed_by_the_recorded_profile_name() {
    let played = play("renames.yaml");
    let deleted = played.calls("sagemaker:DeleteUserProfile");
    assert_eq!(deleted[0].request["UserProfileName"], "ben");
    assert_eq!(played.grant("ben")["status"], "removed");
}

#[test]
fn the_ledger_records_the_name_that_the_profile_is_bound_to() {
    let played = play("renames.yaml");
    let names: Vec<_> =
        played.report.grants.iter().map(|grant| grant["userName"].as_str().unwrap()).collect();
    assert_eq!(names, ["ana", "ben", "cleo"], "not the names that the users have now");
}
