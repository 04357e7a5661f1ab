//! `cargo sim`: plays as many histories as one likes, or one of them with all its calls.
#![expect(clippy::print_stdout, reason = "this is a command for people")]

use clap::Parser;
use simulation::cases;
use simulation::draw::{drawn, story};
use simulation::exhaustive::{Summary, Trial, play_all, trials};
use simulation::runner::play;
use simulation::shrink::report;
use std::process::ExitCode;
use std::time::Duration;

/// Plays histories drawn from seeds, and looks whether every promise is kept.
#[derive(Debug, Parser)]
#[command(name = "cargo sim --")]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Play this seed alone, and print what happens.
    #[arg(long)]
    seed: Option<u64>,
    /// Play every fault in turn before the seeds.
    #[arg(long)]
    exhaustive: bool,
    /// Stop soon after the first promise that is broken.
    #[arg(long)]
    stop: bool,
    /// How many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => replay(seed),
        None => many(&arguments),
    }
}

fn replay(seed: u64) -> ExitCode {
    let (story, fault_plan) = story(seed);
    let played = play(&story, fault_plan);
    println!(
        "seed {seed}: {} users, {} groups, {} targets",
        story.participants.users, story.participants.groups, story.participants.targets
    );
    for (at, operation) in &story.operations {
        println!("{:>10.3} s  {operation:?}", at.as_secs_f64());
    }
    println!("\n{} calls:", played.calls.len());
    for call in &played.calls {
        println!("{} {call}", call.scope.as_deref().unwrap_or("-"));
    }
    if played.broken.is_empty() {
        println!("\nevery promise was kept");
        return ExitCode::SUCCESS;
    }
    println!("\n{}", report(&format!("seed {seed}"), &story, fault_plan, &played));
    ExitCode::FAILURE
}

/// All trials, so many at a time that progress can be shown.
fn trials_of(arguments: &Arguments) -> impl Iterator<Item = Vec<Trial>> {
    let cases = if arguments.exhaustive { cases::all() } else { Vec::new() };
    let faults = cases.into_iter().map(|(name, story)| trials(name, &story));
    let mut left = arguments.from..arguments.from + arguments.seeds;
    let drawn = std::iter::from_fn(move || {
        let some: Vec<Trial> = left.by_ref().take(2000).map(drawn).collect();
        (!some.is_empty()).then_some(some)
    });
    faults.chain(drawn)
}

#[expect(clippy::disallowed_methods, reason = "how fast it goes is told in the machine's own time")]
fn many(arguments: &Arguments) -> ExitCode {
    let began = std::time::Instant::now();
    let mut all = Summary::default();
    for trials in trials_of(arguments) {
        let summary = play_all(&trials, arguments.threads, arguments.stop);
        for (name, why) in &summary.broken {
            println!("\n{name}: {}", why.join("\n  "));
            if let Some(seed) = name.strip_prefix("seed ") {
                println!("  replay: cargo sim -- --seed {seed}");
            }
        }
        all.join(summary);
        let rate =
            |count: usize| 1000 * count as u128 / began.elapsed().max(Duration::from_millis(1)).as_millis();
        println!(
            "{} histories, {} executions ({} a second), {} calls ({} a second), {} broken",
            all.runs,
            all.executions,
            rate(all.executions),
            all.calls,
            rate(all.calls),
            all.broken.len()
        );
        if arguments.stop && !all.broken.is_empty() {
            break;
        }
    }
    if arguments.exhaustive {
        let untouched = all.coverage.untouched();
        println!(
            "\n{} things of the state machine and the catalogue were touched, and not these:",
            all.coverage.touched.len()
        );
        for thing in &untouched {
            println!("  {thing}");
        }
    }
    if all.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
