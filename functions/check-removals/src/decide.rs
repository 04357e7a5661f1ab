//! Pure functions for the removal limit.

use aws::tables::Remaining;
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
        "{count} grants would be removed, more than {limit}; nothing was removed. If this is right: {{\"approve\": \"{list}\"}}. First: {first}{unmatched}"
    )]
    OverLimit {
        /// Number of removals.
        count: usize,
        /// The exceeded limit.
        limit: String,
        /// What an approval names the list by.
        list: String,
        /// The first user names.
        first: String,
        /// Removals that a limit held back before, and mapping rows that match no group; they may be the
        /// reason.
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
    /// What an approval names it by.
    pub(crate) id: &'a str,
    /// Names of the users who would lose access.
    pub(crate) names: &'a [String],
    /// Number of other removals, which a limit holds back. An approval of the list is for them as well.
    pub(crate) held_back: u64,
    /// Sentences about mapping rows that match no group.
    pub(crate) unmatched: &'a [String],
}

/// The state of the list after earlier checks. A check may be repeated after a lost answer or a
/// redrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Before {
    /// The list must be checked, for the first time or again after a refusal.
    Nothing,
    /// The list was allowed, without those whose removal a limit holds back.
    Allowed {
        /// Number of these.
        held_back: u64,
        /// What an approval names the list by.
        list: String,
    },
    /// An operator approved the list: the approving execution starts the removals, and nothing is
    /// left to do here.
    Approved,
}

/// Reads the stored verdict.
pub(crate) fn before(verdict: Option<&Map<String, Value>>) -> Before {
    let Some(verdict) = verdict else { return Before::Nothing };
    let text = |member: &str| verdict.get(member).and_then(Value::as_str);
    match (text("status"), text("approvedBy")) {
        // An approval of an allowed list is for those who were left out of it.
        (Some("allowed"), _) => {
            let held_back = verdict.get("awaitingApproval").and_then(Value::as_u64).unwrap_or_default();
            Before::Allowed { held_back, list: text("list").unwrap_or_default().to_owned() }
        }
        (_, Some(_)) => Before::Approved,
        (_, None) => Before::Nothing,
    }
}

/// Returns when the list was found, if this is not the first verdict on it: a redrive makes an old list no
/// younger.
pub(crate) fn found_at(verdict: Option<&Map<String, Value>>, list: &str) -> Option<u64> {
    let verdict = verdict.filter(|verdict| verdict.get("list").is_some_and(|found| found == list))?;
    verdict.get("at").and_then(Value::as_u64)
}

/// Compares a sweep's removals with what the limit of suspensions still allows in this hour.
pub(crate) fn judge(left: Remaining, list: &List<'_>) -> Result<(), Refused> {
    let users: BTreeSet<&String> = list.names.iter().collect();
    if list.names.len() as u64 > left.grants && users.len() as u64 > left.users {
        let Remaining { grants, users } = left;
        return Err(refused(list, format!("what is left in this hour: {grants} grants, or {users} users")));
    }
    Ok(())
}

fn refused(list: &List<'_>, limit: String) -> Refused {
    let first = list.names.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let (id, unmatched) = (list.id.to_owned(), told(list.unmatched));
    let unmatched = match list.held_back {
        0 => unmatched,
        others => format!(
            ". An approval also removes {others} grants whose removal a limit held back before (awaitsApproval){unmatched}"
        ),
    };
    Refused::OverLimit { count: list.names.len(), limit, list: id, first, unmatched }
}

fn told(unmatched: &[String]) -> String {
    if unmatched.is_empty() { String::new() } else { format!(". Mapping: {}", unmatched.join(" ")) }
}

