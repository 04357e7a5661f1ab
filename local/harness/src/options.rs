//! The subcommands and options. A subcommand accepts only the options that affect it: `serve` has
//! no `--seed`.

use anyhow::bail;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Watch group memberships become Studio profiles: the real state machine, the real functions, no
/// AWS.
#[derive(Debug, Parser)]
#[command(name = "cargo local", bin_name = "cargo local --", version)]
pub(crate) struct Arguments {
    #[command(flatten)]
    playing: Playing,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options for playing and showing a scenario.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub(crate) struct Playing {
    /// Print the whole run as JSON: executions with all inputs and outputs, calls, the final state.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show every execution as a timeline, and every AWS call.
    #[arg(short, long, conflicts_with = "json")]
    pub(crate) verbose: bool,
    /// Set the seed of all random choices. The same seed gives the same run.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Let time pass at its real speed, or this many times faster (`--realtime=20`).
    #[arg(long, value_name = "SPEED", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    pub(crate) realtime: Option<f64>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play the tour (the default command).
    Tour {
        #[command(flatten)]
        playing: Playing,
    },
    /// Play a scenario file.
    Run {
        /// Scenario file, YAML.
        scenario: PathBuf,
        #[command(flatten)]
        playing: Playing,
    },
    /// Start one execution with an event or a manual input, in the emulated AWS as the tour leaves
    /// it.
    Event {
        /// File with the input, JSON.
        file: PathBuf,
        /// Use the emulated AWS of this scenario instead of the tour's.
        #[arg(long)]
        scenario: Option<PathBuf>,
        /// Do not first change the directory as the event reports.
        #[arg(long)]
        as_is: bool,
        #[command(flatten)]
        playing: Playing,
    },
    /// Serve the emulated AWS on 127.0.0.1, for the AWS CLI, boto3 and other processes.
    Serve {
        /// Port; 0 selects a free one.
        #[arg(long)]
        port: u16,
        /// Use the emulated AWS of this scenario instead of the tour's.
        #[arg(long)]
        scenario: Option<PathBuf>,
    },
    /// Print the JSON schema of the scenario format.
    Schema,
}

impl Arguments {
    /// Returns the command with its options, whether they were given before or after it.
    ///
    /// # Errors
    ///
    /// Fails if an option before the command does not apply to it.
    pub(crate) fn understood(self) -> anyhow::Result<(Playing, Command)> {
        let Self { playing: before, command } = self;
        let mut command = command.unwrap_or(Command::Tour { playing: Playing::default() });
        let playing = match &mut command {
            Command::Tour { playing } | Command::Run { playing, .. } | Command::Event { playing, .. } => {
                std::mem::take(playing)
            }
            Command::Serve { .. } => {
                before.refused("serve")?;
                Playing::default()
            }
            Command::Schema => {
                before.refused("schema")?;
                Playing::default()
            }
        };
        Ok((playing.or(&before)?, command))
    }
}

impl Playing {
    /// Fails if any option is given to a command that ignores it.
    fn refused(&self, command: &str) -> anyhow::Result<()> {
        let Self { json, verbose, seed, realtime } = self;
        let given = [
            (*json, "--json"),
            (*verbose, "--verbose"),
            (seed.is_some(), "--seed"),
            (realtime.is_some(), "--realtime"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, name)) => bail!("`{command}` has no use for {name}: it plays nothing"),
            None => Ok(()),
        }
    }

    /// Merges the options after the command with those before it. The options after the command
    /// take precedence.
    fn or(self, before: &Self) -> anyhow::Result<Self> {
        let all = Self {
            json: self.json || before.json,
            verbose: self.verbose || before.verbose,
            seed: self.seed.or(before.seed),
            realtime: self.realtime.or(before.realtime),
        };
        if all.json && all.verbose {
            bail!("--json prints everything already: leave --verbose out");
        }
        Ok(all)
    }
}
