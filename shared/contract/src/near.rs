//! Finds mapping rows that match no group, and groups that nearly match a row or the naming
//! convention: a name in another case, or an `@domain` on one side only.
//!
//! Active Directory groups arrive as `name@ad.domain` [2.20], so a row without the domain matches
//! no group, and no error reports it.

use crate::failure::chain;
use crate::group::{self, GroupText, without_domain};
use crate::ids::GroupId;
use crate::rules::Rules;
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of sentences in one report. The counts are not limited.
pub const MAX_NAMED: usize = 10;

/// Maximum number of near groups named for one row.
const MAX_HINTS: usize = 3;

/// Characters of a name in a report. A group's name may have 1024 [2.8].
const MAX_NAME_CHARS: usize = 120;

/// Rows and groups that do not match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unmatched {
    /// Mapping rows whose group is not in the directory, including disabled and unreadable ones.
    pub rows: u64,
    /// Groups without a row that would follow the naming convention without their `@domain`.
    pub groups: u64,
    /// At most [`MAX_NAMED`] of both as sentences, those with a hint first.
    pub named: Vec<String>,
}

/// Compares all rows and the convention with all groups of the directory.
pub fn unmatched(rules: &Rules, groups: &BTreeMap<GroupId, String>) -> Unmatched {
    let all = groups.iter().map(|(id, name)| (id.as_str(), name.as_str()));
    compare(rules, &all.collect::<Vec<_>>(), "the directory")
}

/// Returns the near misses among a user's own groups (ids and names), in the words of
/// [`unmatched`].
pub fn near_misses<'a>(
    rules: &Rules,
    groups: impl IntoIterator<Item = (&'a GroupId, &'a str)>,
) -> Vec<String> {
    let all = groups.into_iter().map(|(id, name)| (id.as_str(), name));
    let found = compare(rules, &all.collect::<Vec<_>>(), "the user");
    found.named.into_iter().filter(|sentence| sentence.contains(HINT)).collect()
}

/// Returns a question that names the groups with nearly this name, or an empty string.
pub fn did_you_mean<'a>(name: &str, groups: impl IntoIterator<Item = &'a str>) -> String {
    hint(Names::new(groups).near(name))
}

/// First words of every hint.
const HINT: &str = "; did you mean ";

fn compare(rules: &Rules, groups: &[(&str, &str)], whose: &str) -> Unmatched {
    let known = Names::new(groups.iter().map(|(_, name)| *name));
    let ids: BTreeSet<String> = groups.iter().map(|(id, _)| group::key_of(id)).collect();
    let matches = |text: &str| match GroupText::of(text) {
        GroupText::Id(uuid) => ids.contains(&group::key_of(uuid)),
        GroupText::Name(name) | GroupText::Malformed(name, _) => known.exact.contains(name),
    };
    let (mut rows, mut hinted, mut plain) = (0, BTreeSet::new(), BTreeSet::new());
    let texts = rules.rows.iter().map(|row| &row.group).chain(rules.bad.iter().map(|row| &row.group));
    for text in texts.filter(|text| !matches(text)) {
        rows += 1;
        let row = format!("row {:?} matches no group of {whose}", short(text));
        match GroupText::of(text) {
            GroupText::Id(_) => plain.insert(row),
            GroupText::Malformed(_, why) => plain.insert(format!("{row}: {}", chain(&why))),
            GroupText::Name(name) => {
                let hint = hint(known.near(name));
                if hint.is_empty() { plain.insert(row) } else { hinted.insert(row + &hint) }
            }
        };
    }
    let convention = rules.convention.as_ref();
    let nearly = groups.iter().filter_map(|(id, name)| {
        let would = convention?.nearly(name).filter(|_| !has_row(rules, id, name))?;
        let (name, would) = (short(name), short(&would));
        Some(format!("group {name:?} does not follow the naming convention{HINT}{would:?}?"))
    });
    let nearly: BTreeSet<String> = nearly.collect();
    let groups = nearly.len() as u64;
    let named = hinted.into_iter().chain(nearly).chain(plain).take(MAX_NAMED).collect();
    Unmatched { rows, groups, named }
}

fn has_row(rules: &Rules, id: &str, name: &str) -> bool {
    let means = |text: &str| GroupText::of(text).means(id, name);
    rules.rows.iter().any(|row| means(&row.group)) || rules.bad.iter().any(|row| means(&row.group))
}

fn hint(near: Vec<&str>) -> String {
    if near.is_empty() {
        return String::new();
    }
    let near: Vec<String> =
        near.into_iter().take(MAX_HINTS).map(|name| format!("{:?}", short(name))).collect();
    format!("{HINT}{}?", near.join(" or "))
}

fn short(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}

/// Names of groups, indexed for near matches.
struct Names<'a> {
    exact: BTreeSet<&'a str>,
    /// Keyed by the name in lower case.
    lower: BTreeMap<String, Vec<&'a str>>,
    /// Keyed by the name in lower case without its `@domain`.
    bare: BTreeMap<String, Vec<&'a str>>,
}