/// Refuses removals after an empty read. It does not stop deletions after the days of grace: the last
/// user of a small company must not stay for ever.
pub(crate) fn believe(progress: &Progress, list: &List<'_>) -> Result<(), Refused> {
    let count = list.names.len() + usize::try_from(list.held_back).unwrap_or(usize::MAX);
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

    fn list(names: &[String]) -> List<'_> {
        List { id: "s/1#abc", names, held_back: 0, unmatched: &[] }
    }

    fn judged(names: &[String], (grants, users): (u64, u64)) -> bool {
        judge(Remaining { grants, users }, &list(names)).is_ok()
    }

    fn users(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("user{number}")).collect()
    }

    fn believed(groups: u64, members: u64, only: Option<&str>) -> bool {
        let found = Found { groups, members, ..Found::default() };
        let names = ["ana".to_owned()];
        believe(&Progress { group: only.map(str::to_owned), ..after(found) }, &list(&names)).is_ok()
    }

    fn believed_without_names(found: Found, held_back: u64) -> bool {
        believe(&after(found), &List { held_back, ..list(&[]) }).is_ok()
    }

    fn after(found: Found) -> Progress {
        let (sweep, reason) = ("s".to_owned(), "r".to_owned());
        let (list, group, scheduled) = (sweep.clone(), None, false);
        let (phase, users) = (Phase::Judge, Listing::Done);
        Progress {
            sweep,
            list,
            held_back: None,
            reason,
            scheduled,
            group,
            phase,
            after: None,
            users,
            waits: 0,
            found,
        }
    }

    #[test]
    fn a_list_must_fit_into_what_the_hour_allows() {
        assert!(judged(&users(50), (50, 0)) && !judged(&users(51), (50, 5)));
        assert!(judged(&users(5), (0, 5)) && !judged(&users(6), (0, 5)));
        assert!(judged(&vec!["ana".to_owned(); 30], (0, 1)), "one user in thirty domains");
        assert!(judged(&[], (0, 0)));
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
    fn an_empty_reading_is_not_believed_about_held_back_removals() {
        let found = Found { groups: 0, ..Found::default() };
        assert!(!believed_without_names(found, 3) && believed_without_names(found, 0));
    }

    #[test]
    fn a_refusal_tells_what_else_its_approval_removes() {
        let names = users(9);
        let list = List { held_back: 40, ..list(&names) };
        let told = judge(Remaining { grants: 3, users: 0 }, &list).unwrap_err().to_string();
        assert!(
            told.contains("9 grants would be removed") && told.contains("also removes 40 grants"),
            "{told}"
        );
    }

    #[test]
    fn who_would_be_removed_is_told_with_what_to_do() {
        let names = vec!["ana".to_owned(); 60];
        let unmatched = ["row \"x\" matches no group".to_owned()];
        let list = List { unmatched: &unmatched, ..list(&names) };
        let told = judge(Remaining { grants: 9, users: 0 }, &list).unwrap_err().to_string();
        for part in [
            "60 grants",
            "what is left in this hour: 9 grants, or 0 users",
            "ana, ana",
            r#"{"approve": "s/1#abc"}"#,
            "Mapping: row \"x\"",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn a_redrive_makes_an_old_list_no_younger() {
        let verdict = json!({"status": "refused", "list": "s/1#a", "at": 7});
        assert_eq!(found_at(verdict.as_object(), "s/1#a"), Some(7));
        assert_eq!((found_at(verdict.as_object(), "s/1#b"), found_at(None, "s/1#a")), (None, None));
    }

    #[test]
    fn a_list_that_was_approved_is_not_judged_again() {
        let seen = |verdict: Value| before(verdict.as_object());
        assert_eq!(seen(Value::Null), Before::Nothing);
        assert_eq!(seen(json!({"status": "refused"})), Before::Nothing);
        assert_eq!(seen(json!({"status": "allowed"})), Before::Allowed { held_back: 0, list: String::new() });
        let awaiting =
            json!({"status": "allowed", "list": "s-1#abc", "awaitingApproval": 7, "approvedBy": "s-2"});
        assert_eq!(seen(awaiting), Before::Allowed { held_back: 7, list: "s-1#abc".to_owned() });
        assert_eq!(seen(json!({"status": "refused", "approvedBy": "s-2"})), Before::Approved);
    }
}
