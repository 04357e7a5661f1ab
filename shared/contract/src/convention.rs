//! Naming convention, the alternative to the mapping table: a group's *name* determines domain and
//! role.
//!
//! The pattern `studio-{domain}-{role}` reads `studio-research-admins` as domain `research` and
//! role `admins`. The domain is an alias from a list in the configuration, so that a user with the
//! right to name groups cannot choose an arbitrary account.

use crate::group::without_domain;
use crate::ids::RoleArn;
use crate::mapping::{self, MAX_GRACE_DAYS, Mapping, ProfileSettings, RemovalPolicy, RunningApps};
use crate::target::Target;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A naming convention, read from the environment variable `NAMING_CONVENTION` (JSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, try_from = "Raw")]
pub struct Convention {
    group: String,
    role: String,
    domains: BTreeMap<String, Target>,
    roles: Option<BTreeSet<String>>,
    priority: u32,
    removal: RemovalPolicy,
    grace_days: u32,
    running_apps: RunningApps,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Raw {
    /// Pattern of the group's display name, with `{domain}` and `{role}` once each.
    group: String,
    /// Pattern of the role's ARN, with `{role}` and optionally `{partition}`, `{account}`,
    /// `{region}` and `{domain}`.
    role: String,
    /// Domain aliases that `{domain}` may match, each with its target.
    domains: BTreeMap<String, String>,
    /// Texts that `{role}` may match. Without the list, it matches any text that makes a valid role.
    #[serde(default)]
    roles: Option<BTreeSet<String>>,
    /// Priority of every mapping from the convention.
    #[serde(default = "last")]
    priority: u32,
    /// Removal policy of every mapping from the convention.
    #[serde(default)]
    removal: RemovalPolicy,
    /// Days of grace of every mapping from the convention.
    #[serde(default = "mapping::default_grace_days")]
    grace_days: u32,
    /// Setting of every mapping from the convention for apps that run under another role.
    #[serde(default)]
    running_apps: RunningApps,
}

/// Returns the default priority, greater than that of a row, so that a row without one wins.
fn last() -> u32 {
    1000
}

/// Reason why a convention is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadConvention {
    /// The pattern of the group lacks a placeholder, has it twice, or has nothing between the two.
    #[error(
        "the group pattern {0:?} must contain {{domain}} and {{role}}, once each, with other characters between them"
    )]
    Group(String),
    /// The role pattern lacks `{role}`, so that all groups would get the same role, or has an
    /// unknown placeholder.
    #[error(
        "the role pattern {0:?} must contain {{role}} and may contain {{partition}}, {{account}}, {{region}} and {{domain}}"
    )]
    Role(String),
    /// A list of roles that maps nothing.
    #[error("roles must list what {{role}} may be, without / and @; leave it out if it may be anything")]
    Roles,
    /// Too many days of grace.
    #[error("graceDays must be at most {MAX_GRACE_DAYS}, and is {0}")]
    GraceDays(u32),
    /// An alias that stands for no target.
    #[error("the domain alias {0:?} must have a target, as in 111122223333/eu-west-1/d-abc123")]
    Domain(String),
}

impl TryFrom<Raw> for Convention {
    type Error = BadConvention;

    fn try_from(raw: Raw) -> Result<Self, BadConvention> {
        let once = |text: &str, name: &str| text.matches(name).count() == 1;
        if !once(&raw.group, "{domain}") || !once(&raw.group, "{role}") || parts(&raw.group).is_none() {
            return Err(BadConvention::Group(raw.group));
        }
        let without = ["{partition}", "{account}", "{region}", "{domain}", "{role}"]
            .iter()
            .fold(raw.role.clone(), |text, name| text.replace(name, ""));
        if !raw.role.contains("{role}") || without.contains(['{', '}']) {
            return Err(BadConvention::Role(raw.role));
        }
        let is_usable =
            |roles: &BTreeSet<String>| !roles.is_empty() && roles.iter().all(|role| is_role(role));
        if !raw.roles.as_ref().is_none_or(is_usable) {
            return Err(BadConvention::Roles);
        }
        if raw.grace_days > MAX_GRACE_DAYS {
            return Err(BadConvention::GraceDays(raw.grace_days));
        }
        let mut domains = BTreeMap::new();
        for (alias, target) in raw.domains {
            let target = target.parse().map_err(|_| BadConvention::Domain(alias.clone()))?;
            domains.insert(alias, target);
        }
        let Raw { group, role, roles, priority, removal, grace_days, running_apps, .. } = raw;
        Ok(Self { group, role, domains, roles, priority, removal, grace_days, running_apps })
    }
}

