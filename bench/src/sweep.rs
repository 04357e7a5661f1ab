//! The sweep at full size. [`company`] generates a directory with its mappings and its ledger, [`run`] sweeps it under virtual time, and
//! [`figures`] compares the time with the best that AWS's limits allow. [`whole`] also runs what a first sweep starts.

pub mod company;
pub mod figures;
pub mod run;
pub mod whole;

use anyhow::{Result, ensure};
use run::Swept;
use std::collections::BTreeSet;

/// Checks that exactly those who differ were started, each once.
pub fn exactly_those(swept: &Swept) -> Result<()> {
    let started: BTreeSet<&str> = swept.started.iter().filter_map(|input| input["userId"].as_str()).collect();
    let expected: BTreeSet<&str> = swept.company.expected.iter().map(String::as_str).collect();
    ensure!(started == expected, "users were started who do not differ, or some who differ were not");
    ensure!(started.len() == swept.started.len(), "a user was started twice");
    Ok(())
}
