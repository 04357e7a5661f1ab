//! AWS clients, one module for each service. No other crate calls AWS.
//!
//! Each module is behind a feature, so that a step links only the services that it calls. SDK
//! errors are classified once, in [`error`]; the module of a service decides the meaning of its
//! ambiguous responses.

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
