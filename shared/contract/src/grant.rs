//! Our record of what we provisioned for a user in a target: one item of the ledger (the table
//! `Grants`).

use crate::entitlement::Entitlement;
use crate::ids::{GroupId, MembershipId, ProfileName, RoleArn, StoreId, UserId};
use crate::job::Job;
use crate::limit::{Limit, hour};
use crate::mapping::RemovalPolicy;
use crate::plan::RemovalReason;
use crate::target::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// State of a grant in its life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GrantStatus {
    /// Written before a profile is created or taken over, so that a later execution finds the trace
    /// of a crash in between.
    Creating,
    /// Written before the profile's role is changed, with the new role. Until the grant is recorded
    /// as active, apps may still run under another role.
    ///
    /// Also written before anything of a user who left is removed, so that an interrupted removal
    /// leaves a trace.
    Changing,
    /// The profile exists and has the role.
    Active,
    /// The profile stays with a role that allows nothing, because of its spaces, because its row is
    /// gone, or because its user was renamed.
    Suspended,
    /// The profile is gone. The item stays: it records the home directory's EFS uid and the deleted
    /// spaces [3.38].
    Removed,
}

impl GrantStatus {
    /// Returns whether a profile may exist for the grant.
    pub fn is_held(self) -> bool {
        match self {
            Self::Creating | Self::Changing | Self::Active | Self::Suspended => true,
            Self::Removed => false,
        }
    }
}

/// Home directory and spaces of a deleted profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerHome {
    /// Uid of the home directory.
    pub home_efs_uid: Option<String>,
    /// Spaces that were deleted with the profile.
    pub spaces: BTreeSet<String>,
    /// Time of the deletion, as RFC 3339 in UTC.
    pub until: String,
}

/// A grant: what one user has in one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The identity store of the user.
    pub store_id: StoreId,
    /// The immutable id of the user.
    pub user_id: UserId,
    /// The Studio domain.
    pub target: Target,
    /// State in the life cycle.
    pub status: GrantStatus,
    /// The profile; it stays the same even if the user is renamed.
    pub profile_name: ProfileName,
    /// The user name at the time: Studio's `SingleSignOnUserValue` [3.3].
    pub user_name: String,
    /// The role that was given.
    pub role_arn: RoleArn,
    /// Name of the group that gave access.
    pub group_name: String,
    /// Id of the group that gave access.
    pub group_id: GroupId,
    /// The membership that gave access [1.17].
    pub membership_id: MembershipId,
    /// Policy for the spaces when the user leaves, from the mapping as it was last read.
    pub removal: RemovalPolicy,
    /// Days between the user's leaving and the deletion, from the mapping as it was last read before
    /// they left.
    #[serde(default = "crate::mapping::default_grace_days")]
    pub grace_days: u32,
    /// Time when the removal of a leaver was recorded. The days of grace count from here.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub left_at: Option<OffsetDateTime>,
    /// Limits that the removal under way was counted against.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub counted: BTreeSet<Limit>,
    /// The limit that holds the removal back. The user keeps the role (suspensions), or stays suspended
    /// (deletions). An index of the table lists these grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<Limit>,
    /// Keys of the tags that a mapping row has set on the profile. A key that no row sets any more
    /// is removed from the profile.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Uid of the home directory on the domain's file system; a new profile gets another one
    /// [3.38].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_efs_uid: Option<String>,
    /// Spaces that the user owned when they left. Those of a suspended grant keep its profile.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub spaces: BTreeSet<String>,
    /// Spaces whose deletion was about to begin. They stay here if the profile stays, because the user
    /// came back or was renamed in the middle of a removal.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub deleted_spaces: BTreeSet<String>,
    /// Homes of the user's earlier profiles in this target, oldest first. Their files are still on
    /// the domain's file system [3.38].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_homes: Vec<FormerHome>,
    /// The execution that wrote this item.
    pub execution: String,
    /// Trigger of that execution: an event's name or an operator's words.
    pub reason: String,
    /// CloudTrail's event id, if an event was the trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Time of the write, as RFC 3339 in UTC.
    pub updated_at: String,
    /// Number of writes. A conditional write names the version that it has read.
    pub version: u64,
}

impl Grant {
    /// Returns whether this is the grant of exactly this profile. Studio compares names without
    /// regard to case [3.1].
    pub fn is_of(&self, profile_name: &ProfileName) -> bool {
        self.profile_name.as_str().eq_ignore_ascii_case(profile_name.as_str())
    }

