//! Purpose: delete one app by the field it needs: the profile's name or the space's [3.25, 3.29].
//! Effects: the app stops; its unsaved memory is lost, its files are not.
//! Idempotency: an app that is gone already is success [3.30].
//! Failures: `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: none; the person starts the app again.
//! Time budget: one call. The waiting is the state machine's.

use aws_types::SdkConfig;
use contract::failure::Named;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use gateway::fault::Fault;
use gateway::studio::{App, Deletion, Studio};
use lambda::Step;
use serde::{Deserialize, Serialize};

/// The step with what it may touch.
#[derive(Debug)]
pub struct DeleteApp {
    studio: Studio,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Who and where.
    pub job: Job,
    /// The app.
    pub app: App,
}

/// What the state machine gets back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// `false`: Studio would not yet, for example because the app is still starting [3.33]. The next listing finds it again.
    pub begun: bool,
}

/// Why the app was not deleted.
#[derive(Debug, thiserror::Error)]
#[error("could not delete the app")]
pub struct DeleteError(#[source] Fault);

impl Named for DeleteError {
    fn name(&self) -> &'static str {
        self.0.name()
    }
}

impl Step for DeleteApp {
    const NAME: &'static str = "delete-app";
    type Input = Input;
    type Output = Output;
    type Error = DeleteError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { studio: Studio::open(sdk, env)? })
    }

    async fn run(&self, Input { job, app }: Input) -> Result<Output, DeleteError> {
        let domain = self.studio.domain(&job).await.map_err(DeleteError)?;
        match domain.delete_app(&app).await.map_err(DeleteError)? {
            Deletion::Begun => Ok(Output { begun: true }),
            Deletion::InUse => Ok(Output { begun: false }),
        }
    }
}
