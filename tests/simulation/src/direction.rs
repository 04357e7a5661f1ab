//! Who interferes with the executions of a history: functions run twice, answers get lost, executions are stopped, and people change their minds
//! at the very moment a state begins.

use crate::coverage::Coverage;
use crate::deeds::{Cast, Meanwhile};
use crate::scene::Scene;
use engine::{HistoryEvent, HistoryKind, TaskCall};
use futures_util::future::AbortHandle;
use local::stage::{Cue, Director};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use world::Random;

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
    /// Nothing is ever heard of this invocation.
    pub mute: Option<usize>,
    /// The execution that enters a state as this one of all is stopped there.
    pub stop: Option<usize>,
    /// When this state of all is entered, somebody does this. No event tells of it.
    pub meanwhile: Option<(usize, Meanwhile)>,
    /// Of a thousand invocations so many happen twice, or lose their answer, by the story's seed.
    pub per_mille: u64,
    /// Of a thousand states that are entered so many see somebody join or leave a group, and as many somebody start an app, by the story's seed.
    pub turns_per_mille: u64,
}

/// What all directors of a history share.
#[derive(Debug)]
pub(crate) struct Prompter {
    mischief: Mischief,
    cast: Cast,
    random: Random,
    pub(crate) invocations: Cell<usize>,
    pub(crate) states: Cell<usize>,
    /// At the last look nobody interferes.
    pub(crate) rests: Cell<bool>,
    pub(crate) coverage: RefCell<Coverage>,
}

impl Prompter {
    pub(crate) fn new(mischief: Mischief, cast: Cast, seed: u64) -> Self {
        Self {
            mischief,
            cast,
            random: Random::new(seed),
            invocations: Cell::new(0),
            states: Cell::new(0),
            rests: Cell::new(false),
            coverage: RefCell::default(),
        }
    }

    /// The next number of a counter, and whether the director may still interfere.
    fn next(&self, counter: &Cell<usize>) -> Option<usize> {
        (!self.rests.get()).then(|| counter.replace(counter.get() + 1))
    }

    fn by_chance(&self, what: &str, per_mille: u64) -> bool {
        per_mille > 0 && self.random.chance(what, per_mille)
    }

    fn below(&self, what: &str, count: usize) -> usize {
        let drawn = self.random.within(what, 0..=(count.max(1) - 1) as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    /// What people do as the state of this number is entered.
    fn meanwhile(&self, number: usize) -> impl Iterator<Item = Meanwhile> {
        let ordered = self.mischief.meanwhile.filter(|(at, _)| *at == number).map(|(_, deed)| deed);
        let per_mille = self.mischief.turns_per_mille;
        let turn = self.by_chance("turn", per_mille).then(|| {
            Meanwhile::Turn(self.below("who", self.cast.users), self.below("which", self.cast.groups))
        });
        let start = self.by_chance("start", per_mille).then(|| {
            Meanwhile::StartApp(self.below("whose", self.cast.users), self.below("where", self.cast.targets))
        });
        ordered.into_iter().chain(turn).chain(start)
    }
}

/// The director of one execution.
pub(crate) struct Direction<'a> {
    scene: Rc<Scene<'a>>,
    prompter: Rc<Prompter>,
    handle: AbortHandle,
    last: RefCell<BTreeMap<String, String>>,
}

impl<'a> Direction<'a> {
    pub(crate) fn new(scene: Rc<Scene<'a>>, prompter: Rc<Prompter>, handle: AbortHandle) -> Self {
        Self { scene, prompter, handle, last: RefCell::default() }
    }
}

impl Director for Direction<'_> {
    fn cue(&self, call: &TaskCall, scope: &str) -> Cue {
        let execution = scope.split('#').next().unwrap_or_default();
        self.scene.watch.begins(self.scene.now(), execution, scope, call);
        let Some(number) = self.prompter.next(&self.prompter.invocations) else { return Cue::Play };
        let Mischief { twice, lose, mute, per_mille, .. } = self.prompter.mischief;
        if twice == Some(number) || self.prompter.by_chance("twice", per_mille) {
            Cue::Twice
        } else if mute == Some(number) {
            Cue::NoAnswer
        } else if lose == Some(number) || self.prompter.by_chance("lose", per_mille) {
            LAMBDAS_OWN
                .get(number % (LAMBDAS_OWN.len() + 1))
                .map_or(Cue::NoAnswer, |name| Cue::LoseAnswer(name))
        } else {
            Cue::Play
        }
    }

    fn recorded(&self, event: &HistoryEvent) {
        self.scene.watch.hears(event);
        self.prompter.coverage.borrow_mut().note(event, &mut self.last.borrow_mut());
        let HistoryKind::StateEntered { .. } = event.kind else { return };
        let Some(number) = self.prompter.next(&self.prompter.states) else { return };
        for deed in self.prompter.meanwhile(number) {
            self.scene.meanwhile(deed);
        }
        if self.prompter.mischief.stop == Some(number) {
            self.handle.abort();
        }
    }
}
