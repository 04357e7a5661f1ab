//! Starts `access` for the users on the list of removals, page by page, and only while the ledger
//! allows exactly these removals.

use crate::error::PageError;
use crate::{BATCH, SweepPage, is_of_everybody, on};
use contract::ids::UserId;
use contract::sweep::{Page, Phase, Progress};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

impl SweepPage {
    /// Processes a page of removals. Reads the verdict before each page, because it is the only
    /// protection between a list and its removal: the step does not trust its input about it.
    pub(crate) async fn removals(&self, mut progress: Progress) -> Result<Page, PageError> {
        let verdict = self.sweeps.verdict(&progress.list).await.map_err(PageError::Notes)?;
        let refuse = |why| PageError::NotAllowed { list: progress.list.clone(), why };
        may_start(&progress, verdict.as_ref()).map_err(refuse)?;
        let after = progress.after.as_deref();
        let notes =
            self.sweeps.notes(&progress.list, "removal#", after, BATCH).await.map_err(PageError::Notes)?;
        let last = notes.last().map(|(key, _)| key.clone());
        let users = users_of(&notes);
        progress.found.removals += users.len() as u64;
        Ok(match last {
            Some(_) => Page::new(Progress { after: last, ..progress }, &users),
            None => Page::new(on(progress, Phase::Purge), &[]),
        })
    }

    /// Processes a page of the profiles whose days of grace are over: as many as the verdict allows. An
    /// approval is for the removals alone.
    pub(crate) async fn purge(&self, mut progress: Progress) -> Result<Page, PageError> {
        let verdict = self.sweeps.verdict(&progress.sweep).await.map_err(PageError::Notes)?;
        let allowed = verdict.as_ref().and_then(|verdict| verdict.get("due")?.as_u64()).unwrap_or(0);
        let left = usize::try_from(allowed.saturating_sub(progress.found.due)).unwrap_or(BATCH).min(BATCH);
        let after = progress.after.as_deref();
        let notes = if left > 0 && progress.list == progress.sweep {
            self.sweeps.notes(&progress.sweep, "due#", after, left).await.map_err(PageError::Notes)?
        } else {
            Vec::new()
        };
        if let Some((last, _)) = notes.last() {
            progress.found.due += notes.len() as u64;
            return Ok(Page::new(Progress { after: Some(last.clone()), ..progress }, &users_of(&notes)));
        }
        if is_of_everybody(&progress) {
            self.sweeps.end_turn(&progress.sweep).await.map_err(PageError::Notes)?;
        }
        let unmatched = self.sweeps.unmatched(&progress.sweep).await.map_err(PageError::Notes)?;
        Ok(Page { unmatched, ..Page::new(on(progress, Phase::Close), &[]) })
    }
}

/// Returns the users of notes, each once.
fn users_of(notes: &[(String, Map<String, Value>)]) -> Vec<UserId> {
    let users: BTreeSet<UserId> =
        notes.iter().filter_map(|(key, _)| UserId::new(key.split('#').next()?).ok()).collect();
    users.into_iter().collect()
}

/// Checks against the list's verdict whether a sweep may start the removals.
fn may_start(progress: &Progress, verdict: Option<&Map<String, Value>>) -> Result<(), &'static str> {
    let Some(verdict) = verdict else { return Err("they were never judged") };
    let text = |member: &str| verdict.get(member).and_then(Value::as_str);
    match (text("status"), text("approvedBy")) {
        // Only the approving sweep may start approved removals: not even the sweep that found them,
        // if it is redriven.
        (_, Some(by)) if by == progress.sweep => Ok(()),
        (_, Some(_)) => Err("another execution was approved to start them"),
        // A sweep that was allowed starts its own list.
        (Some("allowed"), None) if progress.list == progress.sweep => Ok(()),
        (Some("allowed"), None) => Err("only the sweep that found them may start them"),
        (_, None) => Err("they were refused, and are not approved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn progress(sweep: &str, list: &str) -> Progress {
        let progress = json!({"sweep": sweep, "list": list, "reason": "r", "scheduled": false,
            "phase": "removals", "found":
            {"groups": 1, "members": 1, "held": 1, "started": 0, "removals": 0}});
        serde_json::from_value(progress).unwrap()
    }

    #[test]
    fn removals_start_by_a_verdict_or_an_approval_for_this_list() {
        let may =
            |sweep: &str, verdict: Value| may_start(&progress(sweep, "one"), verdict.as_object()).is_ok();
        assert!(may("one", json!({"status": "allowed"})));
        assert!(may("two", json!({"status": "refused", "approvedBy": "two"})));
        assert!(!may("two", json!({"status": "allowed"})), "another sweep's list");
        assert!(!may("one", json!({"status": "refused"})));
        assert!(!may("one", json!({"status": "refused", "approvedBy": "two"})), "it was given away");
        assert!(!may("three", json!({"status": "refused", "approvedBy": "two"})));
        assert!(!may("one", json!({})) && !may("one", json!(null)));
    }
}
