//! The clients that nearly every step on a profile needs.

use crate::entitled::Entitled;
use crate::studio::Studio;
use crate::tables::Ledger;
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};

/// Clients of the directory and the mappings, of the ledger, and of Studio.
#[derive(Debug)]
pub struct Clients {
    /// Reads a user's entitlement.
    pub entitled: Entitled,
    /// Reads and writes grants and leases.
    pub ledger: Ledger,
    /// Reads and changes profiles.
    pub studio: Studio,
}

impl Clients {
    /// Opens all three clients from their environment variables.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }
}
