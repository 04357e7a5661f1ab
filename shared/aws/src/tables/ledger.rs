//! The ledger: what every part of it shares. Its parts are leases, grants, their history, and whose a membership was.

use super::table::Table;
use crate::error::AwsError;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::grant::Grant;
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use time::OffsetDateTime;

/// The ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(super) table: Table,
}

/// What the ledger knows of a user.
#[derive(Debug, Clone, Default)]
pub struct UserGrants {
    /// Every grant, removed ones too.
    pub grants: Vec<Grant>,
    /// Targets in which an execution has the lease on the user.
    pub at_work: Vec<Target>,
}

impl UserGrants {
    /// Whether the ledger has never heard of the user.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty() && self.at_work.is_empty()
    }
}

/// Why the ledger was not read or written as it should have been. In no case was anything changed by this execution.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The call failed.
    #[error("the ledger could not be reached")]
    AwsError(#[from] AwsError),
    /// The lease belongs to another execution now.
    #[error("another execution has taken over the work on this user in this target")]
    LeaseLost,
    /// The grant is not the one that was read.
    #[error("the grant was changed by somebody else since it was read")]
    Superseded,
}

impl Named for LedgerError {
    fn name(&self) -> &'static str {
        match self {
            Self::AwsError(fault) => fault.name(),
            Self::LeaseLost => catalogue::LEASE_LOST,
            Self::Superseded => catalogue::SUPERSEDED,
        }
    }
}

impl Ledger {
    /// `GRANTS_TABLE` names the table.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { table: Table::open(sdk, env, "GRANTS_TABLE")? })
    }

    /// The time, by the clock that the ledger's own times come from.
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from(self.table.clock.now())
    }
}
