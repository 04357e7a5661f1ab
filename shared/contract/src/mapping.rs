//! A mapping from a group to a target, a role, a priority and policies, as administrators write it.
//!
//! It comes from a row of the table `GroupMappings`, or from the naming
//! [`convention`](crate::convention).

use crate::group::{GroupText, MalformedId};
use crate::ids::{BadId, RoleArn};
use crate::tag_text;
use crate::target::{BadTarget, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The priority of a row without one. The lowest number wins.
pub const DEFAULT_PRIORITY: u32 = 100;

/// Policy for the spaces of a user who left, the most careful first. Deleting a space destroys its
/// volume [3.36].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RemovalPolicy {
    /// Stop the apps and withdraw the role; keep the profile and its spaces. The default: no data
    /// is lost.
    #[default]
    Keep,
    /// Delete private spaces and the profile. A shared space still keeps the profile, because it
    /// holds a team's data [3.37].
    Delete,
    /// Delete shared spaces as well.
    DeleteShared,
}

impl RemovalPolicy {
    /// Returns whether the policy allows deleting a space.
    pub fn may_delete(self, shared: bool) -> bool {
        match self {
            Self::Keep => false,
            Self::Delete => !shared,
            Self::DeleteShared => true,
        }
    }
}

/// Days between a user's leaving and the deletion of their profile, unless the mapping says otherwise.
pub const DEFAULT_GRACE_DAYS: u32 = 7;

/// The most days of grace that a mapping may give: ten years.
pub const MAX_GRACE_DAYS: u32 = 3650;

/// Returns [`DEFAULT_GRACE_DAYS`], for items and payloads of an earlier version.
pub(crate) fn default_grace_days() -> u32 {
    DEFAULT_GRACE_DAYS
}

/// Policy for apps that run when a profile's role changes. Studio gives the new role only to apps
/// that start later [3.12].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunningApps {
    /// Stop the apps, which start again under the new role; spaces and home stay. The default:
    /// least privilege comes first.
    #[default]
    Restart,
    /// Let the apps run on. The result of the execution names them.
    Keep,
}

/// Settings of a profile other than its role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSettings {
    /// Security groups, merged by Studio with the domain's [3.14].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<String>,
    /// Tags of the administrators, in addition to the ownership tags [3.16].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A valid row, or a match of the naming convention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// The group's display name or id.
    pub group: String,
    /// The Studio domain.
    pub target: Target,
    /// The role that the group gets in the target.
    pub execution_role_arn: RoleArn,
    /// The lowest number wins if a user is in several groups of one target.
    pub priority: u32,
    /// Policy for the spaces of a user who left.
    pub removal: RemovalPolicy,
    /// Days between the user's leaving and the deletion; 0 deletes at once.
    pub grace_days: u32,
    /// Policy for apps that run under another role than this one.
    pub running_apps: RunningApps,
    /// Whether a profile for the user that was created outside studio-access may be taken over.
    pub adopt: bool,
    /// Further settings of the profile.
    pub settings: ProfileSettings,
    /// Whether the row gives access. A disabled row still takes precedence over the naming
    /// convention.
    pub enabled: bool,
}

/// An invalid row. It is kept with the valid ones, because an unreadable row does not mean that no
/// user is entitled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The group, if it could be read.
    pub group: String,
    /// The target, as it is written.
    pub target: String,
    /// The reason.
    pub why: RowFault,
}

