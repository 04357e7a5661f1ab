//! Purpose: read the scope of a sweep and check that it may start. An approval is used up here, a
//! successor must present the progress that its predecessor stored, a schedule event counts once,
//! and events that name only a membership or a group are collected, so that a thousand of them cost
//! one sweep. A manual sweep starts at once.
//! Effects: one note in the ledger's table for an approval, a successor, a scheduled or a collected
//! sweep.
//! Idempotency: the notes carry the execution's name and start, so the same execution recognizes
//! its own.
//! Failures: `InvalidInput`, `StartSweep.NothingToApprove`, `StartSweep.NotASuccessor`,
//! `Paused`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: a read of the controls, two calls of the ledger's table.

mod decide;
pub mod request;

use aws::error::AwsError;
use aws::tables::Controls;
use aws::tables::sweeps::Sweeps;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::settings::{BadSetting, Env};
use contract::sweep::{Page, Phase, Progress, StartAccess, key};
use decide::Window;
use request::{BadSweepInput, Request, Scheduled, SweepScope, parse};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use step::Step;
use time::OffsetDateTime;

/// The step and its clients.
#[derive(Debug)]
pub struct StartSweep {
    sweeps: Sweeps,
    controls: Controls,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The execution's input, whatever it is.
    pub input: Value,
    /// The execution's name.
    pub execution: String,
    /// Start of the execution; a redrive does not change it.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// Reasons why there is no sweep.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The input cannot be parsed.
    #[error("the input of the sweep cannot be used")]
    Input(#[from] BadSweepInput),
    /// The input of a successor does not have the form that a predecessor writes.
    #[error("the progress of the earlier execution cannot be read")]
    Progress(#[source] serde_json::Error),
    /// No predecessor started this successor.
    #[error("this execution is not the successor of the sweep {sweep:?}: {why}; nothing was changed")]
    NotASuccessor {
        /// The sweep to continue.
        sweep: String,
        /// The reason.
        why: &'static str,
    },
    /// There is nothing to approve.
    #[error("the removals {list:?} cannot be approved: {why}")]
    NothingToApprove {
        /// The list in the approval.
        list: String,
        /// The reason.
        why: &'static str,
    },
    /// The ledger's table could not be read or written.
    #[error("could not read or write the notes of the sweep")]
    Note(#[from] AwsError),
    /// Everything is paused, or that could not be read.
    #[error("the sweep does not start")]
    Control(#[source] AwsError),
}

impl Named for OpenError {
    fn name(&self) -> &'static str {
        match self {
            Self::Input(bad) => bad.name(),
            Self::Progress(_) => catalogue::INVALID_INPUT,
            Self::NotASuccessor { .. } => catalogue::NOT_A_SUCCESSOR,
            Self::NothingToApprove { .. } => catalogue::NOTHING_TO_APPROVE,
            Self::Note(fault) | Self::Control(fault) => fault.name(),
        }
    }
}

impl Step for StartSweep {
    const NAME: &'static str = "start-sweep";
    type Input = Input;
    type Output = Page;
    type Error = OpenError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { sweeps: Sweeps::open(sdk, env)?, controls: Controls::open(sdk, env)? })
    }

    async fn run(&self, Input { input, execution, since }: Input) -> Result<Page, OpenError> {
        self.controls.check_pause("states:StartExecution").await.map_err(OpenError::Control)?;
        let own = key(&execution, since);
        if let Some(progress) = input.get("progress") {
            let members = input.as_object().map_or(0, Map::len);
            let progress: Progress = serde_json::from_value(progress.clone()).map_err(OpenError::Progress)?;
            return self.gone_on(members, progress, &execution, &own).await;
        }
        let Request { scope, reason, scheduled } = parse(&input)?;
        let scheduled = match scheduled {
            Some(event) => self.is_scheduled(&event, since, &own).await?,
            None => false,
        };
        let progress = decide::begin(own, reason, scheduled);
        match scope {
            SweepScope::Everyone => Ok(Page::new(progress, &[])),
            SweepScope::Group(group) => {
                let progress = Progress { group: Some(group), ..progress };
                if is_event(&input) { self.gathered(progress).await } else { Ok(Page::new(progress, &[])) }
            }
            SweepScope::User(id) => Ok(one(progress, "userId", id.as_str())),
            SweepScope::UserName(name) => Ok(one(progress, "userName", &name)),
            SweepScope::Membership(_) => self.gathered(progress).await,
            SweepScope::Approve { list, approver } => self.approved(progress, list, approver).await,
        }
    }
}

/// Returns whether the input comes from an event: `access` passes the event's id on.
fn is_event(input: &Value) -> bool {
    input.get("eventId").is_some_and(Value::is_string)
}

/// Skips the sweep: `access` is started for the one user.
fn one(progress: Progress, member: &str, who: &str) -> Page {
    let start = StartAccess::of(&progress, member, who);
    Page { starts: vec![start], ..Page::new(Progress { phase: Phase::Close, ..progress }, &[]) }
}

impl StartSweep {
    /// Continues where the predecessor stopped, if the ledger has exactly that place.
    async fn gone_on(
        &self,
        members: usize,
        progress: Progress,
        execution: &str,
        own: &str,
    ) -> Result<Page, OpenError> {
        let refuse = |why| OpenError::NotASuccessor { sweep: progress.sweep.clone(), why };
        decide::may_go_on(members, execution, &progress).map_err(refuse)?;
        if !self.sweeps.take_up(&progress, own).await? {
            return Err(refuse("no execution stored this progress, or another execution continued from it"));
        }
        Ok(Page::new(progress, &[]))
    }

