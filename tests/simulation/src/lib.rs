//! The promises under everything that AWS really does: the committed state machine and the real functions in the world, with a director who
//! interferes and a watch that looks at every call.
//!
//! Read in this order: [`model`] (what should be, in a dozen lines of its own), [`deeds`] (what happens, as data), [`watch`] (what must never
//! happen), [`theatre`] and [`direction`] (how a history is played, and who interferes), [`verdict`] (what must be so in the end), [`cases`] and [`exhaustive`] (every fault in turn),
//! [`draw`] (histories from a seed), [`shrink`] (fewer deeds that still fail) and [`coverage`] (what no run has touched).

pub mod deeds;
pub mod model;
pub mod names;

pub mod direction;
mod scene;
pub mod theatre;
pub mod verdict;
pub mod watch;

pub mod cases;
pub mod coverage;
pub mod exhaustive;

pub mod draw;
pub mod shrink;
