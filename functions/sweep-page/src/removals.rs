//! Starts `access` for the users on the list of removals, page by page, and only while the ledger
//! allows exactly these removals.

use crate::error::PageError;
use crate::{BATCH, SweepPage, is_of_everybody, on};
use contract::group::key_of;
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
        let scope = Scope::of(&progress, verdict.as_ref());
        let users = users_of(notes.iter().filter(|(key, note)| scope.has(key, note)));
        progress.found.removals += users.len() as u64;
        Ok(match last {
            Some(_) => Page::new(Progress { after: last, ..progress }, &users),
            None => Page::new(on(progress, Phase::Purge), &[]),
        })
    }

    /// Processes a page of the profiles whose days of grace are over: as many as the verdict allows, without
    /// those of users on hold. An approval is for the removals alone.
    pub(crate) async fn purge(&self, mut progress: Progress) -> Result<Page, PageError> {
        let verdict = self.sweeps.verdict(&progress.sweep).await.map_err(PageError::Notes)?;
        let allowed = verdict.as_ref().and_then(|verdict| verdict.get("due")?.as_u64()).unwrap_or(0);
        let left = usize::try_from(allowed.saturating_sub(progress.found.due)).unwrap_or(BATCH);
        let after = progress.after.as_deref();
        let notes = if left > 0 && progress.list == progress.sweep {
            self.sweeps.notes(&progress.sweep, "due#", after, BATCH).await.map_err(PageError::Notes)?
        } else {
            Vec::new()
        };
        if let Some((last, _)) = notes.last() {
            let holds = self.controls.holds().await.map_err(PageError::Control)?;
            let due = notes.iter().filter(|(key, _)| !is_on_hold(key, &holds)).take(left).collect::<Vec<_>>();
            progress.found.due += due.len() as u64;
            let users = users_of(due.into_iter());
            return Ok(Page::new(Progress { after: Some(last.clone()), ..progress }, &users));
        }
        if is_of_everybody(&progress) {
            self.sweeps.end_turn(&progress.sweep).await.map_err(PageError::Notes)?;
        }
        let unmatched = self.sweeps.unmatched(&progress.sweep).await.map_err(PageError::Notes)?;
        Ok(Page { unmatched, ..Page::new(on(progress, Phase::Close), &[]) })
    }
}

/// The removals of a list that a sweep starts.
#[derive(Debug, PartialEq, Eq)]
enum Scope {
    /// All: the list was refused, and then approved.
    All,
    /// Those that a limit holds back: the others were allowed from the beginning.
    HeldBack,
    /// The others, and those in these domains, which do not exist any more: nothing is lost there.
    Allowed(BTreeSet<String>),
}

impl Scope {
    fn of(progress: &Progress, verdict: Option<&Map<String, Value>>) -> Self {
        let of_verdict = |member: &str| verdict.and_then(|verdict| verdict.get(member));
        let is_refused = of_verdict("status").is_some_and(|status| status == "refused");
        match (is_refused, progress.list == progress.sweep) {
            (true, _) => Self::All,
            (false, false) => Self::HeldBack,
            (false, true) => {
                let gone = of_verdict("gone").and_then(Value::as_array).into_iter().flatten();
                Self::Allowed(gone.filter_map(|target| target.as_str().map(str::to_owned)).collect())
            }
        }
    }

    /// Returns whether the removal of a note, `<user>#<target>`, is started.
    fn has(&self, key: &str, note: &Map<String, Value>) -> bool {
        let awaits = note.get("awaitsApproval").is_some_and(|awaits| *awaits == true);
        let target = key.split_once('#').map_or("", |(_, target)| target);
        match self {
            Self::All => true,
            Self::HeldBack => awaits,
            Self::Allowed(gone) => !awaits || gone.contains(target),
        }
    }
}

/// Returns the users of notes, each once.
/// Returns whether the note `<user>#<target>` is of a user on hold.
fn is_on_hold(key: &str, holds: &BTreeSet<String>) -> bool {
    key.split('#').next().is_some_and(|user| holds.contains(&key_of(user)))
}

fn users_of<'a>(notes: impl Iterator<Item = &'a (String, Map<String, Value>)>) -> Vec<UserId> {
    let users: BTreeSet<UserId> =
        notes.filter_map(|(key, _)| UserId::new(key.split('#').next()?).ok()).collect();
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
        // A sweep that was allowed starts its own list, even if the removals that it leaves out are approved.
        (Some("allowed"), _) if progress.list == progress.sweep => Ok(()),
        (_, Some(_)) => Err("another execution was approved to start them"),
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
    fn a_sweep_starts_what_its_list_is_allowed_or_approved_for() {
        let note = |awaits: bool| if awaits { json!({"awaitsApproval": true}) } else { json!({}) };
        let has = |list: &str, verdict: &Value, key: &str, awaits: bool| {
            let scope = Scope::of(&progress("two", list), verdict.as_object());
            scope.has(key, note(awaits).as_object().unwrap())
        };
        let (allowed, refused) =
            (json!({"status": "allowed", "gone": ["t/gone"]}), json!({"status": "refused"}));
        assert!(has("one", &refused, "u#t/a", true) && has("one", &refused, "u#t/a", false));
        assert!(has("one", &allowed, "u#t/a", true) && !has("one", &allowed, "u#t/a", false), "an approval");
        assert!(!has("two", &allowed, "u#t/a", true) && has("two", &allowed, "u#t/a", false), "its own list");
        assert!(has("two", &allowed, "u#t/gone", true), "nothing is lost in a domain that is gone");
    }

    #[test]
    fn removals_start_by_a_verdict_or_an_approval_for_this_list() {
        let may =
            |sweep: &str, verdict: Value| may_start(&progress(sweep, "one"), verdict.as_object()).is_ok();
        assert!(may("one", json!({"status": "allowed"})));
        assert!(may("two", json!({"status": "refused", "approvedBy": "two"})));
        assert!(!may("two", json!({"status": "allowed"})), "another sweep's list");
        assert!(may("one", json!({"status": "allowed", "approvedBy": "two"})));
        assert!(!may("one", json!({"status": "refused"})));
        assert!(!may("one", json!({"status": "refused", "approvedBy": "two"})), "it was given away");
        assert!(!may("three", json!({"status": "refused", "approvedBy": "two"})));
        assert!(!may("one", json!({})) && !may("one", json!(null)));
    }
}
