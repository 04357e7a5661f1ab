//! The ledger: the code that its parts share. The parts are leases, grants, their history, and the
//! owners of memberships.

use super::controls::Controls;
use super::table::{Item, Table, failed, text};
use crate::error::AwsError;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::limit::{Limit, RemovalLimits};
use contract::settings::{BadSetting, Env};
use time::OffsetDateTime;

pub(super) const GET: &str = "dynamodb:GetItem Grants";

/// The ledger, in the table `Grants`.
#[derive(Debug)]
pub struct Ledger {
    pub(super) table: Table,
    pub(super) limits: RemovalLimits,
    controls: Option<Controls>,
}

/// Reason why a read or a write of the ledger failed. In every case this execution has changed
/// nothing, except that a grant beyond a limit says so.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The call failed.
    #[error("could not read or write the ledger")]
    AwsError(#[from] AwsError),
    /// The lease now belongs to another execution.
    #[error("another execution has taken over the work on this user in this target")]
    LeaseLost,
    /// The removals of this hour are used up. The grant says so.
    #[error("the {} of this hour are used up (limit: {most})", .limit.name())]
    OverLimit {
        /// The limit.
        limit: Limit,
        /// Its size in this hour.
        most: u64,
    },
    /// A limit has held the removal back in the last day, and nobody has approved it.
    #[error("the limit of suspensions has held the removal back for a day, and nobody has approved it")]
    AwaitsApproval,
    /// The grant is not the one that was read.
    #[error("another execution or an operator changed the grant after it was read")]
    Superseded,
}

impl Named for LedgerError {
    fn name(&self) -> &'static str {
        match self {
            Self::AwsError(fault) => fault.name(),
            Self::LeaseLost => catalogue::LEASE_LOST,
            // The next plan suspends the user and deletes nothing.
            Self::Superseded | Self::OverLimit { limit: Limit::Deletions, .. } => catalogue::SUPERSEDED,
            Self::OverLimit { limit: Limit::Suspensions, .. } | Self::AwaitsApproval => {
                catalogue::TOO_MANY_SUSPENSIONS
            }
        }
    }
}

impl Ledger {
    /// Opens the table in `GRANTS_TABLE`, with the limits of [`RemovalLimits::read`]. `CONTROLS_TABLE` is
    /// required only to take something away.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let (limits, controls) = (RemovalLimits::read(env)?, Controls::open_if_set(sdk, env)?);
        Ok(Self { table: Table::open(sdk, env, "GRANTS_TABLE")?, limits, controls })
    }

    /// Returns the operators' controls.
    pub fn controls(&self) -> Result<&Controls, AwsError> {
        self.controls.as_ref().ok_or_else(|| AwsError::not_set("CONTROLS_TABLE"))
    }

    /// Reads one item, consistently.
    pub(super) async fn item(&self, pk: String, sk: String) -> Result<Option<Item>, AwsError> {
        let call = self.table.client.get_item().table_name(&self.table.name).consistent_read(true);
        let answer = call.key("pk", text(pk)).key("sk", text(sk)).send().await;
        Ok(answer.map_err(|error| failed(GET, &error))?.item)
    }

    /// Returns the current time, from the clock that the ledger's own times come from.
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from(self.table.clock.now())
    }
}
