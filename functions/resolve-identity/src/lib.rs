//! Purpose: who is meant, are they still there, and which Studio domains concern them: mapped now, granted before, or being worked on.
//! Effects: none.
//! Idempotency: reads only.
//! Failures: `InvalidInput`, `ResolveIdentity.UserUnknown`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: a few directory calls; one scan of the mappings; one query of the ledger.

mod decide;
mod error;

use crate::error::ResolveError;
use aws_types::SdkConfig;
use contract::change::{Change, Heard, Whom, parse};
use contract::ids::UserId;
use contract::settings::{BadSetting, Env};
use decide::Resolved;
use gateway::entitled::Entitled;
use gateway::tables::Ledger;
use lambda::Step;
use serde::Deserialize;
use serde_json::Value;

/// The step with what it may touch.
#[derive(Debug)]
pub struct ResolveIdentity {
    entitled: Entitled,
    ledger: Ledger,
}

/// What the state machine passes in: the execution's input, whatever it is.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// An event, or a few words by hand.
    pub input: Value,
}

impl Step for ResolveIdentity {
    const NAME: &'static str = "resolve-identity";
    type Input = Input;
    type Output = Resolved;
    type Error = ResolveError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { entitled: Entitled::open(sdk, env)?, ledger: Ledger::open(sdk, env)? })
    }

    async fn run(&self, input: Input) -> Result<Resolved, ResolveError> {
        let change = match parse(&input.input)? {
            Heard::FailedCall { event_name, error_code } => {
                return Ok(decide::failed_call(&event_name, &error_code));
            }
            Heard::Change(change) => change,
        };
        let user_id = self.user_id(&change).await?;
        let directory = &self.entitled.directory;
        let person = directory.person(&user_id).await.map_err(ResolveError::Person)?;
        let standing = self.entitled.standing(&person).await.map_err(ResolveError::Standing)?;
        // After the directory: whoever is at work without having seen what we have seen is found here.
        // By the directory's own spelling of the id, which is the ledger's: an event may spell it in another form [2.3].
        let known = self.ledger.of_user(&person.user_id).await.map_err(ResolveError::Grants)?;
        Ok(decide::resolve(person, change.cause, &standing, &known))
    }
}

impl ResolveIdentity {
    async fn user_id(&self, change: &Change) -> Result<UserId, ResolveError> {
        let ours = self.entitled.directory.store_id();
        if let Some(theirs) = change.store_id.as_ref().filter(|theirs| *theirs != ours) {
            return Err(ResolveError::OtherStore { theirs: theirs.to_string(), ours: ours.to_string() });
        }
        match &change.whom {
            Whom::Id(id) => Ok(id.clone()),
            Whom::Name(name) => {
                let found = self.entitled.directory.find(name).await.map_err(ResolveError::Person)?;
                found.ok_or_else(|| ResolveError::UserUnknown(name.clone()))
            }
        }
    }
}
