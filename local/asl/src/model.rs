//! A loaded state machine: everything that a definition can say, already checked, nothing left to refuse at run time but values.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::template::Template;
use crate::terms::Resource;

/// A state machine, loaded and checked. It never changes, so any number of executions may run on it.
#[derive(Debug)]
pub struct Machine {
    pub(crate) name: String,
    pub(crate) comment: Option<String>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) root: Level,
}

impl Machine {
    /// The name it was loaded under: `$states.context.StateMachine.Name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The definition's top-level `Comment`.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The state an execution starts in.
    pub fn start_at(&self) -> &str {
        &self.root.start_at
    }

    /// The time an execution may take.
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

/// The states that can lead to one another: the machine's own, or those inside a Map.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) start_at: String,
    pub(crate) states: BTreeMap<String, State>,
}

impl Level {
    /// The state of that name. Loading has made sure that every name leads somewhere.
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

/// `Output` and `Assign`: what a way out of a state makes of the values it knows.
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

    /// Retry and Catch, for the kinds that may have them.
    pub(crate) fn handling(&self) -> Option<&Handling> {
        match &self.body {
            Body::Task(task) => Some(&task.handling),
            Body::Map(map) => Some(&map.handling),
            Body::Choice(_) | Body::Wait { .. } | Body::Pass { .. } | Body::Succeed | Body::Fail { .. } => {
                None
            }
        }
    }

    /// `Next` or `End`, for the kinds that have one.
    pub(crate) fn next(&self) -> Option<&Next> {
        match &self.body {
            Body::Task(task) => Some(&task.next),
            Body::Map(map) => Some(&map.next),
            Body::Wait { next, .. } | Body::Pass { next } => Some(next),
            Body::Choice(_) | Body::Succeed | Body::Fail { .. } => None,
        }
    }

    /// Every state of the same level that this one can lead to, in the order of the definition's fields: next, rules, default, catchers.
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

    /// Every `Output` and `Assign` of the state with the field it stands under: its own, its rules', its catchers'.
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
