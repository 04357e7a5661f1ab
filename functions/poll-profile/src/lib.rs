//! Purpose: look once whether Studio is done with the profile, and whether it is then as it was set: ours by tag and grant, with the role, and
//! bound to the user by the name they have now. Waiting is the state machine's business; the lease is renewed at each look.
//! Effects: the lease is renewed.
//! Idempotency: reads only.
//! Failures: `LeaseLost`, `Superseded`, `ProfileFailed`, `PollProfile.TookTooLong`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: one write, one look; once the profile is ready one read of the ledger and of the user.

mod decide;
mod error;

use crate::error::PollError;
use aws_types::SdkConfig;
use contract::ids::{ProfileName, RoleArn, UserId};
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use decide::Progress;
use gateway::directory::Directory;
use gateway::studio::{Profile, Studio};
use gateway::tables::{Ledger, LedgerError};
use lambda::Step;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The step with what it may touch.
#[derive(Debug)]
pub struct PollProfile {
    directory: Directory,
    ledger: Ledger,
    studio: Studio,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Want {
    /// The profile is ready.
    InService,
    /// The profile is no longer there.
    Gone,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// The profile's name.
    pub profile_name: ProfileName,
    /// What is waited for.
    pub want: Want,
    /// The role that was set, for a profile that is to be ready.
    pub role_arn: Option<RoleArn>,
    /// Whether the role is one that a group stands for, and not the one that allows nothing.
    #[serde(default)]
    pub gives: bool,
    /// How often it was looked at before.
    pub polls: u32,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `settled` or `waiting`.
    pub progress: Progress,
    /// Uid of the home directory, once there is one.
    pub home_efs_uid: Option<String>,
    /// The directory user name that the profile is bound to.
    pub user_name: Option<String>,
    /// The user that the ownership tag names.
    pub owner: Option<UserId>,
    /// The user's name in the directory, read just now where the profile is ready with an entitled role.
    pub directory_name: Option<String>,
    /// Since when it is as it is now: apps that were started before may run under another role.
    #[serde(with = "time::serde::rfc3339::option")]
    pub modified_at: Option<OffsetDateTime>,
}

impl Output {
    /// There is no profile.
    fn nothing() -> Self {
        Self {
            progress: Progress::Settled,
            home_efs_uid: None,
            user_name: None,
            owner: None,
            directory_name: None,
            modified_at: None,
        }
    }
}

impl Step for PollProfile {
    const NAME: &'static str = "poll-profile";
    type Input = Input;
    type Output = Output;
    type Error = PollError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            directory: Directory::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }

    async fn run(&self, input: Input) -> Result<Output, PollError> {
        self.ledger.hold(&input.job).await?;
        let domain = self.studio.domain(&input.job).await.map_err(PollError::Studio)?;
        let profile = domain.profile(&input.profile_name).await.map_err(PollError::Studio)?;
        let progress = decide::progress(&input, profile.as_ref())?;
        let Some(profile) = profile else {
            return Ok(Output { progress, ..Output::nothing() });
        };
        let directory_name = if input.gives && progress == Progress::Settled {
            self.theirs(&input, &profile).await?
        } else {
            None
        };
        let owner = profile.tagged_owner();
        let Profile { home_efs_uid, user_name, modified_at, .. } = profile;
        Ok(Output { progress, home_efs_uid, user_name, owner, directory_name, modified_at })
    }
}

impl PollProfile {
    /// Makes sure that the profile that has an entitled role now is the one of the grant, and bound to the user by the name they have now.
    /// Returns that name.
    async fn theirs(&self, input: &Input, profile: &Profile) -> Result<Option<String>, PollError> {
        let Job { user, target, .. } = &input.job;
        let grant = self.ledger.grant(&user.user_id, target).await.map_err(LedgerError::from)?;
        let person = self.directory.person(&user.user_id).await.map_err(PollError::User)?;
        decide::theirs(input, profile, grant.as_ref(), &person)?;
        Ok(person.user_name)
    }
}
