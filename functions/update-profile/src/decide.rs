//! Pure functions that check a profile's owner right before it gets a role, build the ledger entry
//! before the change, and interpret a refusal.

use crate::{Progress, UpdateError};
use aws::studio::{Profile, ProfileStatus, Refusal};
use contract::grant::{Grant, GrantStatus};
use contract::ids::UserId;
use contract::job::Job;
use contract::mapping::RunningApps;
use contract::payload::ChangePlan;
use std::collections::BTreeSet;

/// The owner of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Ours, and bound to the user by their current name.
    Ours,
    /// Not ours, and the mapping allows a takeover.
    ToBeTakenOver,
    /// Ours, but bound to a former name of the user.
    Renamed,
    /// None of these.
    UnmanagedProfile,
}

/// Returns the owner of the profile. Only a profile that is bound to this user by their current
/// name may get the role.
pub(crate) fn claim(profile: &Profile, plan: &ChangePlan, user_id: &UserId, grant: Option<&Grant>) -> Claim {
    let theirs = plan.user_name.as_deref().is_some_and(|user_name| profile.is_bound_to(user_name));
    let ours = grant.is_some_and(|grant| profile.is_of(&plan.profile_name, grant));
    let of_another = profile.tagged_owner().is_some_and(|owner| owner != *user_id);
    match (ours, theirs) {
        (true, true) => Claim::Ours,
        (true, false) => Claim::Renamed,
        (false, true) if plan.unmanaged && plan.entitlement.adopt && !of_another => Claim::ToBeTakenOver,
        (false, true | false) => Claim::UnmanagedProfile,
    }
}

/// Returns whether role and security groups are already right, so that only tags have to change:
/// Studio may refuse a change while apps run.
pub(crate) fn fits(plan: &ChangePlan, profile: &Profile) -> bool {
    let wanted: BTreeSet<String> = plan.entitlement.settings.security_groups.iter().cloned().collect();
    profile.status == ProfileStatus::InService
        && profile.role_arn.as_deref() == Some(plan.entitlement.execution_role_arn.as_str())
        && profile.security_groups == wanted
}

/// Interprets a refused change.
pub(crate) fn refused(plan: &ChangePlan, refusal: Refusal) -> Result<Progress, UpdateError> {
    let profile = plan.profile_name.to_string();
    match (refusal, plan.entitlement.running_apps) {
        (Refusal::Gone, _) => Err(UpdateError::Vanished(profile)),
        (Refusal::Busy, _) => Err(UpdateError::Busy(profile)),
        (Refusal::Failed { status, reason }, _) => {
            Err(UpdateError::ProfileFailed { profile, status, reason })
        }
        (Refusal::AppsRun, RunningApps::Restart) => Ok(Progress::AppsRun),
        (Refusal::AppsRun, RunningApps::Keep) => {
            let group = plan.entitlement.membership.group_name.clone();
            Err(UpdateError::AppsRunning { profile, group })
        }
        (Refusal::Unexplained(fault), _) => Err(UpdateError::Studio(fault.into())),
    }
}

/// Returns the grant to write before the profile changes, so that the user's next execution and the
/// sweep find an execution that died in between. Returns `None` if only settings change under the
/// recorded role, and no tag is new.
pub(crate) fn intent(
    job: &Job,
    plan: &ChangePlan,
    profile: &Profile,
    unmanaged: bool,
    before: Option<&Grant>,
) -> Option<Grant> {
    let status = match (unmanaged, plan.role_changed) {
        // A profile without our tag is not ours yet: record it like a creation.
        (true, _) => GrantStatus::Creating,
        (false, true) => GrantStatus::Changing,
        (false, false) => {
            let before = before?;
            let tags = tags(plan, Some(before));
            return (tags != before.tags).then(|| Grant { tags, ..before.clone() });
        }
    };
    let user_name = profile.user_name.as_deref().unwrap_or_default();
    let home_efs_uid = profile.home_efs_uid.clone();
    let is_replaced = |before: &&Grant| unmanaged && before.home_efs_uid != home_efs_uid;
    let gone = before.filter(is_replaced).cloned().map(Grant::gone);
    let former = gone.as_ref().or(before);
    let given = Grant::given(job, &plan.profile_name, user_name, &plan.entitlement, former).intended(before);
    let spaces = former.filter(|former| former.status.is_held()).map(|former| former.spaces.clone());
    let tags = tags(plan, before.filter(|_| !unmanaged));
    Some(Grant { status, home_efs_uid, spaces: spaces.unwrap_or_default(), tags, ..given })
}