impl<'a> Names<'a> {
    fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self { exact: BTreeSet::new(), lower: BTreeMap::new(), bare: BTreeMap::new() };
        for name in names {
            if all.exact.insert(name) {
                let lower = name.to_lowercase();
                if let Some(bare) = without_domain(&lower) {
                    all.bare.entry(bare.to_owned()).or_default().push(name);
                }
                all.lower.entry(lower).or_default().push(name);
            }
        }
        all
    }

    /// Returns the names that differ from this one in case, or by an `@domain` that only one of the
    /// two has.
    fn near(&self, name: &str) -> Vec<&'a str> {
        let lower = name.to_lowercase();
        let other_case = self.lower.get(&lower);
        let with_domain = self.bare.get(&lower);
        let without = without_domain(&lower).and_then(|bare| self.lower.get(bare));
        [other_case, with_domain, without].into_iter().flatten().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entitlement::Membership;
    use crate::ids::MembershipId;
    use crate::mapping::from_row;
    use serde_json::json;

    fn ids_and_names(members: &[Membership]) -> impl Iterator<Item = (&GroupId, &str)> {
        members.iter().map(|one| (&one.group_id, one.group_name.as_str()))
    }

    const ID: &str = "14f83478-a061-708f-8de4-a3a2b99e9d89";

    fn rules(groups: &[&str]) -> Rules {
        let mut rules = Rules::default();
        for group in groups {
            let row = json!({"group": group, "target": "111122223333/eu-west-1/d-abc",
                "executionRoleArn": "arn:aws:iam::111122223333:role/studio/a"});
            match from_row(row.as_object().unwrap()) {
                Ok(mapping) => rules.rows.push(mapping),
                Err(bad) => rules.bad.push(*bad),
            }
        }
        rules
    }

    fn found(rows: &[&str], groups: &[&str]) -> Unmatched {
        let id = |number: usize| GroupId::new(format!("{number:08x}{}", &ID[8..])).unwrap();
        let groups = groups.iter().enumerate();
        unmatched(&rules(rows), &groups.map(|(n, name)| (id(n), (*name).to_owned())).collect())
    }

    #[test]
    fn a_row_that_matches_is_not_named() {
        let with_id = format!("906716eb24-{:08x}{}", 1, &ID[8..]);
        let arn = format!("arn:aws:identitystore:::group/{:08X}{}", 0, &ID[8..]);
        assert_eq!(found(&["admins", &with_id, &arn], &["admins", "x"]), Unmatched::default());
    }

    #[test]
    fn another_case_and_a_domain_on_one_side_are_hints() {
        for (row, group) in [
            ("studio-admins", "studio-admins@corp.example.com"),
            ("studio-admins@corp.example.com", "studio-admins"),
            ("Studio-Admins", "studio-admins"),
            ("STUDIO-admins", "studio-admins@corp.example.com"),
        ] {
            let expected = format!("row {row:?} matches no group of the directory; did you mean {group:?}?");
            assert_eq!(found(&[row], &["other", group]).named, [expected]);
        }
    }

    #[test]
    fn what_is_merely_alike_is_no_hint() {
        for (row, group) in [
            ("studio-admins", "studio-admin"),
            ("admins@corp.example.com", "admins@other.example.com"),
            ("admins@", "admins"),
            ("", "@corp.example.com"),
        ] {
            assert_eq!(did_you_mean(row, [group]), "", "{row} {group}");
        }
        let named_like_an_id = format!("{ID}@corp.example.com");
        assert!(!found(&[ID], &[&named_like_an_id]).named[0].contains("did you mean"));
    }

    #[test]
    fn at_most_ten_are_named_hints_first_and_all_are_counted() {
        let rows: Vec<String> = (0..30).map(|n| format!("group-{n:02}")).collect();
        let mut rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        rows.push("studio-admins");
        let found = found(&rows, &["studio-admins@corp.example.com"]);
        assert_eq!((found.rows, found.named.len()), (31, MAX_NAMED));
        assert!(found.named[0].contains("did you mean"), "{:?}", found.named);
    }

    #[test]
    fn an_unreadable_row_of_a_group_that_is_not_there_is_told() {
        let found = found(&["14f83478-a061-708f-8de4-a3a2b99e9d8"], &["admins"]);
        assert_eq!(found.rows, 1);
        assert!(found.named[0].contains("resembles a group id but is not one"), "{:?}", found.named);
    }

    #[test]
    fn a_long_name_is_cut() {
        let long = "x".repeat(1024);
        assert!(found(&[&long], &[&format!("{long}@corp")]).named[0].len() < 400);
    }

    #[test]
    fn a_group_that_nearly_follows_the_convention_is_named() {
        let mut rules = rules(&["studio-research-owned@corp.example.com"]);
        rules.convention = Some(
            serde_json::from_value(json!({"group": "studio-{domain}-{role}",
                "role": "arn:{partition}:iam::{account}:role/studio/{role}",
                "domains": {"research": "111122223333/eu-west-1/d-abc"}}))
            .unwrap(),
        );
        let groups = [
            "studio-research-admins@corp.example.com",
            "studio-research-readers",
            "studio-research-owned@corp.example.com",
            "finance@corp.example.com",
        ];
        let member = |(n, name): (usize, &str)| Membership {
            group_id: GroupId::new(format!("g-{n}")).unwrap(),
            group_name: name.to_owned(),
            membership_id: MembershipId::new(format!("m-{n}")).unwrap(),
        };
        let members: Vec<Membership> = groups.into_iter().enumerate().map(member).collect();
        let expected = "group \"studio-research-admins@corp.example.com\" does not follow the \
            naming convention; did you mean \"studio-research-admins\"?";
        assert_eq!(near_misses(&rules, ids_and_names(&members)), [expected]);
    }

    #[test]
    fn a_user_is_told_of_near_misses_and_of_nothing_else() {
        let member = Membership {
            group_id: GroupId::new("g-1").unwrap(),
            group_name: "studio-admins@corp.example.com".to_owned(),
            membership_id: MembershipId::new("m-1").unwrap(),
        };
        let rules = rules(&["studio-admins", "others"]);
        let expected = "row \"studio-admins\" matches no group of the user; did you mean \
            \"studio-admins@corp.example.com\"?";
        assert_eq!(near_misses(&rules, ids_and_names(&[member])), [expected]);
    }
}
