//! Our two DynamoDB tables: `GroupMappings`, written by administrators, and `Grants`, the ledger,
//! written by us.

mod grants;
mod group_names;
mod history;
mod item;
mod lease;
mod ledger;
mod mappings;
mod memberships;
pub mod removal_limit;
pub mod sweeps;
mod table;

pub use group_names::GroupNames;
pub use lease::{Claim, GrantAndLease, Holder, Lease};
pub use ledger::{Ledger, LedgerError, UserGrants};
pub use mappings::Mappings;
