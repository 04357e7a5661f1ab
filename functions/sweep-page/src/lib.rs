//! Purpose: one page of a sweep: reads a piece of the directory or the ledger, compares, notes who differs, and names whom `access` looks at.
//! Effects: notes under the sweep's name in the ledger's table.
//! Idempotency: a repeated page reads again and writes the same notes; starts have the same names.
//! Failures: `SweepPage.GroupUnknown`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo; the notes are never read by another sweep, unless it is an approval.
//! Time budget: ten minutes: a group of 100,000 members is 1,000 pages at 20 a second, and is read whole or not at all.

mod compare;
mod error;

use crate::error::PageError;
use aws_types::SdkConfig;
use contract::entitlement::Rules;
use contract::grant::{Grant, GrantStatus};
use contract::ids::{GroupId, UserId};
use contract::settings::{BadSetting, Env};
use contract::sweep::{self, Against, Page, Phase, Progress};
use contract::target::Target;
use gateway::entitled::Entitled;
use gateway::tables::sweeps::Sweeps;
use lambda::Step;
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// People to start `access` for in one page.
const BATCH: usize = 100;
/// Pages of users or of the ledger in one call.
const PAGES: usize = 200;
/// Groups, and members of groups, after which a call ends.
const GROUPS: usize = 200;
const MEMBERS: u64 = 5_000;
/// More groups than a directory has.
const ALL: usize = 1_000_000;

/// The step with what it may touch.
#[derive(Debug)]
pub struct SweepPage {
    entitled: Entitled,
    sweeps: Sweeps,
}

/// What the state machine passes in.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// Where the sweep stands.
    pub progress: Progress,
}

impl Step for SweepPage {
    const NAME: &'static str = "sweep-page";
    type Input = Input;
    type Output = Page;
    type Error = PageError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { entitled: Entitled::open(sdk, env)?, sweeps: Sweeps::open(sdk, env)? })
    }

    async fn run(&self, Input { progress }: Input) -> Result<Page, PageError> {
        match progress.phase {
            Phase::Resolve => self.resolve(progress).await,
            Phase::Users => self.users(progress).await,
            Phase::Groups => self.groups(progress).await,
            Phase::Starts => self.starts(progress).await,
            Phase::Ledger => self.ledger(progress).await,
            Phase::Removals => self.removals(progress).await,
            Phase::Judge | Phase::Close => Ok(Page::new(progress, &[])),
        }
    }
}

/// On to the next phase, from its beginning.
fn on(progress: Progress, phase: Phase) -> Progress {
    Progress { phase, after: None, ..progress }
}

impl SweepPage {
    async fn resolve(&self, mut progress: Progress) -> Result<Page, PageError> {
        let rules = self.entitled.mappings.rules().await.map_err(PageError::Rules)?;
        let groups = self.entitled.directory.groups().await.map_err(PageError::Directory)?;
        progress.group = progress.group.map(|asked| compare::group(asked, &groups)).transpose()?;
        let mapped: Vec<_> = groups
            .into_iter()
            .filter(|(id, name)| sweep::is_mapped_at_all(id, name, &rules))
            .map(|(id, name)| (format!("group#{id}"), json!({"name": name})))
            .collect();
        progress.found.groups = mapped.len() as u64;
        self.sweeps.note(&progress.sweep, mapped).await.map_err(PageError::Notes)?;
        Ok(Page::new(on(progress, Phase::Users), &[]))
    }

    async fn users(&self, progress: Progress) -> Result<Page, PageError> {
        let mut token = progress.after.clone();
        for _ in 0..PAGES {
            let (disabled, next) =
                self.entitled.directory.disabled(token).await.map_err(PageError::Directory)?;
            let notes = disabled.into_iter().map(|user| (format!("disabled#{user}"), json!({}))).collect();
            self.sweeps.note(&progress.sweep, notes).await.map_err(PageError::Notes)?;
            token = next;
            if token.is_none() {
                return Ok(Page::new(on(progress, Phase::Groups), &[]));
            }
        }
        Ok(Page::new(Progress { after: token, ..progress }, &[]))
    }

    /// The mapped groups with their names, as they were when the sweep began.
    async fn mapped(&self, sweep: &str) -> Result<BTreeMap<GroupId, String>, PageError> {
        let notes = self.sweeps.notes(sweep, "group#", None, ALL).await.map_err(PageError::Notes)?;
        let named = notes
            .into_iter()
            .filter_map(|(id, note)| Some((GroupId::new(id).ok()?, note.get("name")?.as_str()?.to_owned())));
        Ok(named.collect())
    }

    async fn groups(&self, mut progress: Progress) -> Result<Page, PageError> {
        let names = self.mapped(&progress.sweep).await?;
        let rules = self.entitled.mappings.rules().await.map_err(PageError::Rules)?;
        let wanted = |id: &GroupId| progress.group.as_deref().is_none_or(|only| only == id.as_str());
        let left: Vec<GroupId> = names.keys().filter(|id| wanted(id)).cloned().collect();
        let after = progress.after.clone().unwrap_or_default();
        let mut seen = 0;
        for (done, group) in left.iter().filter(|id| id.as_str() > after.as_str()).enumerate() {
            if done >= GROUPS || seen >= MEMBERS {
                return Ok(Page::new(progress, &[]));
            }
            let members = self.group(&progress.sweep, group, &names, &rules).await?;
            seen += members;
            progress.found.members += members;
            progress.after = Some(group.to_string());
        }
        Ok(Page::new(on(progress, Phase::Starts), &[]))
    }

