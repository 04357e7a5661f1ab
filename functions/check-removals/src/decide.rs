//! Pure functions for the removal limit.

use contract::settings::{BadSetting, Env};
use contract::sweep::Progress;
use serde_json::{Map, Value};

/// Number of removals that never exceed the percentage: a tenth of a small ledger would be less
/// than one user.
const ALWAYS_ALLOWED: u64 = 5;
/// Number of user names in the message; the ledger has the others.
const MAX_NAMED: usize = 20;

/// Limits on the removals of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RemovalLimits {
    /// Removals in one sweep.
    pub(crate) count: u64,
    /// Removals in one sweep, as a percentage of the held grants.
    pub(crate) percent: u64,
    /// Removals in one hour, all sweeps together.
    pub(crate) per_hour: u64,
}

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

impl RemovalLimits {
    /// Reads `REMOVAL_LIMIT_COUNT`, `REMOVAL_LIMIT_PERCENT` and `REMOVAL_LIMIT_PER_HOUR`; the
    /// defaults are 50, 10 and 100.
    pub(crate) fn read(env: &Env) -> Result<Self, BadSetting> {
        Ok(Self {
            count: env.json("REMOVAL_LIMIT_COUNT")?.unwrap_or(50),
            percent: env.json("REMOVAL_LIMIT_PERCENT")?.unwrap_or(10),
            per_hour: env.json("REMOVAL_LIMIT_PER_HOUR")?.unwrap_or(100),
        })
    }

    /// Compares a sweep's removals with the two limits for one sweep.
    pub(crate) fn judge(&self, held: u64, list: &List<'_>) -> Result<(), Refused> {
        let count = list.names.len() as u64;
        if count > self.count {
            return Err(refused(list, format!("the limit of {} in one sweep", self.count)));
        }
        if count > ALWAYS_ALLOWED && count * 100 > held * self.percent {
            let limit = format!("{} percent of the {held} held grants", self.percent);
            return Err(refused(list, limit));
        }
        Ok(())
    }

    /// Returns how many of the `due` deletions may follow these removals: what they leave of the two
    /// limits for one sweep.
    pub(crate) fn room(&self, held: u64, removals: u64, due: u64) -> u64 {
        let most = self.count.min((held * self.percent / 100).max(ALWAYS_ALLOWED));
        most.saturating_sub(removals).min(due)
    }

    /// Returns the refusal of removals that exceed the hourly limit.
    pub(crate) fn hour(&self, list: &List<'_>) -> Refused {
        refused(list, format!("the rest of the hourly limit of {}", self.per_hour))
    }
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

    const LIMITS: RemovalLimits = RemovalLimits { count: 50, percent: 10, per_hour: 100 };

    fn judged(count: usize, held: u64) -> bool {
        let names = vec!["ana".to_owned(); count];
        LIMITS.judge(held, &List { sweep: "s", names: &names, unmatched: &[] }).is_ok()
    }

    fn believed(groups: u64, members: u64, only: Option<&str>) -> bool {
        let found = Found { groups, members, ..Found::default() };
        let (sweep, list, reason) = ("s".to_owned(), "s".to_owned(), "r".to_owned());
        let group = only.map(str::to_owned);
        let (phase, users, scheduled) = (Phase::Judge, Listing::Done, false);
        let progress = Progress { sweep, list, reason, scheduled, group, phase, after: None, users, found };
        let names = ["ana".to_owned()];
        believe(&progress, &List { sweep: "s", names: &names, unmatched: &[] }).is_ok()
    }

    #[test]
    fn neither_the_count_nor_the_share_is_exceeded() {
        assert!(judged(50, 1000) && !judged(51, 1000));
        assert!(judged(10, 100) && !judged(11, 100));
    }

    #[test]
    fn deletions_take_what_the_removals_leave() {
        for (held, removals, due, expected) in [
            (1000, 0, 60, 50),
            (1000, 20, 60, 30),
            (100, 4, 60, 6),
            (1, 0, 60, 5),
            (1000, 50, 60, 0),
            (1000, 0, 3, 3),
        ] {
            assert_eq!(LIMITS.room(held, removals, due), expected, "{held} {removals} {due}");
        }
    }

    #[test]
    fn a_few_people_may_always_leave() {
        assert!(judged(5, 5) && !judged(6, 6));
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
    fn the_ceiling_is_on_by_default_and_a_bad_one_is_named() {
        assert_eq!(RemovalLimits::read(&Env::default()).unwrap(), LIMITS);
        let env: Env = [("REMOVAL_LIMIT_COUNT", "many")].into_iter().collect();
        assert!(RemovalLimits::read(&env).unwrap_err().to_string().contains("REMOVAL_LIMIT_COUNT"));
    }

    #[test]
    fn who_would_be_removed_is_told_with_what_to_do() {
        let names = vec!["ana".to_owned(); 60];
        let unmatched = ["row \"x\" matches no group".to_owned()];
        let list = List { sweep: "s/1", names: &names, unmatched: &unmatched };
        let told = LIMITS.judge(9, &list).unwrap_err().to_string();
        for part in ["60 grants", "ana, ana", r#"{"approve": "s/1"}"#, "Mapping: row \"x\""] {
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
