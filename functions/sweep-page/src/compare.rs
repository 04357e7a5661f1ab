//! Pure functions that compare a page and return its notes. Notes begin with `differ#` (lacks
//! something), `removal#` (should lose something, if nothing else keeps it) and `kept#` (another
//! mapped group keeps it).

use crate::mapped::{Comparison, MappedGroups};
use contract::grant::{Grant, GrantStatus};
use contract::ids::UserId;
use contract::target::Target;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Returns the note of a grant to remove. A suspended grant has already lost its role, and a
/// removed one everything.
pub(crate) fn removal(grant: &Grant) -> Option<(String, Value)> {
    match grant.status {
        GrantStatus::Active | GrantStatus::Creating | GrantStatus::Changing => Some(lost(grant)),
        GrantStatus::Suspended | GrantStatus::Removed => None,
    }
}

/// Returns the same note for a user who left the group of the grant. A grant that was suspended
/// while the user was a member (the row was deleted, or the user was renamed) records no spaces,
/// because none of them keeps its profile yet.
pub(crate) fn leaver(grant: &Grant) -> Option<(String, Value)> {
    let kept_for_nothing = grant.status == GrantStatus::Suspended && grant.spaces.is_empty();
    if kept_for_nothing { Some(lost(grant)) } else { removal(grant) }
}

/// Returns whether a grant was written after a moment: a user who is not on an older list of members may
/// have joined since.
pub(crate) fn is_newer(grant: &Grant, than: OffsetDateTime) -> bool {
    OffsetDateTime::parse(&grant.updated_at, &Rfc3339).is_ok_and(|written| written > than)
}

fn lost(grant: &Grant) -> (String, Value) {
    let key = format!("removal#{}#{}", grant.user_id, grant.target);
    let note = json!({"storeId": grant.store_id, "userName": grant.user_name, "groupName": grant.group_name});
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

    #[test]
    fn only_what_still_gives_something_is_a_removal() {
        for status in ["active", "creating", "changing"] {
            assert!(removal(&grant(status)).is_some(), "{status}");
        }
        assert!(removal(&grant("suspended")).is_none() && removal(&grant("removed")).is_none());
    }

    #[test]
    fn who_got_something_after_the_members_were_read_is_no_leaver() {
        let at = time::macros::datetime!(2026-11-23 10:00 UTC);
        let written = |at: &str| Grant { updated_at: at.to_owned(), ..grant("active") };
        assert!(is_newer(&written("2026-11-23T10:00:01Z"), at));
        assert!(!is_newer(&written("2026-11-23T10:00:00Z"), at) && !is_newer(&written("soon"), at));
    }

    #[test]
    fn a_suspended_leaver_is_a_removal_unless_spaces_remain() {
        let suspended = grant("suspended");
        let with_space = Grant { spaces: ["work".to_owned()].into(), ..suspended.clone() };
        assert!(leaver(&suspended).is_some() && leaver(&grant("active")).is_some());
        assert!(leaver(&with_space).is_none() && leaver(&grant("removed")).is_none());
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
