//! Purpose: process one page of a sweep: read a part of the directory or the ledger, compare, note
//! the users who differ, and return the users to start `access` with.
//! Effects: notes under the sweep's key in the ledger's table, and the turn of sweeps of all users.
//! Idempotency: a repeated page reads again and writes the same notes; started executions have the
//! same names.
//! Failures: `SweepPage.GroupUnknown`, `SweepPage.AnotherSweep`, `SweepPage.RemovalsNotAllowed`,
//! `Paused`, `Throttled`, `Transient`, `Misconfigured`, `Internal`.
//! Undo: nothing to undo; no other sweep reads the notes, unless it is an approval.
//! Time budget: ten minutes: a group of 100,000 members is 1,000 pages at 20 a second, and is read
//! completely or not at all.

mod compare;
mod error;
mod groups;
mod mapped;
mod only;
mod removals;

use crate::error::PageError;
use aws::entitled::Entitled;
use aws::executions::Executions;
use aws::tables::sweeps::{AtWork, Sweeps};
use aws::tables::{Controls, Looks};
use aws_types::SdkConfig;
use contract::grant::Grant;
use contract::ids::{GroupId, UserId};
use contract::near::{self, Unmatched};
use contract::settings::{BadSetting, Env};
use contract::sweep::{Listing, Page, Phase, Progress};
use contract::target::Target;
use mapped::{MappedGroups, is_mapped};
use only::Only;
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use step::Step;

/// Maximum number of users that one page starts `access` with.
const BATCH: usize = 100;
/// Pages of users or of the ledger in one call.
const PAGES: usize = 200;
/// Seconds until the next page, while executions wait for their turns at the directory.
const CROWD_WAIT: u64 = 2;
/// Pages in a row that wait: about two minutes.
const MAX_WAITS: u32 = 40;
/// Larger than the number of groups of any directory.
const ALL: usize = 1_000_000;

/// The step and its clients.
#[derive(Debug)]
pub struct SweepPage {
    entitled: Entitled,
    sweeps: Sweeps,
    executions: Executions,
    controls: Controls,
    looks: Looks,
}

/// The input from the state machine.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// The progress of the sweep.
    pub progress: Progress,
    /// ARN of this execution. A state machine of an earlier version sends none.
    #[serde(default)]
    pub execution_arn: String,
}

impl Step for SweepPage {
    const NAME: &'static str = "sweep-page";
    type Input = Input;
    type Output = Page;
    type Error = PageError;

    fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            entitled: Entitled::open(sdk, env)?,
            sweeps: Sweeps::open(sdk, env)?,
            executions: Executions::open(sdk, env)?,
            controls: Controls::open(sdk, env)?,
            looks: Looks::open(sdk, env)?,
        })
    }

    async fn run(&self, Input { progress, execution_arn }: Input) -> Result<Page, PageError> {
        self.controls.check_pause("states:StartExecution").await.map_err(PageError::Control)?;
        if is_of_everybody(&progress) {
            self.take_turn(&progress, execution_arn).await?;
        }
        let page = if self.is_to_wait(&progress).await? {
            let waits = progress.waits + 1;
            Page { wait: CROWD_WAIT, ..Page::new(Progress { waits, ..progress }, &[]) }
        } else {
            self.next(Progress { waits: 0, ..progress }).await?
        };
        if let Some(progress) = &page.progress {
            self.sweeps.leave(progress).await.map_err(PageError::Notes)?;
        }
        Ok(page)
    }
}

impl SweepPage {
    /// Does the work of one page.
    async fn next(&self, progress: Progress) -> Result<Page, PageError> {
        match progress.phase {
            Phase::Resolve => self.resolve(progress).await,
            Phase::Users => self.users(progress).await,
            Phase::Groups => self.groups(progress).await,
            Phase::Starts => self.starts(progress).await,
            Phase::Ledger => self.ledger(progress).await,
            Phase::Removals => self.removals(progress).await,
            Phase::Purge => self.purge(progress).await,
            Phase::Judge | Phase::Close => Ok(Page::new(progress, &[])),
        }
    }

    /// Returns whether the page is to start nobody yet. The directory answers 20 calls a second: while
    /// executions that were started before wait for it, no more are started. Now and then a page goes
    /// on all the same, so that others who never rest do not hold a sweep up for ever.
    async fn is_to_wait(&self, progress: &Progress) -> Result<bool, PageError> {
        let may_wait = starts_users(progress.phase) && progress.waits < MAX_WAITS;
        Ok(may_wait && self.looks.is_crowded().await.map_err(PageError::Looks)?)
    }
}

/// Returns whether the pages of a phase start `access` for users.
fn starts_users(phase: Phase) -> bool {
    match phase {
        Phase::Starts | Phase::Removals | Phase::Purge => true,
        Phase::Resolve | Phase::Users | Phase::Groups | Phase::Ledger | Phase::Judge | Phase::Close => false,
    }
}

/// Returns whether a sweep looks at all users. An approved list only starts its removals.
fn is_of_everybody(progress: &Progress) -> bool {
    progress.group.is_none() && progress.list == progress.sweep
}

/// Moves to the beginning of the next phase.
fn on(progress: Progress, phase: Phase) -> Progress {
    Progress { phase, after: None, ..progress }
}

