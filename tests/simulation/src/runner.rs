//! Runs a history: operations at their times, executions side by side, with an injector, and
//! invariants that are checked at every call. At the end, without faults, every user is checked once
//! more, and the final check compares the outcome with the reference model.

use crate::coverage::Coverage;
use crate::final_check;
use crate::injector::{FaultPlan, FaultSchedule, SimulationInjector};
use crate::invariants::Invariants;
use crate::model::User;
use crate::names::user_id;
use crate::operations::{Operation, Story};
use crate::workload::Workload;
use asl::Status;
use fake_aws::{Bodies, CallRecord, Clock, FakeAws, FakeAwsSettings, run_virtual};
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Abortable, Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use harness::deployment::Deployment;
use harness::setting;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

/// What came of a history.
#[derive(Debug)]
pub struct Played {
    /// Every promise that was broken, in words.
    pub broken: Vec<String>,
    /// Every call, in the order of effects.
    pub calls: Vec<CallRecord>,
    /// How many of them came before the last look.
    pub disturbed: usize,
    /// How many functions were invoked before the last look.
    pub invocations: usize,
    /// How many states were entered before the last look.
    pub states: usize,
    /// How many executions there were.
    pub executions: usize,
    /// What the executions have touched.
    pub coverage: Coverage,
    /// How many rules of faults, at least, never found the call that they were meant for.
    pub idle: usize,
}

/// Plays a history under virtual time.
pub fn play(story: &Story, fault_plan: FaultPlan) -> Played {
    run_virtual(async {
        let scenario = story.scenario();
        let epoch = setting::beginning(&scenario).expect("the usual beginning is a date");
        let settings = FakeAwsSettings::new(story.seed, Clock::virtual_from(epoch));
        let aws = FakeAws::new(FakeAwsSettings { bodies: Bodies::Requests, ..settings });
        let deployment = Deployment::build_in(aws, &scenario).await;
        let deployment =
            deployment.expect("the emulated AWS of a history can be built: every test would say so");
        Runner::new(&deployment.silent(), story, fault_plan).run().await
    })
}

/// More looks than are needed for the deletions of the largest history, one in an hour.
const MAX_LOOKS: usize = 120;

/// The user of an execution, how it ended, and why.
type End = (User, Status, String);

struct Runner<'a> {
    story: &'a Story,
    workload: Rc<Workload<'a>>,
    schedule: Rc<FaultSchedule>,
    running: FuturesUnordered<LocalBoxFuture<'a, Option<End>>>,
    stoppable: VecDeque<AbortHandle>,
    executions: usize,
    /// How many of the executions that others have started run, or have run.
    followed: usize,
    idle: usize,
    complaints: Vec<(User, String)>,
}

impl<'a> Runner<'a> {
    fn new(deployment: &'a Deployment, story: &'a Story, fault_plan: FaultPlan) -> Self {
        let invariants = Invariants::over(&deployment.aws, story, fault_plan.pause);
        Self {
            story,
            workload: Rc::new(Workload::new(deployment, invariants)),
            schedule: Rc::new(FaultSchedule::new(fault_plan, story.participants, story.seed)),
            running: FuturesUnordered::new(),
            stoppable: VecDeque::new(),
            executions: 0,
            followed: 0,
            idle: 0,
            complaints: Vec::new(),
        }
    }

    async fn run(mut self) -> Played {
        let began = self.workload.now();
        for (at, operation) in &self.story.operations {
            self.until(began + *at).await;
            if let Operation::Look(user) = operation {
                self.look(*user, "an event");
            } else if *operation == Operation::Stop {
                self.stoppable.pop_front().iter().for_each(AbortHandle::abort);
            } else {
                self.workload.happens(operation).await;
            }
        }
        self.calm().await;
        let aws = &self.workload.deployment.aws;
        // Functions of executions that were stopped may still be at work.
        aws.clock().sleep(Duration::from_mins(3)).await;
        let (disturbed, struck) = aws.count_calls();
        self.idle = aws.unspent_faults().len().saturating_sub(struck);
        aws.clear_faults();
        self.schedule.rests.set(true);
        if self.workload.invariants.is_paused() {
            aws.clock().sleep(Duration::from_hours(48)).await;
            self.workload.is_paused(false).await;
        }
        for user in self.workload.invariants.held() {
            self.workload.is_held(user, false).await;
        }
        self.last_looks("the-last-look").await;
        if self.story.has_grace() {
            // A user who is known to have left by now can be deleted a day later.
            aws.clock().sleep(Duration::from_hours(25)).await;
            self.last_looks("purge").await;
        }
        self.judge(disturbed).await
    }

    /// Looks until nothing is left that a limit holds back. Deletions that an hour does not allow wait for the next one, and suspensions that
    /// were held back for an approval.
    ///
    /// Whatever faults there were before, the last look must succeed; complaints from before are forgotten.
    async fn last_looks(&mut self, name: &str) {
        for number in 0..MAX_LOOKS {
            self.complaints.clear();
            let is_left = self.last_look(&format!("{name}-{number}")).await;
            self.calm().await;
            let is_held_back = |(_, why): &(User, String)| why.contains(": TooMany");
            if !is_left && !self.complaints.iter().any(is_held_back) {
                return;
            }
            if !self.story.swept {
                self.sweep(&format!("{name}-{number}-list")).await;
                self.calm().await;
            }
            // After a day, suspensions that nobody can approve are tried again.
            self.workload.deployment.aws.clock().sleep(Duration::from_hours(25)).await;
        }
    }

