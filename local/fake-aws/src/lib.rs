//! An in-process emulation of the AWS services that studio-access calls, on the wire of the real
//! SDK clients. It knows AWS, but no step of studio-access.
//!
//! A [`FakeAws`] is one organisation with its accounts, roles, directory, Studio domains and
//! tables. Real SDK clients reach it through [`FakeAws::sdk_config`], other processes through
//! [`serve()`]. Time comes from one [`Clock`] and randomness from one seed: the same seed gives the
//! same trace.

pub mod calls;
pub mod clock;
pub mod fake_aws;
pub mod faults;
pub mod limits;
pub mod random;
pub mod serve;
pub mod service;
pub mod services;
pub mod trace;

mod dispatch;
mod render;
mod route;
mod sign;
mod wire;

pub use calls::Tally;
pub use clock::{Clock, run_virtual};
pub use fake_aws::{Bodies, FakeAws, FakeAwsSettings};
pub use faults::{Effect, Rule};
pub use limits::{Covers, RateLimit};
pub use random::Random;
pub use serve::serve;
pub use trace::{CallRecord, Outcome, scoped};
