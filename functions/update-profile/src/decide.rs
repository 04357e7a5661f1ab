//! Whether somebody else's profile may be taken over, and what the ledger has to know before a profile changes: pure.

use crate::Planned;
use contract::grant::{Grant, GrantStatus};
use contract::job::Job;
use contract::person::Person;
use gateway::studio::Profile;

/// Whether a profile without any mark may become ours: the mapping says so, and it is bound to this very person, by the name they have now.
pub(crate) fn may_be_taken_over(profile: &Profile, plan: &Planned, person: &Person) -> bool {
    let theirs = person.user_name.as_deref().is_some_and(|user_name| profile.is_bound_to(user_name));
    profile.owner.is_none() && plan.entitlement.adopt && theirs
}

/// The grant as it has to stand before the profile changes, so that an execution that dies in between is found again: by its user's next look and by
/// the sweep. Nothing, if only settings change under the role that is recorded already.
pub(crate) fn intent(
    job: &Job,
    plan: &Planned,
    profile: &Profile,
    foreign: bool,
    before: Option<&Grant>,
) -> Option<Grant> {
    let status = match (foreign, plan.role_moves) {
        // Until it has our mark there is nothing of ours: like a creation.
        (true, _) => GrantStatus::Creating,
        (false, true) => GrantStatus::Changing,
        (false, false) => return None,
    };
    let user_name = profile.user_name.as_deref().unwrap_or_default();
    let given = Grant::given(job, &plan.profile_name, user_name, &plan.entitlement, before);
    let spaces = before.filter(|before| before.status.is_held()).map(|before| before.spaces.clone());
    let home_efs_uid = profile.home_efs_uid.clone();
    Some(Grant { status, home_efs_uid, spaces: spaces.unwrap_or_default(), ..given })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::ids::UserId;
    use gateway::studio::ProfileStatus;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn plan(adopt: bool, role_moves: bool) -> Planned {
        serde_json::from_value(json!({"profileName": "ana", "foreign": true, "roleMoves": role_moves, "entitlement": {
            "groupId": "g-1", "groupName": "admins", "membershipId": "m-1", "priority": 100, "removal": "keep", "settings": {},
            "executionRoleArn": "arn:aws:iam::111122223333:role/studio/admins", "adopt": adopt}}))
        .unwrap()
    }

    fn person(user_name: Option<&str>) -> Person {
        serde_json::from_value(
            json!({"storeId": "d-1", "userId": "u-1", "userName": user_name, "status": "enabled"}),
        )
        .unwrap()
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
            owner: owner.map(|owner| UserId::new(owner).unwrap()),
        }
    }

    fn job() -> Job {
        serde_json::from_value(
            json!({"execution": "e", "cause": {"reason": "r"}, "user": person(Some("ana")),
            "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}}),
        )
        .unwrap()
    }

    fn grant(status: &str) -> Grant {
        let more = json!({"storeId": "d-1", "userId": "u-1", "target": job().target, "status": status, "profileName": "ana",
            "userName": "ana", "roleArn": "arn:aws:iam::111122223333:role/studio/readers", "groupName": "readers", "groupId": "g-2",
            "membershipId": "m-2", "removal": "keep", "spaces": ["lab"], "execution": "e", "reason": "r", "updatedAt": "t", "version": 4});
        serde_json::from_value::<Grant>(more).unwrap()
    }

    #[test]
    fn a_profile_is_taken_over_only_with_leave_and_for_the_user_it_is_bound_to() {
        let ana = Some("ana");
        for (adopt, bound, owner, now, expected) in [
            (true, ana, None, ana, true),
            (true, Some("Ana"), None, ana, true),
            (false, ana, None, ana, false),
            (true, ana, None, Some("ben"), false),
            (true, None, None, ana, false),
            (true, ana, None, None, false),
            (true, ana, Some("u-2"), ana, false),
        ] {
            let verdict = may_be_taken_over(&profile(bound, owner), &plan(adopt, true), &person(now));
            assert_eq!(verdict, expected, "{adopt} {bound:?} {owner:?} {now:?}");
        }
    }

    #[test]
    fn what_is_about_to_change_is_noted_with_the_new_role_and_all_that_is_known() {
        let noted = |foreign, moves, before: Option<Grant>| {
            let bound = profile(Some("ana.before"), None);
            intent(&job(), &plan(true, moves), &bound, foreign, before.as_ref())
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
}
