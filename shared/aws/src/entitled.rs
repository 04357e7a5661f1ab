//! Reads a user's entitlement in a target from their current status, memberships and mappings.
//!
//! Every step that decides or deletes reads the entitlement again; it never takes one from the
//! state machine's input.

mod outdated;

pub use outdated::{PlanOutdated, RemovalOutdated, Unknown};

use crate::directory::{Directory, DirectoryError};
use crate::error::AwsError;
use crate::tables::{GroupNames, Mappings, Remembered};
use aws_types::SdkConfig;
use contract::entitlement::{Entitlement, Membership};
use contract::grant::Grant;
use contract::group::is_same_group;
use contract::ids::{GroupId, MembershipId, UserId};
use contract::job::Job;
use contract::plan::RemovalReason;
use contract::rules::{Rules, matched};
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use contract::user::{User, UserStatus};
use futures_util::future::{join, try_join};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// Number of names that one look reads from the directory before it looks into the table again: so
/// many at first, and twice as many each time, up to the second number.
const ALONE: usize = 10;
const MOST_ALONE: usize = 40;

/// Number of names of rows that fit an item of the table, at up to a hundred characters each; more
/// are resolved each time.
const MOST_REMEMBERED: usize = 2_000;

/// Returns the place of a group in the order in which the look at a user reads missing names.
fn turn(user: &UserId, group: &GroupId) -> u64 {
    let mut hasher = DefaultHasher::new();
    (user.as_str(), group.as_str()).hash(&mut hasher);
    hasher.finish()
}

/// Reads entitlements.
#[derive(Debug)]
pub struct Entitled {
    /// Reads users and their groups.
    pub directory: Directory,
    /// Reads the mappings of groups.
    pub mappings: Mappings,
    /// Remembers the names of groups.
    pub names: GroupNames,
    /// Remembers which groups the rows of a target mean.
    remembered: Remembered,
}

