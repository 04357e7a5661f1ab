//! Our three DynamoDB tables: `GroupMappings` and `Controls`, written by administrators, and `Grants`,
//! the ledger, written by us.

mod controls;
mod grants;
mod group_names;
mod history;
mod item;
mod known_assignments;
mod lease;
mod ledger;
mod looks;
mod mappings;
mod memberships;
mod remembered;
mod removal_limit;
pub mod sweeps;
mod table;
mod turns;
mod user_grants;

pub use controls::Controls;
pub use grants::Leaving;
pub use group_names::{GroupNames, KnownGroup};
pub use lease::{Claim, GrantAndLease, Holder, Lease};
pub use ledger::{Ledger, LedgerError};
pub use looks::Looks;
pub use mappings::Mappings;
pub use remembered::Remembered;
pub use removal_limit::Remaining;
pub use turns::{TurnState, Turns};
pub use user_grants::UserGrants;
