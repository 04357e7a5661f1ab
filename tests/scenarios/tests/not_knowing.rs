//! Not knowing is not "no": what cannot be read is never a reason to take something away.

use crate::played::{Played, play, play_with, play_with_a_turn, read, steps};
use fake_aws::services::identity_store::KmsMask;
use harness::scenario::{Group, Scenario};

const REMOVALS: [&str; 5] = [
    "sagemaker:DeleteUserProfile",
    "sagemaker:DeleteSpace",
    "sagemaker:DeleteApp",
    "sagemaker:UpdateUserProfile",
    "sagemaker:CreateUserProfile",
];

/// No function asked for a removal in an execution that failed.
#[track_caller]
fn failures_remove_nothing(played: &Played) {
    for execution in
        played.report.executions.iter().filter(|execution| execution.status_word() != "SUCCEEDED")
    {
        let of_it = played
            .report
            .calls
            .iter()
            .filter(|call| call.scope.as_deref().is_some_and(|s| s.starts_with(&execution.name)));
        let asked: Vec<String> = of_it
            .filter(|call| REMOVALS.contains(&format!("{}:{}", call.service, call.operation).as_str()))
            .map(ToString::to_string)
            .collect();
        assert_eq!(asked, Vec::<String>::new(), "{}", execution.title);
    }
}

#[test]
fn a_read_that_fails_never_leads_to_a_removal() {
    let played = play("not-knowing.yaml");
    failures_remove_nothing(&played);
    assert_eq!(
        played.report.executions.iter().filter(|execution| execution.status_word() == "FAILED").count(),
        9
    );
}

#[test]
fn a_user_whom_a_kms_key_hides_keeps_everything() {
    for (mask, name) in [
        (KmsMask::KeyNotFound, "Misconfigured"),
        (KmsMask::AccessDenied, "Misconfigured"),
        (KmsMask::Disabled, "Misconfigured"),
        (KmsMask::Throttled, "Throttled"),
    ] {
        let mut scenario = read("not-knowing.yaml");
        scenario.timeline.truncate(3);
        scenario.timeline.extend(steps(&format!(
            "[{{ start: {{ userId: 04c8e458-a021-702e-f9d1-000000000001 }}, expect: {{ status: FAILED, error: {name} }} }}]"
        )));
        scenario.expect = None;
        let played =
            play_with_a_turn(&scenario, 0, 3, |aws| aws.directory(|store| store.kms_masked = Some(mask)));
        played.as_expected(&format!("{mask:?}"));
        failures_remove_nothing(&played);
        assert_eq!(played.profile("ana").status, "InService", "{mask:?}");
    }
}

#[test]
fn a_kms_key_lost_during_a_removal_leaves_the_profile() {
    let mut scenario = read("not-knowing.yaml");
    scenario.timeline.truncate(3);
    scenario.timeline.extend(steps(
        "[{ fault: { on: 'identitystore:DescribeUser', effect: refuse, code: ResourceNotFoundException, from: delete-profile } },
          { start: { userId: 04c8e458-a021-702e-f9d1-000000000001 }, expect: { status: FAILED, cause: proves nothing, actions: [failed] } }]",
    ));
    scenario.expect = None;
    let played = play_with(&scenario, 0);
    played.as_expected("a key that goes away");
    failures_remove_nothing(&played);
    assert_eq!(played.profile("ana").status, "InService");
}

/// Ana in many more groups than a page of memberships holds. The mapped one comes first in one half of the cases, last in the other.
fn in_many_groups(mapped_last: bool) -> Scenario {
    let mut scenario = read("not-knowing.yaml");
    let number = |n: usize| format!("94f83478-a061-708f-8de4-{n:012}");
    let more = (0..150).map(|n| Group { id: number(n), name: format!("list-{n}") });
    scenario.directory.groups.extend(more);
    let mut groups: Vec<String> = (0..150).map(|n| format!("list-{n}")).collect();
    groups.insert(if mapped_last { 150 } else { 0 }, "studio-admins".to_owned());
    scenario.directory.users[0].groups = groups;
    scenario.timeline.truncate(1);
    scenario.expect = None;
    scenario
}

#[test]
fn every_page_of_memberships_counts() {
    for mapped_last in [true, false] {
        let played = play_with(&in_many_groups(mapped_last), 0);
        played.as_expected("many groups");
        assert_eq!(played.profile("ana").status, "InService");
        assert!(
            played
                .calls("identitystore:ListGroupMembershipsForMember")
                .iter()
                .any(|c| c.request.get("NextToken").is_some())
        );
    }
}

#[test]
fn half_a_list_of_groups_is_no_answer() {
    let mut scenario = in_many_groups(true);
    scenario.timeline.extend(steps(
        "[{ fault: { on: 'identitystore:ListGroupMembershipsForMember', effect: refuse, code: AccessDeniedException, about: NextToken, from: resolve-identity } },
          { start: { userName: ana }, expect: { status: FAILED, error: Misconfigured } },
          { directory: { remove: { user: ana, group: studio-admins } } },
          { fault: { on: 'identitystore:ListGroupMembershipsForMember', effect: refuse, code: AccessDeniedException, about: NextToken, from: plan-access } },
          { start: { userName: ana }, expect: { status: FAILED, cause: Misconfigured, actions: [failed] } }]",
    ));
    let played = play_with(&scenario, 0);
    played.as_expected("half a list");
    failures_remove_nothing(&played);
    assert_eq!(played.profile("ana").status, "InService");
}
