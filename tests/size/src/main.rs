//! `cargo size`: sweeps a company of the size one likes, in each case, and prints what it cost beside the best that AWS's limits allow.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command for people")]

use anyhow::{Result, ensure};
use clap::Parser;
use comfy_table::Table;
use size::company::{Case, Size};
use size::figures::Figures;
use size::sweep::{Swept, sweep};
use std::collections::BTreeSet;

/// Sweeps a large directory under virtual time, and says what that cost.
#[derive(Debug, Parser)]
#[command(name = "cargo size --")]
struct Arguments {
    /// People in the directory.
    #[arg(long, default_value_t = 100_000)]
    users: usize,
    /// Mapped groups.
    #[arg(long, default_value_t = 1_000)]
    groups: usize,
    /// The one case: right, backfill or differ. All of them without.
    #[arg(long)]
    case: Option<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let size = Size { users: arguments.users, groups: arguments.groups };
    ensure!(size.users > 0 && size.groups > 0, "there must be somebody, and a group");
    let cases = [("right", Case::Right), ("backfill", Case::Backfill), ("differ", Case::Differ)];
    let wanted = |name: &str| arguments.case.as_deref().is_none_or(|only| only == name);
    let cases: Vec<Case> = cases.into_iter().filter(|(name, _)| wanted(name)).map(|(_, case)| case).collect();
    ensure!(!cases.is_empty(), "there are the cases right, backfill and differ");
    let mut all = Vec::new();
    for case in cases {
        let swept = sweep(size, case, &|line| eprintln!("{line}"))?;
        exactly_those(&swept)?;
        all.push(swept.figures);
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!("{}", table(&all));
    }
    Ok(())
}

/// Exactly those who differ were started, each once.
fn exactly_those(swept: &Swept) -> Result<()> {
    let started: BTreeSet<&str> = swept.started.iter().filter_map(|input| input["userId"].as_str()).collect();
    let expected: BTreeSet<&str> = swept.company.expected.iter().map(String::as_str).collect();
    ensure!(started == expected, "others were started than those who differ");
    ensure!(started.len() == swept.started.len(), "somebody was started twice");
    Ok(())
}

fn table(all: &[Figures]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(std::iter::once("").chain(all.iter().map(|figures| figures.case.as_str())));
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        table.add_row(std::iter::once(name.to_owned()).chain(all.iter().map(cell)));
    };
    row("time in the world", &|f| format!("{:.0} s", f.took_seconds));
    row("best that the limits allow", &|f| format!("{:.0} s ({})", f.best_seconds, f.decided_by));
    row("ratio", &|f| format!("{:.2}", f.ratio()));
    row("`access` started", &|f| f.started.to_string());
    row("executions of the sweep", &|f| f.executions.to_string());
    row("most events in one history (of 25,000)", &|f| f.most_events.to_string());
    row("largest payload (of 262,144 bytes)", &|f| f.largest_payload.to_string());
    row("longest invocation (of 890 s)", &|f| format!("{:.1} s", f.longest_function_seconds));
    row("invocations of functions", &|f| f.invocations.to_string());
    row("calls of AWS", &|f| f.all_calls().to_string());
    row("of these throttled", &|f| f.calls.values().map(|(_, throttled)| throttled).sum::<u64>().to_string());
    table
}
