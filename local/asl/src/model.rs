//! A loaded state machine. Loading has checked everything except the values, which are known at run
//! time only.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::template::Template;
use crate::terms::Resource;

/// A state machine, loaded and checked. It is immutable, so any number of executions can share it.
#[derive(Debug)]
pub struct Machine {
    pub(crate) name: String,
    pub(crate) comment: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) root: Level,
}

impl Machine {
    /// Returns the name it was loaded under: `$states.context.StateMachine.Name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the definition's top-level `Comment`.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// Returns the name of the start state.
    pub fn start_at(&self) -> &str {
        &self.root.start_at
    }

    /// Returns the machine's `TimeoutSeconds`.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}

/// The types of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the language")]
pub enum StateKind {
    Task,
    Choice,
    Wait,
    Pass,
    Map,
    Succeed,
    Fail,
}

impl fmt::Display for StateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Task => "Task",
            Self::Choice => "Choice",
            Self::Wait => "Wait",
            Self::Pass => "Pass",
            Self::Map => "Map",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
        })
    }
}

/// States that can lead to one another: the machine's own, or the inner states of a Map.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) start_at: String,
    pub(crate) states: BTreeMap<String, State>,
}

impl Level {
    /// Returns a state by name. Loading has checked that every transition leads to a state.
    pub(crate) fn state(&self, name: &str) -> &State {
        self.states
            .get(name)
            .expect("loading checks that StartAt and every Next name a state of the same level")
    }
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) comment: Option<String>,
    pub(crate) yields: Yields,
    pub(crate) body: Body,
}

/// `Output` and `Assign`: the expressions that are evaluated when a state is left.
#[derive(Debug, Default)]
pub(crate) struct Yields {
    pub(crate) output: Option<Template>,
    pub(crate) assign: BTreeMap<String, Template>,
}

#[derive(Debug)]
pub(crate) enum Body {
    Task(Box<Task>),
    Choice(Choice),
    Wait { seconds: Template, next: Next },
    Pass { next: Next },
    Map(Box<Map>),
    Succeed,
    Fail { error: Option<Template>, cause: Option<Template> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    To(String),
    End,
}

#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) resource: Resource,
    pub(crate) function: Template,
    pub(crate) payload: Template,
    pub(crate) name: Option<Template>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) handling: Handling,
    pub(crate) next: Next,
}

#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) items: Option<Template>,
    pub(crate) item_selector: Option<Template>,
    pub(crate) max_concurrency: Option<Template>,
    pub(crate) processor: Level,
    pub(crate) handling: Handling,
    pub(crate) next: Next,
}

#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) rules: Vec<Rule>,
    pub(crate) default: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) condition: Template,
    pub(crate) next: String,
    pub(crate) yields: Yields,
}

#[derive(Debug, Default)]
pub(crate) struct Handling {
    pub(crate) retry: Vec<Retrier>,
    pub(crate) catch: Vec<Catcher>,
}

#[derive(Debug, Clone)]
pub(crate) struct Retrier {
    pub(crate) errors: Vec<String>,
    pub(crate) interval_seconds: u32,
    pub(crate) max_attempts: u32,
    pub(crate) backoff_rate: f64,
    pub(crate) max_delay_seconds: Option<u32>,
    pub(crate) full_jitter: bool,
}

#[derive(Debug)]
pub(crate) struct Catcher {
    pub(crate) errors: Vec<String>,
    pub(crate) next: String,
    pub(crate) yields: Yields,
}

impl State {
    pub(crate) fn kind(&self) -> StateKind {
        match &self.body {
            Body::Task(_) => StateKind::Task,
            Body::Choice(_) => StateKind::Choice,
            Body::Wait { .. } => StateKind::Wait,
            Body::Pass { .. } => StateKind::Pass,
            Body::Map(_) => StateKind::Map,
            Body::Succeed => StateKind::Succeed,
            Body::Fail { .. } => StateKind::Fail,
        }
    }

    /// Returns Retry and Catch, for the types that have them.
    pub(crate) fn handling(&self) -> Option<&Handling> {
        match &self.body {
            Body::Task(task) => Some(&task.handling),
            Body::Map(map) => Some(&map.handling),
            Body::Choice(_) | Body::Wait { .. } | Body::Pass { .. } | Body::Succeed | Body::Fail { .. } => {
                None
            }
        }
    }

    /// Returns `Next` or `End`, for the types that have one.
    pub(crate) fn next(&self) -> Option<&Next> {
        match &self.body {
            Body::Task(task) => Some(&task.next),
            Body::Map(map) => Some(&map.next),
            Body::Wait { next, .. } | Body::Pass { next } => Some(next),
            Body::Choice(_) | Body::Succeed | Body::Fail { .. } => None,
        }
    }

    /// Lists every state that this one can lead to, in the order `Next`, rules, `Default`,
    /// catchers.
    pub(crate) fn successors(&self) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        if let Some(Next::To(next)) = self.next() {
            found.push(("Next".to_owned(), next.as_str()));
        }
        if let Body::Choice(choice) = &self.body {
            for (index, rule) in choice.rules.iter().enumerate() {
                found.push((format!("Choices[{index}].Next"), rule.next.as_str()));
            }
            if let Some(default) = &choice.default {
                found.push(("Default".to_owned(), default.as_str()));
            }
        }
        for (index, catcher) in
            self.handling().map(|handling| handling.catch.iter()).into_iter().flatten().enumerate()
        {
            found.push((format!("Catch[{index}].Next"), catcher.next.as_str()));
        }
        found
    }

    /// Lists every `Output` and `Assign` of the state, its rules and its catchers, with the prefix
    /// of the field.
    pub(crate) fn all_yields(&self) -> Vec<(String, &Yields)> {
        let mut found = vec![(String::new(), &self.yields)];
        if let Body::Choice(choice) = &self.body {
            found.extend(
                choice
                    .rules
                    .iter()
                    .enumerate()
                    .map(|(index, rule)| (format!("Choices[{index}]."), &rule.yields)),
            );
        }
        if let Some(handling) = self.handling() {
            found.extend(
                handling
                    .catch
                    .iter()
                    .enumerate()
                    .map(|(index, catcher)| (format!("Catch[{index}]."), &catcher.yields)),
            );
        }
        found
    }
}
