//! Pure functions for the removal limit.

use aws::tables::Left;
use contract::sweep::Progress;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Number of user names in the message; the ledger has the others.
const MAX_NAMED: usize = 20;

/// Reasons why the sweep removes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The removals exceed a limit.
    #[error(
        "{count} grants would be removed, more than {limit}; nothing was removed. If this is right: {{\"approve\": \"{sweep}\"}}. First: {first}{unmatched}"
    )]
    OverLimit {
        /// Number of removals.
        count: usize,
        /// The exceeded limit.
        limit: String,
        /// Key of the sweep.
        sweep: String,
        /// The first user names.
        first: String,
        /// Mapping rows that match no group; they may be the reason.
        unmatched: String,
    },
    /// The read is implausible.
    #[error(
        "{count} grants would be removed because {why}: this reading is implausible, nothing was removed{unmatched}"
    )]
    ImplausibleRead {
        /// Number of removals.
        count: usize,
        /// The implausible fact.
        why: &'static str,
        /// Mapping rows that match no group; they may be the reason.
        unmatched: String,
    },
}

/// A list of removals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List<'a> {
    /// Key of the sweep that found the removals.
    pub(crate) sweep: &'a str,
    /// Names of the users who would lose access.
    pub(crate) names: &'a [String],
    /// Number of these whose removal a limit has held back before.
    pub(crate) held_back: usize,
    /// Sentences about mapping rows that match no group.
    pub(crate) unmatched: &'a [String],
}

/// The state of the list after earlier checks. A check may be repeated after a lost answer or a
/// redrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// The list must be checked, for the first time or again after a refusal.
    Nothing,
    /// The list was allowed, and counted.
    Allowed,
    /// An operator approved the list: the approving execution starts the removals, and nothing is
    /// left to do here.
    Approved,
}

/// Reads the stored verdict.
pub(crate) fn before(verdict: Option<&Map<String, Value>>) -> Before {
    let Some(verdict) = verdict else { return Before::Nothing };
    let text = |member: &str| verdict.get(member).and_then(Value::as_str);
    match (text("status"), text("approvedBy")) {
        (_, Some(_)) => Before::Approved,
        (Some("allowed"), None) => Before::Allowed,
        (_, None) => Before::Nothing,
    }
}

/// Compares a sweep's removals with what the limit of suspensions still allows in this hour. Users whose
/// removal a limit has held back wait for an approval, however few are left.
pub(crate) fn judge(left: Left, list: &List<'_>) -> Result<(), Refused> {
    let users: BTreeSet<&String> = list.names.iter().collect();
    if list.names.len() as u64 > left.grants && users.len() as u64 > left.users {
        let Left { grants, users } = left;
        return Err(refused(list, format!("what is left in this hour: {grants} grants, or {users} users")));
    }
    if list.held_back > 0 {
        return Err(refused(
            list,
            format!("allowed, because a limit has held back {} of them", list.held_back),
        ));
    }
    Ok(())
}

fn refused(list: &List<'_>, limit: String) -> Refused {
    let first = list.names.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let (sweep, unmatched) = (list.sweep.to_owned(), told(list.unmatched));
    Refused::OverLimit { count: list.names.len(), limit, sweep, first, unmatched }
}

fn told(unmatched: &[String]) -> String {
    if unmatched.is_empty() { String::new() } else { format!(". Mapping: {}", unmatched.join(" ")) }
}

/// Refuses removals after an empty read. It does not stop deletions after the days of grace: the last
/// user of a small company must not stay for ever.
pub(crate) fn believe(progress: &Progress, list: &List<'_>) -> Result<(), Refused> {
    let count = list.names.len();
    let why = if count == 0 {
        return Ok(());
    } else if progress.group.is_none() && progress.found.groups == 0 {
        "no group of the directory is mapped"
    } else if progress.group.is_none() && progress.found.members == 0 {
        "every mapped group is empty"
    } else {
        return Ok(());
    };
    Err(Refused::ImplausibleRead { count, why, unmatched: told(list.unmatched) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::sweep::{Found, Listing, Phase};
    use serde_json::json;

    fn list(names: &[String], held_back: usize) -> List<'_> {
        List { sweep: "s/1", names, held_back, unmatched: &[] }
    }

    fn judged(names: &[String], (grants, users): (u64, u64), held_back: usize) -> bool {
        judge(Left { grants, users }, &list(names, held_back)).is_ok()
    }

    fn people(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("user{number}")).collect()
    }

    fn believed(groups: u64, members: u64, only: Option<&str>) -> bool {
        let found = Found { groups, members, ..Found::default() };
        let (sweep, reason) = ("s".to_owned(), "r".to_owned());
        let group = only.map(str::to_owned);
        let (phase, users, scheduled) = (Phase::Judge, Listing::Done, false);
        let list_of = sweep.clone();
        let progress =
            Progress { sweep, list: list_of, reason, scheduled, group, phase, after: None, users, found };
        let names = ["ana".to_owned()];
        believe(&progress, &list(&names, 0)).is_ok()
    }

    #[test]
    fn a_list_must_fit_into_what_the_hour_allows() {
        assert!(judged(&people(50), (50, 0), 0) && !judged(&people(51), (50, 5), 0));
        assert!(judged(&people(5), (0, 5), 0) && !judged(&people(6), (0, 5), 0));
        assert!(judged(&vec!["ana".to_owned(); 30], (0, 1), 0), "one user in thirty domains");
        assert!(judged(&[], (0, 0), 0));
    }

    #[test]
    fn who_was_held_back_waits_for_an_approval() {
        assert!(judged(&people(2), (50, 5), 0) && !judged(&people(2), (50, 5), 1));
    }

    #[test]
    fn an_empty_reading_is_not_believed() {
        assert!(believed(1, 1, None));
        assert!(!believed(0, 0, None) && !believed(3, 0, None));
        assert!(
            believed(1, 0, Some("g")) && believed(0, 0, Some("g")),
            "one group may be empty, or mapped no more"
        );
    }

    #[test]
    fn who_would_be_removed_is_told_with_what_to_do() {
        let names = vec!["ana".to_owned(); 60];
        let unmatched = ["row \"x\" matches no group".to_owned()];
        let list = List { unmatched: &unmatched, ..list(&names, 0) };
        let told = judge(Left { grants: 9, users: 0 }, &list).unwrap_err().to_string();
        for part in [
            "60 grants",
            "what is left in this hour: 9 grants, or 0 users",
            "ana, ana",
            r#"{"approve": "s/1"}"#,
            "Mapping: row \"x\"",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn a_list_that_was_approved_is_not_judged_again() {
        let seen = |verdict: Value| before(verdict.as_object());
        assert_eq!(seen(Value::Null), Before::Nothing);
        assert_eq!(seen(json!({"status": "refused"})), Before::Nothing);
        assert_eq!(seen(json!({"status": "allowed"})), Before::Allowed);
        assert_eq!(seen(json!({"status": "refused", "approvedBy": "s-2"})), Before::Approved);
    }
}
