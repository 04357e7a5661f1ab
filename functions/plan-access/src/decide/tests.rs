//! Each row of the decision, by name.

use super::*;
use contract::failure::Named;
use contract::ids::MembershipId;
use contract::rules::Rules;
use serde_json::json;
use std::collections::BTreeMap;
use time::macros::datetime;

const ROLE: &str = "arn:aws:iam::111122223333:role/studio/admins";
const OTHER: &str = "arn:aws:iam::111122223333:role/studio/readers";
const AT: OffsetDateTime = datetime!(2026-11-23 10:00 UTC);

fn user(status: &str) -> User {
    serde_json::from_value(json!({"storeId": "d-1", "userId": "u-1", "userName": "ana", "status": status}))
        .unwrap()
}

fn entitled() -> Entitlement {
    serde_json::from_value(
        json!({"groupId": "g-1", "groupName": "admins", "membershipId": "m-1", "executionRoleArn": ROLE,
        "priority": 100, "removal": "keep", "graceDays": 0, "settings": {}}),
    )
    .unwrap()
}

fn grant(status: &str) -> Grant {
    serde_json::from_value(json!({"storeId": "d-1", "userId": "u-1", "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"},
        "status": status, "profileName": "ana", "userName": "ana", "roleArn": ROLE, "groupName": "admins", "groupId": "g-1", "membershipId": "m-1",
        "removal": "keep", "graceDays": 0, "execution": "e", "reason": "r", "updatedAt": "t", "version": 4})).unwrap()
}

fn name() -> ProfileName {
    ProfileName::new("ana").unwrap()
}

fn ours(status: ProfileStatus, role: &str) -> Found {
    Found::Ours(name(), Box::new(profile(status, role)))
}

fn unmanaged(status: ProfileStatus) -> Found {
    Found::UnmanagedProfile(name(), Box::new(Profile { tags: BTreeMap::new(), ..profile(status, OTHER) }))
}