impl Entitled {
    /// Opens the directory, the mappings and the names of groups.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            directory: Directory::open(sdk, env)?,
            mappings: Mappings::open(sdk, env)?,
            names: GroupNames::open(sdk, env)?,
            remembered: Remembered::open(sdk, env)?,
        })
    }

    /// Reads the groups of a user. Their names may be ten minutes old. `known`: names that were read
    /// just now.
    pub async fn memberships(
        &self,
        user: &User,
        known: BTreeMap<GroupId, String>,
    ) -> Result<Vec<Membership>, AwsError> {
        match user.status {
            UserStatus::Gone | UserStatus::Disabled => Ok(Vec::new()),
            UserStatus::Enabled => {
                let listed = self.directory.memberships(&user.user_id).await.map_err(|e| e.0)?;
                self.named(&user.user_id, listed, known).await
            }
        }
    }

    /// Reads a user in any form of the id, and their groups side by side: after a change of a
    /// membership, the user most likely exists and is enabled.
    pub async fn user_and_memberships(
        &self,
        id: &UserId,
        known: BTreeMap<GroupId, String>,
    ) -> Result<(User, Vec<Membership>), AwsError> {
        let directory = &self.directory;
        let (user, listed) = join(directory.user_in_any_form(id), directory.memberships(id)).await;
        let user = user?;
        let memberships = match user.status {
            UserStatus::Enabled if user.user_id == *id => self.named(id, listed?, known).await?,
            UserStatus::Enabled | UserStatus::Gone | UserStatus::Disabled => {
                self.memberships(&user, known).await?
            }
        };
        Ok((user, memberships))
    }

    /// Adds the names of the groups to a list of memberships.
    async fn named(
        &self,
        user: &UserId,
        listed: Vec<(GroupId, MembershipId)>,
        known: BTreeMap<GroupId, String>,
    ) -> Result<Vec<Membership>, AwsError> {
        let groups = listed.iter().map(|(group, _)| group.clone()).collect();
        let names = self.names_of(user, groups, known, self.names.oldest()).await?;
        // A group without a name was deleted after it was listed.
        let memberships = listed.into_iter().filter_map(|(group_id, membership_id)| {
            let group_name = names.get(&group_id)?.clone();
            Some(Membership { group_id, group_name, membership_id })
        });
        Ok(memberships.collect())
    }

    /// Reads the names of groups: from the table, if they were read after `since`, and the others from
    /// the directory.
    ///
    /// If hundreds of users in the same groups are looked at together, each look starts at another
    /// group and comes back to the table after every few, so that they share the work.
    async fn names_of(
        &self,
        user: &UserId,
        groups: Vec<GroupId>,
        known: BTreeMap<GroupId, String>,
        since: SystemTime,
    ) -> Result<BTreeMap<GroupId, String>, AwsError> {
        let mut names = known;
        let mut missing = groups;
        missing.retain(|group| !names.contains_key(group));
        names.extend(self.names.known(&missing, since).await?);
        let mut alone = ALONE;
        loop {
            missing.retain(|group| !names.contains_key(group));
            missing.sort_by_cached_key(|group| turn(user, group));
            for group in missing.drain(..missing.len().min(alone)) {
                names.extend(self.name_now(&group, None).await?.map(|name| (group, name)));
            }
            if missing.is_empty() {
                return Ok(names);
            }
            names.extend(self.names.known(&missing, since).await?);
            alone = (2 * alone).min(MOST_ALONE);
        }
    }

    /// Reads the name of a group, which may be ten minutes old. `None`: no group has this id in this
    /// form.
    pub async fn name(&self, group: &GroupId) -> Result<Option<String>, AwsError> {
        match self.names.of(group).await? {
            Some(known) => Ok(Some(known.name)),
            None => self.name_now(group, None).await,
        }
    }

    /// Reads the name of a group from the directory. If it is not the one that was known, everybody
    /// learns it. `None`: no group has this id in this form.
    pub async fn name_now(&self, group: &GroupId, known: Option<&str>) -> Result<Option<String>, AwsError> {
        let read_at = self.names.now();
        let name = self.directory.group_name(group).await?;
        match (&name, known) {
            (Some(name), Some(known)) if name == known => {}
            (Some(name), _) => self.names.learn(group, name, read_at).await?,
            (None, Some(_)) => self.names.forget(group).await?,
            (None, None) => {}
        }
        Ok(name)
    }

    /// Reads the user of a job and their entitlement in its target. The names of the groups may be
    /// ten minutes old: enough for a plan, because each step that gives or removes something makes
    /// sure of the names that matter.
    pub async fn now(&self, job: &Job) -> Result<Snapshot, Unknown> {
        self.now_with(job, NewNames::default()).await
    }

    async fn now_with(&self, job: &Job, NewNames(known): NewNames) -> Result<Snapshot, Unknown> {
        let directory = Box::pin(async {
            let (user, listed) = self.user_and_groups(job).await?;
            let memberships = self.named(&job.user.user_id, listed, known).await?;
            Ok((user, memberships))
        });
        let rules = async { self.mappings.rules().await };
        let ((user, memberships), rules) = try_join(directory, rules).await?;
        Snapshot::of(user, memberships, rules, job)
    }

    /// Reads a user and their groups side by side, if the user was enabled a moment ago: nobody asks
    /// for groups that do not count, and the list of a user who is gone fails.
    async fn user_and_groups(
        &self,
        job: &Job,
    ) -> Result<(User, Vec<(GroupId, MembershipId)>), DirectoryError> {
        let (id, directory) = (&job.user.user_id, &self.directory);
        let (user, listed) = match job.user.status {
            UserStatus::Enabled => {
                let (user, listed) = join(directory.user(id), directory.memberships(id)).await;
                (user?, Some(listed))
            }
            UserStatus::Gone | UserStatus::Disabled => (directory.user(id).await?, None),
        };
        let groups = match (user.status, listed) {
            (UserStatus::Gone | UserStatus::Disabled, _) => Vec::new(),
            (UserStatus::Enabled, Some(listed)) => listed?,
            (UserStatus::Enabled, None) => directory.memberships(id).await?,
        };
        Ok((user, groups))
    }

    /// Makes sure that nobody is suspended because the name of their group is not up to date: reads
    /// the name of the grant's own group anew, if the user is still in it.
    pub async fn with_own_group(
        &self,
        now: Snapshot,
        job: &Job,
        grant: Option<&Grant>,
    ) -> Result<Snapshot, Unknown> {
        let own = grant.and_then(|grant| member_of(&now.memberships, grant));
        match (own, &now.entitlement) {
            (Some(Membership { group_id, group_name, .. }), None) => {
                let name = self.name_now(group_id, Some(group_name)).await?;
                let names = BTreeMap::from([(group_id.clone(), name)]);
                now.renamed(&names, job)
            }
            (_, Some(_)) | (None, None) => Ok(now),
        }
    }

    /// Makes sure of every name by which the user could be entitled in the target, before something
    /// is deleted: resolves the names that the rules map to the target, or reads all groups of the
    /// user if these are fewer or a naming convention could mean any of them. Believes what was read
    /// after `since`, also for somebody else.
    async fn with_all_groups(
        &self,
        now: Snapshot,
        job: &Job,
        since: SystemTime,
    ) -> Result<Snapshot, Unknown> {
        let names = now.rules.names_for(&job.target);
        let mut groups: Vec<GroupId> = now.memberships.iter().map(|one| one.group_id.clone()).collect();
        if let Some(names) = names.filter(|names| names.len() < groups.len()) {
            let meant = self.resolved(names, &job.target, since).await?;
            groups.retain(|group| meant.contains(group));
        }
        let read = self.names_of(&job.user.user_id, groups.clone(), BTreeMap::new(), since).await?;
        let names = groups.into_iter().map(|group| {
            let name = read.get(&group).cloned();
            (group, name)
        });
        now.renamed(&names.collect(), job)
    }

    /// Finds the groups that have these names now.
    async fn resolved(
        &self,
        names: BTreeSet<String>,
        target: &Target,
        since: SystemTime,
    ) -> Result<BTreeSet<GroupId>, Unknown> {
        let key = format!("rows#{target}");
        let known: Option<BTreeMap<String, Option<GroupId>>> =
            self.remembered.recall_since(&key, since).await?;
        if let Some(known) = known.filter(|known| names.iter().all(|name| known.contains_key(name))) {
            return Ok(known.into_values().flatten().collect());
        }
        let (read_at, mut read) = (self.names.now(), BTreeMap::new());
        for name in names {
            let group = self.directory.group_id(&name).await?;
            read.insert(name, group);
        }
        if read.len() <= MOST_REMEMBERED {
            self.remembered.remember_since(&key, &read, read_at).await?;
        }
        Ok(read.into_values().flatten().collect())
    }

    /// Checks that the reason of a removal still holds. A step calls this as the last read before
    /// it removes anything. `grant`: whose group is read anew.
    pub async fn recheck_removal(
        &self,
        job: &Job,
        reason: &RemovalReason,
        grant: Option<&Grant>,
    ) -> Result<Snapshot, RemovalOutdated> {
        let now = self.with_own_group(self.now(job).await?, job, grant).await?;
        still_due(now, reason)
    }

    /// Checks that something of a user may be deleted: the user has no entitlement and is no longer
    /// in the group of their grant. `planned_at`: start of the reads behind the plan.
    ///
    /// Nothing is deleted of a group member whose row is gone.
    pub async fn recheck_deletion(
        &self,
        job: &Job,
        reason: &RemovalReason,
        grant: Option<&Grant>,
        planned_at: Option<OffsetDateTime>,
    ) -> Result<Snapshot, RemovalOutdated> {
        if !reason.may_delete() {
            return Err(RemovalOutdated::NothingGoes);
        }
        let now = self.with_own_group(self.now(job).await?, job, grant).await?;
        // What was read since the plan was made is new, unless the removal has taken long.
        let a_minute_ago = self.names.now() - Duration::from_mins(1);
        let since = planned_at.map_or(a_minute_ago, |planned_at| a_minute_ago.max(planned_at.into()));
        let now = if now.entitlement.is_none() { self.with_all_groups(now, job, since).await? } else { now };
        let now = still_due(now, reason)?;
        match grant.and_then(|grant| member_of(&now.memberships, grant)) {
            Some(membership) => Err(RemovalOutdated::MemberAgain(membership.group_name.clone())),
            None => Ok(now),
        }
    }

    /// Checks that the user of a job still has exactly this entitlement in its target, and the user
    /// name that the plan was made for. A step calls this as the last read before it gives access,
    /// and after it has recorded in the ledger what it is about to do. `known`: from
    /// [`Entitled::check_name`] in the same step.
    pub async fn recheck(
        &self,
        job: &Job,
        planned: &Entitlement,
        user_name: Option<&str>,
        known: NewNames,
    ) -> Result<(), PlanOutdated> {
        let now = self.now_with(job, known).await?;
        let is_entitled = now.entitlement.as_ref() == Some(planned);
        let is_named = now.user.user_name.as_deref() == user_name && user_name.is_some();
        if is_entitled && is_named { Ok(()) } else { Err(PlanOutdated::Changed) }
    }

    /// Checks that the group behind an entitlement has the name now that its rule means: the name
    /// may be ten minutes old, and belong to another group by now. A step calls this before it
    /// records an entitlement in the ledger.
    pub async fn check_name(&self, planned: &Entitlement) -> Result<NewNames, PlanOutdated> {
        let Membership { group_id, group_name, .. } = &planned.membership;
        let name = self.name_now(group_id, Some(group_name)).await.map_err(Unknown::from)?;
        let names = NewNames(BTreeMap::from([(group_id.clone(), group_name.clone())]));
        if name.as_ref() == Some(group_name) { Ok(names) } else { Err(PlanOutdated::Changed) }
    }
}

