//! Pure functions that interpret a read of a profile.

use crate::error::PollError;
use crate::{Input, Want};
use aws::studio::{Profile, ProfileStatus};
use contract::ids::RoleArn;
use serde::Serialize;

/// Maximum number of reads. With the waits of the state machine twenty minutes, twice what Terraform
/// allows [3.11].
const MAX_POLLS: u32 = 25;

/// Number of reads from one renewal of the lease to the next. The state machine waits a minute at
/// most, and the lease lasts for ten.
const RENEWAL: u32 = 3;

/// Studio's progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Progress {
    /// The wanted state is reached.
    Settled,
    /// Read again later.
    Waiting,
}

/// Returns whether this read renews the lease. The step before the first read has just done it.
pub(crate) fn renews(polls: u32) -> bool {
    polls % RENEWAL == RENEWAL - 1
}

/// Returns whether a profile may be a new one, which Studio has made for a sign-in after the deletion.
pub(crate) fn may_be_new(input: &Input, profile: &Profile) -> bool {
    let is_ready = profile.status == ProfileStatus::InService;
    input.want == Want::Gone && is_ready && !is_tagged(input, Some(profile))
}

/// Compares a read with the wanted state.
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
        // Not visible yet [3.10], in transition, or in another operation that must end first.
        (Want::InService, None | Some(S::Pending | S::Updating | S::Deleting))
        | (Want::Gone, Some(S::Pending | S::InService | S::Updating | S::Deleting | S::UpdateFailed)) => {
            if input.polls < MAX_POLLS {
                Ok(Progress::Waiting)
            } else {
                Err(PollError::Timeout { profile: input.profile_name.to_string(), polls: input.polls })
            }
        }
    }
}

/// Checks that the profile has the role that was set, and our tag. If another tool or user changed
/// it meanwhile, it must not be recorded as ours.
fn as_it_was_set(input: &Input, profile: Option<&Profile>) -> bool {
    let role = profile.and_then(|profile| profile.role_arn.as_deref());
    is_tagged(input, profile) && role == input.role_arn.as_ref().map(RoleArn::as_str)
}

/// Checks that the ownership tag of the profile names the user.
fn is_tagged(input: &Input, profile: Option<&Profile>) -> bool {
    profile.and_then(Profile::tagged_owner).as_ref() == Some(&input.job.user.user_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;
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
        let profile = status.map(|status| there(status, owner, role));
        match progress(&input, profile.as_ref()) {
            Ok(Progress::Settled) => "settled",
            Ok(Progress::Waiting) => "waiting",
            Err(error) => error.name(),
        }
    }

    fn there(status: ProfileStatus, owner: &str, role: &str) -> Profile {
        Profile {
            arn: String::new(),
            status,
            failure_reason: Some("the subnet is full".into()),
            user_name: None,
            role_arn: Some(role.into()),
            security_groups: BTreeSet::new(),
            home_efs_uid: None,
            modified_at: None,
            tags: [("studio-access:user-id".to_owned(), owner.to_owned())].into(),
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
        assert_eq!(look("gone", MAX_POLLS, Some(ProfileStatus::Deleting)), "PollProfile.Timeout");
        assert_eq!(look("inService", MAX_POLLS, None), "PollProfile.Timeout");
    }
}
