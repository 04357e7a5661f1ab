//! What a person should have in a target, read this very moment: status, memberships and mapping. Every step that decides or destroys
//! reads it again by itself; nothing is taken from the state machine's input.

use crate::directory::Directory;
use crate::fault::Fault;
use crate::tables::Mappings;
use aws_types::SdkConfig;
use contract::entitlement::{Entitlement, Standing, standing};
use contract::failure::{Named, chain};
use contract::job::Job;
use contract::mapping::BadRow;
use contract::person::{Person, UserStatus};
use contract::settings::{BadSetting, Env};

/// Reads entitlements.
#[derive(Debug)]
pub struct Entitled {
    /// Who somebody is, and which groups they are in.
    pub directory: Directory,
    /// What the groups stand for.
    pub mappings: Mappings,
}

/// Why an entitlement is not known. None of these is a "no".
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// A call failed.
    #[error("could not read what the user is entitled to")]
    Read(#[from] Fault),
    /// A row of one of the user's groups cannot be read.
    #[error("the mapping row of group {group:?} to {target:?} cannot be used: {why}")]
    Row {
        /// The group.
        group: String,
        /// The target as it is written.
        target: String,
        /// What is wrong with the row.
        why: String,
    },
}

impl Named for Unknown {
    fn name(&self) -> &'static str {
        match self {
            Self::Read(fault) => fault.name(),
            Self::Row { .. } => contract::catalogue::INVALID_MAPPING,
        }
    }
}

impl From<&BadRow> for Unknown {
    fn from(row: &BadRow) -> Self {
        Self::Row { group: row.group.clone(), target: row.target.clone(), why: chain(&row.why) }
    }
}

impl Entitled {
    /// Opens directory and mappings.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { directory: Directory::open(sdk, env)?, mappings: Mappings::open(sdk, env)? })
    }

    /// A person's standing everywhere. Somebody who is gone or disabled is in no group that counts, and nobody is asked.
    pub async fn standing(&self, person: &Person) -> Result<Standing, Fault> {
        match person.status {
            UserStatus::Gone | UserStatus::Disabled => Ok(Standing::default()),
            UserStatus::Enabled => {
                let memberships = self.directory.memberships(&person.user_id).await?;
                Ok(standing(&memberships, &self.mappings.rules().await?))
            }
        }
    }

    /// The person of a job as they are now, and what they should have in its target now.
    pub async fn now(&self, job: &Job) -> Result<(Person, Option<Entitlement>), Unknown> {
        let person = self.directory.person(&job.user.user_id).await?;
        let standing = self.standing(&person).await?;
        let entitlement = standing.entitlement(person.status, &job.target)?;
        Ok((person, entitlement))
    }
}
