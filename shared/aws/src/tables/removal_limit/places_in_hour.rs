//! The places of a limit in one hour: the parts of its count, and those for users beyond it.

use crate::tables::table::number_of;
use contract::ids::UserId;
use contract::limit::{Limit, hour};
use std::collections::VecDeque;
use time::OffsetDateTime;

/// Number of parts of an hour's count.
pub(super) const PARTS: u64 = 8;

/// Parts that somebody else writes at that moment are tried again this many times.
const MAX_BUSY: u32 = 4;

/// An item that may have room for a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A part of the count, with its share of the limit.
    Part { number: u64, share: u64 },
    /// A place for one user beyond the limit.
    User { number: u64 },
}

impl Place {
    /// Returns the key of the item, in the hour of this moment.
    pub(super) fn key(self, limit: Limit, at: OffsetDateTime) -> (String, String) {
        let in_hour = |rest: &str| format!("limit#{}#{}#{rest}", limit.name(), hour(at));
        match self {
            Self::Part { number, .. } => (in_hour(&number.to_string()), "count".to_owned()),
            Self::User { number } => (in_hour("users"), format!("user#{number}")),
        }
    }
}

/// The places of one limit that may have room, in the order in which one removal tries them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// The limit.
    pub(super) limit: Limit,
    /// Its size in this hour.
    pub(super) most: u64,
    /// The places that are left to try.
    pub(super) left: VecDeque<Place>,
    busy: u32,
}

impl Places {
    pub(super) fn new(limit: Limit, most: u64, users_beyond: u64, user: &UserId) -> Self {
        let first = u64::from(number_of(user.as_str()));
        let parts = (0..PARTS).map(|next| (first + next) % PARTS);
        let parts = parts.map(|number| Place::Part { number, share: share(most, number) });
        let parts = parts.filter(|part| !matches!(part, Place::Part { share: 0, .. }));
        let next_user = |next| Place::User { number: (first + next) % users_beyond };
        let users = (0..users_beyond).map(next_user);
        Self { limit, most: most + users_beyond, left: parts.chain(users).collect(), busy: 0 }
    }

    /// Takes note of the answer for the first place: it is full, or another transaction was writing it.
    /// Returns `false` for an answer after which there is nothing to try.
    ///
    /// A busy part is tried again after the other parts. A busy place of a user is not left: another domain
    /// of the same user may be taking it, and a user must not take two.
    pub(super) fn answered(&mut self, code: &str) -> bool {
        match (code, self.left.front().copied()) {
            ("None", _) => true,
            ("ConditionalCheckFailed", _) => self.left.pop_front().is_some(),
            ("TransactionConflict", Some(busy @ Place::Part { .. })) if self.busy < MAX_BUSY => {
                self.busy += 1;
                self.left.pop_front();
                let is_part = |place: &Place| matches!(place, Place::Part { .. });
                let parts = self.left.iter().filter(|place| is_part(place)).count();
                self.left.insert(parts, busy);
                true
            }
            (_, _) => false,
        }
    }
}

/// Returns the share of a limit that one part of the count has.
fn share(most: u64, part: u64) -> u64 {
    most / PARTS + u64::from(part < most % PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(most: u64, user: &str) -> Places {
        Places::new(Limit::Suspensions, most, 5, &UserId::new(user).unwrap())
    }

    #[test]
    fn the_parts_share_the_whole_limit() {
        for most in [0, 1, 5, 8, 9, 50, 10_000] {
            assert_eq!((0..PARTS).map(|part| share(most, part)).sum::<u64>(), most);
            let places = places(most, "u-1").left.len() as u64;
            assert_eq!(places, most.min(PARTS) + 5, "a part without a share is not asked");
        }
        assert_ne!(places(50, "u-1").left, places(50, "u-2").left, "users begin at different parts");
    }

    #[test]
    fn a_full_part_is_left_and_a_busy_one_is_tried_again() {
        let mut places = places(50, "u-1");
        let first = places.left[0];
        assert!(places.answered("TransactionConflict"));
        assert_eq!((places.left.len(), places.left[7]), (13, first));
        assert!(places.answered("ConditionalCheckFailed") && places.answered("None"));
        assert_eq!((places.left.len(), places.left[6]), (12, first));
        assert!(!places.answered("ThrottlingError"));
        let conflicts = (0..10).take_while(|_| places.answered("TransactionConflict")).count();
        assert_eq!(conflicts, 3, "a retry of the step goes on");
    }

    #[test]
    fn the_place_of_a_user_is_not_left_because_it_is_busy() {
        let mut places = places(0, "u-1");
        let first = places.left[0];
        assert!(!places.answered("TransactionConflict"), "the step tries again, at the same place");
        assert_eq!(places.left[0], first);
        assert!(places.answered("ConditionalCheckFailed"), "another user has it");
        assert_ne!(places.left[0], first);
    }
}
