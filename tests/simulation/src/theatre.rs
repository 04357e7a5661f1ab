//! Plays a history: deeds at their times, executions beside each other, a director who interferes, a watch over every call; and in the end, with
//! all faults gone, one look at everybody.

use crate::coverage::Coverage;
use crate::deeds::{Deed, Story};
use crate::direction::{Direction, Mischief, Prompter};
use crate::model::User;
use crate::names::user_id;
use crate::scene::Scene;
use crate::verdict;
use crate::watch::Watch;
use engine::Status;
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Abortable, Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use local::setting;
use local::stage::Stage;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use world::{Bodies, CallRecord, Clock, World, WorldSettings, run_virtual};

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
pub fn play(story: &Story, mischief: Mischief) -> Played {
    run_virtual(async {
        let scenario = story.scenario();
        let epoch = setting::beginning(&scenario).expect("the usual beginning is a date");
        let settings = WorldSettings::new(story.seed, Clock::virtual_from(epoch));
        let world = World::new(WorldSettings { bodies: Bodies::Requests, ..settings });
        let stage = Stage::build_in(world, &scenario).await;
        let stage = stage.expect("the world of a cast can be built: every test would say so");
        Theatre::new(&stage.silent(), story, mischief).run().await
    })
}

/// Whom an execution was about, how it ended, and why.
type End = (User, Status, String);

struct Theatre<'a> {
    story: &'a Story,
    scene: Rc<Scene<'a>>,
    prompter: Rc<Prompter>,
    running: FuturesUnordered<LocalBoxFuture<'a, Option<End>>>,
    stoppable: VecDeque<AbortHandle>,
    executions: usize,
    idle: usize,
    complaints: Vec<(User, String)>,
}

impl<'a> Theatre<'a> {
    fn new(stage: &'a Stage, story: &'a Story, mischief: Mischief) -> Self {
        let watch = Watch::over(&stage.world, story.cast.users, story.cast.targets);
        Self {
            story,
            scene: Rc::new(Scene::new(stage, watch)),
            prompter: Rc::new(Prompter::new(mischief, story.cast, story.seed)),
            running: FuturesUnordered::new(),
            stoppable: VecDeque::new(),
            executions: 0,
            idle: 0,
            complaints: Vec::new(),
        }
    }

    async fn run(mut self) -> Played {
        let began = self.scene.now();
        for (at, deed) in &self.story.deeds {
            self.until(began + *at).await;
            if let Deed::Look(user) = deed {
                self.look(*user, "an event");
            } else if *deed == Deed::Stop {
                self.stoppable.pop_front().iter().for_each(AbortHandle::abort);
            } else {
                self.scene.happens(deed).await;
            }
        }
        self.calm().await;
        let world = &self.scene.stage.world;
        // Functions of executions that were stopped may still be at work.
        world.clock().sleep(Duration::from_mins(3)).await;
        let (disturbed, struck) = world.count_calls();
        self.idle = world.unspent_faults().len().saturating_sub(struck);
        world.clear_faults();
        self.prompter.rests.set(true);
        // Whatever faults there were before, the last look must succeed; complaints from before are forgotten.
        self.complaints.clear();
        self.last_look().await;
        self.calm().await;
        self.judge(disturbed).await
    }

    /// By a sweep, as the schedule starts it, or at everybody. A sweep that does not believe what it has read (nobody is in any group any more), or
    /// that meets its ceiling, starts nothing: then people look.
    async fn last_look(&mut self) {
        if self.story.swept {
            let stage = self.scene.stage;
            let swept = stage.sweep("the-last-sweep", json!({})).await.expect("a small input starts");
            match swept.error.as_deref() {
                None => {
                    for start in stage.asked() {
                        let users = 0..self.story.cast.users;
                        let user = users.into_iter().find(|user| start.input["userId"] == user_id(*user));
                        self.start(user.expect("a sweep starts with one of the cast"), start.input);
                    }
                    return;
                }
                Some("JudgeRemovals.NotBelieved" | "JudgeRemovals.CeilingReached") => {}
                Some(error) => self.sweep_failed(error, swept.cause.as_deref()),
            }
        }
        for user in 0..self.story.cast.users {
            self.look(user, "the last look");
        }
    }

    fn sweep_failed(&mut self, error: &str, cause: Option<&str>) {
        self.complaints.push((0, format!("the sweep failed: {error} {}", cause.unwrap_or_default())));
    }

    async fn judge(self, disturbed: usize) -> Played {
        let mut broken = self.scene.watch.broken();
        let model = self.scene.model.borrow().clone();
        broken.extend(verdict::unexpected(self.complaints, &model));
        broken.extend(verdict::of(self.scene.stage, self.story, &model).await);
        Played {
            broken,
            calls: self.scene.stage.world.calls(),
            disturbed,
            invocations: self.prompter.invocations.get(),
            states: self.prompter.states.get(),
            executions: self.executions,
            coverage: self.prompter.coverage.take(),
            idle: self.idle,
        }
    }

    /// Lets everything run until a moment.
    async fn until(&mut self, moment: SystemTime) {
        let clock = self.scene.stage.world.clock().clone();
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
    }

    fn look(&mut self, user: User, reason: &str) {
        self.start(user, json!({"userId": user_id(user), "reason": reason}));
    }

    fn start(&mut self, user: User, input: Value) {
        self.executions += 1;
        let (handle, registration) = AbortHandle::new_pair();
        self.stoppable.push_back(handle.clone());
        let direction = Direction::new(Rc::clone(&self.scene), Rc::clone(&self.prompter), handle);
        let stage = self.scene.stage;
        let performance = async move {
            let ended = stage.execute_with("look", input, &direction).await.expect("a small input starts");
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
