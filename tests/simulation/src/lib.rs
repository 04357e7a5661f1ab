//! The promises under everything that AWS really does: the committed state machine and the real functions in the emulated AWS, with a injector who
//! interferes and a invariants that looks at every call.
//!
//! Read in this order: [`model`] (what should be, in a dozen lines of its own), [`operations`] (what happens, as data), [`invariants`] (what must never
//! happen), [`runner`] and [`direction`] (how a history is played, and who interferes), [`verdict`] (what must be so in the end), [`cases`] and [`exhaustive`] (every fault in turn),
//! [`draw`] (histories from a seed), [`shrink`] (fewer operations that still fail) and [`coverage`] (what no run has touched).

pub mod model;
pub mod names;
pub mod operations;

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
