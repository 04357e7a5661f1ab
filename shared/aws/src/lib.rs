//! The only code that calls AWS: one module per service, each behind a feature so that a step links what it calls and no more.
//! SDK errors are classified once, in [`fault`]; what a service means by an ambiguous answer is decided in that service's module.

pub mod error;

#[cfg(feature = "assignments")]
pub mod assignments;
#[cfg(feature = "directory")]
pub mod directory;
#[cfg(feature = "executions")]
pub mod executions;
#[cfg(any(feature = "assignments", feature = "directory"))]
mod identity_center;
#[cfg(feature = "notices")]
pub mod notices;
#[cfg(feature = "studio")]
pub mod session;
#[cfg(feature = "studio")]
pub mod studio;
#[cfg(feature = "tables")]
pub mod tables;

#[cfg(all(feature = "directory", feature = "studio", feature = "tables"))]
pub mod clients;
#[cfg(all(feature = "directory", feature = "tables"))]
pub mod entitled;
