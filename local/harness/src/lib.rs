//! Runs the real steps and the real state machines on the emulated AWS. `cargo local` and the tests
//! play the same scenarios on the same deployment, so what you try is what is tested.
//!
//! Modules, in reading order: [`scenario`] is the input and [`setting`] builds its emulated AWS.
//! [`steps`], [`functions`] and [`deployment`] deploy the steps on it, and [`play`] runs the
//! scenario. [`report`] and [`show`] contain the results, [`expect`] compares them with the
//! expectations.

pub mod scenario;
pub mod setting;

pub mod deployment;
pub mod functions;
pub mod steps;

pub mod expect;
pub mod play;
pub mod report;
pub mod show;

/// Allocation takes a third of the time of a played history. The allocator is set here so that
/// every command and test that plays a scenario uses it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