fn profile(status: ProfileStatus, role: &str) -> Profile {
    Profile {
        arn: "arn:aws:sagemaker:eu-west-1:111122223333:user-profile/d-abc/ana".into(),
        status,
        failure_reason: Some("quota".into()),
        user_name: Some("ana".into()),
        role_arn: Some(role.into()),
        security_groups: BTreeSet::new(),
        home_efs_uid: None,
        modified_at: None,
        tags: tags(&[("studio-access:user-id", "u-1"), ("studio-access:group", "admins")]),
    }
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn plan(entitlement: Option<Entitlement>, grant: Option<Grant>, found: Found) -> Result<Plan, PlanError> {
    decide(Facts { now: now("enabled", entitlement), grant, found, at: AT })
}

fn now(status: &str, entitlement: Option<Entitlement>) -> Snapshot {
    let memberships = entitlement.iter().map(|entitlement| entitlement.membership.clone()).collect();
    Snapshot { user: user(status), memberships, rules: Rules::default(), entitlement }
}

fn action(result: Result<Plan, PlanError>) -> String {
    match result {
        Ok(plan) => serde_json::to_value(plan).unwrap()["action"].as_str().unwrap().to_owned(),
        Err(error) => error.name().to_owned(),
    }
}

#[test]
fn each_state_has_one_action_for_an_entitled_user() {
    use ProfileStatus as S;
    for (grant, found, expected) in [
        (None, Found::Free(name()), "create"),
        (Some(grant("active")), Found::Free(name()), "create"),
        (Some(grant("active")), ours(S::InService, ROLE), "keep"),
        (None, ours(S::InService, ROLE), "adopt"),
        (Some(grant("creating")), ours(S::InService, ROLE), "adopt"),
        (Some(grant("changing")), ours(S::InService, ROLE), "adopt"),
        (Some(grant("changing")), ours(S::InService, OTHER), "changeRole"),
        (Some(grant("suspended")), ours(S::InService, OTHER), "changeRole"),
        (Some(grant("active")), ours(S::InService, OTHER), "changeRole"),
        (Some(grant("active")), ours(S::UpdateFailed, ROLE), "changeRole"),
        (Some(grant("active")), ours(S::Pending, ROLE), "ProfileBusy"),
        (Some(grant("active")), ours(S::Deleting, ROLE), "ProfileBusy"),
        (Some(grant("active")), ours(S::Failed, ROLE), "ProfileFailed"),
        (None, Found::AllTaken, "PlanAccess.NoFreeName"),
        (None, unmanaged(S::InService), "UnmanagedProfile"),
    ] {
        let case = format!("{:?} {found:?}", grant.as_ref().map(|g: &Grant| g.status));
        assert_eq!(action(plan(Some(entitled()), grant, found)), expected, "{case}");
    }
}

#[test]
fn each_state_has_one_action_for_an_unentitled_user() {
    use ProfileStatus as S;
    for (grant, found, expected) in [
        (None, Found::NotLookedFor, "keep"),
        (Some(grant("active")), ours(S::InService, ROLE), "remove"),
        (Some(grant("active")), ours(S::Failed, ROLE), "remove"),
        (Some(grant("active")), ours(S::Updating, ROLE), "ProfileBusy"),
        (Some(grant("active")), Found::Free(name()), "forget"),
        (Some(grant("changing")), ours(S::InService, ROLE), "remove"),
        (Some(grant("active")), Found::AllTaken, "forget"),
        (Some(grant("active")), unmanaged(S::InService), "UnmanagedProfile"),
        (Some(grant("changing")), unmanaged(S::InService), "UnmanagedProfile"),
        (Some(grant("creating")), unmanaged(S::InService), "forget"),
        (Some(grant("removed")), unmanaged(S::InService), "keep"),
    ] {
        let case = format!("{:?} {found:?}", grant.as_ref().map(|g: &Grant| g.status));
        assert_eq!(action(plan(None, grant, found)), expected, "{case}");
    }
}

#[test]
fn a_new_profile_without_a_role_closes_the_leavers_grant() {
    use ProfileStatus as S;
    let there = |recorded: Option<&str>, home: Option<&str>, role: Option<&str>, status| {
        let granted = Grant { home_efs_uid: recorded.map(str::to_owned), ..grant("changing") };
        let (home_efs_uid, role_arn) = (home.map(str::to_owned), role.map(str::to_owned));
        let new = Profile { tags: BTreeMap::new(), home_efs_uid, role_arn, ..profile(status, OTHER) };
        action(plan(None, Some(granted), Found::UnmanagedProfile(name(), Box::new(new))))
    };
    assert_eq!(there(Some("200001"), Some("200002"), None, S::InService), "forget");
    assert_eq!(there(Some("200001"), Some("200002"), Some(ROLE), S::InService), "UnmanagedProfile");
    assert_eq!(there(Some("200001"), Some("200001"), None, S::InService), "UnmanagedProfile");
    assert_eq!(there(None, Some("200002"), None, S::InService), "UnmanagedProfile");
    for status in [S::Pending, S::Updating, S::Deleting] {
        assert_eq!(there(Some("200001"), None, None, status), "ProfileBusy");
    }
}

#[test]
fn a_changed_tag_does_not_close_the_grant_of_a_leaver() {
    let retagged = Profile {
        tags: tags(&[("studio-access:user-id", "u-2")]),
        ..profile(ProfileStatus::InService, ROLE)
    };
    let whose = |status: &str, granted: &str, entitlement: Option<Entitlement>| {
        whose(&now(status, entitlement), Some(&grant(granted)), &name(), &retagged)
    };
    for granted in ["active", "changing", "suspended"] {
        assert_eq!(whose("enabled", granted, None), Whose::UnmanagedProfile);
        assert_eq!(whose("disabled", granted, None), Whose::UnmanagedProfile);
        assert_eq!(whose("gone", granted, None), Whose::Others, "handed over to the new user");
        assert_eq!(whose("enabled", granted, Some(entitled())), Whose::Others);
    }
    assert_eq!(whose("enabled", "removed", None), Whose::Others);
}

#[test]
fn a_leaver_is_removed_under_the_recorded_policy() {
    let mut granted = grant("active");
    granted.removal = RemovalPolicy::Delete;
    let plan = plan(None, Some(granted), ours(ProfileStatus::InService, ROLE)).unwrap();
    assert!(matches!(plan, Plan::Remove { removal: RemovalPolicy::Delete, suspended: false, .. }));
}

#[test]
fn a_leaver_is_suspended_until_the_days_of_grace_are_over() {
    let left_at = |left_at| Some(Grant { grace_days: 7, left_at, ..grant("suspended") });
    let reason = |grant, status| {
        let plan = plan(None, grant, ours(status, ROLE)).unwrap();
        let Plan::Remove { removal_reason, removal, .. } = plan else { panic!("{plan:?}") };
        (removal_reason, removal)
    };
    let in_service = |grant| reason(grant, ProfileStatus::InService);
    let in_grace = |until| (RemovalReason::InGrace { days: 7, until: Some(until) }, RemovalPolicy::Keep);
    assert_eq!(in_service(left_at(None)), in_grace(datetime!(2026-11-30 10:00 UTC)));
    let yesterday = Some(datetime!(2026-11-22 10:00 UTC));
    assert_eq!(in_service(left_at(yesterday)), in_grace(datetime!(2026-11-29 10:00 UTC)));
    let a_week_ago = Some(datetime!(2026-11-16 10:00 UTC));
    assert_eq!(in_service(left_at(a_week_ago)).0, RemovalReason::Left);
    for status in [ProfileStatus::Failed, ProfileStatus::DeleteFailed] {
        assert_eq!(
            reason(left_at(None), status).0,
            RemovalReason::Left,
            "{status:?}: nothing is left to keep"
        );
    }
}

#[test]
fn the_reason_of_a_removal_names_what_the_directory_says() {
    for (status, expected) in
        [("gone", "no longer in the directory"), ("disabled", "disabled"), ("enabled", "no group")]
    {
        let facts = Facts {
            now: now(status, None),
            grant: Some(grant("active")),
            found: ours(ProfileStatus::InService, ROLE),
            at: AT,
        };
        let Ok(Plan::Remove { reason, .. }) = decide(facts) else { panic!("a removal") };
        assert!(reason.contains(expected), "{reason}");
    }
}

fn bound_to(user_name: &str, role: &str) -> Found {
    let bound = Profile { user_name: Some(user_name.into()), ..profile(ProfileStatus::InService, role) };
    Found::Ours(name(), Box::new(bound))
}

#[test]
fn a_renamed_user_loses_the_role_at_once_and_is_then_refused() {
    // Whatever the entitlement: a role must not be set, nor stay, on a profile that another user
    // with the old name could open.
    for (status, role) in [("active", ROLE), ("active", OTHER), ("changing", ROLE), ("creating", ROLE)] {
        let plan = plan(Some(entitled()), Some(grant(status)), bound_to("ana.silva", role)).unwrap();
        let Plan::Remove { removal_reason, removal, suspended, .. } = plan else {
            panic!("a removal for {status}")
        };
        assert_eq!(
            removal_reason,
            RemovalReason::Renamed { bound_to: "ana.silva".into(), now: "ana".into() }
        );
        assert_eq!((removal, suspended), (RemovalPolicy::Keep, false));
    }
    let withdrawn = plan(Some(entitled()), Some(grant("suspended")), bound_to("ana.silva", ROLE));
    assert_eq!(action(withdrawn), "Renamed");
    // The profile was given a role again by hand.
    let again = plan(Some(entitled()), Some(grant("suspended")), bound_to("ana.silva", OTHER));
    assert_eq!(action(again), "remove");
    assert_eq!(action(plan(Some(entitled()), Some(grant("active")), bound_to("ANA", ROLE))), "keep");
}

#[test]
fn a_tag_without_its_grant_is_no_more_than_a_claim() {
    let whose = |entitlement: Option<Entitlement>, grant: Option<Grant>, bound: &str, owner: Option<&str>| {
        let pairs: Vec<_> = owner.map(|owner| ("studio-access:user-id", owner)).into_iter().collect();
        let profile = Profile {
            tags: tags(&pairs),
            user_name: Some(bound.into()),
            ..profile(ProfileStatus::InService, OTHER)
        };
        whose(&now("enabled", entitlement), grant.as_ref(), &name(), &profile)
    };
    let elsewhere = Grant { profile_name: ProfileName::new("ana-2").unwrap(), ..grant("active") };
    for (grant, bound, owner, entitled_to, left) in [
        (Some(grant("active")), "ana", Some("u-1"), Whose::Ours, Whose::Ours),
        (Some(grant("suspended")), "Ana", Some("u-1"), Whose::Ours, Whose::Ours),
        // Bound as recorded, though the user has another name now.
        (
            Some(Grant { user_name: "ana.b".into(), ..grant("active") }),
            "ana.b",
            Some("u-1"),
            Whose::Ours,
            Whose::Ours,
        ),
        (None, "ana", Some("u-1"), Whose::UnmanagedProfile, Whose::UnmanagedProfile),
        (None, "mallory", Some("u-1"), Whose::Others, Whose::UnmanagedProfile),
        (Some(grant("active")), "mallory", Some("u-1"), Whose::Others, Whose::UnmanagedProfile),
        (Some(elsewhere), "ana", Some("u-1"), Whose::UnmanagedProfile, Whose::UnmanagedProfile),
        (Some(grant("active")), "ana", None, Whose::UnmanagedProfile, Whose::UnmanagedProfile),
        (None, "ben", None, Whose::Others, Whose::UnmanagedProfile),
        (Some(grant("active")), "ana", Some("u-2"), Whose::Others, Whose::UnmanagedProfile),
        (Some(grant("removed")), "mallory", Some("u-1"), Whose::Others, Whose::UnmanagedProfile),
        (Some(grant("removed")), "ana", Some("u-1"), Whose::Ours, Whose::Ours),
    ] {
        let case = format!("{:?} {bound} {owner:?}", grant.as_ref().map(|grant: &Grant| grant.status));
        assert_eq!(whose(Some(entitled()), grant.clone(), bound, owner), entitled_to, "{case}");
        assert_eq!(whose(None, grant, bound, owner), left, "{case}");
    }
}

#[test]
fn a_member_whose_row_is_gone_is_suspended_and_keeps_everything() {
    let mut member = now("enabled", None);
    member.memberships = vec![entitled().membership];
    let granted = Grant { removal: RemovalPolicy::DeleteShared, ..grant("active") };
    let found = ours(ProfileStatus::InService, ROLE);
    let plan = decide(Facts { now: member, grant: Some(granted), found, at: AT }).unwrap();
    let Plan::Remove { removal_reason, removal, reason, .. } = plan else { panic!("a removal") };
    assert_eq!((removal_reason, removal), (RemovalReason::RowGone, RemovalPolicy::Keep));
    assert!(reason.contains("still a member"), "{reason}");
}

#[test]
fn a_domain_that_is_gone_closes_grants_and_refuses_rows() {
    for (grant, expected) in [
        (Some(grant("active")), "forget"),
        (Some(grant("suspended")), "forget"),
        (Some(grant("removed")), "keep"),
        (None, "keep"),
    ] {
        assert_eq!(action(plan(None, grant, Found::DomainGone)), expected);
    }
    assert_eq!(
        action(plan(Some(entitled()), Some(grant("active")), Found::DomainGone)),
        "PlanAccess.DomainGone"
    );
}

#[test]
fn tags_are_those_of_the_row_and_no_others_of_an_earlier_row() {
    let mut wanted = entitled();
    wanted.settings.tags = tags(&[("cost", "42")]);
    let with = |pairs: &[(&str, &str)]| {
        let ours = [("studio-access:user-id", "u-1"), ("studio-access:group", "admins")];
        let tagged =
            Profile { tags: tags(&[&ours, pairs].concat()), ..profile(ProfileStatus::InService, ROLE) };
        Found::Ours(name(), Box::new(tagged))
    };
    let granted = |keys: &[&str]| {
        Some(Grant { tags: keys.iter().map(|key| (*key).to_owned()).collect(), ..grant("active") })
    };
    for (set_before, there, expected) in [
        (&["cost"][..], &[("cost", "42")][..], "keep"),
        (&["cost"], &[("cost", "7")], "changeRole"),
        (&["cost"], &[], "changeRole"),
        (&["cost", "clearance"], &[("cost", "42"), ("clearance", "high")], "changeRole"),
        // Tags of another tool do not count here.
        (&["cost"], &[("cost", "42"), ("team", "research")], "keep"),
        // The profile is right; the ledger does not know yet which tags are ours.
        (&[], &[("cost", "42")], "adopt"),
    ] {
        let plan = plan(Some(wanted.clone()), granted(set_before), with(there));
        assert_eq!(action(plan), expected, "{set_before:?} {there:?}");
    }
}

#[test]
fn the_ledger_follows_a_new_membership_or_policy() {
    let mut policy = entitled();
    policy.removal = RemovalPolicy::Delete;
    let mut membership = entitled();
    membership.membership.membership_id = MembershipId::new("m-2").unwrap();
    let grace = Entitlement { grace_days: 30, ..entitled() };
    for changed in [policy, membership, grace] {
        assert_eq!(
            action(plan(Some(changed), Some(grant("active")), ours(ProfileStatus::InService, ROLE))),
            "adopt"
        );
    }
}

#[test]
fn security_groups_matter_where_the_mapping_names_some() {
    let mut wanted = entitled();
    wanted.settings.security_groups = vec!["sg-1".into()];
    assert_eq!(
        action(plan(Some(wanted), Some(grant("active")), ours(ProfileStatus::InService, ROLE))),
        "changeRole"
    );
}

#[test]
fn security_groups_of_a_group_that_was_left_do_not_stay() {
    let mut left = profile(ProfileStatus::InService, ROLE);
    left.security_groups = BTreeSet::from(["sg-1".to_owned()]);
    let found = Found::Ours(name(), Box::new(left));
    assert_eq!(action(plan(Some(entitled()), Some(grant("active")), found)), "changeRole");
}

#[test]
fn a_group_that_was_renamed_takes_nothing_from_its_members() {
    let mut membership = entitled().membership;
    membership.group_name = "administrators".into();
    let mut renamed = now("enabled", None);
    renamed.memberships = vec![membership];
    let found = ours(ProfileStatus::InService, ROLE);
    let verdict = decide(Facts { now: renamed, grant: Some(grant("active")), found, at: AT });
    assert_eq!(action(verdict), "PlanAccess.GroupRenamed");
}

#[test]
fn a_suspended_leaver_is_handled_again_if_the_role_changed() {
    for (role, suspended) in [(ROLE, true), (OTHER, false)] {
        let Ok(Plan::Remove { suspended: verdict, .. }) =
            plan(None, Some(grant("suspended")), ours(ProfileStatus::InService, role))
        else {
            panic!("a removal")
        };
        assert_eq!(verdict, suspended, "{role}");
    }
}

#[test]
fn a_late_creation_after_the_grant_ended_is_removed() {
    assert_eq!(action(plan(None, Some(grant("removed")), ours(ProfileStatus::InService, ROLE))), "remove");
    assert_eq!(action(plan(None, Some(grant("removed")), Found::Free(name()))), "keep");
}

/// Returns whether a plan checks apps under another role, and whether it takes a profile over.
fn marks(result: Result<Plan, PlanError>) -> (bool, bool) {
    match result {
        Ok(Plan::ChangeRole { role_changed, .. }) => (role_changed, false),
        Ok(Plan::Adopt { role_changed, unmanaged, .. }) => (role_changed, unmanaged),
        other => panic!("a change or an adoption, not {other:?}"),
    }
}

#[test]
fn apps_are_checked_unless_the_ledger_confirms_the_role() {
    let mut earlier = grant("active");
    earlier.role_arn = contract::ids::RoleArn::new(OTHER).unwrap();
    let other_membership = Grant { membership_id: MembershipId::new("m-0").unwrap(), ..grant("active") };
    for (grant, expected) in [
        (None, true),
        (Some(grant("creating")), true),
        (Some(grant("changing")), true),
        (Some(earlier), true),
        (Some(other_membership), false),
    ] {
        let case = format!("{grant:?}");
        let found = ours(ProfileStatus::InService, ROLE);
        assert_eq!(marks(plan(Some(entitled()), grant, found)), (expected, false), "{case}");
    }
}

#[test]
fn a_change_of_settings_alone_stops_no_app() {
    let mut wanted = entitled();
    wanted.settings.security_groups = vec!["sg-1".into()];
    let settings = plan(Some(wanted), Some(grant("active")), ours(ProfileStatus::InService, ROLE));
    assert_eq!(marks(settings), (false, false));
    for (status, role) in [(ProfileStatus::InService, OTHER), (ProfileStatus::UpdateFailed, ROLE)] {
        let moved = plan(Some(entitled()), Some(grant("active")), ours(status, role));
        assert_eq!(marks(moved), (true, false), "{status:?}");
    }
}

#[test]
fn adopts_an_unmanaged_profile_only_if_allowed_for_its_user() {
    use ProfileStatus as S;
    let allowed = || Some(Entitlement { adopt: true, ..entitled() });
    let of = |user: &str, status| {
        let theirs =
            Profile { tags: BTreeMap::new(), user_name: Some(user.into()), ..profile(status, OTHER) };
        Found::UnmanagedProfile(name(), Box::new(theirs))
    };
    assert_eq!(marks(plan(allowed(), None, of("ANA", S::InService))), (true, true));
    assert_eq!(action(plan(allowed(), None, of("ben", S::InService))), "UnmanagedProfile");
    assert_eq!(action(plan(allowed(), None, of("ana", S::Pending))), "ProfileBusy");
    assert_eq!(action(plan(allowed(), None, of("ana", S::Failed))), "ProfileFailed");
    let refused = plan(Some(entitled()), None, of("ana", S::InService)).unwrap_err();
    assert!(refused.to_string().contains(r#"set "adopt": true in the mapping of "admins""#), "{refused}");
}

#[test]
fn adopting_a_profile_with_the_right_role_keeps_its_apps() {
    let right = Profile { tags: BTreeMap::new(), ..profile(ProfileStatus::InService, ROLE) };
    let found = Found::UnmanagedProfile(name(), Box::new(right));
    let allowed = Entitlement { adopt: true, ..entitled() };
    assert_eq!(marks(plan(Some(allowed), None, found)), (false, true));
}
