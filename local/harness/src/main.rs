//! `cargo local`: plays a scenario on the stage and shows what happens. No AWS, no Docker.

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use local::play::{Audience, Play, play};
use local::report::{DeadLetter, Execution, Report};
use local::scenario::{Scenario, Step};
use local::{setting, show};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use world::{Clock, run_virtual};

mod event;
mod serve;

/// Watch group memberships become Studio profiles: the real state machine, the real functions, no AWS.
#[derive(Debug, Parser)]
#[command(name = "cargo local", bin_name = "cargo local --", version)]
struct Arguments {
    /// Print the whole run as JSON: executions with all inputs and outputs, calls, the final state.
    #[arg(long, global = true)]
    json: bool,
    /// Decides everything that is left to chance. The same seed gives the same run.
    #[arg(long, global = true)]
    seed: Option<u64>,
    /// Let time pass for real, or this many times as fast (`--realtime=20`).
    #[arg(long, global = true, value_name = "SPEED", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    realtime: Option<f64>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play the tour (this is what happens without a command).
    Tour,
    /// Play a scenario file.
    Run {
        /// The scenario, YAML.
        scenario: PathBuf,
    },
    /// Start one execution with an event or a manual input, in the world as the tour leaves it.
    Event {
        /// The input, JSON.
        file: PathBuf,
        /// Another world than the tour's.
        #[arg(long)]
        scenario: Option<PathBuf>,
        /// Do not make the change of the directory that the event tells of.
        #[arg(long)]
        as_is: bool,
    },
    /// Offer the world's services on 127.0.0.1, for the AWS CLI, boto3 and other processes.
    Serve {
        /// The port; 0 picks a free one.
        #[arg(long)]
        port: u16,
        /// Another world than the tour's.
        #[arg(long)]
        scenario: Option<PathBuf>,
    },
    /// Print the JSON schema of the scenario format.
    Schema,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            say(&mut std::io::stderr(), &format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Writes a text. A reader who has gone away (`| head`) is no error of ours.
fn say(out: &mut dyn Write, text: &str) {
    writeln!(out, "{text}").unwrap_or_default();
}

/// Prints to standard output.
pub(crate) fn print(text: &str) {
    say(&mut std::io::stdout(), text);
}

fn read(path: Option<&Path>) -> anyhow::Result<Scenario> {
    Ok(path.map_or_else(|| Ok(Scenario::tour()), Scenario::read)?)
}

/// Runs the command; `false` when something was not as the scenario expects.
fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    match &arguments.command {
        None | Some(Command::Tour) => scenario(arguments, &Scenario::tour(), true),
        Some(Command::Run { scenario: path }) => scenario(arguments, &Scenario::read(path)?, false),
        Some(Command::Event { file, scenario, as_is }) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let input =
                serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
            let world = read(scenario.as_deref())?;
            let more = event::steps(&world, input, *as_is);
            one_event(arguments, &world, &more)
        }
        Some(Command::Serve { port, scenario }) => serve::serve(&read(scenario.as_deref())?, *port),
        Some(Command::Schema) => {
            print(Scenario::schema().trim_end());
            Ok(true)
        }
    }
}

/// Shows what happens as it happens.
struct Stalls;

impl Audience for Stalls {
    fn happened(&self, title: &str, at: Duration) {
        print(&format!("·· {title} (+{} s)\n", at.as_secs()));
    }

    fn ended(&self, execution: &Execution) {
        print(&show::execution(execution));
    }

    fn undeliverable(&self, letter: &DeadLetter) {
        print(&format!("── {} ── DEAD LETTER ({} bytes)\n   {}\n", letter.title, letter.bytes, letter.why));
    }
}

/// Runs a future on the clock that the arguments ask for.
fn timed<T, F: Future<Output = T>>(
    arguments: &Arguments,
    scenario: &Scenario,
    go: impl FnOnce(Clock) -> F,
) -> anyhow::Result<T> {
    let epoch = setting::beginning(scenario)?;
    match arguments.realtime {
        None => Ok(run_virtual(async { go(Clock::virtual_from(epoch)).await })),
        Some(speed) if speed.is_finite() && (0.1..=1000.0).contains(&speed) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
            Ok(tokio::task::LocalSet::new()
                .block_on(&runtime, async { go(Clock::scaled(epoch, speed)).await }))
        }
        Some(speed) => bail!("--realtime={speed}: a speed lies between 0.1 and 1000"),
    }
}

fn scenario(arguments: &Arguments, scenario: &Scenario, is_tour: bool) -> anyhow::Result<bool> {
    let seed = arguments.seed.unwrap_or(scenario.seed);
    let audience: &dyn Audience = if arguments.json { &local::play::Nobody } else { &Stalls };
    if !arguments.json {
        print(&format!("{}\n{}\n", scenario.name, scenario.about.as_deref().unwrap_or_default()));
    }
    let report = timed(arguments, scenario, |clock| play(scenario, seed, clock, audience))??;
    conclude(arguments, &report, is_tour)
}

fn one_event(arguments: &Arguments, world: &Scenario, more: &[Step]) -> anyhow::Result<bool> {
    let seed = arguments.seed.unwrap_or(world.seed);
    let audience: &dyn Audience = if arguments.json { &local::play::Nobody } else { &Stalls };
    let report = timed(arguments, world, |clock| async move {
        let stage = local::stage::Stage::build(world, seed, clock).await?;
        let mut before = Play::on(&stage, world, &local::play::Nobody);
        before.steps(&world.timeline).await?;
        let bare = Scenario { timeline: more.to_vec(), expect: None, ..world.clone() };
        let mut after = Play::on(&stage, &bare, audience);
        after.steps(more).await?;
        after.report(seed).await
    })??;
    conclude(arguments, &report, false)
}

fn conclude(arguments: &Arguments, report: &Report, is_tour: bool) -> anyhow::Result<bool> {
    if arguments.json {
        print(&serde_json::to_string_pretty(&report.to_json())?);
    } else {
        print(show::finale(report).trim_end());
        if is_tour {
            print(NEXT);
        }
    }
    Ok(report.disappointments.is_empty())
}

const NEXT: &str = "
What to try next
  cargo local -- event events/remove-member-from-group.json   one event, in the world as the tour leaves it
  cargo local -- run tests/scenarios/files/offboarding.yaml    another scenario; write your own beside it
  cargo local -- --json | less                                 every input, output and call
  cargo local -- --realtime=20                                 twenty times as fast as life, to watch
  cargo local -- serve --port 4600                             the same world for the AWS CLI and boto3";
