//! What nearly every step that works on a profile opens.

use crate::entitled::Entitled;
use crate::studio::Studio;
use crate::tables::Ledger;
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};

/// Directory and mappings, the ledger, and Studio.
#[derive(Debug)]
pub struct Clients {
    /// What a user should have now.
    pub entitled: Entitled,
    /// What we gave them, and the lease.
    pub ledger: Ledger,
    /// What they have.
    pub studio: Studio,
}

impl Clients {
    /// Opens all three; each names the environment variables that it needs.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }
}