/// Splits a group pattern into the text before, between and after the placeholders. The last value
/// is true if `{domain}` comes first.
fn parts(pattern: &str) -> Option<(&str, &str, &str, bool)> {
    let (d, r) = (pattern.find("{domain}")?, pattern.find("{role}")?);
    let (first, first_len, second, second_len) = if d < r {
        (d, "{domain}".len(), r, "{role}".len())
    } else {
        (r, "{role}".len(), d, "{domain}".len())
    };
    let between = &pattern[first + first_len..second];
    (!between.is_empty()).then(|| (&pattern[..first], between, &pattern[second + second_len..], d < r))
}

/// Returns whether a text may stand for `{role}`. Only the pattern may set a path: a group's name must
/// not choose it. The same is true of the domain in the names of Active Directory groups
/// (`name@ad.domain` [2.20]).
fn is_role(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '@'])
}

impl Convention {
    /// Returns the mapping for a group's display name, or `None` if it does not follow the
    /// convention.
    ///
    /// A name that would lead to a malformed role (a space in the role's part, for example) gives
    /// `None` as well: such a group was not made for Studio.
    pub fn read(&self, group: &str) -> Option<Mapping> {
        let (before, between, after, domain_first) = parts(&self.group)?;
        let middle = group.strip_prefix(before)?.strip_suffix(after)?;
        // An alias may contain the separator, so every split is tried against the list of aliases.
        // The longest alias wins.
        let mut best: Option<(&str, &str, &Target)> = None;
        for (at, _) in middle.match_indices(between) {
            let (left, right) = (&middle[..at], &middle[at + between.len()..]);
            let (alias, role) = if domain_first { (left, right) } else { (right, left) };
            let longer = best.is_none_or(|(known, _, _)| alias.len() > known.len());
            if let Some(target) = self.domains.get(alias)
                && is_role(role)
                && self.roles.as_ref().is_none_or(|roles| roles.contains(role))
                && longer
            {
                best = Some((alias, role, target));
            }
        }
        let (alias, role, target) = best?;
        let arn = self
            .role
            .replace("{partition}", target.region.partition())
            .replace("{account}", target.account.as_str())
            .replace("{region}", target.region.as_str())
            .replace("{domain}", alias)
            .replace("{role}", role);
        let execution_role_arn = RoleArn::new(arn).ok()?;
        mapping::check_role(&execution_role_arn, target).ok()?;
        Some(Mapping {
            group: group.to_owned(),
            target: target.clone(),
            execution_role_arn,
            priority: self.priority,
            removal: self.removal,
            grace_days: self.grace_days,
            running_apps: self.running_apps,
            // Taking over a profile that we did not create needs a row for the group.
            adopt: false,
            settings: ProfileSettings::default(),
            enabled: true,
        })
    }
}

impl Convention {
    /// Returns the names of all groups that the convention maps to a target; `None` if it lists no
    /// roles, so that there is no end to them.
    pub(crate) fn names(&self, target: &Target) -> Option<BTreeSet<String>> {
        let roles = self.roles.as_ref()?;
        let aliases = self.domains.iter().filter(|(_, there)| *there == target);
        let names = aliases.flat_map(|(alias, _)| {
            let pattern = self.group.replace("{domain}", alias);
            roles.iter().map(move |role| pattern.replace("{role}", role))
        });
        let is_meant = |name: &String| self.read(name).is_some_and(|mapping| mapping.target == *target);
        Some(names.filter(is_meant).collect())
    }

