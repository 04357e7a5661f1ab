//! A machine as a flat list of its states in reading order, for diagrams, traces and the checks
//! that the definition and the code agree.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Body, Level, Machine, Next, State, StateKind};
use crate::template::Template;
use crate::terms::Resource;

/// A state as [`Machine::states`] lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct StateInfo {
    /// Name, unique in the machine.
    pub name: String,
    /// `Type`.
    pub kind: StateKind,
    /// Enclosing Map and Parallel states, outermost first.
    pub path: Vec<String>,
    /// Index of the branch, if the innermost enclosing state is a Parallel.
    pub branch: Option<usize>,
    /// `Comment`.
    pub comment: Option<String>,
    /// Service integration of a Task.
    pub resource: Option<Resource>,
    /// A Task's `FunctionName` or `StateMachineArn` after substitution; an expression without its
    /// braces.
    pub function: Option<String>,
    /// A Task's `TimeoutSeconds`.
    pub timeout: Option<Duration>,
    /// A Wait's `Seconds`: a number, or an expression without its braces.
    pub wait: Option<String>,
    /// `StartAt` of each inner level: one for a Map, one per branch for a Parallel.
    pub inner_starts: Vec<String>,
    /// A Fail's `Error`.
    pub error: Option<String>,
    /// Retriers, in the order of the definition.
    pub retries: Vec<RetryInfo>,
    /// Catchers, in the order of the definition.
    pub catches: Vec<CatchInfo>,
    /// Transitions to other states, including those of catchers.
    pub edges: Vec<Edge>,
    /// True if the level can end in this state: `End`, Succeed or Fail.
    pub end: bool,
}

/// One retrier [5.10].
#[derive(Debug, Clone, PartialEq)]
pub struct RetryInfo {
    /// `ErrorEquals`.
    pub errors: Vec<String>,
    /// `IntervalSeconds`.
    pub interval_seconds: u32,
    /// `MaxAttempts`.
    pub max_attempts: u32,
    /// `BackoffRate`.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`.
    pub max_delay_seconds: Option<u32>,
    /// True if `JitterStrategy` is `FULL`.
    pub full_jitter: bool,
}

/// One catcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatchInfo {
    /// `ErrorEquals`.
    pub errors: Vec<String>,
    /// `Next`.
    pub next: String,
}

/// A transition from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Empty for `Next`; otherwise a Choice's condition, `default`, or the error names of a
    /// catcher.
    pub label: String,
    /// Name of the next state.
    pub to: String,
    /// True if the transition belongs to a catcher.
    pub is_catch: bool,
}

impl Machine {
    /// Lists every state, each level from its start state. The inner states of a Map or a Parallel
    /// follow it directly, branch by branch.
    pub fn states(&self) -> Vec<StateInfo> {
        let mut found = Vec::new();
        collect(&self.root, &[], None, &mut found);
        found
    }
}

fn collect(level: &Level, path: &[String], branch: Option<usize>, found: &mut Vec<StateInfo>) {
    for state in in_reading_order(level) {
        found.push(info(state, path, branch));
        let inner_path: Vec<String> = path.iter().chain([&state.name]).cloned().collect();
        for (index, (_, inner)) in state.inner_levels().into_iter().enumerate() {
            let branch = (state.kind() == StateKind::Parallel).then_some(index);
            collect(inner, &inner_path, branch, found);
        }
    }
}

/// Lists the states of a level depth first, following transitions in the order of the definition.
/// The usual path therefore comes first.
fn in_reading_order(level: &Level) -> Vec<&State> {
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    let mut left = vec![level.start_at.as_str()];
    while let Some(name) = left.pop() {
        if seen.insert(name) {
            let state = level.state(name);
            order.push(state);
            left.extend(state.successors().into_iter().rev().map(|(_, next)| next));
        }
    }
    order
}

fn info(state: &State, path: &[String], branch: Option<usize>) -> StateInfo {
    let mut info = StateInfo {
        name: state.name.clone(),
        kind: state.kind(),
        path: path.to_vec(),
        branch,
        comment: state.comment.clone(),
        resource: None,
        function: None,
        timeout: None,
        wait: None,
        inner_starts: state.inner_levels().into_iter().map(|(_, inner)| inner.start_at.clone()).collect(),
        error: None,
        retries: retries(state),
        catches: catches(state),
        edges: edges(state),
        end: state.next() == Some(&Next::End),
    };
    match &state.body {
        Body::Task(task) => {
            info.resource = Some(task.resource);
            info.function = Some(task.function.text());
            info.timeout = task.timeout;
        }
        Body::Wait { seconds, .. } => info.wait = Some(seconds.text()),
        Body::Succeed => info.end = true,
        Body::Fail { error, .. } => {
            info.end = true;
            info.error = error.as_ref().map(Template::text);
        }
        Body::Choice(_) | Body::Pass { .. } | Body::Map(_) | Body::Parallel(_) => {}
    }
    info
}

fn retries(state: &State) -> Vec<RetryInfo> {
    let retriers = state.handling().into_iter().flat_map(|handling| handling.retry.iter());
    retriers
        .map(|retrier| RetryInfo {
            errors: retrier.errors.clone(),
            interval_seconds: retrier.interval_seconds,
            max_attempts: retrier.max_attempts,
            backoff_rate: retrier.backoff_rate,
            max_delay_seconds: retrier.max_delay_seconds,
            full_jitter: retrier.full_jitter,
        })
        .collect()
}

fn catches(state: &State) -> Vec<CatchInfo> {
    let catchers = state.handling().into_iter().flat_map(|handling| handling.catch.iter());
    catchers.map(|catcher| CatchInfo { errors: catcher.errors.clone(), next: catcher.next.clone() }).collect()
}

fn edges(state: &State) -> Vec<Edge> {
    let plain = |label: &str, to: &str| Edge { label: label.to_owned(), to: to.to_owned(), is_catch: false };
    let mut found = Vec::new();
    if let Some(Next::To(next)) = state.next() {
        found.push(plain("", next));
    }
    if let Body::Choice(choice) = &state.body {
        found.extend(choice.rules.iter().map(|rule| plain(&rule.condition.text(), &rule.next)));
        found.extend(choice.default.iter().map(|default| plain("default", default)));
    }
    found.extend(catches(state).into_iter().map(|catch| Edge {
        label: catch.errors.join(", "),
        to: catch.next,
        is_catch: true,
    }));
    found
}
