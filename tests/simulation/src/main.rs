//! `cargo sim`: plays as many histories as one likes, or one of them with all its calls.
#![expect(clippy::print_stdout, reason = "this is a command for people")]

use clap::Parser;
use simulation::draw::story;
use simulation::exhaustive::{Trial, play_all};
use simulation::shrink::shrink;
use simulation::theatre::play;
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
    let (story, mischief) = story(seed);
    let played = play(&story, mischief);
    println!(
        "seed {seed}: {} users, {} groups, {} targets",
        story.cast.users, story.cast.groups, story.cast.targets
    );
    for (at, deed) in &story.deeds {
        println!("{:>10.3} s  {deed:?}", at.as_secs_f64());
    }
    println!("\n{} calls:", played.calls.len());
    for call in &played.calls {
        println!("{} {call}", call.scope.as_deref().unwrap_or("-"));
    }
    if played.broken.is_empty() {
        println!("\nevery promise was kept");
        return ExitCode::SUCCESS;
    }
    println!("\nbroken:");
    for broken in &played.broken {
        println!("  {broken}");
    }
    println!("\nthe same with fewer deeds:");
    for (at, deed) in shrink(&story, mischief).deeds {
        println!("{:>10.3} s  {deed:?}", at.as_secs_f64());
    }
    ExitCode::FAILURE
}

#[expect(clippy::disallowed_methods, reason = "how fast it goes is told in the machine's own time")]
fn many(arguments: &Arguments) -> ExitCode {
    let began = std::time::Instant::now();
    let mut left = arguments.from..arguments.from + arguments.seeds;
    let (mut runs, mut executions, mut calls, mut broken) = (0, 0, 0, Vec::new());
    loop {
        let trials: Vec<Trial> = left
            .by_ref()
            .take(2000)
            .map(|seed| {
                let (story, mischief) = story(seed);
                Trial { name: seed.to_string(), story, mischief }
            })
            .collect();
        if trials.is_empty() {
            break;
        }
        let summary = play_all(&trials, arguments.threads, &|_| ());
        runs += summary.runs;
        executions += summary.executions;
        calls += summary.calls;
        broken.extend(summary.broken);
        let rate =
            |count: usize| 1000 * count as u128 / began.elapsed().max(Duration::from_millis(1)).as_millis();
        println!(
            "{runs} of {} histories, {executions} executions ({} a second), {calls} calls ({} a second), {} broken",
            arguments.seeds,
            rate(executions),
            rate(calls),
            broken.len()
        );
    }
    for (seed, why) in broken.iter().take(20) {
        println!("\nseed {seed}: {}\n  replay: cargo sim -- --seed {seed}", why.join("\n  "));
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
