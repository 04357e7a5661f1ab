//! Pure functions that compare a page and return its notes. Notes begin with `differ#` (lacks
//! something), `removal#` (should lose something, if nothing else keeps it), `kept#` (another mapped
//! group keeps it) and `due#` (has lost the role, and the days of grace are over).

use crate::mapped::{Comparison, MappedGroups};
use contract::grant::{Grant, GrantStatus};
use contract::ids::UserId;
use contract::rules::Rules;
use contract::target::Target;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Returns the note of a grant to remove. A suspended grant has already lost its role: its profile
/// goes when the days of grace are over `at` this time. A removed one has lost everything.
pub(crate) fn removal(grant: &Grant, rules: &Rules, at: OffsetDateTime) -> Option<(String, Value)> {
    let is_lost = match (grant.status, grant.left_at) {
        (GrantStatus::Active | GrantStatus::Creating | GrantStatus::Changing, _) => true,
        (GrantStatus::Suspended, Some(_)) => is_due(grant, rules, at),
        (GrantStatus::Suspended, None) | (GrantStatus::Removed, _) => false,
    };
    is_lost.then(|| lost(grant, at))
}

/// Returns the same note for a user who left the group of the grant. If the grant was suspended while
/// the user was a member (the row was deleted, or the user was renamed), nobody has removed the leaver
/// yet.
pub(crate) fn leaver(grant: &Grant, rules: &Rules, at: OffsetDateTime) -> Option<(String, Value)> {
    let is_unheard =
        grant.status == GrantStatus::Suspended && grant.left_at.is_none() && grant.spaces.is_empty();
    if is_unheard { Some(lost(grant, at)) } else { removal(grant, rules, at) }
}

/// Returns the same note for a disabled user. They are a leaver although they are in their groups, and
/// no other group keeps what they have.
pub(crate) fn disabled(grant: &Grant, rules: &Rules, at: OffsetDateTime) -> Option<(String, Value)> {
    let (key, mut note) = leaver(grant, rules, at)?;
    note["disabled"] = json!(true);
    Some((key, note))
}

/// Returns whether the profile of a suspended leaver can be deleted. Its spaces are recorded if the
/// removal policy has let them stay, and then they keep the profile.
fn is_due(grant: &Grant, rules: &Rules, at: OffsetDateTime) -> bool {
    grant.spaces.is_empty() && rules.deletion_due(grant, at).is_some_and(|due| due <= at)
}

/// Returns whether a grant was written after a moment: a user who is not on an older list of members may
/// have joined since.
pub(crate) fn is_newer(grant: &Grant, than: OffsetDateTime) -> bool {
    grant.written_at().is_some_and(|written| written > than)
}

fn lost(grant: &Grant, at: OffsetDateTime) -> (String, Value) {
    let kind =
        if grant.status == GrantStatus::Suspended && grant.left_at.is_some() { "due" } else { "removal" };
    let key = format!("{kind}#{}#{}", grant.user_id, grant.target);
    let mut note =
        json!({"storeId": grant.store_id, "userName": grant.user_name, "groupName": grant.group_name});
    // Not "heldBack": this is the key of an index, whose values are texts.
    if grant.awaits_approval(at) {
        note["awaitsApproval"] = json!(true);
    }
    (key, note)
}

/// Returns the notes of a member of a mapped group.
pub(crate) fn member(
    user: &UserId,
    target: &Target,
    grant: Option<&Grant>,
    against: Comparison,
) -> Vec<(String, Value)> {
    let mut notes = Vec::new();
    if against == Comparison::Differs {
        notes.push((format!("differ#{user}"), json!({})));
    }
    if grant.is_some_and(|grant| grant.status.is_held()) && against != Comparison::Right {
        notes.push((format!("kept#{user}#{target}"), json!({})));
    }
    notes
}

