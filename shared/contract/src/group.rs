//! Matches a text with a group: the `group` of a mapping row, or the group of a sweep's input. All
//! code that compares groups uses this matcher.

use crate::ids::GroupId;

/// Characters of a UUID with its four hyphens.
const UUID_CHARS: usize = 36;

/// Hexadecimal digits from which a text looks like an id: a UUID without its last part has 20.
const MIN_ID_DIGITS: usize = 20;

/// Decimal digits that an id almost always has. A name made of the letters a to f has none.
const MIN_DECIMAL_DIGITS: usize = 4;

/// Other letters that may be typing mistakes in an id: `O` for `0`, `l` for `1`.
const MAX_MISTYPED: usize = 2;

/// A text that refers to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupText<'a> {
    /// The UUID of a group id: written alone, with the store's prefix, or as an ARN.
    Id(&'a str),
    /// A display name.
    Name(&'a str),
    /// A text that looks like an id but is not a valid one.
    Malformed(&'a str, MalformedId),
}

/// Reason why a text that looks like a group id is not a valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedId {
    /// The ARN of another kind of resource.
    #[error("it is an ARN, but not that of a group, which is arn:aws:identitystore:::group/<id>")]
    Arn,
    /// A digit or a part too many or too few, or other characters around it.
    #[error(
        "it resembles a group id but is not one: an id is a UUID (8-4-4-4-12 hexadecimal digits), \
         alone or after ten hexadecimal digits and a hyphen"
    )]
    Digits,
}

impl<'a> GroupText<'a> {
    /// Parses a text. A text in the form of an id is never a name: otherwise a group *named* like
    /// another group's id would get that group's role.
    pub fn of(text: &'a str) -> Self {
        if GroupId::is_form_of(text) {
            Self::Id(uuid_of(text))
        } else if is_arn(text) {
            group_arn(text).map_or(Self::Malformed(text, MalformedId::Arn), Self::Id)
        } else if looks_like_id(text) {
            Self::Malformed(text, MalformedId::Digits)
        } else {
            Self::Name(text)
        }
    }

    /// Returns whether the text refers to the group with this id and this display name. All ids of
    /// a store have the same prefix, so only the UUID is compared.
    pub fn means(&self, id: &str, name: &str) -> bool {
        match self {
            Self::Id(uuid) => uuid.eq_ignore_ascii_case(uuid_of(id)),
            // A row with a malformed id is not used. It still blocks a group with exactly this
            // name, because the row may be meant for that group.
            Self::Name(text) | Self::Malformed(text, _) => *text == name,
        }
    }
}

/// Returns whether two ids are the same group's, with or without the store's prefix.
pub fn is_same_group(one: &GroupId, other: &GroupId) -> bool {
    uuid_of(one.as_str()) == uuid_of(other.as_str())
}

/// Returns the name without the `@domain` at its end, or `None` if it has no domain.
pub(crate) fn without_domain(name: &str) -> Option<&str> {
    let (bare, domain) = name.rsplit_once('@')?;
    (!bare.is_empty() && !domain.is_empty()).then_some(bare)
}

/// Returns the key that all forms of an id share.
pub fn key_of(id: &str) -> String {
    uuid_of(id).to_ascii_lowercase()
}

/// Returns the UUID of an id, without the store's prefix. An id of another form is returned
/// unchanged.
pub(crate) fn uuid_of(id: &str) -> &str {
    if GroupId::is_form_of(id) { &id[id.len() - UUID_CHARS..] } else { id }
}

fn is_arn(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("arn:"))
}

/// Returns the UUID in `arn:<partition>:identitystore:::group/<id>`, in any case.
fn group_arn(text: &str) -> Option<&str> {
    let mut parts = text.splitn(6, ':').skip(1);
    let (partition, service) = (parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let (kind, id) = resource.split_once('/')?;
    let fits = partition.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("aws"))
        && service.eq_ignore_ascii_case("identitystore")
        && region.is_empty()
        && account.is_empty()
        && kind.eq_ignore_ascii_case("group")
        && GroupId::is_form_of(id);
    fits.then(|| uuid_of(id))
}

