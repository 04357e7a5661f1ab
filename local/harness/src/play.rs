//! Plays a scenario step by step. Executions run concurrently where the steps say so.

mod directory;
mod end;
mod sweeps;

pub use directory::envelope;

use crate::deployment::Deployment;
use crate::expect;
use crate::report::{DeadLetter, Execution, Report};
use crate::scenario::{Act, BadScenario, Scenario, Step};
use crate::setting::{self, CONTROLS, MAPPINGS};
use asl::StartRefused;
use fake_aws::Clock;
use fake_aws::services::studio::LostVolume;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Tolerance for an `at` that is in the past. On a clock that follows real time, every moment is
/// slightly late.
const LATE_AT_MOST: Duration = Duration::from_secs(1);

/// Observes a run while it is played, so that an operator sees progress.
pub trait Audience {
    /// Called after a step that starts no execution, `at` after the beginning.
    fn happened(&self, title: &str, at: Duration);
    /// Called when an execution has ended, which has started `started` others.
    fn ended(&self, execution: &Execution, started: usize);
    /// Called when an event could not start an execution.
    fn undeliverable(&self, letter: &DeadLetter);
    /// Called when a volume has been destroyed.
    fn lost(&self, volume: &LostVolume);
}

/// An audience that ignores everything.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Audience for Nobody {
    fn happened(&self, _: &str, _: Duration) {}
    fn ended(&self, _: &Execution, _: usize) {}
    fn undeliverable(&self, _: &DeadLetter) {}
    fn lost(&self, _: &LostVolume) {}
}

/// An execution that has ended, or could not start.
struct Ended {
    /// Index of the step that started it; `None` if another execution did.
    index: Option<usize>,
    /// True if the executions that it has started run too: set for sweeps of the timeline.
    leads_on: bool,
    result: Result<Execution, DeadLetter>,
    /// Executions for further domains of the same user.
    others: Vec<Execution>,
}

type Running<'a> = FuturesUnordered<LocalBoxFuture<'a, Ended>>;

/// A scenario that is being played.
pub struct Play<'a> {
    scenario: &'a Scenario,
    deployment: &'a Deployment,
    audience: &'a dyn Audience,
    began: SystemTime,
    running: Running<'a>,
    inputs: BTreeMap<String, (String, Value)>,
    /// Inputs that approve the removals of refused sweeps, by the ids of their steps.
    approvals: BTreeMap<String, Value>,
    executions: Vec<Execution>,
    dead_letters: Vec<DeadLetter>,
    /// Number of volumes destroyed before this run; `lost` also counts those reported in this run.
    lost_before: usize,
    lost: usize,
    disappointments: RefCell<Vec<String>>,
}

/// Plays the whole scenario on a new deployment.
pub async fn play(
    scenario: &Scenario,
    seed: u64,
    clock: Clock,
    audience: &dyn Audience,
) -> Result<Report, BadScenario> {
    let deployment = Deployment::build(scenario, seed, clock).await?;
    play_on(&deployment, scenario, seed, audience).await
}

/// Plays the whole scenario on an existing deployment.
pub async fn play_on(
    deployment: &Deployment,
    scenario: &Scenario,
    seed: u64,
    audience: &dyn Audience,
) -> Result<Report, BadScenario> {
    let mut play = Play::on(deployment, scenario, audience);
    play.steps(&scenario.timeline).await?;
    play.report(seed).await
}

impl<'a> Play<'a> {
    /// Prepares to play a scenario.
    pub fn on(deployment: &'a Deployment, scenario: &'a Scenario, audience: &'a dyn Audience) -> Self {
        let lost = deployment.aws.studio(|studio| studio.lost_volumes().len());
        Self {
            scenario,
            deployment,
            audience,
            began: deployment.aws.clock().now(),
            running: FuturesUnordered::new(),
            inputs: BTreeMap::new(),
            approvals: BTreeMap::new(),
            executions: Vec::new(),
            dead_letters: Vec::new(),
            lost_before: lost,
            lost,
            disappointments: RefCell::default(),
        }
    }

