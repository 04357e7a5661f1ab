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
use futures_util::future::{ready, try_join};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use std::pin::pin;

/// Groups, and members of groups, after which a call ends.
const GROUPS: usize = 200;
const MEMBERS: u64 = 5_000;
/// Pages of users that are listed beside the groups: about as many calls.
const USERS: usize = 60;
/// Groups that are read at a time, and groups that are compared at a time.
const READ: usize = 2;
const COMPARED: usize = 8;

/// A group after its read.
struct Read<'a> {
    group: &'a GroupId,
    members: BTreeSet<UserId>,
    grants: Vec<Grant>,
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
        let only = progress.group.clone();
        let wanted = |id: &&GroupId| only.as_deref().is_none_or(|only| only == id.as_str());
        let after = progress.after.clone().unwrap_or_default();
        let left: Vec<&GroupId> =
            mapped.names.keys().filter(wanted).filter(|id| id.as_str() > after.as_str()).collect();
        let (sweep, mut seen) = (progress.sweep.clone(), 0);
        let done = stream::iter(left.iter().take(GROUPS))
            .map(|group| self.read(group))
            .buffered(READ)
            // Groups read beyond the limit are discarded: at most as many as are read at a time.
            .try_take_while(|read| {
                let enough = seen >= MEMBERS;
                seen += read.members.len() as u64;
                ready(Ok(!enough))
            })
            .map(|read| self.compared(&sweep, read, mapped))
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
        let members = async { self.entitled.directory.members(group).await.map_err(PageError::from) };
        let grants = async { self.sweeps.of_group(group).await.map_err(PageError::Ledger) };
        let (members, grants) = try_join(members, grants).await?;
        Ok(Read { group, members: members.unwrap_or_default(), grants })
    }

    /// Compares one group's members with the ledger, in every target that the group gives, and
    /// counts them.
    async fn compared<'a>(
        &self,
        sweep: &str,
        read: Result<Read<'a>, PageError>,
        mapped: &MappedGroups,
    ) -> Result<(&'a GroupId, u64), PageError> {
        let Read { group, members, grants } = read?;
        let gone = grants.iter().filter(|grant| !members.contains(&grant.user_id));
        let mut notes: Vec<_> = gone.filter_map(compare::leaver).collect();
        for (target, given) in mapped.gives(group).iter() {
            let right = |grant: &&Grant| {
                grant.target == *target && mapped.compare(group, given, Some(grant)) == Comparison::Right
            };
            let right: BTreeSet<&UserId> = grants.iter().filter(right).map(|grant| &grant.user_id).collect();
            let others: Vec<UserId> = members.iter().filter(|user| !right.contains(user)).cloned().collect();
            let have = self.sweeps.at(&others, target).await.map_err(PageError::Ledger)?;
            for user in others {
                let grant = have.get(&user);
                notes.extend(compare::member(&user, target, grant, mapped.compare(group, given, grant)));
            }
        }
        self.sweeps.note(sweep, notes).await.map_err(PageError::Notes)?;
        Ok((group, members.len() as u64))
    }
}
