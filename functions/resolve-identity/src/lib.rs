//! Purpose: who is meant, are they still there, and which Studio domains concern them: mapped now, granted before, or being worked on. An event
//! that names no user, and none can be found for it, asks for a sweep instead.
//! Effects: none.
//! Idempotency: reads only.
//! Failures: `InvalidInput`, `ResolveIdentity.UserUnknown`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: a few directory calls; one scan of the mappings; one or two queries of the ledger.

mod decide;
mod error;

use crate::error::ResolveError;
use aws::entitled::Entitled;
use aws::error::AwsError;
use aws::tables::{Ledger, UserGrants};
use aws_types::SdkConfig;
use contract::change::{Change, ParsedEvent, Subject, parse};
use contract::ids::{MembershipId, UserId};
use contract::near::near_misses;
use contract::rules::{MatchedMappings, matched};
use contract::settings::{BadSetting, Env};
use contract::user::{User, UserStatus};
use decide::{Resolved, Sweep};
use serde::Deserialize;
use serde_json::Value;
use step::Step;

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
            ParsedEvent::FailedCall { event_name, error_code } => {
                return Ok(decide::failed_call(&event_name, &error_code));
            }
            ParsedEvent::Change(change) => change,
        };
        self.of_ours(&change)?;
        let user_id = match change.subject {
            Subject::Id(id) => id,
            Subject::Name(name) => self.named(name).await?,
            Subject::Group(group) => return Ok(decide::sweep(Sweep::Group(group), change.cause)),
            Subject::Membership(membership) => match self.member(&membership).await? {
                Some(id) => id,
                None => return Ok(decide::sweep(Sweep::Membership(membership), change.cause)),
            },
        };
        let directory = &self.entitled.directory;
        let user = directory.user_in_any_form(&user_id).await?;
        let (matched, near) = self.matched(&user).await.map_err(ResolveError::MatchedMappings)?;
        // After the directory: whoever is at work without having seen what we have seen is found here.
        let (user, known) = self.known(user).await.map_err(ResolveError::Grants)?;
        Ok(decide::resolve(user, change.cause, &matched, &near, &known))
    }
}

impl ResolveIdentity {
    /// A user's standing everywhere, and the near misses among their groups if nothing is mapped. A
    /// user who is gone or disabled is in no group that counts, and nobody is asked.
    async fn matched(&self, user: &User) -> Result<(MatchedMappings, Vec<String>), AwsError> {
        match user.status {
            UserStatus::Gone | UserStatus::Disabled => Ok((MatchedMappings::default(), Vec::new())),
            UserStatus::Enabled => {
                let memberships = self.entitled.directory.memberships(&user.user_id).await?;
                let rules = self.entitled.mappings.rules().await?;
                let matched = matched(&memberships, &rules);
                let is_mapped = !matched.claims.is_empty() || !matched.bad.is_empty();
                let near = if is_mapped { Vec::new() } else { near_misses(&rules, &memberships) };
                Ok((matched, near))
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

    /// What the ledger knows of a user. It spells ids as the directory does [2.3], and the directory says nothing about somebody who is gone:
    /// such a user is the one whom the ledger knows by any form of the id.
    async fn known(&self, user: User) -> Result<(User, UserGrants), AwsError> {
        let known = self.ledger.of_user(&user.user_id).await?;
        if user.status != UserStatus::Gone || !known.is_empty() {
            return Ok((user, known));
        }
        for form in user.user_id.forms(&user.store_id).into_iter().skip(1) {
            let known = self.ledger.of_user(&form).await?;
            if !known.is_empty() {
                return Ok((User { user_id: form, ..user }, known));
            }
        }
        Ok((user, known))
    }
}
