//! What a person should have in a target now: memberships now x mapping now. Pure, deterministic, and the only place that decides it.

use crate::convention::Convention;
use crate::grant::Grant;
use crate::group::GroupText;
use crate::ids::{GroupId, RoleArn};
use crate::mapping::{BadRow, Mapping, ProfileSettings, RemovalPolicy, RunningApps};
use crate::person::UserStatus;
use crate::target::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A person's membership in one group, as the directory tells it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The group.
    pub group_id: GroupId,
    /// Its display name, from `DescribeGroup`; never from an event [1.22].
    pub group_name: String,
    /// The id of the membership: all that a later `DeleteGroupMembership` will name [1.17].
    pub membership_id: String,
}

/// The mapping that wins, with the membership that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entitlement {
    /// The membership.
    #[serde(flatten)]
    pub membership: Membership,
    /// The role the group stands for.
    pub execution_role_arn: RoleArn,
    /// Priority of the mapping that won.
    pub priority: u32,
    /// What happens to the person's spaces when they leave.
    pub removal: RemovalPolicy,
    /// What happens to apps that run under another role than this one.
    #[serde(default)]
    pub running_apps: RunningApps,
    /// Whether a profile that somebody else made for the person may be taken over.
    #[serde(default)]
    pub adopt: bool,
    /// Further settings of the profile.
    pub settings: ProfileSettings,
}

/// All mappings: the table's rows, good and bad, and the naming convention.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The table's rows that could be read, switched off ones too.
    pub rows: Vec<Mapping>,
    /// The table's rows that could not be read.
    pub bad: Vec<BadRow>,
    /// The naming convention, if one is configured.
    pub convention: Option<Convention>,
}

/// What the rules make of one person's memberships.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Every claim to a target, in no order that matters.
    pub claims: Vec<(Membership, Mapping)>,
    /// Unreadable rows of the person's own groups. Not knowing is not "no": they stop a decision rather than being skipped.
    pub bad: Vec<BadRow>,
}

/// Matches memberships with rules. A group with any row in the table, even one switched off or unreadable, is not looked up in the convention.
pub fn standing(memberships: &[Membership], rules: &Rules) -> Standing {
    let mut standing = Standing::default();
    for membership in memberships {
        let named = |group: &str| names(group, membership);
        let rows: Vec<&Mapping> = rules.rows.iter().filter(|row| named(&row.group)).collect();
        let bad: Vec<&BadRow> = rules.bad.iter().filter(|row| named(&row.group)).collect();
        if rows.is_empty() && bad.is_empty() {
            let derived =
                rules.convention.as_ref().and_then(|convention| convention.read(&membership.group_name));
            standing.claims.extend(derived.map(|mapping| (membership.clone(), mapping)));
        }
        standing
            .claims
            .extend(rows.into_iter().filter(|row| row.enabled).map(|row| (membership.clone(), row.clone())));
        standing.bad.extend(bad.into_iter().cloned());
    }
    standing
}

/// Whether a row's `group` means the group of a membership.
fn names(group: &str, membership: &Membership) -> bool {
    GroupText::of(group).means(membership.group_id.as_str(), &membership.group_name)
}

impl Rules {
    /// The more careful of two policies: the one that was recorded with the grant, and the one that the table says now for its group and
    /// target. A row that is gone says nothing; one that cannot be read says the most careful.
    pub fn removal(&self, grant: &Grant) -> RemovalPolicy {
        let ours = |group: &str| GroupText::of(group).means(&grant.group_id, &grant.group_name);
        let here = |row: &&Mapping| ours(&row.group) && row.target == grant.target;
        let doubtful = self.bad.iter().any(|row| ours(&row.group));
        let now = self.rows.iter().filter(here).map(|row| row.removal).min();
        if doubtful { RemovalPolicy::Keep } else { now.unwrap_or(grant.removal).min(grant.removal) }
    }
}

impl Standing {
    /// Every target that the person's groups are mapped to, readable or not as to its role.
    pub fn targets(&self) -> BTreeSet<Target> {
        let claimed = self.claims.iter().map(|(_, mapping)| mapping.target.clone());
        let doubtful = self.bad.iter().filter_map(|row| row.target.parse().ok());
        claimed.chain(doubtful).collect()
    }