    /// By a sweep, as the schedule starts it, or at everybody. A sweep that does not believe what it has read (nobody is in any group any more)
    /// starts nothing: then everybody is looked at.
    ///
    /// Returns whether another sweep may find more.
    async fn last_look(&mut self, name: &str) -> bool {
        if self.story.swept
            && let Some(is_left) = self.sweep(name).await
        {
            return is_left;
        }
        for user in 0..self.story.participants.users {
            self.look(user, "the last look");
        }
        false
    }

    /// Sweeps, and approves what limits hold back. Returns whether another sweep may find more: this one was refused, has left out somebody, or
    /// has started deletions because the days of grace are over. `None`: it does not believe what it has read.
    async fn sweep(&mut self, name: &str) -> Option<bool> {
        let swept = self.workload.deployment.sweep(name, json!({})).await;
        let swept = swept.expect("a small input starts");
        let said = match swept.error.as_deref() {
            None => swept.output.unwrap_or_default(),
            Some("CheckRemovals.OverLimit") => {
                serde_json::from_str(swept.cause.as_deref().unwrap_or_default()).unwrap_or_default()
            }
            Some("CheckRemovals.ImplausibleRead") => return None,
            Some(error) => {
                self.sweep_failed(error, swept.cause.as_deref());
                return None;
            }
        };
        self.follow();
        let text = [&said["errorMessage"], &said["summary"]].into_iter().find_map(Value::as_str);
        if let Some(from) = text.and_then(|text| text.find("{\"approve\"")) {
            let input = text.unwrap_or_default()[from..].split_inclusive('}').next().unwrap_or_default();
            self.approve(name, input).await;
            return Some(true);
        }
        Some(said["found"]["due"] != 0)
    }

    /// Approves the list of a sweep with the input that it has told.
    async fn approve(&mut self, name: &str, input: &str) {
        let told = serde_json::from_str(input).expect("a sweep tells the input of an approval as JSON");
        let aws = &self.workload.deployment.aws;
        let input = setting::approve(aws, &told).await.expect("an approver may write the table");
        let approved = self.workload.deployment.sweep(&format!("{name}-approved"), input).await;
        let approved = approved.expect("a small input starts");
        if let Some(error) = approved.error.as_deref() {
            self.sweep_failed(error, approved.cause.as_deref());
        }
        self.follow();
    }

    fn sweep_failed(&mut self, error: &str, cause: Option<&str>) {
        self.complaints.push((0, format!("the sweep failed: {error} {}", cause.unwrap_or_default())));
    }

    async fn judge(self, disturbed: usize) -> Played {
        let mut broken = self.workload.invariants.broken();
        let model = self.workload.model.borrow().clone();
        broken.extend(final_check::unexpected(self.complaints, &model));
        broken.extend(final_check::of(self.workload.deployment, self.story, &model).await);
        Played {
            broken,
            calls: self.workload.deployment.aws.calls(),
            disturbed,
            invocations: self.schedule.invocations.get(),
            states: self.schedule.states.get(),
            executions: self.executions,
            coverage: self.schedule.coverage.take(),
            idle: self.idle,
        }
    }

    /// Lets everything run until a moment.
    async fn until(&mut self, moment: SystemTime) {
        let clock = self.workload.deployment.aws.clock().clone();
        let mut alarm = std::pin::pin!(clock.sleep(moment.duration_since(clock.now()).unwrap_or_default()));
        while !self.running.is_empty() {
            match select(self.running.next(), alarm.as_mut()).await {
                Either::Left((ended, _)) => self.ended(ended.flatten()),
                Either::Right(((), _)) => return,
            }
        }
        alarm.await;
    }

    /// Lets everything run to its end.
    async fn calm(&mut self) {
        while let Some(ended) = self.running.next().await {
            self.ended(ended);
        }
    }

    fn ended(&mut self, ended: Option<End>) {
        if let Some((user, Status::Failed | Status::TimedOut | Status::Aborted, why)) = ended {
            self.complaints.push((user, why));
        }
        self.follow();
    }

    /// Starts what others have started: a sweep its users, and `access` itself for domains that are too many for one execution.
    fn follow(&mut self) {
        let asked = self.workload.deployment.asked();
        for start in asked.iter().skip(self.followed) {
            let mut users = 0..self.story.participants.users;
            let user = users.find(|user| start.input["userId"] == user_id(*user));
            self.start(user.expect("executions are started for users of the history"), start.input.clone());
        }
        self.followed = asked.len();
    }

    fn look(&mut self, user: User, reason: &str) {
        self.start(user, json!({"userId": user_id(user), "reason": reason}));
    }

    fn start(&mut self, user: User, input: Value) {
        self.executions += 1;
        let (handle, registration) = AbortHandle::new_pair();
        self.stoppable.push_back(handle.clone());
        let injector = SimulationInjector::new(Rc::clone(&self.workload), Rc::clone(&self.schedule), handle);
        let deployment = self.workload.deployment;
        let performance = async move {
            let ended =
                deployment.execute_with("look", input, &injector).await.expect("a small input starts");
            let why = format!("{} {}", ended.error.unwrap_or_default(), ended.cause.unwrap_or_default());
            (user, ended.status, why)
        };
        self.running.push(Abortable::new(performance, registration).map(Result::ok).boxed_local());
    }
}

/// A whole number of milliseconds.
pub fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}
