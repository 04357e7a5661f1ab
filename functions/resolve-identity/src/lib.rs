//! Purpose: find the user, their status in the directory, and the Studio domains that concern them:
//! mapped now, granted before, or being worked on; three of them, and the execution to start for the
//! others. For an event from which no user can be found, return the sweep to start instead.
//! Effects: none; a repeated attempt and one of a sweep take a turn at the directory.
//! Idempotency: reads only.
//! Failures: `InvalidInput`, `ResolveIdentity.UserUnknown`, `Paused`, `Throttled`, `Transient`,
//! `Misconfigured`, `Internal`.
//! Undo: nothing to undo.
//! Time budget: a few directory calls; one scan of the mappings; one or two queries of the ledger.

mod decide;
mod error;
mod first_look;

use crate::error::ResolveError;
use crate::first_look::{FirstLook, Meaning};
use aws::entitled::Entitled;
use aws::error::AwsError;
use aws::tables::{Controls, Ledger, Looks, UserGrants};
use aws_types::SdkConfig;
use contract::change::{Change, ParsedEvent, Subject, parse};
use contract::ids::{MembershipId, UserId};
use contract::near::near_misses;
use contract::rules::{MatchedMappings, matched};
use contract::settings::{BadSetting, Env};
use contract::sweep::is_started_by_sweep;
use contract::user::{User, UserStatus};
use decide::{Resolved, Sweep};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct ResolveIdentity {
    entitled: Entitled,
    ledger: Ledger,
    looks: Looks,
    controls: Controls,
}

/// The input from the state machine: the execution's input, whatever it is.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The execution's name.
    pub execution: String,
    /// An event, or a manual input.
    pub input: Value,
    /// Number of earlier attempts (`State.RetryCount`).
    #[serde(default)]
    pub attempt: u32,
}

impl Step for ResolveIdentity {
    const NAME: &'static str = "resolve-identity";
    type Input = Input;
    type Output = Resolved;
    type Error = ResolveError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            ledger: Ledger::open(sdk, env)?,
            looks: Looks::open(sdk, env)?,
            controls: Controls::open(sdk, env)?,
        })
    }

    async fn run(&self, input: Input) -> Result<Resolved, ResolveError> {
        let resolved = self.resolved(input).await?;
        if resolved.start.is_some() {
            self.controls.check_pause("states:StartExecution").await.map_err(ResolveError::Control)?;
        }
        Ok(resolved)
    }
}

impl ResolveIdentity {
    async fn resolved(&self, Input { execution, input, attempt }: Input) -> Result<Resolved, ResolveError> {
        let change = match parse(&input)? {
            ParsedEvent::FailedCall { event_name, error_code } => {
                return Ok(decide::failed_call(&event_name, &error_code));
            }
            ParsedEvent::Change(change) => change,
        };
        self.of_ours(&change)?;
        // Many are looked at: a sweep starts a hundred at once, and a repeated attempt was most likely
        // refused because of others. The others wait for a turn.
        let in_crowd = attempt > 0 || is_started_by_sweep(&execution);
        if in_crowd && !self.looks.take().await.map_err(ResolveError::Looks)? {
            return Err(ResolveError::NotYet);
        }
        let at = self.ledger.now();
        let known = match self.first_look(&change).await? {
            FirstLook::NothingToDo(reason) => return Ok(decide::nothing(change.cause, &reason)),
            FirstLook::Known(known) => known,
        };
        let user_id = match change.subject {
            Subject::Id(id) => id,
            Subject::Name(name) => self.named(name).await?,
            Subject::Group(group) => return Ok(decide::sweep(&Sweep::Group(group), change.cause, execution)),
            Subject::Membership(membership) => match self.member(&membership).await? {
                Some(id) => id,
                None => return Ok(decide::sweep(&Sweep::Membership(membership), change.cause, execution)),
            },
        };
        let looked_at = self.look(&user_id, known).await;
        let (user, matched, near) = looked_at.map_err(ResolveError::MatchedMappings)?;
        // Read the ledger after the directory, so that it shows every execution that worked on an
        // older read.
        let (user, known) = self.known(user).await.map_err(ResolveError::Grants)?;
        let whole = decide::resolve(user, change.cause, &matched, &near, &known, at);
        Ok(decide::part(whole, change.after.as_ref(), &execution))
    }

    /// Returns a user, their mappings everywhere, and the near misses among their groups if nothing
    /// is mapped. A user who is gone or disabled has no groups that count.
    async fn look(
        &self,
        id: &UserId,
        known: Option<Box<Meaning>>,
    ) -> Result<(User, MatchedMappings, Vec<String>), AwsError> {
        let Entitled { directory, mappings, .. } = &self.entitled;
        let (user, memberships, rules) = if let Some(known) = known {
            let names = [(known.group, known.known.name)].into();
            let (user, memberships) = self.entitled.user_and_memberships(id, names).await?;
            (user, memberships, known.rules)
        } else {
            let user = directory.user_in_any_form(id).await.map_err(AwsError::from)?;
            if user.status != UserStatus::Enabled {
                return Ok((user, MatchedMappings::default(), Vec::new()));
            }
            let memberships = self.entitled.memberships(&user, BTreeMap::new()).await?;
            (user, memberships, mappings.rules().await?)
        };
        let matched = matched(&memberships, &rules);
        let is_mapped = !matched.claims.is_empty() || !matched.bad.is_empty();
        let names = memberships.iter().map(|one| (&one.group_id, one.group_name.as_str()));
        let near = if is_mapped { Vec::new() } else { near_misses(&rules, names) };
        Ok((user, matched, near))
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

    /// Returns the user of a membership, if a grant has it.
    async fn member(&self, membership: &MembershipId) -> Result<Option<UserId>, ResolveError> {
        let forms = membership.forms(self.entitled.directory.store_id());
        self.ledger.of_membership(&forms).await.map_err(ResolveError::Grants)
    }

    /// Returns the ledger's entries for a user. The ledger spells ids as the directory does [2.3].
    /// The directory returns nothing for a deleted user, so such a user is found in the ledger by
    /// any form of the id.
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
