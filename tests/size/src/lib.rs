//! The sweep at full size. [`company`] invents a directory with its mappings and its ledger, [`sweep`] has it swept on the stage under virtual
//! time, and [`figures`] says how long that took beside the best that AWS's limits allow.

pub mod company;
pub mod figures;
pub mod sweep;
