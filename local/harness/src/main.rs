//! `cargo local`: plays a scenario on the deployment and shows what happens. Needs neither AWS nor
//! Docker.

use anyhow::{Context, bail};
use clap::Parser;
use fake_aws::{Bodies, Clock, FakeAws, FakeAwsSettings, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Audience, Nobody, Play, play_on};
use harness::report::Report;
use harness::scenario::{BadScenario, Scenario, Step};
use harness::show::{FAINT, HEADING, View, styled, wrapped};
use harness::{setting, show};
use options::{Arguments, Command, Playing};
use screen::Screen;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

mod event;
mod options;
mod screen;
mod serve;

fn main() -> ExitCode {
    match Arguments::parse().understood().and_then(|(playing, command)| run(playing, &command)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            say(&mut anstream::stderr(), &format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Writes a line. Ignores errors: a reader may close the pipe early (`| head`).
fn say(out: &mut dyn Write, text: &str) {
    writeln!(out, "{text}").unwrap_or_default();
}

/// Prints to standard output. Colours are used on a terminal only, and not if `NO_COLOR` is set.
pub(crate) fn print(text: &str) {
    say(&mut anstream::stdout(), text);
}

/// Returns the width of the screen: `COLUMNS`, or that of the terminal. `None` if the output is not
/// a terminal.
#[expect(clippy::disallowed_methods, reason = "a setting of the command, read once in its main")]
fn columns() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    told.or_else(seen).filter(|columns| *columns > 0)
}

fn read(path: Option<&Path>) -> anyhow::Result<Scenario> {
    Ok(path.map_or_else(|| Ok(Scenario::tour()), Scenario::read)?)
}

/// Runs the command; returns `false` if an expectation of the scenario was not met.
fn run(playing: Playing, command: &Command) -> anyhow::Result<bool> {
    let view = View { width: columns(), verbose: playing.verbose };
    let room = Room { playing, view };
    match command {
        Command::Tour { .. } => room.scenario(&Scenario::tour(), true),
        Command::Run { scenario: path, .. } => room.scenario(&Scenario::read(path)?, false),
        Command::Event { file, scenario, as_is, .. } => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let input =
                serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
            let aws = read(scenario.as_deref())?;
            let more = event::steps(&aws, input, *as_is);
            room.one_event(&aws, &more)
        }
        Command::Serve { port, scenario } => serve::serve(&read(scenario.as_deref())?, *port),
        Command::Schema => {
            print(Scenario::schema().trim_end());
            Ok(true)
        }
    }
}

/// The options and the screen of a run.
struct Room {
    playing: Playing,
    view: View,
}

impl Room {
    /// Runs a future on the clock that the options select.
    fn timed<T, F: Future<Output = T>>(
        &self,
        scenario: &Scenario,
        go: impl FnOnce(Clock) -> F,
    ) -> anyhow::Result<T> {
        let epoch = setting::beginning(scenario)?;
        match self.playing.realtime {
            None => Ok(run_virtual(async { go(Clock::virtual_from(epoch)).await })),
            Some(speed) if speed.is_finite() && (0.1..=1000.0).contains(&speed) => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
                Ok(tokio::task::LocalSet::new()
                    .block_on(&runtime, async { go(Clock::scaled(epoch, speed)).await }))
            }
            Some(speed) => bail!("--realtime={speed}: a speed lies between 0.1 and 1000"),
        }
    }

    /// Builds the deployment of a run. Only `--json` prints bodies and all calls at the end;
    /// otherwise neither is stored, which limits the memory of long runs.
    async fn deployment(
        &self,
        scenario: &Scenario,
        seed: u64,
        clock: Clock,
    ) -> Result<Deployment, BadScenario> {
        let settings = FakeAwsSettings::new(seed, clock);
        if self.playing.json {
            return Deployment::build_in(FakeAws::new(settings), scenario).await;
        }
        let aws = FakeAws::new(FakeAwsSettings { bodies: Bodies::Neither, ..settings });
        Ok(Deployment::build_in(aws, scenario).await?.sparing())
    }

    /// Returns the audience of a run of these steps: the screen, or nobody for `--json`.
    fn audience(&self, scenario: &Scenario, steps: &[Step]) -> anyhow::Result<Box<dyn Audience>> {
        if self.playing.json {
            return Ok(Box::new(Nobody));
        }
        let began = setting::beginning(scenario)?;
        Ok(Box::new(Screen::of(scenario, steps, began, self.view)))
    }

    fn scenario(&self, scenario: &Scenario, is_tour: bool) -> anyhow::Result<bool> {
        let seed = self.playing.seed.unwrap_or(scenario.seed);
        let audience = self.audience(scenario, &scenario.timeline)?;
        if !self.playing.json {
            let about = scenario.about.as_deref().unwrap_or_default();
            let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
            let about = wrapped(&about, self.view.width.or(Some(120)), "");
            print(&format!("{}\n{}\n", styled(HEADING, &scenario.name), styled(FAINT, &about)));
        }
        let report = self.timed(scenario, |clock| async move {
            let deployment = self.deployment(scenario, seed, clock).await?;
            play_on(&deployment, scenario, seed, &*audience).await
        })??;
        self.summarize(&report, is_tour)
    }

    fn one_event(&self, aws: &Scenario, more: &[Step]) -> anyhow::Result<bool> {
        let seed = self.playing.seed.unwrap_or(aws.seed);
        let audience = self.audience(aws, more)?;
        let report = self.timed(aws, |clock| async move {
            let deployment = self.deployment(aws, seed, clock).await?;
            let mut before = Play::on(&deployment, aws, &Nobody);
            before.steps(&aws.timeline).await?;
            let bare = Scenario { timeline: more.to_vec(), expect: None, ..aws.clone() };
            let mut after = Play::on(&deployment, &bare, &*audience);
            after.steps(more).await?;
            after.report(seed).await
        })??;
        self.summarize(&report, false)
    }

    fn summarize(&self, report: &Report, is_tour: bool) -> anyhow::Result<bool> {
        if self.playing.json {
            print(&serde_json::to_string_pretty(&report.to_json())?);
        } else {
            print(show::finale(report, self.view).trim_end());
            if is_tour {
                let next: Vec<String> =
                    NEXT.lines().map(|line| wrapped(line, self.view.width, "      ")).collect();
                print(&next.join("\n"));
            }
            print(&format!("\n{}", wrapped(&show::summary(report), self.view.width, "")));
        }
        Ok(report.disappointments.is_empty())
    }
}

const NEXT: &str = "
What to try next
  cargo local -- -v                                            every execution as a timeline
  cargo local -- event events/remove-member-from-group.json    one event, in the emulated AWS as the tour leaves it
  cargo local -- run tests/scenarios/files/offboarding.yaml    another scenario; write your own beside it
  cargo local -- --json | less                                 every input, output and call
  cargo local -- --realtime=20                                 twenty times as fast as life, to watch
  cargo local -- serve --port 4600                             the same emulated AWS for the AWS CLI and boto3";