    /// Plays these steps and waits for every execution to end.
    pub async fn steps(&mut self, steps: &'a [Step]) -> Result<(), BadScenario> {
        for (index, step) in steps.iter().enumerate() {
            let place = || step.say.clone().unwrap_or_else(|| format!("step {} of the timeline", index + 1));
            match step.at {
                Some(at) => {
                    let moment = self.began + at.0;
                    self.check_time(moment).map_err(|why| BadScenario::at(place(), why))?;
                    self.until(moment).await;
                }
                None => self.calm().await,
            }
            let act = step.act().map_err(|why| BadScenario::at(place(), why))?;
            self.step(index, step, act).await.map_err(|error| match error {
                BadScenario::Impossible { place: part, why } => {
                    BadScenario::at(place(), format!("{part}: {why}"))
                }
                other @ (BadScenario::Unreadable { .. }
                | BadScenario::Malformed { .. }
                | BadScenario::Wrong { .. }) => other,
            })?;
        }
        self.calm().await;
        Ok(())
    }

    /// Returns an error if `moment` has passed already, because the steps before it took longer.
    fn check_time(&self, moment: SystemTime) -> Result<(), String> {
        let clock = self.deployment.aws.clock();
        let late = clock.now().duration_since(moment).unwrap_or_default();
        if late <= LATE_AT_MOST.mul_f64(clock.scale().max(1.0)) {
            return Ok(());
        }
        let now = clock.now().duration_since(self.began).unwrap_or_default();
        Err(format!("at goes backwards: the steps before it have taken {} s", now.as_secs()))
    }

    async fn step(&mut self, index: usize, step: &'a Step, act: Act<'a>) -> Result<(), BadScenario> {
        if self.begin(index, step, &act).await? {
            return Ok(());
        }
        self.happen(act).await?;
        let title = step.say.as_deref().unwrap_or("a change");
        let at = self.deployment.aws.clock().now().duration_since(self.began).unwrap_or_default();
        self.audience.happened(title, at);
        self.tell_lost();
        Ok(())
    }

    /// Starts the execution of a step; returns `false` if the step starts none.
    async fn begin(&mut self, index: usize, step: &Step, act: &Act<'a>) -> Result<bool, BadScenario> {
        let (title, input) = match act {
            Act::Join(member) => {
                (format!("{} joins {}", member.user, member.group), self.membership(member, true)?)
            }
            Act::Leave(member) => {
                (format!("{} leaves {}", member.user, member.group), self.membership(member, false)?)
            }
            Act::Input(input) => ("an input".to_owned(), (*input).clone()),
            Act::Repeat(id) => {
                let known = self.inputs.get(*id).cloned();
                let (title, input) =
                    known.ok_or_else(|| BadScenario::at(*id, "no earlier step has this id"))?;
                (format!("{title}, once more"), input)
            }
            Act::Sweep(input) => {
                self.sweep(index, step, Value::Object((*input).clone()));
                return Ok(true);
            }
            Act::Approve(id) => {
                let approval = setting::approve(&self.deployment.aws, &self.approval(id)?).await?;
                self.sweep(index, step, approval);
                return Ok(true);
            }
            Act::Directory(_)
            | Act::PutMapping(_)
            | Act::DeleteMapping(_)
            | Act::PutControl(_)
            | Act::DeleteControl(_)
            | Act::StartApp(_)
            | Act::OpenSpace(_)
            | Act::SignIn(_)
            | Act::Studio(_)
            | Act::TagProfile(_)
            | Act::UntagProfile(_)
            | Act::DeleteProfile(_)
            | Act::DeleteDomain(_)
            | Act::Fault(_)
            | Act::Wait(_) => return Ok(false),
        };
        self.start(index, step, title, input);
        Ok(true)
    }

