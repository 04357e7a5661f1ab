//! `cargo measure`: what the workflow costs per person, and how long a burst of joins takes beside the best that Studio's limit allows.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command for people")]

use anyhow::{Result, ensure};
use clap::Parser;
use measure::burst::{self, Burst};
use measure::cost::costs;
use measure::tables;
use serde_json::json;

/// Counts what one person costs, and lets a crowd join at once.
#[derive(Debug, Parser)]
#[command(name = "cargo measure --")]
struct Arguments {
    /// People who join at once.
    #[arg(long, default_value_t = 10_000)]
    people: usize,
    /// How many profiles Studio creates in a second.
    #[arg(long, default_value_t = 5.0)]
    creations_per_second: f64,
    /// How many executions Step Functions starts in a second.
    #[arg(long, default_value_t = 150.0)]
    starts_per_second: f64,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let Arguments { people, creations_per_second, starts_per_second, json } = Arguments::parse();
    ensure!(
        people > 0 && creations_per_second > 0.0 && starts_per_second > 0.0,
        "each has to be more than nothing"
    );
    let costs = costs()?;
    let burst = Burst { people, creations_per_second, starts_per_second };
    let figures = burst::run(burst, &|line| eprintln!("{line}"))?;
    if json {
        println!("{}", serde_json::to_string_pretty(&json!({"costs": costs, "burst": figures}))?);
    } else {
        println!("{}\n\n{}", tables::of_costs(&costs), tables::of_burst(&figures));
    }
    Ok(())
}
