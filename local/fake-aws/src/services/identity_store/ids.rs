//! Ids of the Identity Store: bare, with the store's prefix, or as an ARN. They are compared as
//! opaque text without regard to case [2.2-2.4].

use super::super::studio::{Rule, invalid};
use crate::service::Refusal;
use unicode_general_category::get_general_category;

/// `IdentityStoreId`.
pub(super) const STORE_ID: Rule = Rule {
    pattern: "(arn:aws[a-z-]*:identitystore::\\d{12}:identitystore/)?(d-[0-9a-f]{10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
    holds: is_store_id,
    shortest: 1,
    longest: 93,
};

/// `ResourceId` of a user, group or membership.
pub(super) const RESOURCE_ID: Rule = Rule {
    pattern: "(arn:aws[a-z-]*:identitystore:::(user|group|membership)/)?([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}",
    holds: |text| split(text).is_some(),
    shortest: 1,
    longest: 100,
};

/// `NextToken`.
pub(super) const TOKEN: Rule = Rule {
    pattern: "[-a-zA-Z0-9+=/:_]*",
    holds: |text| text.chars().all(|c| c.is_ascii_alphanumeric() || "-+=/:_".contains(c)),
    shortest: 1,
    longest: 65_535,
};

/// `AttributePath`. Each operation checks which paths it supports [2.7].
pub(super) const ATTRIBUTE_PATH: Rule = Rule {
    pattern: "\\p{L}+(?:\\.\\p{L}+){0,2}",
    holds: |text| {
        text.split('.').count() <= 3
            && text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| is_of(c, &['L'])))
    },
    shortest: 1,
    longest: 255,
};

/// The value of an attribute: a document in the model, but text for all existing attributes.
pub(super) const ATTRIBUTE_VALUE: Rule = Rule { pattern: ".*", holds: |_| true, shortest: 1, longest: 1024 };

/// `ExternalIdIssuer` and `ExternalIdIdentifier`.
pub(super) const EXTERNAL: Rule =
    Rule { pattern: "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+", holds: is_visible, shortest: 1, longest: 256 };

/// `UserName` [2.8].
pub(super) const USER_NAME: Rule = Rule { longest: 128, ..EXTERNAL };

/// `GroupDisplayName` [2.8].
pub(super) const GROUP_NAME: Rule = Rule {
    pattern: "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r \u{a0}\u{3000}]+",
    holds: |text| text.chars().all(|c| is_of(c, &VISIBLE) || "\t\n\r \u{a0}\u{3000}".contains(c)),
    shortest: 1,
    longest: 1024,
};

/// Returns the key of the id in a text that matches [`RESOURCE_ID`]. An ARN must be of the expected
/// kind.
pub(super) fn key_of(text: &str, kind: &str) -> Result<String, Refusal> {
    match split(text) {
        Some((None, id)) => Ok(id.to_lowercase()),
        Some((Some(of), id)) if of == kind => Ok(id.to_lowercase()),
        Some(_) | None => Err(invalid(format!("'{text}' is not the ARN of a {kind}"))),
    }
}

/// Splits an id into the kind (of an ARN) and the id without the ARN's head.
fn split(text: &str) -> Option<(Option<&str>, &str)> {
    let (kind, id) = match text.strip_prefix("arn:aws") {
        None => (None, text),
        Some(rest) => {
            let (partition, rest) = rest.split_once(":identitystore:::")?;
            let (kind, id) = rest.split_once('/')?;
            let known = ["user", "group", "membership"].contains(&kind) && is_partition(partition);
            (known.then_some(Some(kind))?, id)
        }
    };
    // The prefix has ten digits, the first part of a UUID has eight.
    let bare = match id.split_once('-') {
        Some((prefix, bare)) if prefix.len() == 10 && prefix.chars().all(is_low_hex) => bare,
        Some(_) | None => id,
    };
    is_uuid(bare).then_some((kind, id))
}

fn is_store_id(text: &str) -> bool {
    let id = match text.strip_prefix("arn:aws") {
        None => Some(text),
        Some(rest) => rest.split_once(":identitystore::").and_then(|(partition, rest)| {
            let (account, id) = rest.split_once(":identitystore/")?;
            let account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
            (account && is_partition(partition)).then_some(id)
        }),
    };
    id.is_some_and(|id| match id.strip_prefix("d-") {
        Some(rest) => rest.len() == 10 && rest.chars().all(is_low_hex),
        None => is_uuid(id) && id.chars().all(|c| c == '-' || is_low_hex(c)),
    })
}

fn is_partition(rest: &str) -> bool {
    rest.chars().all(|c| c == '-' || c.is_ascii_lowercase())
}

fn is_low_hex(c: char) -> bool {
    c.is_ascii_digit() || ('a'..='f').contains(&c)
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// The first letters of the general categories L, M, S, N and P.
const VISIBLE: [char; 5] = ['L', 'M', 'S', 'N', 'P'];

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_of(c, &VISIBLE))
}

/// Checks whether a character is in one of these general categories.
fn is_of(c: char, categories: &[char]) -> bool {
    get_general_category(c).abbreviation().starts_with(categories)
}
