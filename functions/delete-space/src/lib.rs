//! Purpose: delete one space of a leaver, and the data in it [3.36], after a new check of its
//! owner, the policy and the directory.
//! Effects: the grant records the space, and the removal is counted against the limits, once; then the
//! space and its volume are deleted. In this order, so that every deletion leaves a record.
//! Idempotency: a space that is already gone is success.
//! Failures: `Paused`, `TooManySuspensions`, `LeaseLost`, `EntitledAgain`, `InvalidMapping`,
//! `Superseded`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: none. That is why the default removal policy never deletes spaces.
//! Time budget: the directory, the mappings, all pages of spaces, one read, one write, one call.

use aws::clients::Clients;
use aws::entitled::RemovalOutdated;
use aws::studio::{Deletion, Space, StudioError};
use aws::tables::LedgerError;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::job::Job;
use contract::payload::RemovalPlan;
use contract::settings::{BadSetting, Env};
use futures_util::future::join;
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct DeleteSpace(Clients);

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The plan to carry out.
    pub plan: RemovalPlan,
    /// The space to delete.
    pub space: Space,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// `false`: Studio refused for now. The next listing finds the space again.
    pub begun: bool,
}

/// Reasons why the space was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The user is entitled again, or the entitlement could not be read: nothing is destroyed.
    #[error("could not continue the removal")]
    RemovalOutdated(#[from] RemovalOutdated),
    /// The policy does not allow the deletion (any more), or the space is now shared.
    #[error("the removal policy does not allow the deletion of the space {0:?}")]
    MustStay(String),
    /// The lease is lost, a limit is reached, or the ledger could not be written.
    #[error("could not record the space in the ledger before its deletion")]
    Ledger(#[from] LedgerError),
    /// The call to Studio failed.
    #[error("could not delete the space")]
    Studio(#[from] StudioError),
}

impl Named for DeleteError {
    fn name(&self) -> &'static str {
        match self {
            Self::RemovalOutdated(recheck) => recheck.name(),
            Self::Ledger(error) => error.name(),
            Self::Studio(fault) => fault.name(),
            Self::MustStay(_) => catalogue::SUPERSEDED,
        }
    }
}

impl Step for DeleteSpace {
    const NAME: &'static str = "delete-space";
    type Input = Input;
    type Output = Output;
    type Error = DeleteError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Clients::open(sdk, env).map(Self)
    }

    async fn run(&self, Input { job, plan, space }: Input) -> Result<Output, DeleteError> {
        let (domain, grant) =
            join(self.0.studio.acting_domain(&job), self.0.ledger.grant(&job.user.user_id, &job.target))
                .await;
        let (domain, grant) = (domain?, grant?);
        // The list in the input may be old: a space of that name may belong to another user by now.
        let Some(space) = domain.space(&plan.profile_name, &space.name).await? else {
            return Ok(Output { begun: true });
        };
        if let Some(grant) = &grant {
            self.0.ledger.note_deletion(&job, grant, &space.name).await?;
        }
        let now = self.0.check_deletion(&job, &plan, grant.as_ref()).await?;
        let policy = grant.map(|grant| now.rules.removal(&grant)).unwrap_or_default();
        if !policy.may_delete(space.shared) {
            return Err(DeleteError::MustStay(space.name));
        }
        match domain.delete_space(&plan.profile_name, &space.name).await? {
            Deletion::Begun => Ok(Output { begun: true }),
            Deletion::InUse => Ok(Output { begun: false }),
        }
    }
}