/// Returns whether a text was most likely meant as an id: an id with a prefix (`group/<id>`), or
/// hexadecimal digits and punctuation with at most two other letters.
fn looks_like_id(text: &str) -> bool {
    let tail = text.rsplit(['/', ':']).next().unwrap_or(text);
    if tail.len() < text.len() && GroupId::is_form_of(tail) {
        return true;
    }
    let (mut hex, mut decimal, mut other) = (0, 0, 0);
    for next in text.chars() {
        if next.is_ascii_hexdigit() {
            hex += 1;
            decimal += usize::from(next.is_ascii_digit());
        } else if next.is_alphanumeric() {
            other += 1;
            if other > MAX_MISTYPED {
                return false;
            }
        }
    }
    hex >= MIN_ID_DIGITS && decimal >= MIN_DECIMAL_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "14f83478-a061-708f-8de4-a3a2b99e9d89";

    fn malformed(text: &str) -> Option<MalformedId> {
        match GroupText::of(text) {
            GroupText::Malformed(_, why) => Some(why),
            GroupText::Id(_) | GroupText::Name(_) => None,
        }
    }

    #[test]
    fn an_id_means_its_group_in_every_form() {
        for form in [
            ID.to_owned(),
            ID.to_uppercase(),
            format!("906716eb24-{ID}"),
            format!("906716EB24-{}", ID.to_uppercase()),
            format!("arn:aws:identitystore:::group/{ID}"),
            format!("arn:aws-cn:identitystore:::group/906716eb24-{ID}"),
            format!("ARN:AWS:IDENTITYSTORE:::GROUP/{}", ID.to_uppercase()),
        ] {
            for there in [ID.to_owned(), format!("906716eb24-{ID}")] {
                assert!(GroupText::of(&form).means(&there, "admins"), "{form} {there}");
                let [one, other] = [there.as_str(), ID].map(|id| GroupId::new(id).unwrap());
                assert!(is_same_group(&one, &other) && key_of(&there) == ID);
            }
            let other = ID.replace('1', "2");
            assert!(!GroupText::of(&form).means(&other, &form), "a group named like {form}");
        }
    }

    #[test]
    fn what_looks_like_an_id_and_is_none_is_malformed() {
        for text in [
            "14f83478-a061-708f-8de4-a3a2b99e9d8",
            "14f83478-a061-708f-8de4-a3a2b99e9d890",
            "14f83478-a061-708f-8de4",
            "14f83478-a061-708f-8de4-a3a2b99e9d89-0000",
            "14f83478a061708f8de4a3a2b99e9d89",
            "906716eb2-14f83478-a061-708f-8de4-a3a2b99e9d89",
            "906716eb24-906716eb24-14f83478-a061-708f-8de4-a3a2b99e9d89",
            "d-906716eb24-14f83478-a061-708f-8de4-a3a2b99e9d89",
            "14f83478-a061-708f-8de4-a3a2b99e9dO9",
            " 14f83478-a061-708f-8de4-a3a2b99e9d89",
            "{14f83478-a061-708f-8de4-a3a2b99e9d89}",
            "group/14f83478-a061-708f-8de4-a3a2b99e9d89",
        ] {
            assert_eq!(malformed(text), Some(MalformedId::Digits), "{text}");
        }
        for text in [
            "arn:aws:identitystore:::user/14f83478-a061-708f-8de4-a3a2b99e9d89",
            "arn:aws:iam::111122223333:group/14f83478-a061-708f-8de4-a3a2b99e9d89",
            "arn:aws:identitystore:::group/admins",
            "arn:aws:identitystore:eu-west-1:111122223333:group/14f83478-a061-708f-8de4-a3a2b99e9d89",
            "arn:nonsense",
            "arn:",
        ] {
            assert_eq!(malformed(text), Some(MalformedId::Arn), "{text}");
        }
    }

    #[test]
    fn the_names_that_people_give_groups_are_names() {
        for name in [
            "studio-admins",
            "a-b-c-d-e",
            "platform-data-team-with-contributors",
            "studio-admins@corp.example.com",
            "deadbeef-cafe-feed-face-decade",
            "Group_14f83478-a061-708f-8de4-a3a2b99e9d89",
            "2024-2025-0001",
            "CORP\\Studio: admins / 2026",
            "ผู้ดูแล",
            "arnold",
            "é",
        ] {
            assert_eq!(GroupText::of(name), GroupText::Name(name));
            assert!(GroupText::of(name).means(ID, name) && !GroupText::of(name).means(ID, "x"));
        }
    }

    #[test]
    fn a_group_named_like_a_malformed_id_is_told() {
        let text = "14f83478-a061-708f-8de4-a3a2b99e9d8";
        assert!(GroupText::of(text).means("g-1", text) && !GroupText::of(text).means(ID, "admins"));
    }
}
