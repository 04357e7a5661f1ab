//! Purpose: delete one app by the field it needs: the profile's name or the space's [3.25, 3.29].
//! Effects: the app stops; unsaved memory is lost, files stay.
//! Idempotency: an app that is already gone is success [3.30].
//! Failures: `Paused`, `LeaseLost`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: none; the user starts the app again.
//! Time budget: one write, one call. The state machine does the waiting.

use aws::studio::{App, Deletion, Studio, StudioError};
use aws::tables::{Ledger, LedgerError};
use aws_types::SdkConfig;
use contract::failure::Named;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct DeleteApp {
    ledger: Ledger,
    studio: Studio,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The user and the target.
    pub job: Job,
    /// The app to delete.
    pub app: App,
}

/// The output to the state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// `false`: Studio refused for now, for example because the app is still starting [3.33]. The
    /// next listing finds the app again.
    pub begun: bool,
    /// The app, if its deletion has begun. If it runs later, it was started again.
    pub ended: Vec<App>,
}

/// Reasons why the app was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// The lease is lost, or could not be renewed.
    #[error("could not renew the lease")]
    Lease(#[from] LedgerError),
    /// The call to Studio failed.
    #[error("could not delete the app")]
    Studio(#[from] StudioError),
}

impl Named for DeleteError {
    fn name(&self) -> &'static str {
        match self {
            Self::Lease(error) => error.name(),
            Self::Studio(fault) => fault.name(),
        }
    }
}

impl Step for DeleteApp {
    const NAME: &'static str = "delete-app";
    type Input = Input;
    type Output = Output;
    type Error = DeleteError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { ledger: Ledger::open(sdk, env)?, studio: Studio::open(sdk, env)? })
    }

    async fn run(&self, Input { job, app }: Input) -> Result<Output, DeleteError> {
        self.ledger.renew(&job).await?;
        let domain = self.studio.acting_domain(&job).await?;
        match domain.delete_app(&app).await? {
            Deletion::Begun => Ok(Output { begun: true, ended: vec![app] }),
            Deletion::InUse => Ok(Output { begun: false, ended: Vec::new() }),
        }
    }
}