    /// Holds one group's members against the ledger, in every target that it gives, and counts them.
    async fn group(
        &self,
        sweep: &str,
        group: &GroupId,
        names: &BTreeMap<GroupId, String>,
        rules: &Rules,
    ) -> Result<u64, PageError> {
        let members = self.entitled.directory.members(group).await.map_err(PageError::Directory)?;
        let members: BTreeSet<UserId> = members.unwrap_or_default();
        let grants = self.sweeps.of_group(group).await.map_err(PageError::Ledger)?;
        let mut notes: Vec<_> = grants
            .iter()
            .filter(|grant| !members.contains(&grant.user_id))
            .filter_map(compare::removal)
            .collect();
        let name = names.get(group).map_or("", String::as_str);
        for (target, given) in sweep::gives(group, name, rules) {
            let right = |grant: &&Grant| {
                grant.target == target
                    && sweep::against(group, &given, Some(grant), names, rules) == Against::Right
            };
            let right: BTreeSet<&UserId> = grants.iter().filter(right).map(|grant| &grant.user_id).collect();
            let others: Vec<UserId> = members.iter().filter(|user| !right.contains(user)).cloned().collect();
            let have = self.sweeps.at(&others, &target).await.map_err(PageError::Ledger)?;
            for user in others {
                let grant = have.get(&user);
                let against = sweep::against(group, &given, grant, names, rules);
                notes.extend(compare::member(&user, &target, grant, against));
            }
        }
        self.sweeps.note(sweep, notes).await.map_err(PageError::Notes)?;
        Ok(members.len() as u64)
    }

    async fn starts(&self, mut progress: Progress) -> Result<Page, PageError> {
        let after = progress.after.as_deref();
        let notes =
            self.sweeps.notes(&progress.sweep, "differ#", after, BATCH).await.map_err(PageError::Notes)?;
        let last = notes.last().map(|(user, _)| user.clone());
        let users: Vec<UserId> = notes.into_iter().filter_map(|(user, _)| UserId::new(user).ok()).collect();
        let disabled = self.disabled(&progress.sweep, users.iter()).await?;
        let users: Vec<UserId> = users.into_iter().filter(|user| !disabled.contains(user)).collect();
        progress.found.started += users.len() as u64;
        Ok(match last {
            Some(_) => Page::new(Progress { after: last, ..progress }, &users),
            None => Page::new(on(progress, Phase::Ledger), &[]),
        })
    }

    async fn disabled(
        &self,
        sweep: &str,
        users: impl Iterator<Item = &UserId>,
    ) -> Result<BTreeSet<UserId>, PageError> {
        let keys: BTreeSet<String> = users.map(|user| format!("disabled#{user}")).collect();
        let there = self.sweeps.which(sweep, keys.into_iter().collect()).await.map_err(PageError::Notes)?;
        Ok(there.iter().filter_map(|key| UserId::new(key.strip_prefix("disabled#")?).ok()).collect())
    }

    async fn ledger(&self, mut progress: Progress) -> Result<Page, PageError> {
        let names = self.mapped(&progress.sweep).await?;
        let rules = self.entitled.mappings.rules().await.map_err(PageError::Rules)?;
        let mut known: BTreeMap<(String, Target), bool> = BTreeMap::new();
        for _ in 0..PAGES {
            let (grants, next) =
                self.sweeps.page(progress.after.as_deref()).await.map_err(PageError::Ledger)?;
            let held: Vec<&Grant> =
                grants.iter().filter(|grant| grant.status != GrantStatus::Removed).collect();
            progress.found.held += held.len() as u64;
            let disabled = self.disabled(&progress.sweep, held.iter().map(|grant| &grant.user_id)).await?;
            let mut notes = Vec::new();
            for grant in held {
                let place = (grant.group_id.to_ascii_lowercase(), grant.target.clone());
                let mapped =
                    *known.entry(place).or_insert_with(|| compare::still_mapped(grant, &names, &rules));
                let asked =
                    progress.group.as_deref().is_none_or(|only| grant.group_id.eq_ignore_ascii_case(only));
                if asked && (!mapped || disabled.contains(&grant.user_id)) {
                    notes.extend(compare::removal(grant));
                }
            }
            self.sweeps.note(&progress.sweep, notes).await.map_err(PageError::Notes)?;
            progress.after = next;
            if progress.after.is_none() {
                return Ok(Page::new(on(progress, Phase::Judge), &[]));
            }
        }
        Ok(Page::new(progress, &[]))
    }

    async fn removals(&self, mut progress: Progress) -> Result<Page, PageError> {
        let after = progress.after.as_deref();
        let notes =
            self.sweeps.notes(&progress.list, "removal#", after, BATCH).await.map_err(PageError::Notes)?;
        let last = notes.last().map(|(key, _)| key.clone());
        let users: BTreeSet<UserId> =
            notes.iter().filter_map(|(key, _)| UserId::new(key.split('#').next()?).ok()).collect();
        progress.found.removals += users.len() as u64;
        Ok(match last {
            Some(_) => {
                Page::new(Progress { after: last, ..progress }, &users.into_iter().collect::<Vec<_>>())
            }
            None => Page::new(on(progress, Phase::Close), &[]),
        })
    }
}
