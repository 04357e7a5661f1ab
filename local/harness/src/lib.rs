//! The deployment: our real steps and our real state machine on the emulated AWS. `cargo local` plays scenarios on it for people, the tests play
//! the same scenarios on the same deployment: the thing you play with is the thing that is tested.
//!
//! Read in this order: [`scenario`] (what is played), [`setting`] (how its emulated AWS is built), [`steps`], [`functions`] and [`stage`] (what it is
//! played on), [`play`] (how), [`report`] and [`show`] (what comes out), [`expect`] (what should have).

pub mod scenario;
pub mod setting;

pub mod deployment;
pub mod functions;
pub mod steps;

pub mod expect;
pub mod play;
pub mod report;
pub mod show;

/// A third of the time of a played history is memory that is taken and given back. It stands here, so that each command and each test that
/// plays something has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