/// Returns the tags that our mappings may have set by the time this change is complete or
/// interrupted.
fn tags(plan: &ChangePlan, before: Option<&Grant>) -> BTreeSet<String> {
    let former = before.map(|before| before.tags.clone()).unwrap_or_default();
    former.into_iter().chain(plan.entitlement.settings.tags.keys().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::ids::ProfileName;
    use contract::mapping::RemovalPolicy;
    use serde_json::{Value, json};

    fn plan(adopt: bool, role_changed: bool) -> ChangePlan {
        serde_json::from_value(json!({"profileName": "ana", "userName": "ana", "unmanaged": true, "roleChanged": role_changed, "entitlement": {
            "groupId": "g-1", "groupName": "admins", "membershipId": "m-1", "priority": 100, "removal": "keep", "settings": {},
            "executionRoleArn": "arn:aws:iam::111122223333:role/studio/admins", "adopt": adopt}}))
        .unwrap()
    }

    fn named(plan: ChangePlan, user_name: Option<&str>) -> ChangePlan {
        ChangePlan { user_name: user_name.map(str::to_owned), ..plan }
    }

    fn profile(user_name: Option<&str>, owner: Option<&str>) -> Profile {
        Profile {
            arn: String::new(),
            status: ProfileStatus::InService,
            failure_reason: None,
            user_name: user_name.map(str::to_owned),
            role_arn: None,
            security_groups: BTreeSet::new(),
            home_efs_uid: Some("200001".into()),
            modified_at: None,
            tags: owner
                .map(|owner| ("studio-access:user-id".to_owned(), owner.to_owned()))
                .into_iter()
                .collect(),
        }
    }

    fn job() -> Job {
        serde_json::from_value(json!({"execution": "e", "cause": {"reason": "r"}, "user": {"storeId": "d-1", "userId": "u-1", "status": "enabled"},
            "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}}))
        .unwrap()
    }

    fn grant(status: &str) -> Grant {
        let more = json!({"storeId": "d-1", "userId": "u-1", "target": job().target, "status": status, "profileName": "ana",
            "userName": "ana", "roleArn": "arn:aws:iam::111122223333:role/studio/readers", "groupName": "readers", "groupId": "g-2",
            "membershipId": "m-2", "removal": "keep", "spaces": ["lab"], "execution": "e", "reason": "r", "updatedAt": "t", "version": 4});
        serde_json::from_value::<Grant>(more).unwrap()
    }

    #[test]
    fn takes_over_only_with_leave_and_for_its_own_user() {
        let ana = Some("ana");
        for (adopt, bound, owner, now, expected) in [
            (true, ana, None, ana, Claim::ToBeTakenOver),
            (true, Some("Ana"), None, ana, Claim::ToBeTakenOver),
            // Tagged for the user by hand, or left over from a lost ledger: a tag alone proves
            // nothing.
            (true, ana, Some("u-1"), ana, Claim::ToBeTakenOver),
            (false, ana, Some("u-1"), ana, Claim::UnmanagedProfile),
            (false, ana, None, ana, Claim::UnmanagedProfile),
            (true, ana, None, Some("ben"), Claim::UnmanagedProfile),
            (true, None, None, ana, Claim::UnmanagedProfile),
            (true, ana, None, None, Claim::UnmanagedProfile),
            (true, ana, Some("u-2"), ana, Claim::UnmanagedProfile),
        ] {
            let plan = named(plan(adopt, true), now);
            let verdict = claim(&profile(bound, owner), &plan, &job().user.user_id, None);
            assert_eq!(verdict, expected, "{adopt} {bound:?} {owner:?} {now:?}");
        }
    }

    #[test]
    fn gives_a_role_only_to_the_granted_profile_of_the_users_name() {
        let (ana, elsewhere) =
            (Some("ana"), Grant { profile_name: ProfileName::new("ana-2").unwrap(), ..grant("active") });
        for (bound, owner, now, before, expected) in [
            (ana, Some("u-1"), ana, Some(grant("active")), Claim::Ours),
            (Some("ANA"), Some("u-1"), ana, Some(grant("suspended")), Claim::Ours),
            (ana, Some("u-1"), Some("ana.silva"), Some(grant("active")), Claim::Renamed),
            (Some("mallory"), Some("u-1"), ana, Some(grant("active")), Claim::UnmanagedProfile),
            (Some("ana.before"), Some("u-1"), ana, Some(grant("creating")), Claim::Renamed),
            (ana, Some("u-1"), ana, None, Claim::UnmanagedProfile),
            (ana, Some("u-1"), ana, Some(elsewhere), Claim::UnmanagedProfile),
            (ana, None, ana, Some(grant("active")), Claim::UnmanagedProfile),
        ] {
            let plan = named(ChangePlan { unmanaged: false, ..plan(true, true) }, now);
            let verdict = claim(&profile(bound, owner), &plan, &job().user.user_id, before.as_ref());
            assert_eq!(verdict, expected, "{bound:?} {owner:?} {now:?}");
        }
    }

    #[test]
    fn a_refusal_for_running_apps_waits_only_if_they_may_stop() {
        let mut kept = plan(false, true);
        kept.entitlement.running_apps = RunningApps::Keep;
        assert!(matches!(refused(&plan(false, true), Refusal::AppsRun), Ok(Progress::AppsRun)));
        assert!(matches!(refused(&kept, Refusal::AppsRun), Err(UpdateError::AppsRunning { .. })));
    }

    #[test]
    fn a_tag_is_recorded_before_it_is_set_and_until_it_is_removed() {
        let mut tagged = plan(false, false);
        tagged.entitlement.settings.tags = [("cost".to_owned(), "42".to_owned())].into();
        let before = Grant { tags: BTreeSet::from(["clearance".to_owned()]), ..grant("active") };
        let noted =
            intent(&job(), &tagged, &profile(Some("ana"), Some("u-1")), false, Some(&before)).unwrap();
        assert_eq!(noted.tags, BTreeSet::from(["clearance".to_owned(), "cost".to_owned()]));
        assert_eq!(noted.status, GrantStatus::Active);
    }

    #[test]
    fn the_intent_records_the_new_role_and_all_known_facts() {
        let noted = |unmanaged, moves, before: Option<Grant>| {
            let bound = profile(Some("ana.before"), None);
            intent(&job(), &plan(true, moves), &bound, unmanaged, before.as_ref())
                .map(|grant| serde_json::to_value(grant).unwrap())
        };
        assert_eq!(noted(false, false, Some(grant("active"))), None);
        let changing = noted(false, true, Some(grant("suspended"))).unwrap();
        let said = |name: &str| changing[name].clone();
        assert_eq!(said("status"), "changing");
        assert_eq!(said("roleArn"), "arn:aws:iam::111122223333:role/studio/admins");
        assert_eq!((said("userName"), said("homeEfsUid")), (json!("ana.before"), json!("200001")));
        assert_eq!(said("spaces"), json!(["lab"]));
        assert_eq!(noted(true, false, None).unwrap()["status"], "creating");
        let after_a_removal = noted(true, true, Some(grant("removed"))).unwrap();
        assert_eq!(after_a_removal["spaces"], Value::Null);
        assert_eq!(after_a_removal["formerHomes"][0]["spaces"], json!(["lab"]));
    }

    #[test]
    fn the_home_of_a_replaced_profile_is_not_forgotten() {
        let homes = |home: &str, unmanaged| {
            let before = Grant { home_efs_uid: Some(home.to_owned()), ..grant("active") };
            let bound = profile(Some("ana"), None);
            intent(&job(), &plan(true, true), &bound, unmanaged, Some(&before)).unwrap().former_homes.len()
        };
        assert_eq!((homes("200000", true), homes("200001", true), homes("200001", false)), (1, 0, 0));
    }

    #[test]
    fn the_safer_removal_policy_holds_until_the_role_is_set() {
        let mut deleting = plan(true, true);
        deleting.entitlement.removal = RemovalPolicy::Delete;
        let noted = |before| {
            let bound = profile(Some("ana"), Some("u-1"));
            intent(&job(), &deleting, &bound, false, Some(&before)).unwrap().removal
        };
        assert_eq!(noted(grant("active")), RemovalPolicy::Keep);
        assert_eq!(noted(grant("removed")), RemovalPolicy::Delete);
    }
}
