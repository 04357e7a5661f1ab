//! Plays a history: deeds at their times, executions beside each other, a director who interferes, a watch over every call; and in the end, with
//! all faults gone, one look at everybody.

use crate::coverage::Coverage;
use crate::deeds::{Deed, Story, group_id, mapping_row, target_name, user_id, user_name};
use crate::model::{Model, Target, User};
use crate::verdict;
use crate::watch::Watch;
use engine::{HistoryEvent, HistoryKind, Status, TaskCall};
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Abortable, Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use local::setting;
use local::stage::{Cue, Director, Stage};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use world::services::identity_store::UserStatus;
use world::services::studio::{Home, NewSpace, Place};
use world::{CallRecord, Clock, Random, run_virtual};

/// What Lambda reports when a function has run and its answer has not arrived [5.15, 5.16].
const LAMBDAS_OWN: [&str; 8] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
];

/// What the director does, beside what the deeds order. Numbers count over the whole history, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mischief {
    /// This invocation of a function happens twice.
    pub twice: Option<usize>,
    /// The answer of this invocation is lost.
    pub lose: Option<usize>,
    /// The execution that enters a state as this one of all is stopped there.
    pub stop: Option<usize>,
    /// Of a thousand invocations so many happen twice, or lose their answer, by the story's seed.
    pub per_mille: u64,
}

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
}

/// Plays a history under virtual time.
pub fn play(story: &Story, mischief: Mischief) -> Played {
    run_virtual(async {
        let scenario = story.cast.scenario();
        let epoch = setting::beginning(&scenario).expect("the usual beginning is a date");
        let stage = Stage::build(&scenario, story.seed, Clock::virtual_from(epoch)).await;
        let stage = stage.expect("the world of a cast can be built: every test would say so");
        Theatre::new(&stage, story, mischief).run().await
    })
}

struct Theatre<'a> {
    stage: &'a Stage,
    story: &'a Story,
    watch: Watch,
    prompter: Rc<Prompter>,
    model: Model,
    running: FuturesUnordered<LocalBoxFuture<'a, Option<(Status, String)>>>,
    stoppable: VecDeque<AbortHandle>,
    executions: usize,
    complaints: Vec<String>,
}

impl<'a> Theatre<'a> {
    fn new(stage: &'a Stage, story: &'a Story, mischief: Mischief) -> Self {
        let watch = Watch::over(&stage.world, story.cast.users, story.cast.targets);
        let model = Model::default();
        watch.becomes(stage.world.clock().now(), &model);
        let random = Random::new(story.seed);
        let prompter = Prompter {
            mischief,
            random,
            invocations: Cell::new(0),
            states: Cell::new(0),
            rests: Cell::new(false),
            coverage: RefCell::default(),
        };
        Self {
            stage,
            story,
            watch,
            prompter: Rc::new(prompter),
            model,
            running: FuturesUnordered::new(),
            stoppable: VecDeque::new(),
            executions: 0,
            complaints: Vec::new(),
        }
    }

    async fn run(mut self) -> Played {
        let began = self.stage.world.clock().now();
        for (at, deed) in &self.story.deeds {
            self.until(began + *at).await;
            self.happens(deed).await;
        }
        self.calm().await;
        self.stage.world.clear_faults();
        self.prompter.rests.set(true);
        let disturbed = self.stage.world.calls().len();
        for user in 0..self.story.cast.users {
            self.look(user, "the last look");
        }
        self.complaints.clear();
        self.calm().await;
        self.judge(disturbed).await
    }

    async fn judge(self, disturbed: usize) -> Played {
        let mut broken = self.watch.broken();
        broken.extend(self.complaints);
        broken.extend(verdict::of(self.stage, self.story, &self.model).await);
        Played {
            broken,
            calls: self.stage.world.calls(),
            disturbed,
            invocations: self.prompter.invocations.get(),
            states: self.prompter.states.get(),
            executions: self.executions,
            coverage: self.prompter.coverage.take(),
        }
    }

