//! Limits on what removals may take away in an hour, on every way in: events, sweeps, executions that
//! are started by hand, redrives.

use crate::settings::{BadSetting, Env};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Number of users who may lose everything in an hour, though the percentage is used up: a tenth of a
/// small ledger would be less than one user.
const USERS_BEYOND: u64 = 5;

/// A kind of loss that is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Limit {
    /// A user loses the role. The limit protects from locking everybody out.
    Suspensions,
    /// A profile goes, and perhaps its volumes: nobody can bring them back.
    Deletions,
}

impl Limit {
    /// Returns the name of the limit, as in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspensions => "suspensions",
            Self::Deletions => "deletions",
        }
    }
}

/// The size of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourlyLimit {
    /// Maximum number of grants in one hour.
    pub per_hour: u64,
    /// Maximum in one hour, as a percentage of the held grants. At 100, only `per_hour` counts.
    pub percent: u64,
}

impl HourlyLimit {
    /// Returns how many grants are allowed in one hour. `held`: held grants as the last sweep of all users
    /// has counted them; `None` if that is unknown or too old, and then only a few users are allowed.
    pub fn in_an_hour(self, held: Option<u64>) -> u64 {
        if self.percent >= 100 {
            return self.per_hour;
        }
        self.per_hour.min(held.unwrap_or_default().saturating_mul(self.percent) / 100)
    }

    /// Returns how many users are allowed beyond that, each with all their grants.
    pub fn users_beyond(self) -> u64 {
        if self.percent >= 100 { 0 } else { self.per_hour.min(USERS_BEYOND) }
    }
}

/// Both limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovalLimits {
    /// Hours for which a count of the held grants is believed.
    pub held_ttl_hours: u64,
    /// Suspensions.
    pub suspensions: HourlyLimit,
    /// Deletions.
    pub deletions: HourlyLimit,
}

impl RemovalLimits {
    /// Reads `SUSPENSION_LIMIT_PER_HOUR` and `..._PERCENT`, and the same for `DELETION_LIMIT`; the
    /// defaults are 100 and 10, 50 and 5. The count of the held grants is believed for
    /// `SWEEP_OVERDUE_HOURS` (13).
    pub fn read(env: &Env) -> Result<Self, BadSetting> {
        let number = |name, usual| Ok(env.json(name)?.unwrap_or(usual));
        Ok(Self {
            held_ttl_hours: number("SWEEP_OVERDUE_HOURS", 13)?,
            suspensions: HourlyLimit {
                per_hour: number("SUSPENSION_LIMIT_PER_HOUR", 100)?,
                percent: number("SUSPENSION_LIMIT_PERCENT", 10)?,
            },
            deletions: HourlyLimit {
                per_hour: number("DELETION_LIMIT_PER_HOUR", 50)?,
                percent: number("DELETION_LIMIT_PERCENT", 5)?,
            },
        })
    }

    /// Returns the size of a limit.
    pub fn of(&self, limit: Limit) -> HourlyLimit {
        match limit {
            Limit::Suspensions => self.suspensions,
            Limit::Deletions => self.deletions,
        }
    }
}

/// Returns the hour of a moment, counted from 1970. The limits count the removals of each hour.
pub fn hour(at: OffsetDateTime) -> i64 {
    at.unix_timestamp().div_euclid(3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_count_nor_the_share_is_exceeded() {
        let most = |held| HourlyLimit { per_hour: 50, percent: 10 }.in_an_hour(held);
        assert_eq!((most(Some(100)), most(Some(119)), most(Some(100_000))), (10, 11, 50));
        assert_eq!((most(Some(8)), most(Some(0)), most(None)), (0, 0, 0));
        assert_eq!(HourlyLimit { per_hour: 50, percent: 100 }.in_an_hour(None), 50, "no share is asked for");
    }

    #[test]
    fn a_few_users_may_always_leave() {
        let users = |per_hour, percent| HourlyLimit { per_hour, percent }.users_beyond();
        assert_eq!((users(50, 10), users(2, 10), users(0, 10), users(50, 100)), (5, 2, 0, 0));
    }

    #[test]
    fn the_limits_are_on_by_default_and_a_bad_one_is_named() {
        let limits = RemovalLimits::read(&Env::default()).unwrap();
        assert_eq!(limits.of(Limit::Suspensions), HourlyLimit { per_hour: 100, percent: 10 });
        assert_eq!(limits.of(Limit::Deletions), HourlyLimit { per_hour: 50, percent: 5 });
        let env: Env = [("DELETION_LIMIT_PERCENT", "many")].into_iter().collect();
        assert!(RemovalLimits::read(&env).unwrap_err().to_string().contains("DELETION_LIMIT_PERCENT"));
    }
}
