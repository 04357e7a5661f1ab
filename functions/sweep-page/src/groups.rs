//! Reads mapped groups one after the other, compares their members with the ledger, and reads pages
//! of users beside them. The Identity Store answers 20 calls a second of each kind [2.11], and not
//! much faster to a client that waits for each answer. So two groups are read at a time, no more,
//! while DynamoDB works on their comparison.

use crate::compare;
use crate::error::PageError;
use crate::mapped::{Comparison, MappedGroups};
use crate::{SweepPage, on};
use contract::grant::Grant;
use contract::ids::{GroupId, UserId};
use contract::sweep::{Listing, Page, Phase, Progress};
use contract::target::Target;
use futures_util::future::{ready, try_join};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use time::OffsetDateTime;

/// Groups, and members of groups, after which a call ends.
const GROUPS: usize = 200;
const MEMBERS: u64 = 5_000;
/// Pages of users that are listed beside the groups: about as many calls.
const USERS: usize = 60;
/// Groups that are read at a time, and groups that are compared at a time.
const READ: usize = 2;
const COMPARED: usize = 8;

/// Members that are compared with the ledger at a time: a group may have a hundred thousand.
const CHUNK: usize = 1_000;

/// A group after its read.
struct Read<'a> {
    group: &'a GroupId,
    members: BTreeSet<UserId>,
    /// Start of the read. Who got something since may have joined since.
    at: OffsetDateTime,
}

/// The grants of a group, sorted.
#[derive(Default)]
struct Sorted {
    /// Notes about users who are not in the group any more.
    notes: Vec<(String, Value)>,
    /// Members who have what the group gives, by target.
    right: BTreeMap<Target, BTreeSet<UserId>>,
}

impl SweepPage {
    /// Processes a page of groups, with a page of users beside it.
    pub(crate) async fn groups(&self, progress: Progress) -> Result<Page, PageError> {
        let mapped = self.mapped(&progress.sweep).await?;
        let ((progress, finished), users) = try_join(
            self.some_groups(progress.clone(), &mapped),
            self.listed(&progress.sweep, progress.users.clone(), USERS),
        )
        .await?;
        let phase = if users == Listing::Done { Phase::Starts } else { Phase::Users };
        let progress = Progress { users, ..progress };
        Ok(Page::new(if finished { on(progress, phase) } else { progress }, &[]))
    }

    /// Continues with some groups, and returns whether they were the last. Groups complete in the
    /// order of their ids, so the last completed one marks the place to continue.
    async fn some_groups(
        &self,
        mut progress: Progress,
        mapped: &MappedGroups,
    ) -> Result<(Progress, bool), PageError> {
        let after = progress.after.clone().unwrap_or_default();
        let left: Vec<&GroupId> = mapped.names.keys().filter(|id| id.as_str() > after.as_str()).collect();
        let (begun, mut seen) = (progress.clone(), 0);
        let done = stream::iter(left.iter().take(GROUPS))
            .map(|group| self.read(group))
            .buffered(READ)
            // Groups read beyond the limit are discarded: at most as many as are read at a time.
            .try_take_while(|read| {
                let enough = seen >= MEMBERS;
                seen += read.members.len() as u64;
                ready(Ok(!enough))
            })
            .map(|read| self.compared(&begun, read, mapped))
            .buffered(COMPARED);
        let mut done = pin!(done);
        while let Some((group, members)) = done.try_next().await? {
            progress.found.members += members;
            progress.after = Some(group.to_string());
        }
        let finished = left.last().is_none_or(|last| progress.after.as_deref() == Some(last.as_str()));
        Ok((progress, finished))
    }

    async fn read<'a>(&self, group: &'a GroupId) -> Result<Read<'a>, PageError> {
        let at = self.entitled.names.now().into();
        let members = self.entitled.directory.members(group).await?;
        Ok(Read { group, members: members.unwrap_or_default(), at })
    }

    /// Compares one group's members with the ledger, in every target that the group gives, and
    /// counts them.
    async fn compared<'a>(
        &self,
        progress: &Progress,
        read: Result<Read<'a>, PageError>,
        mapped: &MappedGroups,
    ) -> Result<(&'a GroupId, u64), PageError> {
        let read = read?;
        let mut sorted = Sorted::default();
        let sort = |grant: Grant| sorted.add(&read, &grant, mapped);
        self.sweeps.each_of_group(read.group, sort).await.map_err(PageError::Ledger)?;
        let (Sorted { notes, right }, Read { group, members, .. }) = (sorted, read);
        self.sweeps.note(&progress.sweep, notes).await.map_err(PageError::Notes)?;
        for (target, given) in mapped.gives(group).iter() {
            let right = right.get(target);
            let is_right = |user: &&UserId| right.is_some_and(|right| right.contains(user));
            let others: Vec<&UserId> = members.iter().filter(|user| !is_right(user)).collect();
            for some in others.chunks(CHUNK) {
                let have = self.sweeps.at(some, target).await.map_err(PageError::Ledger)?;
                if progress.group.is_some() {
                    self.learn_groups(have.values(), mapped).await?;
                }
                let notes = some.iter().flat_map(|user| {
                    let grant = have.get(user);
                    compare::member(user, target, grant, mapped.compare(group, given, grant))
                });
                self.sweeps.note(&progress.sweep, notes.collect()).await.map_err(PageError::Notes)?;
            }
        }
        Ok((group, members.len() as u64))
    }

    /// Reads the names of groups through which members of the only group have what they have.
    async fn learn_groups(
        &self,
        grants: impl Iterator<Item = &Grant>,
        mapped: &MappedGroups,
    ) -> Result<(), PageError> {
        let others: BTreeSet<&GroupId> =
            grants.map(|grant| &grant.group_id).filter(|group| mapped.known(group).is_none()).collect();
        for group in others {
            if let Some(name) = self.entitled.name(group).await.map_err(PageError::Group)? {
                mapped.learn(group, name);
            }
        }
        Ok(())
    }
}

impl Sorted {
    fn add(&mut self, Read { group, members, at }: &Read<'_>, grant: &Grant, mapped: &MappedGroups) {
        if !members.contains(&grant.user_id) {
            if !compare::is_newer(grant, *at) {
                self.notes.extend(compare::leaver(grant, mapped.rules(), *at));
            }
            return;
        }
        let is_right = mapped
            .gives(group)
            .get(&grant.target)
            .is_some_and(|given| mapped.compare(group, given, Some(grant)) == Comparison::Right);
        if is_right {
            self.right.entry(grant.target.clone()).or_default().insert(grant.user_id.clone());
        }
    }
}
