//! Users whose name in the directory changes.

use crate::played::{functions, invocations, play};
use contract::ids::ProfileName;

#[test]
fn the_look_that_finds_a_rename_withdraws_the_role_and_reports() {
    let played = play("renames.yaml");
    for title in ["The next look withdraws the role and tells", "Dora's rename is found"] {
        let execution = played.execution(title);
        assert_eq!(execution.results()[0]["error"], "Renamed", "{title}");
        let told = execution.cause.as_deref().unwrap_or_default();
        assert!(told.contains("another user may have the name"), "{told}");
        let steps = functions(execution);
        let at = |step: &str| steps.iter().position(|known| *known == step);
        assert!(at("withdraw-role") < at("delete-app") || at("delete-app").is_none(), "{steps:?}");
        assert!(at("record-removal").is_some() && at("delete-profile").is_none(), "{steps:?}");
    }
}

#[test]
fn a_later_look_only_reports() {
    let played = play("renames.yaml");
    let execution = played.execution("A role that is due otherwise does not land on the old profile either");
    assert_eq!(execution.results()[0]["error"], "Renamed");
    for step in ["create-profile", "update-profile", "list-apps", "withdraw-role", "delete-profile"] {
        assert!(invocations(execution, step).is_empty(), "{step}");
    }
}

#[test]
fn no_entitled_role_is_set_on_a_profile_of_another_name() {
    let played = play("renames.yaml");
    let named = |name: &str| ProfileName::new(name).unwrap();
    for call in played.done("sagemaker:UpdateUserProfile") {
        let role = call.request["UserSettings"]["ExecutionRole"].as_str().unwrap();
        let profile = named(call.request["UserProfileName"].as_str().unwrap());
        assert!(role.ends_with("/StudioNoAccess") || profile == named("dora"), "{call}");
    }
}

#[test]
fn a_user_whose_old_name_comes_back_gets_the_role_back() {
    let played = play("renames.yaml");
    let grant = played.grant("dora");
    assert_eq!((&grant["status"], &grant["groupName"]), (&"active".into(), &"studio-analysts".into()));
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
    let mut names: Vec<_> =
        played.report.grants.iter().map(|grant| grant["userName"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ana", "ben", "cleo", "dora"], "not the names that the users have now");
}
