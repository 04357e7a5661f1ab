//! Every fault in turn: each call of a case meets each kind of fault, each function is invoked twice, each answer of a function is lost, and the
//! execution is stopped at each state; one run for each.

use crate::coverage::Coverage;
use crate::injector::FaultPlan;
use crate::invariants::changes;
use crate::operations::{Meanwhile, Operation, Story};
use crate::runner::{Played, play};
use fake_aws::service::Refusal;
use fake_aws::{Effect, Rule};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// One run: a case with one thing that goes wrong.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The case, and what goes wrong.
    pub name: String,
    /// The history, with the fault in it.
    pub story: Story,
    /// The faults that the injector makes.
    pub fault_plan: FaultPlan,
}

/// What came of many runs.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many runs.
    pub runs: usize,
    /// How many executions.
    pub executions: usize,
    /// How many calls of AWS.
    pub calls: usize,
    /// What was touched.
    pub coverage: Coverage,
    /// Runs whose fault never found its call: they show nothing.
    pub idle: Vec<String>,
    /// What was broken: the run's name, and how.
    pub broken: Vec<(String, Vec<String>)>,
}

impl Summary {
    /// Both together.
    pub fn join(&mut self, other: Self) {
        self.runs += other.runs;
        self.executions += other.executions;
        self.calls += other.calls;
        self.coverage.join(other.coverage);
        self.idle.extend(other.idle);
        self.broken.extend(other.broken);
    }

    fn add(&mut self, name: &str, played: Played) {
        self.runs += 1;
        self.executions += played.executions;
        self.calls += played.calls.len();
        self.coverage.join(played.coverage);
        if played.idle > 0 {
            self.idle.push(name.to_owned());
        }
        if !played.broken.is_empty() {
            self.broken.push((name.to_owned(), played.broken));
        }
    }
}

/// A key that is in the way is in everybody's way, and for longer than one call: whoever looks again sees the same.
const HIDDEN: &str = "and whatever follows hidden by a key";

/// The faults of the wire, each for one call or for as many as the SDK sends, so that the step sees it.
fn faults(operation: &str) -> Vec<(&'static str, Effect, u32)> {
    let is_change = operation.split_once(':').is_some_and(|(_, name)| changes(name));
    // A change of Studio is sent once, and any other call up to three times.
    let times = if is_change && operation.starts_with("sagemaker:") { 1 } else { 3 };
    let mut faults = vec![
        ("refused with a server error", Effect::ServerError, times),
        ("denied", Effect::Refuse(Refusal::new("AccessDeniedException", "denied by the simulation")), 1),
        (HIDDEN, Effect::Refuse(hidden()), 20),
        ("throttled", Effect::Throttle, times),
        ("done, answers lost", Effect::LoseAnswer, times),
        ("never answered", Effect::Delay(Duration::from_secs(200)), times),
        ("delivered twice", Effect::Twice, 1),
    ];
    if is_change {
        let late = Duration::from_secs(58);
        faults.push(("done after it was given up", Effect::Delay(late), 1));
        faults.push(("done after the connection broke", Effect::BreakThenRun(late), 1));
        faults.push(("done after a server error", Effect::ErrorThenRun(late), 1));
    }
    faults
}

/// "Not found" where a KMS key is in the way [2.12]. Who takes it for an absence, takes something away.
pub fn hidden() -> Refusal {
    let refusal = Refusal::new("ResourceNotFoundException", "The KMS key was not found.");
    refusal.with("ResourceType", "USER").with("Reason", "KMS_KEY_NOT_FOUND")
}

/// What the ledger answers to a step that somebody has overtaken: the lease is another's, or the grant is.
fn overtaken(operation: &str) -> Option<(&'static str, Effect, u32)> {
    let reason = |code: &str| json!({"Code": code});
    let refused = |code: &str| Refusal::new(code, "overtaken in the simulation");
    match operation {
        "dynamodb:UpdateItem" => Some((
            "of somebody who has lost the lease",
            Effect::Refuse(refused("ConditionalCheckFailedException")),
            1,
        )),
        "dynamodb:TransactWriteItems" => {
            let reasons = json!([reason("None"), reason("ConditionalCheckFailed"), reason("None")]);
            let refusal = refused("TransactionCanceledException").with("CancellationReasons", reasons);
            Some(("of somebody who was overtaken", Effect::Refuse(refusal), 1))
        }
        _ => None,
    }
}

