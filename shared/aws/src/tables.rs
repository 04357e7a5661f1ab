//! Our two DynamoDB tables: `GroupMappings`, which administrators write, and `Grants`, the ledger that we write.

mod grants;
mod history;
mod item;
mod lease;
mod ledger;
mod mappings;
mod memberships;
pub mod removal_limit;
pub mod sweeps;
mod table;

pub use lease::{Acquired, Claim, Holder};
pub use ledger::{Ledger, LedgerError, UserGrants};
pub use mappings::Mappings;