/// Names of groups that the same step has just read from the directory.
#[derive(Debug, Default)]
pub struct NewNames(BTreeMap<GroupId, String>);

/// A user's current state and entitlement in a target.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The user.
    pub user: User,
    /// Memberships of the user; empty if the user is gone or disabled.
    pub memberships: Vec<Membership>,
    /// All rules that were read.
    pub rules: Rules,
    /// Entitlement of the user, if they have one.
    pub entitlement: Option<Entitlement>,
}

impl Snapshot {
    /// Returns what an execution knows of a user who is entitled to something, from an earlier look:
    /// no other membership and no rule, which only a removal needs.
    pub fn seen(user: User, entitlement: Entitlement) -> Self {
        let memberships = vec![entitlement.membership.clone()];
        Self { user, memberships, rules: Rules::default(), entitlement: Some(entitlement) }
    }

    /// Checks that the days of grace of a leaver are over `at` this time. A step calls this right before
    /// it deletes something.
    pub fn check_grace(&self, grant: &Grant, at: OffsetDateTime) -> Result<(), RemovalOutdated> {
        match self.rules.deletion_due(grant, at) {
            Some(due) if due <= at => Ok(()),
            due => Err(RemovalOutdated::NotDue(due)),
        }
    }

    fn of(user: User, memberships: Vec<Membership>, rules: Rules, job: &Job) -> Result<Self, Unknown> {
        let entitlement = matched(&memberships, &rules).entitlement(user.status, &job.target)?;
        Ok(Self { user, memberships, rules, entitlement })
    }

