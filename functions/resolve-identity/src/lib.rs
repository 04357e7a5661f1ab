//! Purpose: find the user, their status in the directory, and the Studio domains that concern them:
//! mapped now, granted before, or being worked on. For an event from which no user can be found,
//! return the sweep to start instead.
//! Effects: none.
//! Idempotency: reads only.
//! Failures: `InvalidInput`, `ResolveIdentity.UserUnknown`, `Throttled`, `Transient`,
//! `Misconfigured`, `Internal`.
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
use contract::rules::{GroupRules, MatchedMappings, matched};
use contract::settings::{BadSetting, Env};
use contract::user::{User, UserStatus};
use decide::{Resolved, Sweep};
use serde::Deserialize;
use serde_json::Value;
use step::Step;

/// The step and its clients.
#[derive(Debug)]
pub struct ResolveIdentity {
    entitled: Entitled,
    ledger: Ledger,
}

/// The input from the state machine: the execution's input, whatever it is.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// An event, or a manual input.
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
        if let Some(because) = self.concerns_nobody(&change).await.map_err(ResolveError::MatchedMappings)? {
            return Ok(decide::nothing(change.cause, because));
        }
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
        // Read the ledger after the directory, so that it shows every execution that worked on an
        // older read.
        let (user, known) = self.known(user).await.map_err(ResolveError::Grants)?;
        Ok(decide::resolve(user, change.cause, &matched, &near, &known))
    }
}

impl ResolveIdentity {
    /// Returns a user's mappings everywhere, and the near misses among their groups if nothing is
    /// mapped. A user who is gone or disabled has no groups that count, and the directory is not
    /// read.
    async fn matched(&self, user: &User) -> Result<(MatchedMappings, Vec<String>), AwsError> {
        match user.status {
            UserStatus::Gone | UserStatus::Disabled => Ok((MatchedMappings::default(), Vec::new())),
            UserStatus::Enabled => {
                let memberships = self.entitled.memberships(user).await?;
                let rules = self.entitled.mappings.rules().await?;
                let matched = matched(&memberships, &rules);
                let is_mapped = !matched.claims.is_empty() || !matched.bad.is_empty();
                let names = memberships.iter().map(|one| (&one.group_id, one.group_name.as_str()));
                let near = if is_mapped { Vec::new() } else { near_misses(&rules, names) };
                Ok((matched, near))
            }
        }
    }

    /// Returns why an event concerns nobody whom we look after: it is about one group, no rule means
    /// this group, and neither the group nor the user has a grant. Costs no call of the Identity Store
    /// if the group's name is known: a first synchronisation of a directory sends a million such events.
    async fn concerns_nobody(&self, change: &Change) -> Result<Option<String>, AwsError> {
        let store = self.entitled.directory.store_id();
        let group = match (&change.subject, &change.group) {
            (Subject::Id(_), Some(group)) => group,
            (Subject::Group(group), _) => {
                // It may have another name now.
                for form in group.forms(store) {
                    self.entitled.names.forget(&form).await?;
                }
                group
            }
            (Subject::Id(_) | Subject::Name(_) | Subject::Membership(_), _) => return Ok(None),
        };
        let Some(name) = self.entitled.name(group).await? else { return Ok(None) };
        let rules = self.entitled.mappings.rules().await?;
        let GroupRules { mappings, bad } = rules.of_group(group, &name);
        if !mappings.is_empty() || !bad.is_empty() {
            return Ok(None);
        }
        let is_free = match &change.subject {
            Subject::Id(user) => self.has_nothing(&user.forms(store)).await?,
            Subject::Group(_) | Subject::Name(_) | Subject::Membership(_) => {
                !self.ledger.has_grants_for(&group.forms(store)).await?
            }
        };
        let nothing = format!("no rule means the group {name:?}, and nothing was granted before");
        // A row that nearly matches is most likely meant for this group.
        let near = near_misses(&rules, [(group, name.as_str())]);
        Ok(is_free.then(|| [nothing].into_iter().chain(near).collect::<Vec<_>>().join(": ")))
    }

    /// Returns whether the ledger has nothing about a user, in any form of the id.
    async fn has_nothing(&self, forms: &[UserId]) -> Result<bool, AwsError> {
        for form in forms {
            if !self.ledger.of_user(form).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
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
