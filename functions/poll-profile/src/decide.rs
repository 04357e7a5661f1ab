//! What a look at a profile means: pure.

use crate::error::PollError;
use crate::{Input, Want};
use contract::ids::RoleArn;
use gateway::studio::{Profile, ProfileStatus};
use serde::Serialize;

/// Looks ten seconds apart: twenty minutes, twice what Terraform allows [3.11].
const MOST_POLLS: u32 = 120;

/// How far Studio has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Progress {
    /// What was wanted is so.
    Settled,
    /// Look again later.
    Waiting,
}

/// What the look means for what is wanted.
pub(crate) fn progress(input: &Input, profile: Option<&Profile>) -> Result<Progress, PollError> {
    use ProfileStatus as S;
    let status = profile.map(|profile| profile.status);
    let failed = |status| {
        let reason = profile.and_then(|profile| profile.failure_reason.clone());
        let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
        Err(PollError::ProfileFailed { profile: input.profile_name.to_string(), status, reason })
    };
    match (input.want, status) {
        (Want::InService, Some(S::InService)) if !as_it_was_set(input, profile) => {
            Err(PollError::Foreign(input.profile_name.to_string()))
        }
        (Want::InService, Some(S::InService)) | (Want::Gone, None) => Ok(Progress::Settled),
        (_, Some(S::Failed)) => failed("Failed"),
        (Want::InService, Some(S::UpdateFailed)) => failed("Update_Failed"),
        (_, Some(S::DeleteFailed)) => failed("Delete_Failed"),
        // Not visible yet [3.10], at work, or another's work that has to end first.
        (Want::InService, None | Some(S::Pending | S::Updating | S::Deleting))
        | (Want::Gone, Some(S::Pending | S::InService | S::Updating | S::Deleting | S::UpdateFailed)) => {
            if input.polls < MOST_POLLS {
                Ok(Progress::Waiting)
            } else {
                Err(PollError::TookTooLong { profile: input.profile_name.to_string(), polls: input.polls })
            }
        }
    }
}

/// Whether the profile has the role that was set, and our mark. Somebody else may have changed it meanwhile: that is not recorded as ours.
fn as_it_was_set(input: &Input, profile: Option<&Profile>) -> bool {
    profile.is_some_and(|profile| {
        profile.owner.as_ref() == Some(&input.job.user.user_id)
            && profile.role_arn.as_deref() == input.role_arn.as_ref().map(RoleArn::as_str)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;
    use contract::ids::UserId;
    use serde_json::json;
    use std::collections::BTreeSet;

    const ROLE: &str = "arn:aws:iam::111122223333:role/studio/admins";

    fn look(want: &str, polls: u32, status: Option<ProfileStatus>) -> &'static str {
        look_at(want, polls, status, ("u-1", ROLE))
    }

    fn look_at(
        want: &str,
        polls: u32,
        status: Option<ProfileStatus>,
        (owner, role): (&str, &str),
    ) -> &'static str {
        let input: Input = serde_json::from_value(
            json!({"profileName": "ana", "want": want, "roleArn": ROLE, "polls": polls, "job": {"execution": "e",
            "user": {"storeId": "d-1", "userId": "u-1", "status": "enabled"}, "cause": {"reason": "r"},
            "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}}}),
        )
        .unwrap();
        let profile = status.map(|status| Profile {
            arn: String::new(),
            status,
            failure_reason: Some("the subnet is full".into()),
            user_name: None,
            role_arn: Some(role.into()),
            security_groups: BTreeSet::new(),
            home_efs_uid: None,
            modified_at: None,
            owner: UserId::new(owner).ok(),
        });
        match progress(&input, profile.as_ref()) {
            Ok(Progress::Settled) => "settled",
            Ok(Progress::Waiting) => "waiting",
            Err(error) => error.name(),
        }
    }

    #[test]
    fn a_new_profile_is_waited_for_until_it_is_in_service() {
        use ProfileStatus as S;
        for (status, expected) in [
            (None, "waiting"),
            (Some(S::Pending), "waiting"),
            (Some(S::Updating), "waiting"),
            (Some(S::InService), "settled"),
            (Some(S::Failed), "ProfileFailed"),
            (Some(S::UpdateFailed), "ProfileFailed"),
        ] {
            assert_eq!(look("inService", 0, status), expected, "{status:?}");
        }
    }

    #[test]
    fn a_profile_that_somebody_else_has_changed_is_planned_again() {
        for (who, expected) in [
            (("u-1", ROLE), "settled"),
            (("u-1", "arn:aws:iam::111122223333:role/studio/others"), "Superseded"),
            (("u-2", ROLE), "Superseded"),
        ] {
            assert_eq!(look_at("inService", 0, Some(ProfileStatus::InService), who), expected, "{who:?}");
        }
        assert_eq!(look_at("inService", 0, Some(ProfileStatus::Updating), ("u-1", "other")), "waiting");
        assert_eq!(look_at("gone", 0, Some(ProfileStatus::InService), ("u-2", ROLE)), "waiting");
    }

    #[test]
    fn a_leavers_profile_is_waited_for_until_it_is_gone() {
        use ProfileStatus as S;
        for (status, expected) in [
            (Some(S::InService), "waiting"),
            (Some(S::Deleting), "waiting"),
            (None, "settled"),
            (Some(S::DeleteFailed), "ProfileFailed"),
        ] {
            assert_eq!(look("gone", 0, status), expected, "{status:?}");
        }
    }

    #[test]
    fn the_wait_has_an_end() {
        assert_eq!(look("gone", MOST_POLLS, Some(ProfileStatus::Deleting)), "PollProfile.TookTooLong");
        assert_eq!(look("inService", MOST_POLLS, None), "PollProfile.TookTooLong");
    }
}