    /// Unreadable rows that do not even say which target they mean.
    pub fn adrift(&self) -> impl Iterator<Item = &BadRow> {
        self.bad.iter().filter(|row| row.target.parse::<Target>().is_err())
    }

    /// What the person should have in `target`: the lowest priority number wins, ties by group name, then by id.
    /// An unreadable row that could be about this target is an error, never a "no".
    pub fn entitlement(&self, status: UserStatus, target: &Target) -> Result<Option<Entitlement>, &BadRow> {
        match status {
            UserStatus::Disabled | UserStatus::Gone => return Ok(None),
            UserStatus::Enabled => {}
        }
        if let Some(bad) = self.bad.iter().find(|row| row.target.parse().as_ref() == Ok(target)) {
            return Err(bad);
        }
        let here = self.claims.iter().filter(|(_, mapping)| mapping.target == *target);
        let winner =
            here.min_by_key(|(m, mapping)| (mapping.priority, m.group_name.clone(), m.group_id.clone()));
        match (winner, self.adrift().next()) {
            (Some((membership, mapping)), _) => Ok(Some(Entitlement {
                membership: membership.clone(),
                execution_role_arn: mapping.execution_role_arn.clone(),
                priority: mapping.priority,
                removal: mapping.removal,
                running_apps: mapping.running_apps,
                adopt: mapping.adopt,
                settings: mapping.settings.clone(),
            })),
            (None, Some(bad)) => Err(bad),
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::from_row;
    use serde_json::json;

    const TARGET: &str = "111122223333/eu-west-1/d-abc";

    fn member(group: &str) -> Membership {
        Membership {
            group_id: GroupId::new(format!("id-{group}")).unwrap(),
            group_name: group.into(),
            membership_id: format!("m-{group}"),
        }
    }

    fn rules(rows: &[serde_json::Value]) -> Rules {
        let mut rules = Rules::default();
        for row in rows {
            match from_row(row.as_object().unwrap()) {
                Ok(mapping) => rules.rows.push(mapping),
                Err(bad) => rules.bad.push(*bad),
            }
        }
        rules
    }

    fn row(group: &str, role: &str, priority: u32) -> serde_json::Value {
        json!({"group": group, "target": TARGET, "priority": priority,
            "executionRoleArn": format!("arn:aws:iam::111122223333:role/studio/{role}")})
    }

    fn role(groups: &[&str], rules: &Rules, status: UserStatus) -> Option<String> {
        let members: Vec<Membership> = groups.iter().map(|g| member(g)).collect();
        let standing = standing(&members, rules);
        let entitlement = standing.entitlement(status, &TARGET.parse().unwrap()).unwrap();
        entitlement.map(|e| e.execution_role_arn.as_str().rsplit('/').next().unwrap().to_owned())
    }

    #[test]
    fn the_lowest_priority_number_wins_whatever_the_order() {
        let rules = rules(&[row("readers", "r", 50), row("admins", "a", 10)]);
        assert_eq!(role(&["readers", "admins"], &rules, UserStatus::Enabled).as_deref(), Some("a"));
        assert_eq!(role(&["admins", "readers"], &rules, UserStatus::Enabled).as_deref(), Some("a"));
        assert_eq!(role(&["readers"], &rules, UserStatus::Enabled).as_deref(), Some("r"));
    }

    #[test]
    fn equal_priorities_are_settled_by_group_name() {
        let rules = rules(&[row("zebra", "z", 10), row("ant", "a", 10)]);
        assert_eq!(role(&["zebra", "ant"], &rules, UserStatus::Enabled).as_deref(), Some("a"));
    }

    #[test]
    fn a_disabled_or_missing_user_is_entitled_to_nothing() {
        let rules = rules(&[row("admins", "a", 10)]);
        assert_eq!(role(&["admins"], &rules, UserStatus::Disabled), None);
        assert_eq!(role(&["admins"], &rules, UserStatus::Gone), None);
    }

    #[test]
    fn a_group_may_be_named_by_its_id_and_nobody_else_by_that_id() {
        let id = "14F83478-A061-708F-8DE4-A3A2B99E9D89";
        let rules = rules(&[row(id, "a", 1)]);
        let target = TARGET.parse().unwrap();
        let by_id = Membership { group_id: GroupId::new(id).unwrap(), ..member("admins") };
        assert!(standing(&[by_id], &rules).entitlement(UserStatus::Enabled, &target).unwrap().is_some());
        let impostor = member(&id.to_lowercase());
        let impostor = Membership { group_id: GroupId::new("other").unwrap(), ..impostor };
        assert!(standing(&[impostor], &rules).entitlement(UserStatus::Enabled, &target).unwrap().is_none());
    }

    #[test]
    fn a_row_means_its_group_by_every_form_of_the_id() {
        let id = "14f83478-a061-708f-8de4-a3a2b99e9d89";
        let target = TARGET.parse().unwrap();
        let forms =
            [id.to_owned(), format!("906716eb24-{id}"), format!("arn:aws:identitystore:::group/{id}")];
        for (row_form, there) in forms.iter().flat_map(|form| forms.iter().map(move |there| (form, there))) {
            let rules = rules(&[row(row_form, "a", 1)]);
            let by_id = Membership { group_id: GroupId::new(there).unwrap(), ..member("admins") };
            let entitlement = standing(&[by_id], &rules).entitlement(UserStatus::Enabled, &target).unwrap();
            assert!(entitlement.is_some(), "{row_form} {there}");
        }
    }

    #[test]
    fn the_more_careful_policy_counts() {
        use RemovalPolicy as P;
        let granted = |removal: &str| -> Grant {
            serde_json::from_value(json!({"storeId": "d-1", "userId": "u-1", "status": "active", "profileName": "ana",
                "userName": "ana", "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"},
                "removal": removal, "roleArn": "arn:aws:iam::111122223333:role/studio/x", "groupName": "g", "groupId": "g-1",
                "membershipId": "m-1", "execution": "e", "reason": "r", "updatedAt": "t", "version": 1}))
            .unwrap()
        };
        let says = |removal: &str| {
            let mut row = row("g", "x", 1);
            row["removal"] = json!(removal);
            rules(&[row])
        };
        assert_eq!(says("keep").removal(&granted("delete")), P::Keep);
        assert_eq!(says("delete").removal(&granted("keep")), P::Keep);
        assert_eq!(says("deleteShared").removal(&granted("delete")), P::Delete);
        assert_eq!(rules(&[]).removal(&granted("delete")), P::Delete);
        assert_eq!(says("nonsense").removal(&granted("delete")), P::Keep);
        let id = "14f83478-a061-708f-8de4-a3a2b99e9d89";
        let of_id = Grant { group_id: id.to_owned(), ..granted("delete") };
        let by_id = |group: &str| rules(&[row(group, "x", 1)]).removal(&of_id);
        assert_eq!(by_id(&format!("906716eb24-{}", id.to_uppercase())), P::Keep, "its row, by another form");
    }

    #[test]
    fn the_table_stands_before_the_convention_even_when_switched_off() {
        let mut rules = rules(&[]);
        rules.convention = Some(
            serde_json::from_value(json!({"group": "studio-{domain}-{role}",
            "role": "arn:aws:iam::{account}:role/{role}", "domains": {"x": TARGET}}))
            .unwrap(),
        );
        assert_eq!(role(&["studio-x-dev"], &rules, UserStatus::Enabled).as_deref(), Some("dev"));
        let mut off = row("studio-x-dev", "table", 1);
        off["enabled"] = json!(false);
        rules.rows.push(from_row(off.as_object().unwrap()).unwrap());
        assert_eq!(role(&["studio-x-dev"], &rules, UserStatus::Enabled), None);
    }

    #[test]
    fn an_unreadable_row_of_ones_own_group_is_never_a_no() {
        let mut bad = row("admins", "a", 10);
        bad["executionRoleArn"] = json!("nonsense");
        let adrift = json!({"group": "admins", "target": "nowhere", "executionRoleArn": "x"});
        for bad in [bad, adrift] {
            let standing = standing(&[member("admins")], &rules(&[bad]));
            assert!(standing.entitlement(UserStatus::Enabled, &TARGET.parse().unwrap()).is_err());
        }
    }

    #[test]
    fn somebody_elses_unreadable_row_stops_nobody() {
        let mut bad = row("others", "a", 10);
        bad["priority"] = json!("x");
        assert_eq!(
            role(&["admins"], &rules(&[bad, row("admins", "a", 1)]), UserStatus::Enabled).as_deref(),
            Some("a")
        );
    }
}
