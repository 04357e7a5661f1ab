//! The partition keys of a sweep's notes. A partition key takes a thousand writes a second [5.40], and
//! a sweep that finds a hundred thousand users writes faster: the notes about users are spread over
//! eight. The others are fewer, and operators read them: they stand under one key.

use super::super::table::{number_of, sweep_key};

/// Number of partition keys.
const PARTS: u32 = 8;

/// Kinds of notes that are spread: `<kind><user>`, with or without more after a `#`.
const SPREAD: [&str; 3] = ["differ#", "kept#", "disabled#"];

/// Returns the partition key of a note. It depends on the user only, and never changes: a sweep may
/// go on after an update of the software.
pub(in crate::tables) fn of(sweep: &str, key: &str) -> String {
    part(key).map_or_else(|| sweep_key(sweep), |part| spread(sweep, part))
}

/// Returns the partition key of the notes of a kind that come first, or first after a note, and those
/// of the others in the order in which they are read.
pub(super) fn from(sweep: &str, kind: &str, after: Option<&str>) -> (String, Vec<String>) {
    if SPREAD.contains(&kind) {
        let first = after.and_then(part).unwrap_or_default();
        (spread(sweep, first), (first + 1..PARTS).map(|part| spread(sweep, part)).collect())
    } else {
        (sweep_key(sweep), Vec::new())
    }
}

fn spread(sweep: &str, part: u32) -> String {
    format!("{}#{part:02}", sweep_key(sweep))
}

fn part(key: &str) -> Option<u32> {
    let rest = SPREAD.iter().find_map(|kind| key.strip_prefix(kind))?;
    Some(number_of(rest.split('#').next().unwrap_or(rest)) % PARTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn notes_about_users_are_spread_and_found_again() {
        let users: Vec<String> = (0..200).map(|n| format!("{n:08x}-a021-702e-f9d1-7f430ff2c752")).collect();
        let places: BTreeSet<String> =
            users.iter().map(|user| of("s/t", &format!("differ#{user}"))).collect();
        let (first, others) = from("s/t", "differ#", None);
        assert_eq!(places, [first].into_iter().chain(others).collect());
        assert_eq!(places.len(), 8);
        for user in &users {
            let key = format!("differ#{user}");
            assert_eq!(of("s/t", &format!("kept#{user}#111122223333/eu-west-1/d-a")), of("s/t", &key));
            assert_eq!(
                from("s/t", "differ#", Some(&key)).0,
                of("s/t", &key),
                "a list goes on where it ended"
            );
        }
    }

    #[test]
    fn what_operators_read_stands_under_one_key() {
        for key in ["removal#u#t", "verdict", "progress", "group#g", "unmatched#00"] {
            assert_eq!(of("s/t", key), "sweep#s/t", "{key}");
        }
        assert_eq!(from("s/t", "removal#", Some("removal#u")), ("sweep#s/t".to_owned(), Vec::new()));
    }
}