    /// Checks that a schedule event counts: it is fresh, and no execution had it before.
    async fn is_scheduled(
        &self,
        event: &Scheduled,
        since: OffsetDateTime,
        own: &str,
    ) -> Result<bool, OpenError> {
        if !decide::is_fresh(event, since) {
            return Ok(false);
        }
        Ok(self.sweeps.claim("schedule", &format!("event#{}", event.id), own).await?)
    }

    /// Collects events. The first event of a window starts a sweep when the window is over, so that
    /// its reads cover all the others.
    async fn gathered(&self, progress: Progress) -> Result<Page, OpenError> {
        let Window { key, wait } = decide::window(progress.group.as_deref(), self.sweeps.now());
        let ours = self.sweeps.claim("windows", &key, &progress.sweep).await?;
        let page = Page { wait, ..Page::new(progress, &[]) };
        Ok(if ours { page } else { Page { progress: None, wait: 0, ..page } })
    }

    /// Starts the removals of a list that somebody has approved. The input proves nothing: the approver has
    /// written the approval into the table of controls, which IAM allows under their own id alone.
    async fn approved(&self, progress: Progress, list: String, approver: String) -> Result<Page, OpenError> {
        let refuse = |why| OpenError::NothingToApprove { list: list.clone(), why };
        let sweep = decide::sweep_of(&list).map_err(refuse)?;
        let verdict = self.sweeps.verdict(sweep).await?;
        let status = decide::may_approve(verdict.as_ref(), &list, self.sweeps.now()).map_err(refuse)?;
        let is_id = approver.len() <= decide::LONGEST_ID;
        if !is_id || !self.controls.is_approved(&list, &approver).await.map_err(OpenError::Control)? {
            return Err(refuse("the approver has not approved this list, or the approval has ended"));
        }
        // The condition includes the status and the list: a sweep that is redriven meanwhile may have been
        // allowed, or have found others.
        let unused = "#status = :status AND #list = :list \
             AND (attribute_not_exists(#approvedBy) OR #approvedBy = :approvedBy)";
        let by = json!({"approvedBy": progress.sweep, "approver": approver, "status": status, "list": list});
        if !self.sweeps.mark(sweep, "verdict", unused, &by).await? {
            return Err(refuse("they were already approved, and an approval works once"));
        }
        Ok(Page::new(Progress { list: sweep.to_owned(), phase: Phase::Removals, ..progress }, &[]))
    }
}
