//! `cargo figures`: one subcommand for each page of figures.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command for people")]

use anyhow::{Result, ensure};
use bench::burst::{self, Burst};
use bench::sweep::company::{Case, Size};
use bench::sweep::{exactly_those, run, whole};
use bench::{cold, costs, flood, removals, tables};
use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use std::time::Duration;

/// Measures what the documents state.
#[derive(Debug, Parser)]
#[command(name = "cargo figures --")]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What an onboarding, a change of role, a removal and other events cost, in directories and mappings of several sizes.
    Costs,
    /// Thousands of users join at once where Studio creates a few profiles a second.
    Burst(BurstOptions),
    /// Events about groups that no rule means, and one that matters among them.
    Flood(FloodOptions),
    /// Thousands of users leave within an hour, under limits that are raised for it.
    Removals(RemovalsOptions),
    /// The sweep of a large directory.
    Sweep(SweepOptions),
    /// Zip sizes and cold starts of every function. The first time builds them as they are deployed: twenty minutes.
    Cold {
        /// How often each is started; the median counts.
        #[arg(long, default_value_t = 7)]
        times: usize,
        /// MB of memory: each gets the share of a CPU that Lambda gives it with these, instead of a whole one.
        #[arg(long)]
        memory: Option<u32>,
    },
    /// Keeps a process to a share of a CPU.
    #[command(hide = true)]
    KeepToShare {
        /// Its number.
        process: i32,
        /// The share.
        share: f64,
    },
}

#[derive(Debug, Args)]
struct BurstOptions {
    /// Users who join at once.
    #[arg(long, default_value_t = 10_000)]
    users: usize,
    /// Groups of the directory.
    #[arg(long, default_value_t = 300)]
    groups: usize,
    /// Groups that each user is in.
    #[arg(long, default_value_t = 30)]
    memberships: usize,
    /// Rows of the mapping.
    #[arg(long, default_value_t = 1_000)]
    rows: usize,
    /// Studio accounts.
    #[arg(long, default_value_t = 4)]
    accounts: usize,
    /// Profiles that Studio creates in a second in each account.
    #[arg(long, default_value_t = 5.0)]
    creations_per_second: f64,
    /// Executions that Step Functions starts in a second.
    #[arg(long, default_value_t = 150.0)]
    starts_per_second: f64,
}

#[derive(Debug, Args)]
struct FloodOptions {
    /// Events that concern nobody.
    #[arg(long, default_value_t = 10_000)]
    events: usize,
    /// Events in a second.
    #[arg(long, default_value_t = 100.0)]
    per_second: f64,
    /// Groups that they are about, one after the other.
    #[arg(long, default_value_t = 100)]
    groups: usize,
}

#[derive(Debug, Args)]
struct RemovalsOptions {
    /// Users who leave.
    #[arg(long, default_value_t = 10_000)]
    users: usize,
    /// Minutes within which they leave.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
}

#[derive(Debug, Args)]
struct SweepOptions {
    /// Users in the directory.
    #[arg(long, default_value_t = 100_000)]
    users: usize,
    /// Mapped groups.
    #[arg(long, default_value_t = 1_000)]
    groups: usize,
    /// Only this case: right, backfill or differ.
    #[arg(long)]
    case: Option<String>,
    /// The first backfill alone, with the executions that it starts run to their end.
    #[arg(long, conflicts_with = "case")]
    whole: bool,
    /// Profiles that Studio creates in a second in each of four accounts, with `--whole`.
    #[arg(long, default_value_t = 5.0)]
    creations_per_second: f64,
}

fn main() -> Result<()> {
    let Arguments { what, json } = Arguments::parse();
    match what {
        What::Costs => {
            let all = costs::SIZES.iter().map(|size| Ok((*size, costs::costs(*size)?)));
            let all: Vec<_> = all.collect::<Result<_>>()?;
            let [(_, smallest), ..] = all.as_slice() else { return Ok(()) };
            print(json, &all, || {
                let tables =
                    [tables::of_costs(smallest), tables::of_identity_store(smallest), tables::of_sizes(&all)];
                tables.map(|table| table.to_string()).join("\n\n")
            })
        }
        What::Burst(options) => measure_burst(&options, json),
        What::Flood(FloodOptions { events, per_second, groups }) => {
            ensure!(per_second > 0.0, "--per-second must be more than zero");
            let flood = flood::Flood { events, per_second, groups };
            let figures = flood::run(flood, &|line| eprintln!("{line}"))?;
            print(json, &figures, || tables::of_flood(&figures).to_string())
        }
        What::Removals(RemovalsOptions { users, minutes }) => {
            ensure!(users > 0, "--users must be more than zero");
            let within = Duration::from_mins(minutes);
            let figures = removals::run(removals::Removals { users, within }, &|line| eprintln!("{line}"))?;
            print(json, &figures, || tables::of_removals(&figures).to_string())
        }
        What::Sweep(options) => measure_sweep(&options, json),
        What::Cold { times, memory } => {
            let figures = cold::run(times, memory)?;
            print(json, &figures, || cold::tables(&figures))
        }
        What::KeepToShare { process, share } => cold::keep(process, share),
    }
}

fn print<T: Serialize>(json: bool, figures: &T, table: impl FnOnce() -> String) -> Result<()> {
    let text = if json { serde_json::to_string_pretty(figures)? } else { table() };
    println!("{text}");
    Ok(())
}

fn measure_burst(options: &BurstOptions, json: bool) -> Result<()> {
    let BurstOptions { users, groups, memberships, rows, accounts, creations_per_second, starts_per_second } =
        *options;
    ensure!(
        [users, groups, memberships, rows, accounts].iter().all(|number| *number > 0)
            && creations_per_second > 0.0
            && starts_per_second > 0.0,
        "the numbers of a burst must be more than zero"
    );
    let burst = Burst { users, groups, memberships, rows, accounts, creations_per_second, starts_per_second };
    let figures = burst::run(burst, &|line| eprintln!("{line}"))?;
    print(json, &figures, || tables::of_crowd("join at once", &figures).to_string())
}

fn measure_sweep(options: &SweepOptions, json: bool) -> Result<()> {
    let size = Size { users: options.users, groups: options.groups };
    ensure!(size.users > 0 && size.groups > 0, "--users and --groups must be more than zero");
    ensure!(options.creations_per_second > 0.0, "--creations-per-second must be more than zero");
    if options.whole {
        let figures = whole::whole(size, options.creations_per_second, &|line| eprintln!("{line}"))?;
        return print(json, &figures, || tables::of_crowd("who have nothing yet", &figures).to_string());
    }
    let cases = [("right", Case::Right), ("backfill", Case::Backfill), ("differ", Case::Differ)];
    let wanted = |name: &str| options.case.as_deref().is_none_or(|only| only == name);
    let cases: Vec<Case> = cases.into_iter().filter(|(name, _)| wanted(name)).map(|(_, case)| case).collect();
    ensure!(!cases.is_empty(), "--case must be right, backfill or differ");
    let mut all = Vec::new();
    for case in cases {
        let swept = run::sweep(size, case, &|line| eprintln!("{line}"))?;
        exactly_those(&swept)?;
        all.push(swept.figures);
    }
    print(json, &all, || tables::of_sweeps(&all).to_string())
}
