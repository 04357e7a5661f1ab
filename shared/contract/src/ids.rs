//! Identifiers as types, so that an identity store id cannot be passed where a Studio domain id is
//! expected (both begin with `d-` [3.44]).
//!
//! Each identifier is validated on construction and serialized as plain text.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that is not a valid identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not {what}: expected {expected}")]
pub struct BadId {
    what: &'static str,
    expected: &'static str,
    value: String,
}

/// Declares a validated text type, with the code that all identifiers share.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $canonical:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Validates `text` and converts it to its canonical form.
            pub fn new(text: impl AsRef<str>) -> Result<Self, BadId> {
                let canonical: fn(&str) -> Option<String> = $canonical;
                canonical(text.as_ref()).map(Self).ok_or_else(|| BadId {
                    what: $what,
                    expected: $expected,
                    value: text.as_ref().chars().take(80).collect(),
                })
            }

            /// Returns the canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

checked_text!(
    /// The immutable id of a directory user: with a prefix, bare, or the last part of an ARN. In
    /// lower case, because ids are opaque and compared without regard to case [2.2-2.4].
    UserId, "a directory user id", "letters, digits and hyphens, at most 47, or the ARN of a user", directory_id
);
checked_text!(
    /// The id of a directory group, canonical like [`UserId`].
    GroupId, "a directory group id", "letters, digits and hyphens, at most 47, or the ARN of a group", directory_id
);
checked_text!(
    /// The id of a membership of a group, canonical like [`UserId`].
    MembershipId, "a membership id", "letters, digits and hyphens, at most 47, or the ARN of a membership", directory_id
);
checked_text!(
    /// The id of the identity store (`d-1234567890` or a UUID), canonical like [`UserId`] [2.2].
    StoreId, "an identity store id", "letters, digits and hyphens, at most 47, or the ARN of an identity store", directory_id
);
checked_text!(
    /// A twelve-digit AWS account number.
    AccountId, "an AWS account id", "exactly 12 digits",
    |t| (t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.to_owned())
);
checked_text!(
    /// An AWS Region, for example `eu-west-1` or `us-gov-west-1`.
    Region, "an AWS Region", "a name like eu-west-1", region
);
checked_text!(
    /// A Studio domain id: `d-(-*[a-z0-9]){1,61}` [3.44].
    DomainId, "a Studio domain id", "d- followed by at most 61 lower-case letters and digits", domain
);
checked_text!(
    /// A Studio user profile name: 1 to 63 letters, digits and inner hyphens. Studio compares names
    /// without regard to case [3.1].
    ProfileName, "a Studio user profile name", "1 to 63 letters, digits and hyphens, no hyphen at either end", profile_name
);
checked_text!(
    /// The ARN of an IAM role in any partition, 20 to 2048 characters [3.15].
    RoleArn, "an IAM role ARN", "arn:aws:iam::<12 digits>:role/<path and name>", role_arn
);

impl GroupId {
    /// Returns whether a text has the form of a directory id: a UUID, with or without a prefix of
    /// ten hexadecimal digits [2.3].
    pub fn is_form_of(text: &str) -> bool {
        let hex =
            |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
        let parts: Vec<&str> = text.split('-').collect();
        let uuid = parts.strip_prefix(&parts[..parts.len().saturating_sub(5)]).unwrap_or_default();
        let prefix = &parts[..parts.len() - uuid.len()];
        let lengths = [8, 4, 4, 4, 12];
        uuid.len() == 5
            && uuid.iter().zip(lengths).all(|(part, length)| hex(part, length))
            && (prefix.is_empty() || (prefix.len() == 1 && hex(prefix[0], 10)))
    }
}

impl UserId {
    /// Returns the forms in which this store's own ids occur, with and without the store's prefix
    /// [2.3, 2.4]. This id's own form comes first.
    pub fn forms(&self, store: &StoreId) -> Vec<Self> {
        forms(&self.0, store).into_iter().map(Self).collect()
    }
}

impl GroupId {
    /// Returns the forms in which this store's own ids occur, with and without the store's prefix
    /// [2.3, 2.4]. This id's own form comes first.
    pub fn forms(&self, store: &StoreId) -> Vec<Self> {
        forms(&self.0, store).into_iter().map(Self).collect()
    }
}

impl MembershipId {
    /// Returns the forms in which this store's own ids occur, with and without the store's prefix
    /// [2.3, 2.4]. This id's own form comes first.
    pub fn forms(&self, store: &StoreId) -> Vec<Self> {
        forms(&self.0, store).into_iter().map(Self).collect()
    }
}

impl Region {
    /// Returns the partition of the Region, as written in ARNs.
    pub fn partition(&self) -> &'static str {
        match self.0.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.0.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

impl RoleArn {
    /// Returns the account that owns the role.
    pub fn account(&self) -> &str {
        self.0.split(':').nth(4).unwrap_or_default()
    }

