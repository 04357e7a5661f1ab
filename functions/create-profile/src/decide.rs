//! What a name that is in use means: pure.

use crate::error::CreateError;
use gateway::studio::{NewProfile, Profile, ProfileStatus};

/// Studio says only "in use" [3.6]. Whether that is success is told by the profile: ours, bound to this user, with this role [3.7].
pub(crate) fn in_use(new: &NewProfile<'_>, there: Option<&Profile>) -> Result<(), CreateError> {
    let busy = |why| Err(CreateError::Busy { name: new.name.to_string(), why });
    let Some(profile) = there else {
        return busy(
            "Studio does not show a profile of that name (yet), or another profile holds the same directory user",
        );
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;
    use contract::ids::{ProfileName, RoleArn, UserId};
    use contract::mapping::ProfileSettings;
    use std::collections::BTreeSet;

    fn verdict(status: ProfileStatus, owner: Option<&str>, role: &str) -> &'static str {
        let (name, user) = (ProfileName::new("ana").unwrap(), UserId::new("u-1").unwrap());
        let role_arn = RoleArn::new("arn:aws:iam::111122223333:role/studio/admins").unwrap();
        let settings = ProfileSettings::default();
        let new = NewProfile {
            name: &name,
            user_name: "ana",
            owner: &user,
            group: "g",
            role_arn: &role_arn,
            settings: &settings,
        };
        let there = Profile {
            arn: String::new(),
            status,
            failure_reason: None,
            user_name: Some("ana".into()),
            role_arn: Some(format!("arn:aws:iam::111122223333:role/studio/{role}")),
            security_groups: BTreeSet::new(),
            home_efs_uid: None,
            owner: owner.map(|id| UserId::new(id).unwrap()),
        };
        in_use(&new, Some(&there)).map_or_else(|error| error.name(), |()| "ok")
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
}
