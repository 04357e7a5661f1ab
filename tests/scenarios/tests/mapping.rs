//! From groups to roles: by table, by naming convention, by both, by neither.

use crate::played::{functions, play};

#[test]
fn a_group_is_read_by_its_row_and_only_without_one_by_its_name() {
    let played = play("naming-convention.yaml");
    let role = |user| played.profile(user).role.clone().unwrap();
    assert_eq!(role("ana"), "arn:aws:iam::222233334444:role/studio/research/scientists");
    assert_eq!(role("ben"), "arn:aws:iam::222233334444:role/studio/FromTheTable");
}

#[test]
fn a_naming_convention_is_enough_and_follows_the_partition() {
    let played = play("convention-only.yaml");
    let role = played.profile("ana").role.clone().unwrap();
    assert_eq!(role, "arn:aws-cn:iam::444455556666:role/studio/research-china/scientists");
}

#[test]
fn a_group_that_is_mapped_nowhere_ends_well_and_says_so() {
    let played = play("unmapped.yaml");
    assert_eq!(played.report.executions.len(), 2);
    for execution in &played.report.executions {
        assert_eq!(functions(execution), ["resolve-identity"]);
        let summary = execution.output.as_ref().unwrap()["summary"].as_str().unwrap();
        assert!(summary.starts_with("nothing to do: no rule means the group \"Finance (all)\""), "{summary}");
    }
    assert!(played.report.grants.is_empty());
}

#[test]
fn a_changed_mapping_is_followed_at_the_next_look() {
    let played = play("mapping-changes.yaml");
    let roles: Vec<&str> = ["sagemaker:CreateUserProfile", "sagemaker:UpdateUserProfile"]
        .into_iter()
        .flat_map(|operation| played.calls(operation))
        .filter_map(|call| call.request["UserSettings"]["ExecutionRole"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(roles, ["Admins", "Analysts", "Admins", "StudioNoAccess"]);
    assert_eq!(played.grant("ana")["status"], "suspended");
}
