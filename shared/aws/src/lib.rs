//! AWS clients, one module for each service. No other crate calls AWS.
//!
//! Each module is behind a feature, so that a step links only the services that it calls. SDK
//! errors are classified once, in [`error`]; the module of a service decides the meaning of its
//! ambiguous responses.

/// Returns the configuration of a service's client with retry tokens of its own.
///
/// The SDK shares its retry tokens among all clients of a process. On Lambda that is one function;
/// in the emulated AWS it is every function of every deployment, and how often a call is repeated
/// would depend on what runs beside it.
macro_rules! configuration {
    ($service:ident, $sdk:expr) => {{
        use $service::config::{Builder, retry::RetryPartition};
        Builder::from($sdk).retry_partition(RetryPartition::custom(stringify!($service)).build())
    }};
}

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
