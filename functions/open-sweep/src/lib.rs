//! Purpose: what a sweep is asked to look at, and whether it may: an approval is used up here, and events that name only a membership or a group
//! are gathered, so that a thousand of them cost one sweep. What a person asks for by hand is done at once.
//! Effects: one note in the ledger's table for an approval or a gathered sweep.
//! Idempotency: the notes carry the execution's name; the same execution finds them to be its own.
//! Failures: `InvalidInput`, `OpenSweep.NothingToApprove`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: two calls of the ledger's table.

mod decide;

use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Asked, BadAsk, Page, Phase, Progress, StartAccess, parse};
use decide::Window;
use gateway::fault::Fault;
use gateway::tables::sweeps::Sweeps;
use lambda::Step;
use serde::Deserialize;
use serde_json::{Value, json};

/// The step with what it may touch.
#[derive(Debug)]
pub struct OpenSweep {
    sweeps: Sweeps,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The execution's input, whatever it is.
    pub input: Value,
    /// The execution's name.
    pub execution: String,
}

/// Why there is no sweep.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The input is not understood.
    #[error("the input of the sweep cannot be used")]
    Input(#[from] BadAsk),
    /// The input of a successor is not what a predecessor writes.
    #[error("the progress of the earlier execution cannot be read")]
    Progress(#[source] serde_json::Error),
    /// The approval has nothing to approve.
    #[error("the removals of {sweep:?} cannot be approved: {why}")]
    NothingToApprove {
        /// The sweep that was named.
        sweep: String,
        /// Why not.
        why: &'static str,
    },
    /// The ledger's table could not be asked.
    #[error("could not note the sweep")]
    Note(#[from] Fault),
}

impl Named for OpenError {
    fn name(&self) -> &'static str {
        match self {
            Self::Input(bad) => bad.name(),
            Self::Progress(_) => catalogue::INVALID_INPUT,
            Self::NothingToApprove { .. } => catalogue::NOTHING_TO_APPROVE,
            Self::Note(fault) => fault.name(),
        }
    }
}

impl Step for OpenSweep {
    const NAME: &'static str = "open-sweep";
    type Input = Input;
    type Output = Page;
    type Error = OpenError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { sweeps: Sweeps::open(sdk, env)? })
    }

    async fn run(&self, Input { input, execution }: Input) -> Result<Page, OpenError> {
        if let Some(progress) = input.get("progress") {
            let progress: Progress = serde_json::from_value(progress.clone()).map_err(OpenError::Progress)?;
            return Ok(Page::new(progress, &[]));
        }
        let (asked, reason) = parse(&input)?;
        let progress = decide::begin(&execution, reason);
        match asked {
            Asked::Everyone => Ok(Page::new(progress, &[])),
            Asked::Group(group) => {
                let progress = Progress { group: Some(group), ..progress };
                if is_event(&input) { self.gathered(progress).await } else { Ok(Page::new(progress, &[])) }
            }
            Asked::User(id) => Ok(one(progress, "userId", id.as_str())),
            Asked::UserName(name) => Ok(one(progress, "userName", &name)),
            Asked::Membership(_) => self.gathered(progress).await,
            Asked::Approve(sweep) => self.approved(progress, sweep).await,
        }
    }
}

/// Whether an event asks, and no person: `access` passes the event's id on.
fn is_event(input: &Value) -> bool {
    input.get("eventId").is_some_and(Value::is_string)
}

/// Nothing is swept: `access` is started for the one person.
fn one(progress: Progress, member: &str, who: &str) -> Page {
    let start = StartAccess::of(&progress, member, who);
    Page { starts: vec![start], ..Page::new(Progress { phase: Phase::Close, ..progress }, &[]) }
}

impl OpenSweep {
    /// The first event of a window sweeps when the window is over, so that its reading covers all the others.
    async fn gathered(&self, progress: Progress) -> Result<Page, OpenError> {
        let Window { key, wait } = decide::window(progress.group.as_deref(), self.sweeps.now());
        let ours = self.sweeps.claim("windows", &key, &progress.sweep).await?;
        let page = Page { wait, ..Page::new(progress, &[]) };
        Ok(if ours { page } else { Page { progress: None, wait: 0, ..page } })
    }

    async fn approved(&self, progress: Progress, sweep: String) -> Result<Page, OpenError> {
        let refuse = |why| OpenError::NothingToApprove { sweep: sweep.clone(), why };
        let verdict = self.sweeps.notes(&sweep, "verdict", None, 1).await?.pop().map(|(_, verdict)| verdict);
        decide::may_approve(verdict.as_ref(), self.sweeps.now()).map_err(refuse)?;
        let unused = "attribute_not_exists(#approvedBy) OR #approvedBy = :approvedBy";
        let by = json!({"approvedBy": progress.sweep});
        if !self.sweeps.mark(&sweep, "verdict", unused, &by).await? {
            return Err(refuse("they were approved before, and an approval works once"));
        }
        Ok(Page::new(Progress { list: sweep, phase: Phase::Removals, ..progress }, &[]))
    }
}