    /// Returns whether another write of the same execution would change only the time and the
    /// version.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let Self { updated_at, version, .. } = other;
        Self { updated_at: updated_at.clone(), version: *version, ..self.clone() } == *other
    }

    /// Returns the grant for an entitlement before there is a profile: status `creating`, no home
    /// yet, earlier homes kept.
    ///
    /// The ledger fills in the execution, the reason, the time and the version when it writes the
    /// grant.
    pub fn given(
        job: &Job,
        profile_name: &ProfileName,
        user_name: &str,
        entitlement: &Entitlement,
        before: Option<&Self>,
    ) -> Self {
        let Entitlement { membership, execution_role_arn, removal, grace_days, settings, .. } = entitlement;
        let held = before.filter(|before| before.status.is_held());
        Self {
            store_id: job.user.store_id.clone(),
            user_id: job.user.user_id.clone(),
            target: job.target.clone(),
            status: GrantStatus::Creating,
            profile_name: profile_name.clone(),
            user_name: user_name.to_owned(),
            role_arn: execution_role_arn.clone(),
            group_name: membership.group_name.clone(),
            group_id: membership.group_id.clone(),
            membership_id: membership.membership_id.clone(),
            removal: *removal,
            grace_days: *grace_days,
            left_at: None,
            counted: BTreeSet::new(),
            held_back: None,
            tags: settings.tags.keys().cloned().collect(),
            home_efs_uid: None,
            spaces: BTreeSet::new(),
            deleted_spaces: held.map(|held| held.deleted_spaces.clone()).unwrap_or_default(),
            former_homes: before.map(Self::homes_to_remember).unwrap_or_default(),
            execution: String::new(),
            reason: String::new(),
            event_id: None,
            updated_at: String::new(),
            version: 0,
        }
    }

    /// Returns the grant to be written before the last look at the directory. The entitlement may turn
    /// out not to be due, so the more careful of two removal policies stays until the role is given.
    #[must_use]
    pub fn intended(self, before: Option<&Self>) -> Self {
        let Some(held) = before.filter(|before| before.status.is_held()) else { return self };
        let (removal, grace_days) = (held.removal.min(self.removal), held.grace_days.max(self.grace_days));
        Self { removal, grace_days, ..self }
    }

    /// Returns the grant of a user whose removal for this reason began `at` this time, or before. The
    /// days of grace are fixed when they begin; later ones can only be more.
    #[must_use]
    pub fn leaving(self, reason: &RemovalReason, at: OffsetDateTime) -> Self {
        let left_at = Some(self.left_at.unwrap_or(at));
        let (left_at, grace_days) = match reason {
            RemovalReason::Left | RemovalReason::OverLimit | RemovalReason::OnHold => {
                (left_at, self.grace_days)
            }
            RemovalReason::InGrace { days, .. } if self.left_at.is_none() => (left_at, *days),
            RemovalReason::InGrace { days, .. } => (left_at, self.grace_days.max(*days)),
            // The user is still in the group, and has not left.
            RemovalReason::RowGone | RemovalReason::Renamed { .. } => (None, self.grace_days),
        };
        Self { grace_days, left_at, ..self }
    }

    /// Returns the grant after a removal that ended `at` this time, with the role that the profile has
    /// now. `stays`: the profile is not deleted. `listed` are the spaces of the last list.
    #[must_use]
    pub fn ended(
        self,
        role_arn: RoleArn,
        stays: bool,
        reason: &RemovalReason,
        listed: BTreeSet<String>,
        at: OffsetDateTime,
    ) -> Self {
        let still_gone = &self.deleted_spaces - &listed;
        let (status, spaces, deleted_spaces) = match (stays, reason) {
            (false, _) => {
                (GrantStatus::Removed, &(&self.spaces | &self.deleted_spaces) | &listed, BTreeSet::new())
            }
            (true, RemovalReason::Left) => (GrantStatus::Suspended, listed, still_gone),
            // Which spaces keep the profile is decided when something may be deleted: when the days of grace
            // are over, or when the user leaves.
            (
                true,
                RemovalReason::OverLimit
                | RemovalReason::OnHold
                | RemovalReason::InGrace { .. }
                | RemovalReason::RowGone
                | RemovalReason::Renamed { .. },
            ) => (GrantStatus::Suspended, BTreeSet::new(), still_gone),
        };
        // Nothing holds back what is over, or what is not due. Deletions count again when they are.
        let held_back = self.held_back.filter(|_| stays && *reason == RemovalReason::OverLimit);
        let mut counted = self.counted.clone();
        counted.retain(|limit| !stays || *limit == Limit::Suspensions);
        let left = self.leaving(reason, at);
        Self { status, role_arn, counted, held_back, spaces, deleted_spaces, ..left }
    }

    /// Returns the grant of a profile that does not exist any more, without a removal that recorded it:
    /// an operator deleted it, or a new one has replaced it.
    #[must_use]
    pub fn gone(self) -> Self {
        Self { status: GrantStatus::Removed, held_back: None, ..self }
    }

    /// Returns the time of the write, if it can be read.
    pub fn written_at(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(&self.updated_at, &Rfc3339).ok()
    }

    /// Returns whether a limit has held the removal back in the hour of this moment.
    pub fn is_held_back(&self, limit: Limit, at: OffsetDateTime) -> bool {
        self.held_back == Some(limit) && self.written_at().is_some_and(|written| hour(written) == hour(at))
    }

    /// Returns whether a suspension was held back less than a day ago. Until then, nothing but an approval
    /// takes the role away.
    pub fn awaits_approval(&self, at: OffsetDateTime) -> bool {
        self.held_back == Some(Limit::Suspensions)
            && self.written_at().is_some_and(|written| at < written + time::Duration::DAY)
    }

    /// Returns those of the limits that the removal of this grant still has to be counted against. A user
    /// who is suspended has lost the role before.
    pub fn uncounted(&self, limits: &[Limit]) -> BTreeSet<Limit> {
        let is_new = |limit: &Limit| match limit {
            Limit::Suspensions => {
                self.status != GrantStatus::Suspended && !self.counted.contains(&Limit::Suspensions)
            }
            Limit::Deletions => !self.counted.contains(&Limit::Deletions),
        };
        limits.iter().copied().filter(is_new).collect()
    }

    /// Returns the homes that the next grant for the same user and target must keep: the earlier
    /// ones, and this grant's own if its profile is gone.
    pub fn homes_to_remember(&self) -> Vec<FormerHome> {
        let mut homes = self.former_homes.clone();
        let spaces = &self.spaces | &self.deleted_spaces;
        if self.status == GrantStatus::Removed && (self.home_efs_uid.is_some() || !spaces.is_empty()) {
            homes.push(FormerHome {
                home_efs_uid: self.home_efs_uid.clone(),
                spaces,
                until: self.updated_at.clone(),
            });
        }
        homes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "14f83478-a061-708f-8de4-a3a2b99e9d89";

    fn grant(status: &str, id: &str) -> Grant {
        let item = json!({"storeId": "d-1", "userId": "u-1", "status": status, "profileName": "ana",
            "userName": "ana", "target": {"account": "111122223333", "region": "eu-west-1",
            "domainId": "d-abc"}, "removal": "keep", "roleArn": "arn:aws:iam::111122223333:role/x",
            "groupName": "g", "groupId": id, "membershipId": id, "execution": "e", "reason": "r",
            "updatedAt": "t", "version": 1});
        serde_json::from_value(item).unwrap()
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    /// An id was once stored as a plain string, so an old item may hold any of its forms.
    #[test]
    fn reads_ids_of_old_items_in_every_form() {
        for form in [ID.to_owned(), ID.to_uppercase(), format!("arn:aws:identitystore:::group/{ID}")] {
            let grant = grant("active", &form);
            assert_eq!((grant.group_id.as_str(), grant.membership_id.as_str()), (ID, ID), "{form}");
        }
    }

    #[test]
    fn a_removal_that_ends_leaves_the_list_unless_it_waits() {
        let in_grace = RemovalReason::InGrace { days: 7, until: None };
        let at = time::macros::datetime!(2026-11-23 10:00 UTC);
        let both: BTreeSet<Limit> = [Limit::Suspensions, Limit::Deletions].into();
        let before =
            Grant { counted: both.clone(), held_back: Some(Limit::Deletions), ..grant("changing", ID) };
        let suspended = BTreeSet::from([Limit::Suspensions]);
        for (stays, reason, counted, held_back) in [
            (true, RemovalReason::OverLimit, &suspended, Some(Limit::Deletions)),
            (true, in_grace, &suspended, None),
            (true, RemovalReason::RowGone, &suspended, None),
            (false, RemovalReason::Left, &both, None),
        ] {
            let role = before.role_arn.clone();
            let ended = before.clone().ended(role, stays, &reason, BTreeSet::new(), at);
            assert_eq!((&ended.counted, ended.held_back), (counted, held_back), "{stays} {reason:?}");
        }
    }

    #[test]
    fn a_suspension_that_was_held_back_awaits_an_approval_for_a_day() {
        let written = time::macros::datetime!(2026-11-23 10:00 UTC);
        let held_back = |limit| Grant {
            held_back: Some(limit),
            updated_at: "2026-11-23T10:00:00Z".to_owned(),
            ..grant("active", ID)
        };
        let awaits = |limit, hours| held_back(limit).awaits_approval(written + time::Duration::hours(hours));
        assert!(awaits(Limit::Suspensions, 0) && awaits(Limit::Suspensions, 23));
        assert!(!awaits(Limit::Suspensions, 24) && !awaits(Limit::Deletions, 0));
        assert!(!grant("active", ID).awaits_approval(written));
    }

    #[test]
    fn only_what_was_not_lost_before_is_counted() {
        let both = [Limit::Suspensions, Limit::Deletions];
        assert_eq!(grant("active", ID).uncounted(&both), both.into());
        assert_eq!(grant("suspended", ID).uncounted(&both), [Limit::Deletions].into());
        let counted = Grant { counted: both.into(), ..grant("changing", ID) };
        assert_eq!(counted.uncounted(&both), BTreeSet::new());
    }

    #[test]
    fn only_spaces_that_keep_a_profile_are_recorded_as_such() {
        let before = Grant {
            spaces: names(&["lab", "shared", "theirs"]),
            deleted_spaces: names(&["lab", "shared"]),
            ..grant("changing", ID)
        };
        let renamed = RemovalReason::Renamed { bound_to: "ana".into(), now: "ana.silva".into() };
        let at = time::macros::datetime!(2026-11-23 10:00 UTC);
        // The deletion of "shared" was intended and did not happen; nobody knows where "theirs" is.
        for (stays, reason, spaces, deleted) in [
            (true, RemovalReason::Left, vec!["shared"], vec!["lab"]),
            (true, RemovalReason::InGrace { days: 7, until: None }, vec![], vec!["lab"]),
            (true, RemovalReason::RowGone, vec![], vec!["lab"]),
            (true, renamed, vec![], vec!["lab"]),
            (false, RemovalReason::Left, vec!["lab", "shared", "theirs"], vec![]),
        ] {
            let role = before.role_arn.clone();
            let ended = before.clone().ended(role.clone(), stays, &reason, names(&["shared"]), at);
            let found = (ended.spaces.clone(), ended.deleted_spaces.clone());
            assert_eq!(found, (names(&spaces), names(&deleted)), "{stays} {reason:?}");
            assert_eq!(ended.status == GrantStatus::Suspended, stays);
            let again = ended.clone().ended(role, stays, &reason, names(&["shared"]), at);
            assert_eq!(again, ended, "a repeated write changes nothing");
        }
    }

    #[test]
    fn the_days_are_fixed_when_the_user_leaves() {
        let at = time::macros::datetime!(2026-11-23 10:00 UTC);
        let in_grace = |days| RemovalReason::InGrace { days, until: None };
        let days = |grant: &Grant| (grant.grace_days, grant.left_at);
        let active = Grant { grace_days: 30, ..grant("active", ID) };
        let left = active.leaving(&in_grace(1), at);
        assert_eq!(days(&left), (1, Some(at)), "those of the row, though the grant has others");
        let later = at + time::Duration::DAY;
        assert_eq!(days(&left.clone().leaving(&in_grace(0), later)), (1, Some(at)));
        assert_eq!(days(&left.clone().leaving(&in_grace(9), later)), (9, Some(at)));
        assert_eq!(days(&left.clone().leaving(&RemovalReason::Left, later)), (1, Some(at)));
        assert_eq!(days(&left.leaving(&RemovalReason::RowGone, later)), (1, None), "a member again");
    }

    #[test]
    fn the_home_of_a_profile_that_is_gone_is_remembered_once() {
        let home = Some("200001".to_owned());
        let held =
            Grant { home_efs_uid: home.clone(), deleted_spaces: names(&["lab"]), ..grant("active", ID) };
        assert_eq!(held.homes_to_remember(), []);
        let former = FormerHome { home_efs_uid: home, spaces: names(&["lab"]), until: "t".to_owned() };
        let homes = held.gone().homes_to_remember();
        assert_eq!(homes, [former]);
        let creating = Grant { former_homes: homes.clone(), ..grant("creating", ID) };
        assert_eq!(creating.gone().homes_to_remember(), homes);
    }
}