    /// Returns the name under which a group would follow the convention: without its `@domain`, or
    /// with the one at the end of the pattern.
    ///
    /// Returns `None` if the group already follows the convention, or if neither name would.
    pub fn nearly(&self, group: &str) -> Option<String> {
        if self.read(group).is_some() {
            return None;
        }
        let (_, _, after, _) = parts(&self.group)?;
        let without = without_domain(group).map(str::to_owned);
        let with = after.starts_with('@').then(|| format!("{group}{after}"));
        without.into_iter().chain(with).find(|name| self.read(name).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn convention(group: &str) -> Convention {
        serde_json::from_value(json!({"group": group, "role": "arn:{partition}:iam::{account}:role/studio/{role}",
            "domains": {"research": "111122223333/eu-west-1/d-abc", "research-lab": "111122223333/eu-west-1/d-lab",
                        "peking": "444455556666/cn-north-1/d-pek"}}))
        .unwrap()
    }

    fn role(group: &str) -> Option<String> {
        convention("studio-{domain}-{role}")
            .read(group)
            .map(|m| format!("{} {}", m.target.domain_id, m.execution_role_arn))
    }

    #[test]
    fn a_group_name_says_domain_and_role() {
        let expected = "d-abc arn:aws:iam::111122223333:role/studio/data-science";
        assert_eq!(role("studio-research-data-science").as_deref(), Some(expected));
        let expected = "d-pek arn:aws-cn:iam::444455556666:role/studio/admins";
        assert_eq!(role("studio-peking-admins").as_deref(), Some(expected));
    }

    #[test]
    fn the_longest_alias_wins() {
        let expected = "d-lab arn:aws:iam::111122223333:role/studio/x";
        assert_eq!(role("studio-research-lab-x").as_deref(), Some(expected));
    }

    #[test]
    fn a_group_that_does_not_follow_it_stands_for_nothing() {
        for group in [
            "finance",
            "studio-research",
            "studio-unknown-admins",
            "studio-research-",
            "studio-research-two words",
            "studio-research-../admin",
            "studio-research-x/y",
            "studio-research-admins@corp.example.com",
        ] {
            assert_eq!(role(group), None, "{group}");
        }
    }

    #[test]
    fn listed_roles_make_the_names_of_groups_finite() {
        let mut listed = convention("studio-{domain}-{role}");
        assert_eq!(listed.names(&listed.domains["research"]), None);
        listed.roles = Some(["admins", "lab-admins"].map(str::to_owned).into());
        assert!(listed.read("studio-research-admins").is_some());
        assert_eq!(listed.read("studio-research-readers"), None);
        let names =
            |alias: &str| listed.names(&listed.domains[alias]).unwrap().into_iter().collect::<Vec<_>>();
        // `studio-research-lab-admins` means the other domain: the longest alias wins.
        assert_eq!(names("research"), ["studio-research-admins"]);
        assert_eq!(names("research-lab"), ["studio-research-lab-admins", "studio-research-lab-lab-admins"]);
    }

    #[test]
    fn the_role_may_come_first() {
        let mapping = convention("{role}@{domain}").read("admins@research").unwrap();
        assert_eq!(mapping.execution_role_arn.as_str(), "arn:aws:iam::111122223333:role/studio/admins");
        assert_eq!(convention("{role}@{domain}").read("admins@corp.example.com@research"), None);
    }

    #[test]
    fn a_pattern_may_ask_for_the_domain_of_active_directory() {
        let convention = convention("studio-{domain}-{role}@corp.example.com");
        let mapping = convention.read("studio-research-admins@corp.example.com").unwrap();
        assert_eq!(mapping.execution_role_arn.as_str(), "arn:aws:iam::111122223333:role/studio/admins");
        assert_eq!(convention.read("studio-research-admins"), None);
    }

    #[test]
    fn a_group_that_would_follow_it_but_for_a_domain_is_near() {
        let plain = convention("studio-{domain}-{role}");
        let near = |group: &str| plain.nearly(group);
        assert_eq!(near("studio-research-admins@corp").as_deref(), Some("studio-research-admins"));
        assert_eq!(near("studio-research-admins"), None, "it follows");
        assert_eq!(near("finance@corp"), None);
        let asks = convention("studio-{domain}-{role}@corp");
        let wanted = Some("studio-research-admins@corp".to_owned());
        assert_eq!(asks.nearly("studio-research-admins"), wanted);
        assert_eq!(asks.nearly("studio-research-admins@other"), None, "another domain, another group");
        assert_eq!(
            convention("{role}@{domain}").nearly("admins@research@corp").as_deref(),
            Some("admins@research")
        );
    }

    #[test]
    fn a_convention_that_cannot_work_is_refused() {
        let read =
            |value: serde_json::Value| serde_json::from_value::<Convention>(value).unwrap_err().to_string();
        let good_role = "arn:aws:iam::{account}:role/{role}";
        assert!(
            read(json!({"group": "studio-{role}", "role": good_role, "domains": {}})).contains("{domain}")
        );
        assert!(
            read(json!({"group": "{domain}{role}", "role": good_role, "domains": {}})).contains("between")
        );
        assert!(read(json!({"group": "{domain}-{role}", "role": "arn:aws:iam::{acount}:role/{role}", "domains": {}})).contains("role pattern"));
        assert!(
            read(json!({"group": "{domain}-{role}", "role": good_role, "domains": {"a": "b"}}))
                .contains("alias")
        );
        for roles in [json!([]), json!(["admins", "a/b"]), json!([""])] {
            let bad = json!({"group": "{domain}-{role}", "role": good_role, "domains": {}, "roles": roles});
            assert!(read(bad).contains("roles must list"), "{roles}");
        }
    }
}
