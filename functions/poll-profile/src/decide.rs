//! What a look at a profile means: pure.

use crate::error::PollError;
use crate::{Input, Want};
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

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn look(want: &str, polls: u32, status: Option<ProfileStatus>) -> &'static str {
        let input: Input = serde_json::from_value(
            json!({"profileName": "ana", "want": want, "polls": polls, "job": {"execution": "e",
            "user": {"storeId": "d-1", "userId": "u-1", "status": "enabled"}, "cause": {"reason": "r"},
            "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}}}),
        )
        .unwrap();
        let profile = status.map(|status| Profile {
            arn: String::new(),
            status,
            failure_reason: Some("the subnet is full".into()),
            user_name: None,
            role_arn: None,
            security_groups: BTreeSet::new(),
            home_efs_uid: None,
            owner: None,
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