    /// Lets everything run until a moment.
    async fn until(&mut self, moment: std::time::SystemTime) {
        let clock = self.stage.world.clock().clone();
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

    /// Whatever faults there were before, the last look must succeed; complaints from before are forgotten.
    fn ended(&mut self, ended: Option<(Status, String)>) {
        if let Some((Status::Failed | Status::TimedOut | Status::Aborted, why)) = ended {
            self.complaints.push(format!("an execution failed: {why}"));
        }
    }

    fn look(&mut self, user: User, reason: &str) {
        self.executions += 1;
        let (handle, registration) = AbortHandle::new_pair();
        self.stoppable.push_back(handle.clone());
        let (stage, watch) = (self.stage, self.watch.clone());
        let (prompter, input) =
            (Rc::clone(&self.prompter), json!({"userId": user_id(user), "reason": reason}));
        let performance = async move {
            let director = Direction { stage, watch, prompter, handle, last: RefCell::default() };
            let ended = stage.execute_with("look", input, &director).await.expect("a small input starts");
            let why = format!("{} {}", ended.error.unwrap_or_default(), ended.cause.unwrap_or_default());
            (ended.status, why)
        };
        self.running.push(Abortable::new(performance, registration).map(Result::ok).boxed_local());
    }

    async fn happens(&mut self, deed: &Deed) {
        let world = &self.stage.world;
        let now = world.clock().now();
        // What cannot be (leaving a group that one is not in) does not happen: so a shrunk history makes sense as well.
        let done = match deed {
            Deed::Join(user, group) => {
                let joined =
                    world.directory(|store| store.add_member(&group_id(*group), &user_id(*user))).is_ok();
                joined && self.model.members.insert((*user, *group))
            }
            Deed::Leave(user, group) => {
                let left =
                    world.directory(|store| store.remove_member(&group_id(*group), &user_id(*user))).is_ok();
                left && self.model.members.remove(&(*user, *group))
            }
            Deed::Disable(user) => {
                let set =
                    world.directory(|store| store.set_status(&user_id(*user), UserStatus::Disabled)).is_ok();
                set && self.model.out.insert(*user)
            }
            Deed::Enable(user) => {
                let set =
                    world.directory(|store| store.set_status(&user_id(*user), UserStatus::Enabled)).is_ok();
                set && self.model.out.remove(user)
            }
            Deed::Delete(user) => {
                let gone = world.directory(|store| store.delete_user(&user_id(*user))).is_ok();
                self.model.members.retain(|(member, _)| !gone || member != user);
                gone && self.model.out.insert(*user)
            }
            Deed::Map(group, target, row) => {
                let Value::Object(item) = mapping_row(*group, *target, *row) else { return };
                setting::put_mapping(world, &item).await.expect("a row can be written");
                self.model.rows.insert((*group, *target), *row);
                true
            }
            Deed::OpenSpace(user, target) => self.open_space(*user, *target),
            Deed::StartApp(user, target) => self.start_app(*user, *target),
            Deed::Look(user) => {
                self.look(*user, "an event");
                true
            }
            Deed::Stop => self.stoppable.pop_front().is_some_and(|oldest| {
                oldest.abort();
                true
            }),
            Deed::Fault(rule) => {
                world.inject(rule.clone());
                true
            }
        };
        if done {
            self.watch.becomes(now, &self.model);
        }
    }

    fn open_space(&self, user: User, target: Target) -> bool {
        let (world, now) = (&self.stage.world, self.stage.world.clock().now());
        let Some(owner) = profile_name(self.stage, user, target) else { return false };
        let space = NewSpace::private(&format!("space-of-{user}"), &owner);
        world.studio(|studio| studio.add_space(&place(target), space, now)).is_ok()
    }

    fn start_app(&self, user: User, target: Target) -> bool {
        let (world, now) = (&self.stage.world, self.stage.world.clock().now());
        let Some(owner) = profile_name(self.stage, user, target) else { return false };
        let (here, name) = (place(target), format!("space-of-{user}"));
        let in_space =
            world.studio(|studio| studio.start_app(&here, Home::Space(name), ("JupyterLab", "default"), now));
        in_space.is_ok()
            || world
                .studio(|studio| studio.start_app(&here, Home::Profile(owner), ("Canvas", "default"), now))
                .is_ok()
    }
}

/// A target as the world's place.
pub(crate) fn place(target: Target) -> Place {
    setting::place(&target_name(target)).expect("a target of the cast is well formed")
}

/// The name of a user's profile in a target.
fn profile_name(stage: &Stage, user: User, target: Target) -> Option<String> {
    let now = stage.world.clock().now();
    let profiles = stage.world.studio(|studio| studio.snapshot(now)).profiles;
    let theirs = |p: &world::services::studio::ProfileRow| {
        p.place == place(target) && p.sso_user.as_deref() == Some(&user_name(user))
    };
    profiles.into_iter().find(theirs).map(|profile| profile.name)
}

/// What all directors of a history share.
struct Prompter {
    mischief: Mischief,
    random: Random,
    invocations: Cell<usize>,
    states: Cell<usize>,
    rests: Cell<bool>,
    coverage: RefCell<Coverage>,
}

impl Prompter {
    /// The next number of a counter, and whether the director may still interfere: not at the last look.
    fn next(&self, counter: &Cell<usize>) -> Option<usize> {
        (!self.rests.get()).then(|| counter.replace(counter.get() + 1))
    }
}

/// The director of one execution.
struct Direction<'a> {
    stage: &'a Stage,
    watch: Watch,
    prompter: Rc<Prompter>,
    handle: AbortHandle,
    last: RefCell<std::collections::BTreeMap<String, String>>,
}

impl Director for Direction<'_> {
    fn cue(&self, call: &TaskCall, scope: &str) -> Cue {
        let execution = scope.split('#').next().unwrap_or_default();
        self.watch.begins(self.stage.world.clock().now(), execution, scope, call);
        let Some(number) = self.prompter.next(&self.prompter.invocations) else { return Cue::Play };
        let Mischief { twice, lose, per_mille, .. } = self.prompter.mischief;
        let by_chance = |what: &str| per_mille > 0 && self.prompter.random.chance(what, per_mille);
        if twice == Some(number) || by_chance("twice") {
            Cue::Twice
        } else if lose == Some(number) || by_chance("lose") {
            Cue::LoseAnswer(LAMBDAS_OWN[number % LAMBDAS_OWN.len()])
        } else {
            Cue::Play
        }
    }

    fn recorded(&self, event: &HistoryEvent) {
        self.watch.hears(event);
        self.prompter.coverage.borrow_mut().note(event, &mut self.last.borrow_mut());
        if let HistoryKind::StateEntered { .. } = event.kind {
            let number = self.prompter.next(&self.prompter.states);
            if number.is_some() && self.prompter.mischief.stop == number {
                self.handle.abort();
            }
        }
    }
}

/// A whole number of milliseconds.
pub fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}
