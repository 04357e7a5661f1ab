//! A loaded state machine. Loading has checked everything except the values, which are known at run
//! time only.

mod walk;

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
    Parallel,
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
            Self::Parallel => "Parallel",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
        })
    }
}

/// States that can lead to one another: the machine's own, the inner states of a Map, or those of a
/// branch of a Parallel.
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
    Parallel(Box<Parallel>),
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
pub(crate) struct Parallel {
    pub(crate) arguments: Option<Template>,
    pub(crate) branches: Vec<Level>,
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
