//! The first look at an event: what the group that it names stands for, and what the ledger says, before
//! anything is read about its user. Most events of a synchronisation end here.

use crate::error::ResolveError;
use crate::{ResolveIdentity, decide};
use aws::error::AwsError;
use aws::tables::{KnownGroup, UserGrants};
use contract::change::{Change, Subject};
use contract::ids::{GroupId, UserId};
use contract::rules::{GroupRules, Rules};
use futures_util::future::try_join;
use std::time::SystemTime;
use time::OffsetDateTime;

/// What the mappings and the ledger say about an event, before anything is read about its user.
#[derive(Debug)]
pub(crate) enum FirstLook {
    /// Nothing is left to do, for this reason.
    NothingToDo(String),
    /// The user must be looked at; what the group of the event means, if it was read.
    Known(Option<Box<Meaning>>),
}

/// What a group stands for, before its rules are matched with the user.
#[derive(Debug)]
enum StandsFor {
    /// No rule meant it when somebody looked after the event, for this reason.
    Nothing(String),
    /// Its rules, of which there may be none.
    Rules(Box<Meaning>),
    /// No group has this id in this form.
    Unknown,
}

/// The rules of a group.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) group: GroupId,
    pub(crate) known: KnownGroup,
    /// All rules.
    pub(crate) rules: Rules,
    /// The rules that mean the group.
    of_group: GroupRules,
    /// Start of the reads.
    read_at: SystemTime,
}

impl ResolveIdentity {
    /// Looks whether an event about one group can lead to anything. Costs no call of the Identity
    /// Store if the group's name is known: a first synchronisation of a directory sends a million
    /// events about groups that no rule means.
    pub(crate) async fn first_look(&self, change: &Change) -> Result<FirstLook, ResolveError> {
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
        let stands_for = self.stands_for(group, change.event_time);
        let (stands_for, grants) = try_join(Box::pin(stands_for), Box::pin(grants)).await?;
        let known = match stands_for {
            StandsFor::Nothing(reason) if grants.is_empty() => return Ok(FirstLook::NothingToDo(reason)),
            StandsFor::Nothing(_) | StandsFor::Unknown => return Ok(FirstLook::Known(None)),
            StandsFor::Rules(known) => known,
        };
        let Meaning { known: KnownGroup { name, .. }, rules, of_group, .. } = &*known;
        if of_group.is_empty() && grants.is_empty() {
            let reason = decide::means_nothing(group, name, rules);
            self.note_nothing(change, &known, &reason).await?;
            return Ok(FirstLook::NothingToDo(reason));
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
        let Some(known) = self.meaning(group, None).await? else { return Ok(FirstLook::Known(None)) };
        let Meaning { known: KnownGroup { name, .. }, rules, of_group, .. } = &*known;
        let has_grants = async { self.ledger.has_grants_for(&forms).await.map_err(ResolveError::Grants) };
        if of_group.is_empty() && !has_grants.await? {
            return Ok(FirstLook::NothingToDo(decide::means_nothing(group, name, rules)));
        }
        Ok(FirstLook::Known(Some(known)))
    }

    /// Returns what a group stands for: nothing, if that was noted after the event.
    async fn stands_for(
        &self,
        group: &GroupId,
        event_time: Option<OffsetDateTime>,
    ) -> Result<StandsFor, ResolveError> {
        let noted = self.entitled.names.of(group).await.map_err(ResolveError::MatchedMappings)?;
        let told = event_time.zip(noted.as_ref());
        match told.and_then(|(event_time, noted)| noted.nothing_since(event_time.into())) {
            Some(reason) => Ok(StandsFor::Nothing(reason.to_owned())),
            None => Ok(self.meaning(group, noted).await?.map_or(StandsFor::Unknown, StandsFor::Rules)),
        }
    }

    /// Reads the name of a group, if it is not known, and all rules. `None`: no group has this id in
    /// this form.
    async fn meaning(
        &self,
        group: &GroupId,
        known: Option<KnownGroup>,
    ) -> Result<Option<Box<Meaning>>, ResolveError> {
        let read_at = self.entitled.names.now();
        let named = async {
            if known.is_some() {
                return Ok(known);
            }
            let name = self.entitled.name_now(group, None).await?;
            Ok(name.map(|name| KnownGroup::read(name, read_at)))
        };
        let rules = async { self.entitled.mappings.rules().await };
        let (known, rules) = try_join(named, rules).await.map_err(ResolveError::MatchedMappings)?;
        Ok(known.map(|known| {
            let of_group = rules.of_group(group, &known.name);
            Box::new(Meaning { group: group.clone(), known, rules, of_group, read_at })
        }))
    }

    /// Notes that no rule means a group, if the event was late: others that are as late need not read
    /// the rules.
    async fn note_nothing(
        &self,
        change: &Change,
        meaning: &Meaning,
        reason: &str,
    ) -> Result<(), ResolveError> {
        let Meaning { group, known, read_at, .. } = meaning;
        let note = known.clone().with_nothing(reason.to_owned(), *read_at);
        match change.event_time {
            Some(event_time) if note.nothing_since(event_time.into()).is_some() => {
                self.entitled.names.note_nothing(group, &note).await.map_err(ResolveError::MatchedMappings)
            }
            Some(_) | None => Ok(()),
        }
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
}
