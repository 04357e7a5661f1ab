//! Pure functions that interpret a refused creation.

use crate::error::CreateError;
use aws::studio::{NewProfile, Profile, ProfileStatus};
use contract::grant::{Grant, GrantStatus};
use contract::ids::ProfileName;

/// Decides whether a refused creation is a success. Studio says only "in use" [3.6]: it is a
/// success if the profile is ours, bound to this user, with this role [3.7].
pub(crate) fn in_use(new: &NewProfile<'_>, profile: &Profile) -> Result<(), CreateError> {
    let ours = profile.tagged_owner().as_ref() == Some(new.owner) && profile.is_bound_to(new.user_name);
    let role_fits = profile.role_arn.as_deref() == Some(new.role_arn.as_str());
    match (profile.status, ours, role_fits) {
        (ProfileStatus::Deleting, _, _) => Err(busy(new, "the profile of that name is being deleted")),
        // Our own creation: its answer was lost, or an earlier attempt began it. `PollProfile`
        // finds out how it ends.
        (_, true, true) => Ok(()),
        // The profile is another user's, untagged, or ours with another role or user name: the plan
        // is out of date.
        (_, true, false) | (_, false, _) => Err(CreateError::NameTaken(new.name.to_string())),
    }
}

/// Returns the error for a name in use when Studio shows neither a profile of that name nor one
/// that holds the directory user.
pub(crate) fn invisible(new: &NewProfile<'_>) -> CreateError {
    let user = new.user_name;
    let why = format!(
        "Studio does not show the profile (yet), or another profile, with {user:?} as SingleSignOnUserValue, holds the directory user"
    );
    busy(new, &why)
}

/// Returns the error when another profile holds the directory user [3.8]. `former`: the grant of
/// the other user that its tag names. `adopt`: the mapping allows a takeover of existing profiles.
pub(crate) fn held(
    new: &NewProfile<'_>,
    name: &ProfileName,
    profile: &Profile,
    former: Option<&Grant>,
    adopt: bool,
) -> CreateError {
    let (held, user) = (name.to_string(), new.user_name.to_owned());
    let other = profile.tagged_owner().filter(|owner| owner != new.owner);
    let former = former.filter(|grant| profile.is_of(name, grant));
    match (other, former.map(|grant| (grant.status, grant)), profile.status) {
        (_, _, ProfileStatus::Deleting) => {
            busy(new, &format!("{held:?} holds the directory user, and is being deleted"))
        }
        // The next plan finds the profile and takes it over.
        (None, _, _) if adopt => CreateError::Held(held),
        (None, _, _) => CreateError::UnmanagedProfile { profile: held, user, group: new.group.to_owned() },
        // The former user's removal is under way, or starts with an event that has not arrived yet.
        (Some(other), Some((GrantStatus::Creating | GrantStatus::Changing | GrantStatus::Active, _)), _) => {
            busy(new, &format!("{held:?}, the profile of the user {other}, holds the directory user"))
        }
        // Only an operator can decide whose work the profile holds.
        (Some(other), Some((GrantStatus::Suspended, grant)), _) => {
            let since = Some(grant.updated_at.clone());
            CreateError::HeldByFormerUser { profile: held, user, other: other.to_string(), since }
        }
        (Some(other), None | Some((GrantStatus::Removed, _)), _) => {
            CreateError::HeldByFormerUser { profile: held, user, other: other.to_string(), since: None }
        }
    }
}