/// All trials of a case: the case itself is played once, undisturbed, to learn what there is to disturb.
pub fn trials(name: &str, story: &Story) -> Vec<Trial> {
    let calm = play(story, FaultPlan::default());
    let mut all = vec![Trial {
        name: format!("{name}: undisturbed"),
        story: story.clone(),
        fault_plan: FaultPlan::default(),
    }];
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    for call in &calm.calls[..calm.disturbed] {
        let operation = format!("{}:{}", call.service, call.operation);
        // A call beyond a rate limit is refused before any fault meets it.
        if call.fault.is_none() && call.outcome.to_string().contains("Throttl") {
            continue;
        }
        let of_all = *seen.entry((String::new(), operation.clone())).and_modify(|n| *n += 1).or_insert(0);
        let number = seen.entry((call.label.clone(), operation.clone())).or_default();
        let of_this = |kind: &str| kind != HIDDEN || operation.starts_with("identitystore:");
        // Only a condition can tell that somebody was overtaken.
        let has_condition =
            operation == "dynamodb:TransactWriteItems" || !call.request["ConditionExpression"].is_null();
        let overtaken = overtaken(&operation).filter(|_| has_condition);
        let kinds = faults(&operation).into_iter().chain(overtaken).filter(|(kind, ..)| of_this(kind));
        for (kind, effect, times) in kinds {
            let rule = Rule::on(&operation, effect).times(times);
            let rule =
                if kind == HIDDEN { rule.after(of_all) } else { rule.from(&call.label).after(*number) };
            let mut story = story.clone();
            story.operations.insert(0, (Duration::ZERO, Operation::Fault(rule)));
            let name = format!("{name}: {operation} number {number} of {} {kind}", call.label);
            all.push(Trial { name, story, fault_plan: FaultPlan::default() });
        }
        *number += 1;
    }
    let mut direct = |what: &str, count: usize, fault_plan: &dyn Fn(usize) -> FaultPlan| {
        all.extend((0..count).map(|number| Trial {
            name: format!("{name}: {what} {number}"),
            story: story.clone(),
            fault_plan: fault_plan(number),
        }));
    };
    let usual = FaultPlan::default();
    direct("invoked twice, function", calm.invocations, &|number| FaultPlan { twice: Some(number), ..usual });
    direct("answer lost of function", calm.invocations, &|number| FaultPlan { lose: Some(number), ..usual });
    direct("nothing heard of function", calm.invocations, &|number| FaultPlan {
        mute: Some(number),
        ..usual
    });
    direct("process ended of function", calm.invocations, &|number| FaultPlan {
        exit: Some(number),
        ..usual
    });
    direct("paused after call", calm.disturbed, &|number| FaultPlan { pause: Some(number), ..usual });
    direct("stopped at state", calm.states, &|number| FaultPlan { stop: Some(number), ..usual });
    let turns = (0..story.participants.groups).map(|group| Meanwhile::Turn(0, group));
    for operation in turns.chain([Meanwhile::StartApp(0, 0), Meanwhile::SignIn(0, 0)]) {
        let meanwhile = |number| FaultPlan { meanwhile: Some((number, operation)), ..usual };
        direct(&format!("{operation:?} at state"), calm.states, &meanwhile);
    }
    all
}

/// Plays all trials, on as many threads; each emulated AWS lives on one of them. Asked to, it begins no more of them once a promise is broken.
pub fn play_all(trials: &[Trial], threads: usize, stop: bool) -> Summary {
    let (next, summary) = (AtomicUsize::new(0), Mutex::new(Summary::default()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let played = play(&trial.story, trial.fault_plan);
                    let mut summary = summary.lock().expect("adding does not fail");
                    summary.add(&trial.name, played);
                    if stop && !summary.broken.is_empty() {
                        return;
                    }
                }
            });
        }
    });
    summary.into_inner().expect("adding does not fail")
}