    /// Carries out an act that starts no execution.
    async fn happen(&mut self, act: Act<'a>) -> Result<(), BadScenario> {
        let aws = &self.deployment.aws;
        match act {
            Act::Directory(change) => self.change(&change),
            Act::PutMapping(row) => setting::put_mapping(aws, row).await,
            Act::DeleteMapping(key) => setting::delete_row(aws, MAPPINGS, key).await,
            Act::PutControl(item) => setting::put_row(aws, CONTROLS, item).await,
            Act::DeleteControl(key) => setting::delete_row(aws, CONTROLS, key).await,
            Act::StartApp(app) => setting::start_app(aws, app),
            Act::OpenSpace(space) => setting::open_space(aws, space),
            Act::SignIn(sign_in) => setting::sign_in(aws, sign_in),
            Act::Studio(wanted) => {
                setting::behaviour(aws, wanted);
                Ok(())
            }
            Act::TagProfile(tagged) => setting::tag_profile(aws, tagged),
            Act::UntagProfile(untagged) => setting::untag_profile(aws, untagged),
            Act::DeleteProfile(of) => setting::delete_profile(aws, of),
            Act::DeleteDomain(target) => setting::delete_domain(aws, target),
            Act::Fault(fault) => setting::inject(aws, fault),
            Act::Wait(span) => {
                self.until(aws.clock().now() + span.0).await;
                Ok(())
            }
            Act::Join(_)
            | Act::Leave(_)
            | Act::Input(_)
            | Act::Sweep(_)
            | Act::Approve(_)
            | Act::Repeat(_) => Ok(()),
        }
    }

    /// Starts an execution, which runs concurrently with the rest of the timeline.
    fn start(&mut self, index: usize, step: &Step, title: String, input: Value) {
        let title = step.say.clone().unwrap_or(title);
        if let Some(id) = &step.id {
            self.inputs.insert(id.clone(), (title.clone(), input.clone()));
        }
        let deployment = self.deployment;
        let bytes = input.to_string().len();
        let performance = async move {
            let (ended, others) = deployment.execute_with_others(&title, input).await;
            Ended { index: Some(index), leads_on: false, result: delivered(ended, title, bytes), others }
        };
        self.running.push(performance.boxed_local());
    }

    /// Runs all executions until `moment`.
    async fn until(&mut self, moment: SystemTime) {
        let clock = self.deployment.aws.clock().clone();
        let left = moment.duration_since(clock.now()).unwrap_or_default();
        let mut alarm = std::pin::pin!(clock.sleep(left));
        while !self.running.is_empty() {
            let ended = match select(self.running.next(), alarm.as_mut()).await {
                Either::Left((Some(ended), _)) => ended,
                Either::Left((None, _)) | Either::Right(_) => return,
            };
            self.settle(ended);
        }
        alarm.await;
    }

    /// Runs all executions to their ends.
    async fn calm(&mut self) {
        while let Some(ended) = self.running.next().await {
            self.settle(ended);
        }
    }

    fn settle(&mut self, Ended { index, leads_on, result, others }: Ended) {
        let step = index.and_then(|index| self.scenario.timeline.get(index));
        let asked = match &result {
            Ok(execution) if leads_on => self.deployment.asked_by(&execution.name),
            Ok(_) | Err(_) => Vec::new(),
        };
        let started = asked.iter().filter(|asked| !asked.is_sweep()).count();
        let expected = step.and_then(|step| step.expect.as_ref());
        let found =
            expected.map(|expected| expect::of_step(expected, &result, &others, started)).unwrap_or_default();
        self.disappointments.borrow_mut().extend(found);
        match result {
            Ok(execution) => {
                self.note_approval(step, &execution);
                self.audience.ended(&execution, started);
                self.lead_on(&execution.title, asked);
                self.keep(execution);
            }
            Err(letter) => {
                self.audience.undeliverable(&letter);
                self.dead_letters.push(letter);
            }
        }
        for other in others {
            self.audience.ended(&other, 0);
            self.keep(other);
        }
        self.tell_lost();
    }

    fn keep(&mut self, mut execution: Execution) {
        if self.deployment.is_sparing() {
            execution.forget();
        }
        self.executions.push(execution);
    }

    /// Reports the volumes that were destroyed since the last call.
    fn tell_lost(&mut self) {
        let told = self.lost;
        let new = self.deployment.aws.studio(|studio| studio.lost_volumes()[told..].to_vec());
        for volume in &new {
            self.audience.lost(volume);
        }
        self.lost += new.len();
    }
}

fn delivered(
    ended: Result<Execution, StartRefused>,
    title: String,
    bytes: usize,
) -> Result<Execution, DeadLetter> {
    ended.map_err(|refused| DeadLetter { title, why: refused.to_string(), bytes })
}
