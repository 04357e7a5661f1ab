//! Finds the reason why Studio refused to change a profile. Studio uses two codes for several wrong
//! states [3.6, 3.48, 3.50], so the profile is read again and its status decides.

use super::{Domain, ProfileStatus, StudioError};
use crate::error::AwsError;
use contract::ids::ProfileName;

/// Reason of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The profile no longer exists.
    Gone,
    /// Studio is changing the profile; the same call succeeds later.
    Busy,
    /// The profile is in a failed state that does not change by itself.
    Failed {
        /// `Failed` or `Delete_Failed`.
        status: &'static str,
        /// Studio's reason.
        reason: String,
    },
    /// Apps are running. Studio may refuse to change the role until they are stopped [8.8].
    AppsRun,
    /// No known reason; the original error.
    Unexplained(AwsError),
}

impl Domain {
    /// Reads the profile, its spaces and its apps to find the reason of a refused change.
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
                // Apps in a shared space have the domain's role, whatever the profile's role is
                // [3.13].
                spaces.retain(|space| !space.shared);
                let apps = self.apps(name, &spaces).await?;
                Ok(match (apps.is_empty(), fault.is("ResourceInUse")) {
                    (false, _) => Refusal::AppsRun,
                    // The change that was in progress has ended in the meantime.
                    (true, true) => Refusal::Busy,
                    (true, false) => Refusal::Unexplained(fault),
                })
            }
        }
    }
}