/// Returns whether the group of a grant may still be mapped to its target.
pub(crate) fn still_mapped(grant: &Grant, mapped: &MappedGroups) -> bool {
    mapped.known(&grant.group_id).is_some_and(|id| mapped.is_mapped(&id, &grant.target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::ids::GroupId;
    use contract::rules::Rules;
    use std::collections::BTreeMap;

    fn groups() -> BTreeMap<GroupId, String> {
        [(GroupId::new("id-admins").unwrap(), "admins".to_owned())].into()
    }

    fn grant(status: &str) -> Grant {
        serde_json::from_value(json!({"storeId": "d-1", "userId": "u-1", "status": status, "profileName": "ana",
            "userName": "ana", "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"},
            "removal": "keep", "roleArn": "arn:aws:iam::111122223333:role/studio/a", "groupName": "admins",
            "groupId": "ID-admins", "membershipId": "m-1", "execution": "e", "reason": "r", "updatedAt": "t", "version": 1}))
        .unwrap()
    }

    const LEFT: OffsetDateTime = time::macros::datetime!(2026-11-23 10:00 UTC);

    fn days_after(days: i64) -> OffsetDateTime {
        LEFT + time::Duration::days(days)
    }

    #[test]
    fn only_what_still_gives_something_is_a_removal() {
        let removal = |status: &str| removal(&grant(status), &Rules::default(), days_after(8));
        for status in ["active", "creating", "changing"] {
            assert!(removal(status).is_some(), "{status}");
        }
        assert!(removal("suspended").is_none() && removal("removed").is_none());
    }

    #[test]
    fn a_suspended_leaver_is_a_removal_when_the_days_are_over() {
        let left = Grant { left_at: Some(LEFT), grace_days: 7, ..grant("suspended") };
        let with_space = Grant { spaces: ["work".to_owned()].into(), ..left.clone() };
        let row = |days: u32| {
            let row = json!({"group": "admins", "target": "111122223333/eu-west-1/d-abc", "graceDays": days,
                "executionRoleArn": "arn:aws:iam::111122223333:role/studio/admins"});
            let row = contract::mapping::from_row(row.as_object().unwrap()).unwrap();
            Rules { rows: vec![row], ..Rules::default() }
        };
        let bad = json!({"group": "admins", "target": "111122223333/eu-west-1/d-abc", "graceDays": "many"});
        let bad = vec![*contract::mapping::from_row(bad.as_object().unwrap()).unwrap_err()];
        let bad = Rules { bad, ..Rules::default() };
        for (grant, rules, days, expected) in [
            (&left, Rules::default(), 6, false),
            (&left, Rules::default(), 7, true),
            (&left, row(0), 6, false),
            (&left, row(30), 7, false),
            (&left, row(30), 30, true),
            (&left, bad, 30, false),
            (&with_space, Rules::default(), 7, false),
        ] {
            let found = [removal, leaver].map(|of| of(grant, &rules, days_after(days)).is_some());
            assert_eq!(found, [expected; 2], "{days} {rules:?}");
        }
    }

    #[test]
    fn who_got_something_after_the_members_were_read_is_no_leaver() {
        let at = time::macros::datetime!(2026-11-23 10:00 UTC);
        let written = |at: &str| Grant { updated_at: at.to_owned(), ..grant("active") };
        assert!(is_newer(&written("2026-11-23T10:00:01Z"), at));
        assert!(!is_newer(&written("2026-11-23T10:00:00Z"), at) && !is_newer(&written("soon"), at));
    }

    #[test]
    fn who_left_while_suspended_is_a_removal_unless_spaces_remain() {
        let leaver = |grant: &Grant| leaver(grant, &Rules::default(), LEFT).is_some();
        let suspended = grant("suspended");
        let with_space = Grant { spaces: ["work".to_owned()].into(), ..suspended.clone() };
        assert!(leaver(&suspended) && leaver(&grant("active")));
        assert!(!leaver(&with_space) && !leaver(&grant("removed")));
    }

    #[test]
    fn a_member_of_another_mapped_group_keeps_what_they_have() {
        let (user, held) = (UserId::new("u-1").unwrap(), grant("active"));
        let keys = |against| -> Vec<String> {
            member(&user, &held.target, Some(&held), against).into_iter().map(|(key, _)| key).collect()
        };
        let kept = "kept#u-1#111122223333/eu-west-1/d-abc";
        assert_eq!(keys(Comparison::Elsewhere), [kept]);
        assert_eq!(keys(Comparison::Differs), ["differ#u-1", kept]);
        assert_eq!(keys(Comparison::Right), Vec::<String>::new());
    }

    #[test]
    fn a_group_that_is_gone_is_mapped_no_more() {
        assert!(!still_mapped(&grant("active"), &MappedGroups::new(BTreeMap::new(), Rules::default())));
        let row = json!({"group": "admins", "target": "111122223333/eu-west-1/d-abc", "executionRoleArn": "nonsense"});
        let bad = vec![*contract::mapping::from_row(row.as_object().unwrap()).unwrap_err()];
        assert!(still_mapped(
            &grant("active"),
            &MappedGroups::new(groups(), Rules { bad, ..Rules::default() })
        ));
    }
}
