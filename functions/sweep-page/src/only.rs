//! The sweep of one group: reads that group, its members and its grants, and nothing else.

use crate::error::PageError;
use crate::{SweepPage, compare};
use contract::grant::Grant;
use contract::group::GroupText;
use contract::ids::GroupId;
use contract::near;
use contract::sweep::{Page, Phase, Progress};
use std::collections::BTreeMap;

/// The group of a sweep.
pub(crate) struct Only {
    /// Its id, as the directory writes it; that of a deleted group as the ledger has it.
    pub(crate) id: GroupId,
    /// Its name; `None` if it is deleted.
    pub(crate) name: Option<String>,
}

impl SweepPage {
    /// Finds the requested group: by id in any form, or by display name. A deleted group can be found
    /// only by its id.
    pub(crate) async fn only(&self, asked: &str) -> Result<Only, PageError> {
        let directory = &self.entitled.directory;
        let text = GroupText::of(asked);
        // The bare UUID: the prefix belongs to the store, whatever the input has.
        let GroupText::Id(uuid) = text else {
            let Some(id) = directory.group_id(asked).await.map_err(PageError::Group)? else {
                return Err(self.unknown(asked, text).await);
            };
            // Its name as it is written: whether a name is found in another case is not known.
            let found = directory.group(&id).await.map_err(PageError::Group)?;
            return Ok(found.map_or(Only { id, name: None }, |(id, name)| Only { id, name: Some(name) }));
        };
        let id = GroupId::new(uuid).map_err(|_| PageError::GroupUnknown(asked.to_owned(), String::new()))?;
        let mut forms = id.forms(directory.store_id());
        for form in &forms {
            if let Some((id, name)) = directory.group(form).await.map_err(PageError::Group)? {
                return Ok(Only { id, name: Some(name) });
            }
        }
        for form in &forms {
            let mut has_grants = false;
            let see = |_| has_grants = true;
            self.sweeps.each_of_group(form, see).await.map_err(PageError::Ledger)?;
            if has_grants {
                return Ok(Only { id: form.clone(), name: None });
            }
        }
        Ok(Only { id: forms.swap_remove(0), name: None })
    }

    /// Returns the error for a group that is not there, with what may have been meant. A directory that
    /// lists no groups gives no hint.
    async fn unknown(&self, asked: &str, text: GroupText<'_>) -> PageError {
        let hint = match text {
            GroupText::Malformed(_, why) => format!("; {why}"),
            GroupText::Id(name) | GroupText::Name(name) => {
                let groups: BTreeMap<GroupId, String> =
                    self.entitled.directory.groups().await.unwrap_or_default();
                near::did_you_mean(name, groups.values().map(String::as_str))
            }
        };
        PageError::GroupUnknown(asked.to_owned(), hint)
    }

    /// Finds the grants of the group that it is no longer mapped to. The number of all grants, for the
    /// summary, is that of the last sweep of all users; without one, all are counted.
    pub(crate) async fn ledger_of(&self, group: &GroupId, mut progress: Progress) -> Result<Page, PageError> {
        let mapped = self.mapped(&progress.sweep).await?;
        let (at, mut held, mut notes) = (self.entitled.names.now().into(), 0, Vec::new());
        for form in group.forms(self.entitled.directory.store_id()) {
            let see = |grant: Grant| {
                held += u64::from(grant.status.is_held());
                // A mapping without any rule was most likely not read well: a sweep of all users says so.
                if mapped.has_rules() && !compare::still_mapped(&grant, &mapped) {
                    notes.extend(compare::removal(&grant, mapped.rules(), at));
                }
            };
            self.sweeps.each_of_group(&form, see).await.map_err(PageError::Ledger)?;
        }
        let all = self.sweeps.held().await.map_err(PageError::Notes)?;
        progress.found.held = match all {
            Some(all) => held.max(all),
            None => self.count_held().await?,
        };
        self.sweeps.note(&progress.sweep, notes).await.map_err(PageError::Notes)?;
        Ok(Page::new(Progress { phase: Phase::Judge, after: None, ..progress }, &[]))
    }

    async fn count_held(&self) -> Result<u64, PageError> {
        let (mut held, mut after) = (0, None);
        loop {
            let (grants, next) = self.sweeps.page(after.as_deref()).await.map_err(PageError::Ledger)?;
            held += grants.iter().filter(|grant| grant.status.is_held()).count() as u64;
            after = next;
            if after.is_none() {
                return Ok(held);
            }
        }
    }
}
