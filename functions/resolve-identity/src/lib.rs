//! Purpose: who is meant, are they still there, and which Studio domains concern them: mapped now, granted before, or being worked on. An event
//! that names no person, and none can be found for it, asks for a sweep instead.
//! Effects: none.
//! Idempotency: reads only.
//! Failures: `InvalidInput`, `ResolveIdentity.UserUnknown`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: a few directory calls; one scan of the mappings; one or two queries of the ledger.

mod decide;
mod error;

use crate::error::ResolveError;
use aws_types::SdkConfig;
use contract::change::{Change, Heard, Whom, parse};
use contract::ids::{MembershipId, UserId};
use contract::near::near_misses;
use contract::person::{Person, UserStatus};
use contract::rules::{Standing, standing};
use contract::settings::{BadSetting, Env};
use decide::{Resolved, Sweep};
use gateway::entitled::Entitled;
use gateway::fault::Fault;
use gateway::tables::{Ledger, OfUser};
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
        self.of_ours(&change)?;
        let user_id = match change.whom {
            Whom::Id(id) => id,
            Whom::Name(name) => self.named(name).await?,
            Whom::Group(group) => return Ok(decide::sweep(Sweep::Group(group), change.cause)),
            Whom::Membership(membership) => match self.member(&membership).await? {
                Some(id) => id,
                None => return Ok(decide::sweep(Sweep::Membership(membership), change.cause)),
            },
        };
        let directory = &self.entitled.directory;
        let person = directory.person_in_any_form(&user_id).await?;
        let (standing, near) = self.standing(&person).await.map_err(ResolveError::Standing)?;
        // After the directory: whoever is at work without having seen what we have seen is found here.
        let (person, known) = self.known(person).await.map_err(ResolveError::Grants)?;
        Ok(decide::resolve(person, change.cause, &standing, &near, &known))
    }
}

impl ResolveIdentity {
    /// A user's standing everywhere, and the near misses among their groups if nothing is mapped. A
    /// user who is gone or disabled is in no group that counts, and nobody is asked.
    async fn standing(&self, person: &Person) -> Result<(Standing, Vec<String>), Fault> {
        match person.status {
            UserStatus::Gone | UserStatus::Disabled => Ok((Standing::default(), Vec::new())),
            UserStatus::Enabled => {
                let memberships = self.entitled.directory.memberships(&person.user_id).await?;
                let rules = self.entitled.mappings.rules().await?;
                let standing = standing(&memberships, &rules);
                let is_mapped = !standing.claims.is_empty() || !standing.bad.is_empty();
                let near = if is_mapped { Vec::new() } else { near_misses(&rules, &memberships) };
                Ok((standing, near))
            }
        }
    }

    fn of_ours(&self, change: &Change) -> Result<(), ResolveError> {
        let ours = self.entitled.directory.store_id();
        match change.store_id.as_ref().filter(|theirs| *theirs != ours) {
            Some(theirs) => {
                Err(ResolveError::OtherStore { theirs: theirs.to_string(), ours: ours.to_string() })
            }
            None => Ok(()),
        }
    }

    async fn named(&self, name: String) -> Result<UserId, ResolveError> {
        let found = self.entitled.directory.find(&name).await?;
        found.ok_or(ResolveError::UserUnknown(name))
    }

    /// Whose membership it was, if somebody was granted something by it.
    async fn member(&self, membership: &MembershipId) -> Result<Option<UserId>, ResolveError> {
        let forms = membership.forms(self.entitled.directory.store_id());
        self.ledger.of_membership(&forms).await.map_err(ResolveError::Grants)
    }

    /// What the ledger knows of a person. It spells ids as the directory does [2.3], and the directory says nothing about somebody who is gone:
    /// such a person is the one whom the ledger knows by any form of the id.
    async fn known(&self, person: Person) -> Result<(Person, OfUser), Fault> {
        let known = self.ledger.of_user(&person.user_id).await?;
        if person.status != UserStatus::Gone || !known.is_empty() {
            return Ok((person, known));
        }
        for form in person.user_id.forms(&person.store_id).into_iter().skip(1) {
            let known = self.ledger.of_user(&form).await?;
            if !known.is_empty() {
                return Ok((Person { user_id: form, ..person }, known));
            }
        }
        Ok((person, known))
    }
}
