//! Purpose: delete one space of a leaver, and the data in it [3.36], after one more look at the directory.
//! Effects: the grant notes the space, then the space and its volume go. In this order, so that nothing vanishes without a trace.
//! Idempotency: a space that is gone already is success.
//! Failures: `EntitledAgain`, `InvalidMapping`, `Superseded`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: none. That is why the removal policy's default never leads here.
//! Time budget: the directory, the mappings, one write, one call.

use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use gateway::entitled::{Entitled, Unknown};
use gateway::fault::Fault;
use gateway::studio::{Deletion, Space, Studio};
use gateway::tables::{Ledger, Write};
use lambda::Step;
use serde::{Deserialize, Serialize};

/// The step with what it may touch.
#[derive(Debug)]
pub struct DeleteSpace {
    entitled: Entitled,
    ledger: Ledger,
    studio: Studio,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// The space.
    pub space: Space,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// `false`: Studio would not yet. The next listing finds the space again.
    pub begun: bool,
}

/// Why the space was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// Entitlement unknown: nothing is destroyed.
    #[error("could not make sure that the user has left")]
    Entitlement(#[from] Unknown),
    /// The person is back.
    #[error("the user is entitled again, through {0:?}; the space stays")]
    EntitledAgain(String),
    /// The ledger could not be written.
    #[error("could not note the space in the ledger before deleting it")]
    Ledger(#[source] Fault),
    /// Another execution was there first.
    #[error("another execution is writing the grant")]
    Superseded,
    /// Studio could not be asked.
    #[error("could not delete the space")]
    Studio(#[source] Fault),
}

impl Named for DeleteError {
    fn name(&self) -> &'static str {
        match self {
            Self::Entitlement(unknown) => unknown.name(),
            Self::EntitledAgain(_) => catalogue::ENTITLED_AGAIN,
            Self::Ledger(fault) | Self::Studio(fault) => fault.name(),
            Self::Superseded => catalogue::SUPERSEDED,
        }
    }
}

impl Step for DeleteSpace {
    const NAME: &'static str = "delete-space";
    type Input = Input;
    type Output = Output;
    type Error = DeleteError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            studio: Studio::open(sdk, env)?,
        })
    }

    async fn run(&self, Input { job, space }: Input) -> Result<Output, DeleteError> {
        let domain = self.studio.domain(&job).await.map_err(DeleteError::Studio)?;
        let noted = self.ledger.note_leaving(&job, std::slice::from_ref(&space.name), None).await;
        match noted.map_err(DeleteError::Ledger)? {
            Write::Done => {}
            Write::Superseded => return Err(DeleteError::Superseded),
        }
        // The last thing before the deletion, so that as little as possible can change in between.
        if let (_, Some(entitlement)) = self.entitled.now(&job).await? {
            return Err(DeleteError::EntitledAgain(entitlement.membership.group_name));
        }
        match domain.delete_space(&space.name).await.map_err(DeleteError::Studio)? {
            Deletion::Begun => Ok(Output { begun: true }),
            Deletion::InUse => Ok(Output { begun: false }),
        }
    }
}
