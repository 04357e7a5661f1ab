//! Reads a user's entitlement in a target from their current status, memberships and mappings.
//!
//! Every step that decides or deletes reads the entitlement again; it never takes one from the
//! state machine's input.

use crate::directory::{Directory, DirectoryError};
use crate::error::AwsError;
use crate::tables::Mappings;
use aws_types::SdkConfig;
use contract::entitlement::{Entitlement, Membership};
use contract::failure::{Named, chain};
use contract::grant::Grant;
use contract::group::is_same_group;
use contract::job::Job;
use contract::mapping::BadRow;
use contract::plan::RemovalReason;
use contract::rules::{Rules, matched};
use contract::settings::{BadSetting, Env};
use contract::user::{User, UserStatus};

/// Reads entitlements.
#[derive(Debug)]
pub struct Entitled {
    /// Reads users and their groups.
    pub directory: Directory,
    /// Reads the mappings of groups.
    pub mappings: Mappings,
}

/// Reason why an entitlement is unknown. None of these means "not entitled".
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// A call failed.
    #[error("could not read what the user is entitled to")]
    Read(#[from] AwsError),
    /// A row for one of the user's groups is invalid.
    #[error("the mapping row of group {group:?} to {target:?} cannot be used: {why}")]
    Row {
        /// The group.
        group: String,
        /// The target as it is written.
        target: String,
        /// The reason why the row is invalid.
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

impl From<DirectoryError> for Unknown {
    fn from(DirectoryError(fault): DirectoryError) -> Self {
        Self::Read(fault)
    }
}

impl From<&BadRow> for Unknown {
    fn from(row: &BadRow) -> Self {
        Self::Row { group: row.group.clone(), target: row.target.clone(), why: chain(&row.why) }
    }
}

impl Entitled {
    /// Opens the directory and the mappings.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { directory: Directory::open(sdk, env)?, mappings: Mappings::open(sdk, env)? })
    }

    /// Reads the user of a job and their entitlement in its target.
    ///
    /// If there is no entitlement, everything is read again without cached group names: a group
    /// that was just renamed together with its row must not look like a group without a mapping.
    pub async fn now(&self, job: &Job) -> Result<Snapshot, Unknown> {
        let user = self.directory.user(&job.user.user_id).await?;
        let now = self.look(&user, job).await?;
        if now.entitlement.is_some() || now.memberships.is_empty() {
            return Ok(now);
        }
        self.directory.forget_names();
        self.look(&user, job).await
    }

    async fn look(&self, user: &User, job: &Job) -> Result<Snapshot, Unknown> {
        let memberships = match user.status {
            UserStatus::Gone | UserStatus::Disabled => Vec::new(),
            UserStatus::Enabled => self.directory.memberships(&user.user_id).await?,
        };
        let rules = self.mappings.rules().await?;
        let entitlement = matched(&memberships, &rules).entitlement(user.status, &job.target)?;
        Ok(Snapshot { user: user.clone(), memberships, rules, entitlement })
    }

    /// Checks that the reason of a removal still holds. A step calls this as the last read before
    /// it removes anything.
    pub async fn recheck_removal(
        &self,
        job: &Job,
        reason: &RemovalReason,
    ) -> Result<Snapshot, RemovalOutdated> {
        let now = self.now(job).await?;
        match (reason, &now.entitlement, &now.user.user_name) {
            (RemovalReason::Left | RemovalReason::RowGone, Some(entitlement), _) => {
                Err(RemovalOutdated::EntitledAgain(entitlement.membership.group_name.clone()))
            }
            (RemovalReason::Renamed { bound_to, .. }, _, Some(name))
                if name.eq_ignore_ascii_case(bound_to) =>
            {
                Err(RemovalOutdated::NamedAgain(bound_to.clone()))
            }
            (RemovalReason::Left | RemovalReason::RowGone, None, _)
            | (RemovalReason::Renamed { .. }, _, _) => Ok(now),
        }
    }

    /// Checks that something of a user may be deleted: the user has no entitlement and is no longer
    /// in the group of their grant.
    ///
    /// Nothing is deleted of a group member whose row is gone.
    pub async fn recheck_deletion(
        &self,
        job: &Job,
        reason: &RemovalReason,
        grant: Option<&Grant>,
    ) -> Result<Snapshot, RemovalOutdated> {
        if !reason.may_delete() {
            return Err(RemovalOutdated::NothingGoes);
        }
        let now = self.recheck_removal(job, reason).await?;
        match grant.and_then(|grant| member_of(&now.memberships, grant)) {
            Some(membership) => Err(RemovalOutdated::MemberAgain(membership.group_name.clone())),
            None => Ok(now),
        }
    }

    /// Checks that the user of a job still has exactly this entitlement in its target. A step calls
    /// this as the last read before it gives access.
    pub async fn recheck(&self, job: &Job, planned: &Entitlement) -> Result<User, PlanOutdated> {
        let now = self.now(job).await?;
        if now.entitlement.as_ref() == Some(planned) { Ok(now.user) } else { Err(PlanOutdated::Changed) }
    }
}

/// A user's current state and entitlement in a target.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The user.
    pub user: User,
    /// Memberships of the user; empty if the user is gone or disabled.
    pub memberships: Vec<Membership>,
    /// All rules that were read.
    pub rules: Rules,
    /// Entitlement of the user, if they have one.
    pub entitlement: Option<Entitlement>,
}

/// Returns the membership in the group of a grant, if the user is still in it.
pub fn member_of<'a>(memberships: &'a [Membership], grant: &Grant) -> Option<&'a Membership> {
    memberships.iter().find(|membership| is_same_group(&membership.group_id, &grant.group_id))
}

/// Reason why a removal or a deletion must not continue.
#[derive(Debug, thiserror::Error)]
pub enum RemovalOutdated {
    /// Entitlement unknown.
    #[error("could not check that the user has left")]
    Unknown(#[from] Unknown),
    /// The user is back.
    #[error("the user is entitled again, through {0:?}; nothing more is removed")]
    EntitledAgain(String),
    /// The user is in the group of the grant, whose row is gone.
    #[error("the user is a member of {0:?} again, whose mapping row is gone; nothing is deleted")]
    MemberAgain(String),
    /// The user has the name again that the profile is bound to.
    #[error("the user name is {0:?} again; nothing more is removed")]
    NamedAgain(String),
    /// The plan only suspends the user, so nothing may be deleted.
    #[error("the plan suspends the user; nothing is deleted")]
    NothingGoes,
}

impl Named for RemovalOutdated {
    fn name(&self) -> &'static str {
        match self {
            Self::Unknown(unknown) => unknown.name(),
            Self::EntitledAgain(_) => contract::catalogue::ENTITLED_AGAIN,
            Self::MemberAgain(_) | Self::NamedAgain(_) | Self::NothingGoes => contract::catalogue::SUPERSEDED,
        }
    }
}

/// Reason why access must not be given.
#[derive(Debug, thiserror::Error)]
pub enum PlanOutdated {
    /// Entitlement unknown.
    #[error("could not check that the user is still entitled")]
    Unknown(#[from] Unknown),
    /// Something else is due now.
    #[error("the user's entitlement changed after the plan was made")]
    Changed,
}

impl Named for PlanOutdated {
    fn name(&self) -> &'static str {
        match self {
            Self::Unknown(unknown) => unknown.name(),
            Self::Changed => contract::catalogue::SUPERSEDED,
        }
    }
}
