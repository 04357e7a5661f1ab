//! The promises under everything that AWS really does: the committed state machine and the real
//! functions run on the emulated AWS. An injector interferes with them, and invariants are checked
//! at every call.
//!
//! Read in this order: [`model`] (what should be, in a dozen lines of its own), [`operations`]
//! (what happens, as data), [`invariants`] (what must never happen), [`runner`] and [`injector`]
//! (how a history runs, and what interferes), [`final_check`] (what must hold in the end),
//! [`cases`] and [`exhaustive`] (every fault in turn), [`draw`] (histories from a seed),
//! [`shrink`] (fewer operations that still fail) and [`coverage`] (what no run has touched).

pub mod model;
pub mod names;
pub mod operations;

mod controls;
pub mod final_check;
pub mod injector;
pub mod invariants;
pub mod runner;
mod workload;

pub mod cases;
pub mod coverage;
pub mod exhaustive;

pub mod draw;
pub mod shrink;