fn busy(new: &NewProfile<'_>, why: &str) -> CreateError {
    CreateError::Busy { name: new.name.to_string(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;
    use contract::ids::{RoleArn, UserId};
    use contract::mapping::ProfileSettings;
    use std::collections::BTreeSet;

    fn check<T>(ask: impl FnOnce(&NewProfile<'_>) -> T) -> T {
        let (name, user) = (ProfileName::new("ana").unwrap(), UserId::new("u-1").unwrap());
        let role_arn = RoleArn::new("arn:aws:iam::111122223333:role/studio/admins").unwrap();
        let settings = ProfileSettings::default();
        ask(&NewProfile {
            name: &name,
            user_name: "ana",
            owner: &user,
            group: "g",
            role_arn: &role_arn,
            settings: &settings,
        })
    }

    fn there(status: ProfileStatus, owner: Option<&str>, role: &str) -> Profile {
        Profile {
            arn: String::new(),
            status,
            failure_reason: None,
            user_name: Some("ana".into()),
            role_arn: Some(format!("arn:aws:iam::111122223333:role/studio/{role}")),
            security_groups: BTreeSet::new(),
            home_efs_uid: None,
            modified_at: None,
            tags: owner.map(|id| ("studio-access:user-id".to_owned(), id.to_owned())).into_iter().collect(),
        }
    }

    fn verdict(status: ProfileStatus, owner: Option<&str>, role: &str) -> &'static str {
        let there = there(status, owner, role);
        check(|new| in_use(new, &there).map_or_else(|error| error.name(), |()| "ok"))
    }

    #[test]
    fn in_use_is_success_only_for_our_own_profile_with_this_role() {
        use ProfileStatus as S;
        assert_eq!(verdict(S::InService, Some("u-1"), "admins"), "ok");
        assert_eq!(verdict(S::Pending, Some("u-1"), "admins"), "ok");
        assert_eq!(verdict(S::InService, Some("u-1"), "readers"), "CreateProfile.NameTaken");
        assert_eq!(verdict(S::InService, Some("u-2"), "admins"), "CreateProfile.NameTaken");
        assert_eq!(verdict(S::InService, None, "admins"), "CreateProfile.NameTaken");
        assert_eq!(verdict(S::Deleting, Some("u-1"), "admins"), "ProfileBusy");
        let renamed =
            Profile { user_name: Some("ana.before".into()), ..there(S::InService, Some("u-1"), "admins") };
        assert_eq!(check(|new| in_use(new, &renamed).unwrap_err()).name(), "CreateProfile.NameTaken");
    }

    fn of_another(status: &str, user_name: &str) -> Grant {
        let grant = serde_json::json!({"storeId": "d-1", "userId": "u-2", "status": status, "profileName": "ana-4711", "userName": user_name,
            "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}, "removal": "keep",
            "roleArn": "arn:aws:iam::111122223333:role/x", "groupName": "g", "groupId": "g-1", "membershipId": "m-1", "execution": "e",
            "reason": "r", "updatedAt": "2026-11-01T08:00:00Z", "version": 1});
        serde_json::from_value(grant).unwrap()
    }

    #[test]
    fn a_former_users_profile_is_refused_by_a_name_of_its_own() {
        let (name, profile) =
            (ProfileName::new("ana-4711").unwrap(), there(ProfileStatus::InService, Some("u-2"), "none"));
        for (former, expected) in [
            (Some(of_another("suspended", "ana")), "CreateProfile.HeldByFormerUser"),
            (Some(of_another("removed", "ana")), "CreateProfile.HeldByFormerUser"),
            (None, "CreateProfile.HeldByFormerUser"),
            // A tag alone, without a grant, does not prove that a removal is under way.
            (Some(of_another("active", "ben")), "CreateProfile.HeldByFormerUser"),
            (Some(of_another("active", "ana")), "ProfileBusy"),
            (Some(of_another("changing", "ana")), "ProfileBusy"),
        ] {
            let error = check(|new| held(new, &name, &profile, former.as_ref(), true));
            assert_eq!(error.name(), expected, "{former:?}");
        }
        let told =
            check(|new| held(new, &name, &profile, Some(&of_another("suspended", "ana")), false)).to_string();
        for word in ["ana-4711", "u-2", r#""ana""#, "suspended since 2026-11-01"] {
            assert!(told.contains(word), "{told}");
        }
    }

    #[test]
    fn another_profile_of_the_same_directory_user_is_told_by_name() {
        use ProfileStatus as S;
        for (status, owner, adopt, expected) in [
            (S::InService, None, false, "UnmanagedProfile"),
            (S::InService, None, true, "CreateProfile.NameTaken"),
            (S::InService, Some("u-1"), true, "CreateProfile.NameTaken"),
            (S::InService, Some("u-1"), false, "UnmanagedProfile"),
            (S::InService, Some("u-2"), true, "CreateProfile.HeldByFormerUser"),
            (S::Deleting, None, false, "ProfileBusy"),
        ] {
            let (name, profile) = (ProfileName::new("ana-4711").unwrap(), there(status, owner, "default"));
            let error = check(|new| held(new, &name, &profile, None, adopt));
            assert_eq!(error.name(), expected, "{status:?} {owner:?} {adopt}");
            assert!(error.to_string().contains("ana-4711"), "{error}");
        }
    }

    #[test]
    fn an_invisible_holder_is_busy_and_the_message_names_the_user() {
        let error = check(invisible);
        assert_eq!(error.name(), "ProfileBusy");
        assert!(error.to_string().contains(r#""ana" as SingleSignOnUserValue"#), "{error}");
    }
}
