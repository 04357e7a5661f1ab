//! Purpose: find the user, their status in the directory, and the Studio domains that concern them:
//! mapped now, granted before, or being worked on; three of them, and the execution to start for the
//! others. For an event from which no user can be found, return the sweep to start instead.
//! Effects: none; a second attempt takes a turn at the directory.
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
use aws::tables::{Ledger, Looks, UserGrants};
use aws_types::SdkConfig;
use contract::change::{Change, ParsedEvent, Subject, parse};
use contract::ids::{GroupId, MembershipId, UserId};
use contract::near::near_misses;
use contract::rules::{GroupRules, MatchedMappings, Rules, matched};
use contract::settings::{BadSetting, Env};
use contract::user::{User, UserStatus};
use decide::{Resolved, Sweep};
use futures_util::future::try_join;
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
        })
    }

    async fn run(&self, Input { execution, input, attempt }: Input) -> Result<Resolved, ResolveError> {
        let change = match parse(&input)? {
            ParsedEvent::FailedCall { event_name, error_code } => {
                return Ok(decide::failed_call(&event_name, &error_code));
            }
            ParsedEvent::Change(change) => change,
        };
        self.of_ours(&change)?;
        // Most likely it was refused because many are looked at: the others wait for a turn.
        if attempt > 0 && !self.looks.take().await.map_err(ResolveError::Looks)? {
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
        let directory = &self.entitled.directory;
        let user = directory.user_in_any_form(&user_id).await?;
        let (matched, near) = self.matched(&user, known).await.map_err(ResolveError::MatchedMappings)?;
        // Read the ledger after the directory, so that it shows every execution that worked on an
        // older read.
        let (user, known) = self.known(user).await.map_err(ResolveError::Grants)?;
        let whole = decide::resolve(user, change.cause, &matched, &near, &known, at);
        Ok(decide::part(whole, change.after.as_ref(), &execution))
    }
}

/// What the mappings and the ledger say about an event, before anything is read about its user.
#[derive(Debug)]
enum FirstLook {
    /// Nothing is left to do, for this reason.
    NothingToDo(String),
    /// The user must be looked at; what the group of the event means, if it was read.
    Known(Option<Meaning>),
}

/// What a group stands for.
#[derive(Debug)]
struct Meaning {
    group: GroupId,
    name: String,
    /// All rules.
    rules: Rules,
    /// The rules that mean the group.
    of_group: GroupRules,
}

impl ResolveIdentity {
    /// Returns a user's mappings everywhere, and the near misses among their groups if nothing is
    /// mapped. A user who is gone or disabled has no groups that count, and the directory is not
    /// read.
    async fn matched(
        &self,
        user: &User,
        known: Option<Meaning>,
    ) -> Result<(MatchedMappings, Vec<String>), AwsError> {
        match user.status {
            UserStatus::Gone | UserStatus::Disabled => Ok((MatchedMappings::default(), Vec::new())),
            UserStatus::Enabled => {
                let (names, rules) = match known {
                    Some(Meaning { group, name, rules, .. }) => ([(group, name)].into(), Some(rules)),
                    None => (BTreeMap::new(), None),
                };
                let memberships = self.entitled.memberships(user, names).await?;
                let rules = match rules {
                    Some(rules) => rules,
                    None => self.entitled.mappings.rules().await?,
                };
                let matched = matched(&memberships, &rules);
                let is_mapped = !matched.claims.is_empty() || !matched.bad.is_empty();
                let names = memberships.iter().map(|one| (&one.group_id, one.group_name.as_str()));
                let near = if is_mapped { Vec::new() } else { near_misses(&rules, names) };
                Ok((matched, near))
            }
        }
    }

    /// Looks whether an event about one group can lead to anything. Costs no call of the Identity
    /// Store if the group's name is known: a first synchronisation of a directory sends a million
    /// events about groups that no rule means.
    async fn first_look(&self, change: &Change) -> Result<FirstLook, ResolveError> {
        match (&change.subject, &change.group) {
            (Subject::Id(user), Some(group)) => self.about_a_member(change, user, group).await,
            (Subject::Group(group), _) => self.about_a_group(group).await,
            (Subject::Id(_) | Subject::Name(_) | Subject::Membership(_), _) => Ok(FirstLook::Known(None)),
        }
    }

    /// An event about a membership leads to nothing if no rule means the group and the user has
    /// nothing, or if somebody has looked at the user long enough after it.
    async fn about_a_member(
        &self,
        change: &Change,
        user: &UserId,
        group: &GroupId,
    ) -> Result<FirstLook, ResolveError> {
        let grants = async { self.in_any_form(user).await.map_err(ResolveError::Grants) };
        let (meaning, grants) = try_join(Box::pin(self.meaning(group)), Box::pin(grants)).await?;
        let Some(known) = meaning else { return Ok(FirstLook::Known(None)) };
        let Meaning { name, rules, of_group, .. } = &known;
        if of_group.is_empty() && grants.is_empty() {
            return Ok(FirstLook::NothingToDo(decide::means_nothing(group, name, rules)));
        }
        let mapped = of_group.targets();
        let now = self.ledger.now().into();
        let is_covered = change.event_time.is_some_and(|event_time| {
            let concerned = mapped.iter().chain(grants.targets());
            of_group.is_readable() && grants.cover(concerned, event_time.into(), now)
        });
        // An event that concerns no domain, of a user who had something once, is looked at in full.
        let concerns_a_domain = !mapped.is_empty() || grants.targets().next().is_some();
        if is_covered && concerns_a_domain {
            return Ok(FirstLook::NothingToDo(decide::covered()));
        }
        Ok(FirstLook::Known(Some(known)))
    }

    /// An event about a whole group leads to nothing if no rule means it and nobody ever had
    /// something through it. It may have another name now.
    async fn about_a_group(&self, group: &GroupId) -> Result<FirstLook, ResolveError> {
        let forms = group.forms(self.entitled.directory.store_id());
        for form in &forms {
            self.entitled.names.forget(form).await.map_err(ResolveError::MatchedMappings)?;
        }
        let Some(known) = self.meaning(group).await? else { return Ok(FirstLook::Known(None)) };
        let Meaning { name, rules, of_group, .. } = &known;
        let has_grants = async { self.ledger.has_grants_for(&forms).await.map_err(ResolveError::Grants) };
        if of_group.is_empty() && !has_grants.await? {
            return Ok(FirstLook::NothingToDo(decide::means_nothing(group, name, rules)));
        }
        Ok(FirstLook::Known(Some(known)))
    }

    /// Reads the name of a group, and all rules. `None`: no group has this id in this form.
    async fn meaning(&self, group: &GroupId) -> Result<Option<Meaning>, ResolveError> {
        let (name, rules) =
            try_join(self.entitled.name(group), async { self.entitled.mappings.rules().await })
                .await
                .map_err(ResolveError::MatchedMappings)?;
        Ok(name.map(|name| {
            let of_group = rules.of_group(group, &name);
            Meaning { group: group.clone(), name, rules, of_group }
        }))
    }

    /// Reads the ledger's entries for a user under the first form of the id that has any.
    async fn in_any_form(&self, user: &UserId) -> Result<UserGrants, AwsError> {
        for form in user.forms(self.entitled.directory.store_id()) {
            let known = self.ledger.of_user(&form).await?;
            if !known.is_empty() {
                return Ok(known);
            }
        }
        Ok(UserGrants::default())
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