impl SweepPage {
    /// Takes the turn of sweeps of all users, or keeps it. A sweep that has failed or was stopped keeps
    /// nobody waiting. One that has ended well and not given the turn back has a successor.
    async fn take_turn(&self, progress: &Progress, execution: String) -> Result<(), PageError> {
        let own = AtWork { sweep: progress.sweep.clone(), execution };
        let Some(other) = self.sweeps.take_turn(&own).await.map_err(PageError::Notes)? else {
            return Ok(());
        };
        let is_ours = !other.execution.is_empty()
            && self.executions.has_failed(&other.execution).await.map_err(PageError::AtWork)?
            && self.sweeps.take_turn_of(&own, &other).await.map_err(PageError::Notes)?;
        if is_ours { Ok(()) } else { Err(PageError::AnotherSweep(other.sweep)) }
    }

    async fn resolve(&self, mut progress: Progress) -> Result<Page, PageError> {
        let rules = self.entitled.mappings.rules().await.map_err(PageError::Rules)?;
        let groups = if let Some(asked) = progress.group.take() {
            let Only { id, name } = self.only(&asked).await?;
            progress.group = Some(id.to_string());
            // Who is disabled has an event of their own.
            progress.users = Listing::Done;
            name.map(|name| (id, name)).into_iter().collect()
        } else {
            let groups = self.entitled.directory.groups().await?;
            let Unmatched { rows, groups: near, named } = near::unmatched(&rules, &groups);
            progress.found.rows_unmatched = Some(rows);
            progress.found.groups_near_convention = Some(near);
            self.sweeps.keep_unmatched(&progress.sweep, named).await.map_err(PageError::Notes)?;
            groups
        };
        let mapped: Vec<_> = groups
            .into_iter()
            .filter(|(id, name)| is_mapped(id, name, &rules))
            .map(|(id, name)| (format!("group#{id}"), json!({"name": name})))
            .collect();
        progress.found.groups = mapped.len() as u64;
        self.sweeps.note(&progress.sweep, mapped).await.map_err(PageError::Notes)?;
        Ok(Page::new(on(progress, Phase::Groups), &[]))
    }

    async fn users(&self, progress: Progress) -> Result<Page, PageError> {
        let users = self.listed(&progress.sweep, progress.users.clone(), PAGES).await?;
        let phase = if users == Listing::Done { Phase::Starts } else { Phase::Users };
        Ok(Page::new(Progress { users, ..on(progress, phase) }, &[]))
    }

    /// Lists at most this many pages of users, and notes the disabled ones.
    async fn listed(&self, sweep: &str, from: Listing, pages: usize) -> Result<Listing, PageError> {
        let mut token = match from {
            Listing::Begin => None,
            Listing::At(token) => Some(token),
            Listing::Done => return Ok(Listing::Done),
        };
        let mut notes = Vec::new();
        for _ in 0..pages {
            let (disabled, next) = self.entitled.directory.disabled(token).await?;
            notes.extend(disabled.into_iter().map(|user| (format!("disabled#{user}"), json!({}))));
            token = next;
            if token.is_none() {
                break;
            }
        }
        self.sweeps.note(sweep, notes).await.map_err(PageError::Notes)?;
        Ok(token.map_or(Listing::Done, Listing::At))
    }

    /// Returns the mapped groups, with their names at the start of the sweep and the current rules.
    async fn mapped(&self, sweep: &str) -> Result<MappedGroups, PageError> {
        let notes = self.sweeps.notes(sweep, "group#", None, ALL).await.map_err(PageError::Notes)?;
        let named = notes
            .into_iter()
            .filter_map(|(id, note)| Some((GroupId::new(id).ok()?, note.get("name")?.as_str()?.to_owned())));
        let rules = self.entitled.mappings.rules().await.map_err(PageError::Rules)?;
        Ok(MappedGroups::new(named.collect(), rules))
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

    /// Returns all disabled users from the notes. The whole ledger is compared with them; reading
    /// them one by one would take a call for each hundred grants.
    async fn all_disabled(&self, sweep: &str) -> Result<BTreeSet<UserId>, PageError> {
        let notes = self.sweeps.notes(sweep, "disabled#", None, ALL).await.map_err(PageError::Notes)?;
        Ok(notes.into_iter().filter_map(|(user, _)| UserId::new(user).ok()).collect())
    }

    async fn ledger(&self, mut progress: Progress) -> Result<Page, PageError> {
        if let Some(only) = progress.group.as_deref().and_then(|only| GroupId::new(only).ok()) {
            return self.ledger_of(&only, progress).await;
        }
        let at = self.entitled.names.now().into();
        let mapped = self.mapped(&progress.sweep).await?;
        let disabled = self.all_disabled(&progress.sweep).await?;
        let mut known: BTreeMap<(GroupId, Target), bool> = BTreeMap::new();
        let mut notes = Vec::new();
        for _ in 0..PAGES {
            let (grants, next) =
                self.sweeps.page(progress.after.as_deref()).await.map_err(PageError::Ledger)?;
            let held: Vec<&Grant> = grants.iter().filter(|grant| grant.status.is_held()).collect();
            progress.found.held += held.len() as u64;
            for grant in held {
                let place = (grant.group_id.clone(), grant.target.clone());
                let is_mapped = *known.entry(place).or_insert_with(|| compare::still_mapped(grant, &mapped));
                if disabled.contains(&grant.user_id) {
                    notes.extend(compare::disabled(grant, mapped.rules(), at));
                } else if !is_mapped {
                    notes.extend(compare::removal(grant, mapped.rules(), at));
                }
            }
            progress.after = next;
            if progress.after.is_none() {
                break;
            }
        }
        self.sweeps.note(&progress.sweep, notes).await.map_err(PageError::Notes)?;
        if progress.after.is_some() {
            return Ok(Page::new(progress, &[]));
        }
        self.sweeps.keep_held(progress.found.held).await.map_err(PageError::Notes)?;
        Ok(Page::new(on(progress, Phase::Judge), &[]))
    }
}