    /// Returns the partition of the role.
    pub fn partition(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or_default()
    }
}

/// Returns the id and its other form. The prefix is the store's own id without `d-`; an id with
/// another store's prefix has no other form.
fn forms(id: &str, store: &StoreId) -> Vec<String> {
    let prefix = store.0.strip_prefix("d-").unwrap_or(&store.0);
    let bare = id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-')).filter(|bare| is_uuid(bare));
    let other = match bare {
        Some(bare) => Some(bare.to_owned()),
        None => (is_uuid(id) && prefix.len() == 10).then(|| format!("{prefix}-{id}")),
    };
    [id.to_owned()].into_iter().chain(other).collect()
}

fn is_uuid(text: &str) -> bool {
    GroupId::is_form_of(text) && text.len() == 36
}

/// Returns the canonical form of a directory id: the last part of an ARN of the identity store, or
/// the text itself, in lower case. Other ARNs, characters and lengths give `None`.
fn directory_id(text: &str) -> Option<String> {
    let tail = match text.strip_prefix("arn:") {
        Some(rest) => {
            let service = rest.split(':').nth(1)?;
            (service == "identitystore").then(|| rest.rsplit('/').next().unwrap_or(rest))?
        }
        None => text,
    };
    let fits = (1..=47).contains(&tail.len()) && tail.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    fits.then(|| tail.to_ascii_lowercase())
}

fn region(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let (last, words) = parts.split_last()?;
    let fits = words.len() >= 2
        && words[0].len() == 2
        && words.iter().all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase()))
        && (1..=2).contains(&last.len())
        && last.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.to_owned())
}

fn domain(text: &str) -> Option<String> {
    let tail = text.strip_prefix("d-")?;
    let fits = (1..=61).contains(&tail.len())
        && tail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !tail.ends_with('-');
    fits.then(|| text.to_owned())
}

fn profile_name(text: &str) -> Option<String> {
    let fits = (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    fits.then(|| text.to_owned())
}

fn role_arn(text: &str) -> Option<String> {
    if !(20..=2048).contains(&text.len()) {
        return None;
    }
    let mut parts = text.splitn(6, ':');
    let partition = parts.nth(1)?;
    let (service, region, account, role) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let name = role.strip_prefix("role/")?;
    let fits = text.starts_with("arn:")
        && (partition == "aws" || partition.starts_with("aws-"))
        && service == "iam"
        && region.is_empty()
        && AccountId::new(account).is_ok()
        && !name.is_empty()
        && !name.ends_with('/')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&b));
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_the_same_prefixed_upper_case_or_as_an_arn() {
        let bare = UserId::new("04c8e458-a021-702e-f9d1-7f430ff2c752").unwrap();
        assert_eq!(bare, UserId::new("04C8E458-A021-702E-F9D1-7F430FF2C752").unwrap());
        assert_eq!(
            bare,
            UserId::new("arn:aws:identitystore:::user/04c8e458-a021-702e-f9d1-7f430ff2c752").unwrap()
        );
        assert_ne!(bare, UserId::new("906716eb24-04c8e458-a021-702e-f9d1-7f430ff2c752").unwrap());
    }

    #[test]
    fn an_id_has_two_forms_in_its_own_store_and_one_in_another() {
        let store = StoreId::new("d-906716eb24").unwrap();
        let bare = UserId::new("04c8e458-a021-702e-f9d1-7f430ff2c752").unwrap();
        let long = UserId::new("906716eb24-04c8e458-a021-702e-f9d1-7f430ff2c752").unwrap();
        assert_eq!(bare.forms(&store), [bare.clone(), long.clone()]);
        assert_eq!(long.forms(&store), [long.clone(), bare.clone()]);
        let elsewhere = StoreId::new("d-1111111111").unwrap();
        assert_eq!(long.forms(&elsewhere), [long]);
        let named = StoreId::new("a8098c1a-f86e-11da-bd1a-00112444be1e").unwrap();
        assert_eq!(bare.forms(&named), [bare]);
    }

    #[test]
    fn the_arn_of_another_service_is_no_id_of_the_directory() {
        assert!(UserId::new("arn:aws:iam::111122223333:user/ana").is_err());
        assert!(UserId::new("arn:aws:identitystore").is_err());
    }

    #[test]
    fn the_form_of_an_id_is_a_uuid_with_or_without_prefix() {
        assert!(GroupId::is_form_of("14f83478-a061-708f-8de4-a3a2b99e9d89"));
        assert!(GroupId::is_form_of("906716eb24-14F83478-a061-708f-8de4-a3a2b99e9d89"));
        for name in ["studio-admins", "a-b-c-d-e", "x-14f83478-a061-708f-8de4-a3a2b99e9d89", ""] {
            assert!(!GroupId::is_form_of(name), "{name}");
        }
    }

    #[test]
    fn a_redacted_or_empty_text_is_no_id() {
        assert!(UserId::new("HIDDEN_DUE_TO_SECURITY_REASONS").is_err());
        assert!(UserId::new("").is_err());
    }

    #[test]
    fn a_role_arn_of_another_kind_is_refused() {
        for bad in [
            "arn:aws:iam::111122223333:user/somebody",
            "arn:aws:iam::1111:role/short-account",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:sts::111122223333:role/wrong-service",
            "role/only-a-name-of-a-role",
        ] {
            assert!(RoleArn::new(bad).is_err(), "{bad}");
        }
        assert_eq!(RoleArn::new("arn:aws-cn:iam::111122223333:role/studio/x").unwrap().partition(), "aws-cn");
    }

    #[test]
    fn each_partition_is_known_by_its_regions() {
        let partition = |r: &str| Region::new(r).unwrap().partition();
        assert_eq!(partition("eu-west-1"), "aws");
        assert_eq!(partition("cn-north-1"), "aws-cn");
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
        assert_eq!(partition("us-west-2"), "aws");
    }

    #[test]
    fn a_bad_id_says_what_was_expected() {
        let error = AccountId::new("123").unwrap_err();
        assert_eq!(error.to_string(), r#""123" is not an AWS account id: expected exactly 12 digits"#);
    }
}
