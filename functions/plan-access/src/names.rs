//! Derives a Studio user profile name (63 characters of ASCII letters, digits and inner hyphens,
//! compared without regard to case [3.1, 3.2]) from a directory user name (up to 128 characters,
//! `@`, dots, any script [2.8]).
//!
//! A readable slug comes first. If the slug differs from the user name, or another user already has
//! it, a hash of the immutable user id follows, so that two users never share a name and a user
//! always gets the same one.

use contract::ids::{ProfileName, UserId};
use sha2::{Digest, Sha256};

/// Longest profile name [3.1].
const MAX_CHARS: usize = 63;

/// Returns the names to try for a user, best first. The first one that is free, or already theirs,
/// is used. The list never contains a name twice (compared without regard to case), and its last
/// entries are unique to the user id for all practical purposes.
pub(crate) fn candidates(user_name: &str, user_id: &UserId) -> Vec<ProfileName> {
    let slug = slug(user_name);
    let lossless = slug == user_name;
    let hash = hash(user_id);
    let with_hash = |digits: usize| join(&slug, &hash[..digits]);
    let mut names = Vec::new();
    if lossless {
        names.push(slug.clone());
    }
    names.extend([with_hash(8), with_hash(16)]);
    names
        .into_iter()
        .map(|name| ProfileName::new(name).expect("a slug and a hash fit Studio's pattern"))
        .collect()
}

/// Keeps ASCII letters and digits, and replaces every run of other characters by one hyphen; at
/// most 63 characters, no hyphen at the ends.
fn slug(user_name: &str) -> String {
    let mut slug = String::new();
    for c in user_name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(MAX_CHARS);
    slug.trim_end_matches('-').to_owned()
}

fn join(slug: &str, hash: &str) -> String {
    let room = MAX_CHARS - hash.len() - 1;
    let head = slug[..slug.len().min(room)].trim_end_matches('-');
    // A name in another script leaves no letters; "user" is still more readable than a hash alone.
    let head = if head.is_empty() { "user" } else { head };
    format!("{head}-{hash}")
}

fn hash(user_id: &UserId) -> String {
    use std::fmt::Write;
    let digest = Sha256::digest(user_id.as_str().as_bytes());
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn user(n: u128) -> UserId {
        UserId::new(format!("{n:032x}")).unwrap()
    }

    fn first(user_name: &str, n: u128) -> String {
        candidates(user_name, &user(n))[0].to_string()
    }

    #[test]
    fn a_user_name_that_is_a_valid_profile_name_is_kept() {
        assert_eq!(first("maria-lopez", 1), "maria-lopez");
        assert_eq!(first("Zoe7", 1), "Zoe7");
    }

    #[test]
    fn a_mail_address_keeps_its_letters_and_gets_a_hash() {
        let name = first("ana.silva@example.com", 1);
        assert!(name.starts_with("ana-silva-example-com-"), "{name}");
        assert_eq!(name.len(), "ana-silva-example-com-".len() + 8);
    }

    #[test]
    fn two_names_that_fold_to_the_same_slug_stay_apart() {
        assert_ne!(first("ana.silva@example.com", 1), first("ana-silva@example.com", 2));
    }

    #[test]
    fn a_name_in_another_script_is_still_readable() {
        assert!(first("山田太郎", 3).starts_with("user-"));
    }

    #[test]
    fn the_longest_user_name_fits() {
        let name = first(&format!("{}@example.com", "x".repeat(116)), 4);
        assert_eq!(name.len(), 63);
    }

    proptest! {
        /// `ProfileName::new` checks Studio's pattern, so a candidate that exists is valid.
        #[test]
        fn every_user_name_gets_valid_distinct_stable_names(name in "\\PC{1,128}", n: u128) {
            let names = candidates(&name, &user(n));
            prop_assert!(names.len() >= 2);
            let folded: BTreeSet<String> = names.iter().map(|n| n.as_str().to_ascii_lowercase()).collect();
            prop_assert_eq!(folded.len(), names.len());
            prop_assert_eq!(names, candidates(&name, &user(n)));
        }

        #[test]
        fn different_people_never_share_the_name_with_the_long_hash(a in "[a-zA-Z.@_-]{1,70}", b in "[a-zA-Z.@_-]{1,70}", m: u128, n: u128) {
            prop_assume!(m != n);
            let (a, b) = (candidates(&a, &user(m)), candidates(&b, &user(n)));
            prop_assert_ne!(a.last().map(|n| n.as_str().to_ascii_lowercase()), b.last().map(|n| n.as_str().to_ascii_lowercase()));
        }
    }
}
