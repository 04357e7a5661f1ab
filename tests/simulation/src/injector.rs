//! Who interferes with the executions of a history: functions run twice, answers get lost, executions are stopped, and people change their minds
//! at the very moment a state begins.

use crate::coverage::Coverage;
use crate::operations::{Meanwhile, Participants};
use crate::workload::Workload;
use asl::{HistoryEvent, HistoryKind, TaskCall};
use fake_aws::Random;
use futures_util::future::AbortHandle;
use harness::deployment::{Injection, Injector, LAMBDA_ERRORS};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// The faults of a history, in addition to those among its operations. Numbers count over the whole
/// history, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultPlan {
    /// This invocation of a function happens twice.
    pub twice: Option<usize>,
    /// The answer of this invocation is lost.
    pub lose: Option<usize>,
    /// Nothing is ever heard of this invocation.
    pub mute: Option<usize>,
    /// The process of this invocation ends while it is at work.
    pub exit: Option<usize>,
    /// The execution that enters a state as this one of all is stopped there.
    pub stop: Option<usize>,
    /// Right after this call of all, an operator pauses everything.
    pub pause: Option<usize>,
    /// When this state of all is entered, somebody does this. No event tells of it.
    pub meanwhile: Option<(usize, Meanwhile)>,
    /// Of a thousand invocations so many happen twice, or lose their answer, and a third as many end at work, by the story's seed.
    pub per_mille: u64,
    /// Of a thousand states that are entered so many see somebody join or leave a group, and as many somebody start an app, by the story's seed.
    pub turns_per_mille: u64,
}

/// What all directors of a history share.
#[derive(Debug)]
pub(crate) struct FaultSchedule {
    fault_plan: FaultPlan,
    participants: Participants,
    random: Random,
    pub(crate) invocations: Cell<usize>,
    pub(crate) states: Cell<usize>,
    /// At the last look nobody interferes.
    pub(crate) rests: Cell<bool>,
    pub(crate) coverage: RefCell<Coverage>,
}

impl FaultSchedule {
    pub(crate) fn new(fault_plan: FaultPlan, participants: Participants, seed: u64) -> Self {
        Self {
            fault_plan,
            participants,
            random: Random::new(seed),
            invocations: Cell::new(0),
            states: Cell::new(0),
            rests: Cell::new(false),
            coverage: RefCell::default(),
        }
    }

    /// Returns the next number of a counter, or nothing once the injector must stop.
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
        let ordered =
            self.fault_plan.meanwhile.filter(|(at, _)| *at == number).map(|(_, operation)| operation);
        let per_mille = self.fault_plan.turns_per_mille;
        let turn = self.by_chance("turn", per_mille).then(|| {
            Meanwhile::Turn(
                self.below("who", self.participants.users),
                self.below("which", self.participants.groups),
            )
        });
        let start = self.by_chance("start", per_mille).then(|| {
            Meanwhile::StartApp(
                self.below("whose", self.participants.users),
                self.below("where", self.participants.targets),
            )
        });
        ordered.into_iter().chain(turn).chain(start)
    }
}

/// The injector of one execution.
pub(crate) struct SimulationInjector<'a> {
    workload: Rc<Workload<'a>>,
    schedule: Rc<FaultSchedule>,
    handle: AbortHandle,
    last: RefCell<BTreeMap<String, String>>,
}

impl<'a> SimulationInjector<'a> {
    pub(crate) fn new(workload: Rc<Workload<'a>>, schedule: Rc<FaultSchedule>, handle: AbortHandle) -> Self {
        Self { workload, schedule, handle, last: RefCell::default() }
    }
}

impl Injector for SimulationInjector<'_> {
    fn inject(&self, call: &TaskCall, scope: &str) -> Injection {
        let execution = scope.split('#').next().unwrap_or_default();
        self.workload.invariants.begins(self.workload.now(), execution, scope, call);
        let Some(number) = self.schedule.next(&self.schedule.invocations) else { return Injection::Play };
        let FaultPlan { twice, lose, mute, exit, per_mille, .. } = self.schedule.fault_plan;
        if twice == Some(number) || self.schedule.by_chance("twice", per_mille) {
            Injection::Twice
        } else if mute == Some(number) {
            Injection::NoAnswer
        } else if exit == Some(number) || self.schedule.by_chance("exit", per_mille / 3) {
            let lives = self.schedule.random.within(&format!("lives {number}"), 1..=400);
            Injection::Exit(Duration::from_millis(lives))
        } else if lose == Some(number) || self.schedule.by_chance("lose", per_mille) {
            LAMBDA_ERRORS
                .get(number % (LAMBDA_ERRORS.len() + 1))
                .map_or(Injection::NoAnswer, |name| Injection::LoseAnswer(name))
        } else {
            Injection::Play
        }
    }

    fn recorded(&self, event: &HistoryEvent) {
        self.workload.invariants.hears(event);
        self.schedule.coverage.borrow_mut().note(event, &mut self.last.borrow_mut());
        let HistoryKind::StateEntered { .. } = event.kind else { return };
        let Some(number) = self.schedule.next(&self.schedule.states) else { return };
        for operation in self.schedule.meanwhile(number) {
            self.workload.meanwhile(operation);
        }
        if self.schedule.fault_plan.stop == Some(number) {
            self.handle.abort();
        }
    }
}
