//! What a refused creation means: pure.

use crate::error::CreateError;
use contract::ids::ProfileName;
use gateway::studio::{NewProfile, Profile, ProfileStatus};

/// Studio says only "in use" [3.6]. Whether that is success is told by the profile: ours, bound to this user, with this role [3.7].
pub(crate) fn in_use(new: &NewProfile<'_>, profile: &Profile) -> Result<(), CreateError> {
    let busy = |why: &str| Err(CreateError::Busy { name: new.name.to_string(), why: why.to_owned() });
    let ours = profile.owner.as_ref() == Some(new.owner);
    let role_fits = profile.role_arn.as_deref() == Some(new.role_arn.as_str());
    match (profile.status, ours, role_fits) {
        (ProfileStatus::Deleting, _, _) => busy("the profile of that name is being deleted"),
        // Our own creation, whose answer was lost or which an earlier attempt began. How it ends, the poll tells.
        (_, true, true) => Ok(()),
        // Somebody else's, unmarked, or ours with another role: the plan is out of date.
        (_, true, false) | (_, false, _) => Err(CreateError::NameTaken(new.name.to_string())),
    }
}

/// Studio shows no profile of the name, so that another one may hold the directory user [3.8]. `adopt`: the mapping lets us take over what
/// somebody else has made.
pub(crate) fn held(
    new: &NewProfile<'_>,
    holder: Option<&(ProfileName, Profile)>,
    adopt: bool,
) -> CreateError {
    let busy = |why| CreateError::Busy { name: new.name.to_string(), why };
    let Some((name, profile)) = holder else {
        return busy(format!(
            "Studio does not show it (yet), or another profile holds the directory user; that one has {:?} as SingleSignOnUserValue",
            new.user_name
        ));
    };
    let (held, user) = (name.to_string(), new.user_name.to_owned());
    match (&profile.owner, profile.status) {
        (_, ProfileStatus::Deleting) => {
            busy(format!("{held:?} holds the directory user, and is being deleted"))
        }
        // Ours under another name, or to be taken over: the next plan looks for it.
        (Some(owner), _) if owner == new.owner => CreateError::Held(held),
        (None, _) if adopt => CreateError::Held(held),
        (None, _) => CreateError::Unowned { profile: held, user, group: new.group.to_owned() },
        // The user name has passed on to another person; the profile of the first goes with them.
        (Some(other), _) => {
            busy(format!("{held:?}, the profile of the user {other}, holds the directory user"))
        }
    }
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
            owner: owner.map(|id| UserId::new(id).unwrap()),
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
    }

    #[test]
    fn another_profile_of_the_same_directory_user_is_told_by_name() {
        use ProfileStatus as S;
        for (status, owner, adopt, expected) in [
            (S::InService, None, false, "Unowned"),
            (S::InService, None, true, "CreateProfile.NameTaken"),
            (S::InService, Some("u-1"), false, "CreateProfile.NameTaken"),
            (S::InService, Some("u-2"), true, "ProfileBusy"),
            (S::Deleting, None, false, "ProfileBusy"),
        ] {
            let holder = (ProfileName::new("ana-4711").unwrap(), there(status, owner, "default"));
            let error = check(|new| held(new, Some(&holder), adopt));
            assert_eq!(error.name(), expected, "{status:?} {owner:?} {adopt}");
            assert!(error.to_string().contains("ana-4711"), "{error}");
        }
    }

    #[test]
    fn a_holder_that_was_not_found_is_waited_for_and_the_message_says_what_to_look_for() {
        let error = check(|new| held(new, None, false));
        assert_eq!(error.name(), "ProfileBusy");
        assert!(error.to_string().contains(r#""ana" as SingleSignOnUserValue"#), "{error}");
    }
}
