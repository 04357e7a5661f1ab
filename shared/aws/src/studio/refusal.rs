//! Why Studio refused to change a profile. It uses two codes for several wrong states [3.6, 3.48, 3.50], so the profile is read once more
//! and its status decides.

use super::{Domain, ProfileStatus, StudioError};
use crate::error::AwsError;
use contract::ids::ProfileName;

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The profile is no longer there.
    Gone,
    /// Studio is at work on the profile: the same call succeeds later.
    Busy,
    /// The profile is in a state that Studio does not leave by itself.
    Failed {
        /// `Failed` or `Delete_Failed`.
        status: &'static str,
        /// Studio's reason.
        reason: String,
    },
    /// Apps run: Studio may refuse another role until they are gone [8.8].
    AppsRun,
    /// None of these explains it.
    Unexplained(AwsError),
}

impl Domain {
    /// Finds out what a refused change of a profile means.
    pub async fn refusal(&self, name: &ProfileName, fault: AwsError) -> Result<Refusal, StudioError> {
        let Some(profile) = self.profile(name).await? else { return Ok(Refusal::Gone) };
        let failed = |status| {
            let reason = profile.failure_reason.clone();
            Refusal::Failed { status, reason: reason.unwrap_or_else(|| "no reason given".to_owned()) }
        };
        match profile.status {
            ProfileStatus::Pending | ProfileStatus::Updating | ProfileStatus::Deleting => Ok(Refusal::Busy),
            ProfileStatus::Failed => Ok(failed("Failed")),
            ProfileStatus::DeleteFailed => Ok(failed("Delete_Failed")),
            ProfileStatus::InService | ProfileStatus::UpdateFailed => {
                let mut spaces = self.spaces(name).await?;
                // What runs in a shared space has the domain's role, whatever the profile's is [3.13].
                spaces.retain(|space| !space.shared);
                let apps = self.apps(name, &spaces).await?;
                Ok(match (apps.is_empty(), fault.is("ResourceInUse")) {
                    (false, _) => Refusal::AppsRun,
                    // The change that was in progress has ended since.
                    (true, true) => Refusal::Busy,
                    (true, false) => Refusal::Unexplained(fault),
                })
            }
        }
    }
}