/// Reason why a row is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// A required attribute is missing.
    #[error("the attribute {0} is missing")]
    Missing(&'static str),
    /// An attribute has another type or is out of range.
    #[error("the attribute {attribute} is not {expected}")]
    Invalid {
        /// The attribute.
        attribute: &'static str,
        /// The expected type or range.
        expected: &'static str,
    },
    /// An attribute is unknown: likely a typing mistake, possibly of a restriction, so it cannot be
    /// ignored.
    #[error("the attribute {0:?} is unknown")]
    Unknown(String),
    /// The group looks like an id but is not a valid one.
    #[error("the group is malformed")]
    Group(#[from] MalformedId),
    /// The target is malformed.
    #[error("the target is malformed")]
    Target(#[from] BadTarget),
    /// The role is malformed.
    #[error("executionRoleArn is malformed")]
    Role(#[from] BadId),
    /// The role belongs to another account or partition than the target, so Studio could not use
    /// it.
    #[error("executionRoleArn does not belong to the account and partition of the target")]
    ForeignRole,
}

const ATTRIBUTES: [&str; 11] = [
    "group",
    "target",
    "executionRoleArn",
    "priority",
    "removal",
    "graceDays",
    "runningApps",
    "adopt",
    "securityGroups",
    "tags",
    "enabled",
];

/// Reads one row of the table. The error keeps the row's group and target, as far as they are text.
pub fn from_row(row: &Map<String, Value>) -> Result<Mapping, Box<BadRow>> {
    let raw = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or("(unreadable)").to_owned();
    read(row).map_err(|why| Box::new(BadRow { group: raw("group"), target: raw("target"), why }))
}

fn read(row: &Map<String, Value>) -> Result<Mapping, RowFault> {
    if let Some(other) = row.keys().find(|key| !ATTRIBUTES.contains(&key.as_str())) {
        return Err(RowFault::Unknown(other.clone()));
    }
    let mapping = Mapping {
        group: group(row)?,
        target: text(row, "target")?.parse()?,
        execution_role_arn: RoleArn::new(text(row, "executionRoleArn")?)?,
        priority: priority(row)?,
        removal: member(row, "removal", "keep, delete or deleteShared")?.unwrap_or_default(),
        grace_days: grace_days(row)?,
        running_apps: member(row, "runningApps", "restart or keep")?.unwrap_or_default(),
        adopt: member(row, "adopt", "true or false")?.unwrap_or(false),
        settings: ProfileSettings {
            security_groups: member(row, "securityGroups", "a list of security group ids")?
                .unwrap_or_default(),
            tags: member(row, "tags", "a map of texts")?.unwrap_or_default(),
        },
        enabled: member(row, "enabled", "true or false")?.unwrap_or(true),
    };
    check_role(&mapping.execution_role_arn, &mapping.target)?;
    check_settings(&mapping.settings)?;
    Ok(mapping)
}

/// Checks that the role belongs to the target's account and partition: a role can be passed only
/// within its account.
pub(crate) fn check_role(role: &RoleArn, target: &Target) -> Result<(), RowFault> {
    let at_home = role.account() == target.account.as_str() && role.partition() == target.region.partition();
    if at_home { Ok(()) } else { Err(RowFault::ForeignRole) }
}

/// Checks the security groups and the tags.
///
/// Studio's API model has a maximum of five security groups, but its documentation allows a profile
/// one less [3.47]. A profile may have fifty tags, of which we need some [3.16].
fn check_settings(settings: &ProfileSettings) -> Result<(), RowFault> {
    let groups_fit =
        settings.security_groups.len() <= 4 && settings.security_groups.iter().all(|g| g.starts_with("sg-"));
    if !groups_fit {
        return Err(RowFault::Invalid {
            attribute: "securityGroups",
            expected: "at most 4 ids that begin with sg-",
        });
    }
    let fits =
        |text: &str, longest: usize| text.chars().count() <= longest && text.chars().all(tag_text::fits);
    let tags_fit = settings.tags.len() <= 40
        && settings.tags.iter().all(|(key, value)| {
            !key.is_empty() && fits(key, 128) && fits(value, 256) && !tag_text::is_reserved(key)
        });
    if tags_fit {
        Ok(())
    } else {
        Err(RowFault::Invalid {
            attribute: "tags",
            expected: "at most 40 valid tags outside aws: and studio-access:",
        })
    }
}

fn text(row: &Map<String, Value>, attribute: &'static str) -> Result<String, RowFault> {
    match row.get(attribute) {
        None => Err(RowFault::Missing(attribute)),
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(RowFault::Invalid { attribute, expected: "text" }),
    }
}

/// Reads the group's name or id. A malformed id is an error, because it would silently match no
/// group.
fn group(row: &Map<String, Value>) -> Result<String, RowFault> {
    let group = text(row, "group")?;
    match GroupText::of(&group) {
        GroupText::Id(_) | GroupText::Name(_) => Ok(group),
        GroupText::Malformed(_, why) => Err(why.into()),
    }
}

fn priority(row: &Map<String, Value>) -> Result<u32, RowFault> {
    Ok(member(row, "priority", "a whole number from 0")?.unwrap_or(DEFAULT_PRIORITY))
}

fn grace_days(row: &Map<String, Value>) -> Result<u32, RowFault> {
    const EXPECTED: &str = "a whole number from 0 to 3650";
    let days = member(row, "graceDays", EXPECTED)?.unwrap_or(DEFAULT_GRACE_DAYS);
    if days <= MAX_GRACE_DAYS {
        Ok(days)
    } else {
        Err(RowFault::Invalid { attribute: "graceDays", expected: EXPECTED })
    }
}

fn member<T: serde::de::DeserializeOwned>(
    row: &Map<String, Value>,
    attribute: &'static str,
    expected: &'static str,
) -> Result<Option<T>, RowFault> {
    let Some(value) = row.get(attribute) else { return Ok(None) };
    serde_json::from_value(value.clone()).map(Some).map_err(|_| RowFault::Invalid { attribute, expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(changes: &Value) -> Map<String, Value> {
        let mut row = json!({"group": "studio-admins", "target": "111122223333/eu-west-1/d-abc",
            "executionRoleArn": "arn:aws:iam::111122223333:role/studio/admins"});
        for (key, value) in changes.as_object().unwrap() {
            row[key] = value.clone();
        }
        row.as_object().unwrap().clone()
    }

    #[test]
    fn a_short_row_has_careful_defaults() {
        let mapping = from_row(&row(&json!({}))).unwrap();
        assert_eq!((mapping.priority, mapping.removal, mapping.enabled), (100, RemovalPolicy::Keep, true));
        assert_eq!((mapping.running_apps, mapping.adopt), (RunningApps::Restart, false));
        assert_eq!(mapping.grace_days, 7);
    }

    #[test]
    fn four_security_groups_and_tags_of_any_script_fit() {
        let groups = json!(["sg-1", "sg-2", "sg-3", "sg-4"]);
        let tags = json!({"team": "Zürich 雪", "awsome": "", "cost:center": "ศธ 7"});
        let mapping = from_row(&row(&json!({"securityGroups": groups, "tags": tags}))).unwrap();
        assert_eq!((mapping.settings.security_groups.len(), mapping.settings.tags.len()), (4, 3));
    }

    #[test]
    fn every_malformed_attribute_is_named() {
        for (changes, expected) in [
            (json!({"executionRoleArn": "arn:aws:iam::1:role/x"}), "executionRoleArn is malformed"),
            (json!({"executionRoleArn": 7}), "executionRoleArn is not text"),
            (
                json!({"executionRoleArn": "arn:aws:iam::444455556666:role/studio/admins"}),
                "account and partition",
            ),
            (
                json!({"executionRoleArn": "arn:aws-cn:iam::111122223333:role/studio/admins"}),
                "account and partition",
            ),
            (json!({"target": "d-abc"}), "the target is malformed"),
            (json!({"priority": "high"}), "priority is not a whole number"),
            (json!({"priority": -1}), "priority is not a whole number"),
            (json!({"removal": "purge"}), "removal is not keep, delete or deleteShared"),
            (json!({"graceDays": "7 days"}), "graceDays is not a whole number from 0 to 3650"),
            (json!({"graceDays": 3651}), "graceDays is not a whole number from 0 to 3650"),
            (json!({"graceDays": -1}), "graceDays is not a whole number"),
            (json!({"runningApps": "stop"}), "runningApps is not restart or keep"),
            (json!({"adopt": "yes"}), "adopt is not true or false"),
            (json!({"securityGroups": ["web"]}), "securityGroups is not at most 4 ids"),
            (json!({"securityGroups": ["sg-1", "sg-2", "sg-3", "sg-4", "sg-5"]}), "at most 4 ids"),
            (json!({"tags": {"studio-access:user-id": "x"}}), "tags is not"),
            (json!({"tags": {"Studio-Access:user-id": "x"}}), "tags is not"),
            (json!({"tags": {"AWS:x": "1"}}), "tags is not"),
            (json!({"tags": {"team": "ผู้ดูแล"}}), "tags is not"),
            (json!({"tags": {"team (all)": "x"}}), "tags is not"),
            (json!({"enabled": "yes"}), "enabled is not true or false"),
            (json!({"enable": false}), r#""enable" is unknown"#),
        ] {
            let bad = from_row(&row(&changes)).unwrap_err();
            assert!(bad.why.to_string().contains(expected), "{} should contain {expected}", bad.why);
            assert_eq!(bad.group, "studio-admins");
        }
        for group in ["14f83478-a061-708f-8de4-a3a2b99e9d8", "arn:aws:iam::111122223333:group/x"] {
            let bad = from_row(&row(&json!({"group": group}))).unwrap_err();
            assert_eq!((bad.group.as_str(), bad.why.to_string().as_str()), (group, "the group is malformed"));
        }
        let mut short = row(&json!({}));
        short.remove("executionRoleArn");
        assert_eq!(from_row(&short).unwrap_err().why, RowFault::Missing("executionRoleArn"));
    }
}