    /// Returns the snapshot with the names that groups have now; `None` for a group that is gone.
    fn renamed(self, names: &BTreeMap<GroupId, Option<String>>, job: &Job) -> Result<Self, Unknown> {
        let Self { user, memberships, rules, .. } = self;
        let memberships =
            memberships.into_iter().filter_map(|membership| match names.get(&membership.group_id) {
                None => Some(membership),
                Some(name) => Some(Membership { group_name: name.clone()?, ..membership }),
            });
        Self::of(user, memberships.collect(), rules, job)
    }
}

/// Returns the snapshot if the reason of a removal still holds.
fn still_due(now: Snapshot, reason: &RemovalReason) -> Result<Snapshot, RemovalOutdated> {
    match reason {
        RemovalReason::Renamed { bound_to, .. } => match &now.user.user_name {
            Some(name) if name.eq_ignore_ascii_case(bound_to) => {
                Err(RemovalOutdated::NamedAgain(bound_to.clone()))
            }
            Some(_) | None => Ok(now),
        },
        RemovalReason::Left
        | RemovalReason::InGrace { .. }
        | RemovalReason::OverLimit
        | RemovalReason::OnHold
        | RemovalReason::RowGone => match &now.entitlement {
            Some(entitlement) => {
                Err(RemovalOutdated::EntitledAgain(entitlement.membership.group_name.clone()))
            }
            None => Ok(now),
        },
    }
}

/// Returns the membership in the group of a grant, if the user is still in it.
pub fn member_of<'a>(memberships: &'a [Membership], grant: &Grant) -> Option<&'a Membership> {
    memberships.iter().find(|membership| is_same_group(&membership.group_id, &grant.group_id))
}
