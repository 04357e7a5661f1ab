//! Pure functions that decide one action from the facts: each case once, with its reason.

use crate::error::PlanError;
use aws::entitled::{Snapshot, member_of};
use aws::studio::{Profile, ProfileStatus};
use contract::entitlement::{Entitlement, Membership};
use contract::grant::{Grant, GrantStatus};
use contract::ids::ProfileName;
use contract::limit::Limit;
use contract::mapping::RemovalPolicy;
use contract::plan::{Plan, RemovalReason};
use contract::rules::Rules;
use contract::user::{User, UserStatus};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// The facts for the decision, read just before it.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The user, their groups, the rules, and the resulting entitlement.
    pub(crate) now: Snapshot,
    /// Our record in the ledger.
    pub(crate) grant: Option<Grant>,
    /// The state in Studio.
    pub(crate) found: Found,
    /// Start of the reads.
    pub(crate) at: OffsetDateTime,
}

/// What Studio has under the possible names of the user.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// Studio was not read: there is neither an entitlement nor a grant.
    NotLookedFor,
    /// The user has no profile; this name is free.
    Free(ProfileName),
    /// The user's profile, with our tag and our grant.
    Ours(ProfileName, Box<Profile>),
    /// A profile that could be the user's, but that we neither created nor adopted.
    UnmanagedProfile(ProfileName, Box<Profile>),
    /// Every possible name belongs to other users.
    AllTaken,
    /// Studio has no such domain.
    DomainGone,
}

impl Found {
    /// Returns whether a deletion loses nothing: see [`ProfileStatus::is_spoilt`].
    pub(crate) fn is_spoilt(&self) -> bool {
        match self {
            Self::Ours(_, profile) => profile.status.is_spoilt(),
            Self::NotLookedFor
            | Self::Free(_)
            | Self::UnmanagedProfile(..)
            | Self::AllTaken
            | Self::DomainGone => false,
        }
    }
}

/// The owner of a profile that has a possible name of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The user's profile, and ours: the tag names the user, and the grant is for exactly this
    /// profile.
    Ours,
    /// Not ours. A user who should have access may get it if the mapping allows a takeover.
    UnmanagedProfile,
    /// Another user's profile, which only has the name.
    Others,
}

/// Returns the owner of a profile. A tag alone proves nothing, because everyone with permission to
/// tag can set it: ours needs a grant for exactly this profile.
pub(crate) fn whose(now: &Snapshot, grant: Option<&Grant>, name: &ProfileName, profile: &Profile) -> Whose {
    if grant.is_some_and(|grant| profile.is_of(name, grant)) {
        return Whose::Ours;
    }
    let of_another = profile.tagged_owner().is_some_and(|owner| owner != now.user.user_id);
    let of_another = of_another && !is_retagged(now, grant, name, profile);
    let bound = now.user.user_name.as_deref().is_some_and(|user_name| profile.is_bound_to(user_name));
    match (of_another, &now.entitlement, bound) {
        // Tagged for another user, or bound to another directory user, or to none: whatever its tag
        // claims, it must never get this user's role.
        (true, _, _) | (false, Some(_), false) => Whose::Others,
        (false, Some(_), true) | (false, None, _) => Whose::UnmanagedProfile,
    }
}

/// Returns whether the profile is still the granted one of a user who should have nothing, although
/// its tag names another user. A changed tag must not close the grant while the profile keeps its
/// role. The profile of a deleted user is handed over to a new user in this way.
fn is_retagged(now: &Snapshot, grant: Option<&Grant>, name: &ProfileName, profile: &Profile) -> bool {
    let is_granted = grant.is_some_and(|grant| {
        let is_held = grant.status.is_held() && grant.status != GrantStatus::Creating;
        is_held && grant.is_of(name) && profile.is_bound_to(&grant.user_name)
    });
    is_granted && now.entitlement.is_none() && now.user.status != UserStatus::Gone
}

/// Decides the action that closes the difference.
pub(crate) fn decide(facts: Facts) -> Result<Plan, PlanError> {
    let Facts { now, grant, found, at } = facts;
    if let (None, Some(grant)) = (&now.entitlement, &grant) {
        not_renamed(grant, &now.memberships)?;
    }
    let held = grant.as_ref().filter(|grant| grant.status.is_held());
    match (now.entitlement.clone(), found) {
        (Some(entitlement), Found::Ours(name, profile)) => {
            should_have(&now.user, entitlement, name, &profile, grant.as_ref())
        }
        (Some(entitlement), Found::Free(profile_name)) => {
            let reason =
                format!("{:?} gives access, and there is no profile yet", entitlement.membership.group_name);
            Ok(Plan::Create { profile_name, entitlement, reason })
        }
        (Some(_), Found::AllTaken | Found::NotLookedFor) => Err(PlanError::NoFreeName),
        (Some(entitlement), Found::UnmanagedProfile(name, profile)) => {
            take_over(&now.user, entitlement, name, &profile)
        }
        (Some(entitlement), Found::DomainGone) => {
            Err(PlanError::DomainGone(entitlement.membership.group_name))
        }
        (None, Found::UnmanagedProfile(name, profile)) => not_ours(grant.as_ref(), name, &profile),
        (None, Found::Ours(name, profile)) => should_not_have(&now, name, &profile, grant.as_ref(), at),
        (None, Found::NotLookedFor) => Ok(nothing()),
        (None, Found::Free(_) | Found::AllTaken | Found::DomainGone) if held.is_none() => Ok(nothing()),
        (None, Found::Free(profile_name)) => Ok(forget(profile_name, "the profile is gone already")),
        // The granted name now belongs to another user: do not touch their profile, only close our
        // record.
        (None, Found::AllTaken) => Ok(held.map_or_else(nothing, |grant| {
            forget(
                grant.profile_name.clone(),
                "the profile is gone already, and its name belongs to another user",
            )
        })),
        (None, Found::DomainGone) => Ok(held.map_or_else(nothing, |grant| {
            forget(grant.profile_name.clone(), "Studio has no such domain any more")
        })),
    }
}

/// Returns the plan of an execution that waited until another one had done its work.
pub(crate) fn covered() -> Plan {
    let reason = "another execution has looked since this one started, and has brought everything in order";
    Plan::Covered { reason: reason.to_owned() }
}

fn nothing() -> Plan {
    let reason = "the user should have nothing, and has no grant".to_owned();
    Plan::Keep { profile_name: None, entitlement: None, reason }
}

fn forget(profile_name: ProfileName, reason: &str) -> Plan {
    Plan::Forget { profile_name, reason: reason.to_owned() }
}

/// Decides for a user who should have access and has a profile.
fn should_have(
    user: &User,
    entitlement: Entitlement,
    profile_name: ProfileName,
    profile: &Profile,
    grant: Option<&Grant>,
) -> Result<Plan, PlanError> {
    settled(&profile_name, profile)?;
    let user_name = user.user_name.as_deref().unwrap_or_default();
    if !profile.is_bound_to(user_name) {
        return renamed(user_name, profile_name, profile, grant);
    }
    let group = &entitlement.membership.group_name;
    let role_fits = profile.role_arn.as_deref() == Some(entitlement.execution_role_arn.as_str());
    let moved = may_have_moved(&entitlement, grant);
    let settings = settings_fit(&entitlement, profile, grant);
    let (role_changed, reason) = match (role_fits, settings, profile.status) {
        (false, _, _) => (true, format!("the role is not that of {group:?}")),
        // The role of a profile is not certain after a failed change: set it again.
        (true, _, ProfileStatus::UpdateFailed | ProfileStatus::DeleteFailed) => {
            (true, "the last change failed".to_owned())
        }
        (true, false, _) => (moved, format!("the settings or tags are not those of {group:?}")),
        (true, true, _) => return Ok(right_already(entitlement, profile_name, grant, moved)),
    };
    Ok(Plan::ChangeRole { profile_name, entitlement, role_changed, reason })
}

/// Decides for a profile that is bound to a former name of the user, which Studio cannot change
/// [3.3, 3.4]. Any user who has or gets that name may be able to open the profile [8.15], so the
/// role is withdrawn first. The rename is reported afterwards.
fn renamed(
    now: &str,
    profile_name: ProfileName,
    profile: &Profile,
    grant: Option<&Grant>,
) -> Result<Plan, PlanError> {
    let bound_to = profile.user_name.clone().unwrap_or_default();
    let removal_reason = RemovalReason::Renamed { bound_to: bound_to.clone(), now: now.to_owned() };
    // A grant that is on the list of deletions is recorded once more: the user is back.
    let suspended = is_withdrawn(profile, grant);
    if suspended && grant.is_none_or(|grant| grant.held_back.is_none()) {
        return Err(PlanError::Renamed {
            profile: profile_name.to_string(),
            bound: bound_to,
            now: now.to_owned(),
        });
    }
    let reason = format!("the profile is bound to the user name {bound_to:?}, and the user is now {now:?}");
    Ok(Plan::Remove { profile_name, removal: RemovalPolicy::Keep, suspended, removal_reason, reason })
}

/// Returns whether the role was withdrawn and is still withdrawn: it may have been set again by
/// hand since.
fn is_withdrawn(profile: &Profile, grant: Option<&Grant>) -> bool {
    grant.is_some_and(|grant| {
        grant.status == GrantStatus::Suspended
            && profile.role_arn.as_deref() == Some(grant.role_arn.as_str())
            && profile.status == ProfileStatus::InService
    })
}

/// Returns whether apps may still run under another role although the profile has the right one:
/// the ledger does not record this role as completely set, so an execution may have died in
/// between.
fn may_have_moved(entitlement: &Entitlement, grant: Option<&Grant>) -> bool {
    grant.is_none_or(|grant| {
        grant.status != GrantStatus::Active || grant.role_arn != entitlement.execution_role_arn
    })
}

/// Checks security groups and tags. They belong to the mapping: those of a former group must not
/// stay.
fn settings_fit(entitlement: &Entitlement, profile: &Profile, grant: Option<&Grant>) -> bool {
    let Entitlement { membership, settings, .. } = entitlement;
    settings.security_groups.iter().cloned().collect::<BTreeSet<_>>() == profile.security_groups
        && profile.has_tags_of(&membership.group_name, settings, grant)
}

fn right_already(
    entitlement: Entitlement,
    profile_name: ProfileName,
    grant: Option<&Grant>,
    role_changed: bool,
) -> Plan {
    let recorded = grant.is_some_and(|grant| {
        grant.status == GrantStatus::Active
            && grant.profile_name == profile_name
            && grant.role_arn == entitlement.execution_role_arn
            && grant.membership_id == entitlement.membership.membership_id
            && grant.group_name == entitlement.membership.group_name
            && grant.removal == entitlement.removal
            && grant.grace_days == entitlement.grace_days
            && grant.held_back.is_none()
            && grant.tags.iter().eq(entitlement.settings.tags.keys())
    });
    if recorded {
        let reason = "the profile has the right role".to_owned();
        Plan::Keep { profile_name: Some(profile_name), entitlement: Some(entitlement), reason }
    } else {
        let reason = "the profile has the right role, but the ledger does not record it yet".to_owned();
        Plan::Adopt { profile_name, entitlement, unmanaged: false, role_changed, reason }
    }
}

/// Decides for a user who should have access and whose profile, by name or by directory user, does
/// not have our tag [3.46].
fn take_over(
    user: &User,
    entitlement: Entitlement,
    profile_name: ProfileName,
    profile: &Profile,
) -> Result<Plan, PlanError> {
    let group = &entitlement.membership.group_name;
    let theirs = user.user_name.as_deref().is_some_and(|user_name| profile.is_bound_to(user_name));
    match (theirs, entitlement.adopt) {
        (true, true) => {}
        (true, false) => {
            let hint = format!("; to hand it over, set \"adopt\": true in the mapping of {group:?}");
            return Err(unmanaged(&profile_name, profile, hint));
        }
        (false, _) => return Err(unmanaged(&profile_name, profile, String::new())),
    }
    settled(&profile_name, profile)?;
    let role_fits = profile.role_arn.as_deref() == Some(entitlement.execution_role_arn.as_str());
    let role_changed = !role_fits || profile.status != ProfileStatus::InService;
    let reason =
        format!("another tool or user created the profile, and the mapping of {group:?} allows a takeover");
    Ok(Plan::Adopt { profile_name, entitlement, unmanaged: true, role_changed, reason })
}

/// Decides for a user who should have no access when the profile of the granted name does not have
/// our tag.
fn not_ours(grant: Option<&Grant>, profile_name: ProfileName, profile: &Profile) -> Result<Plan, PlanError> {
    let Some(grant) = grant else { return Ok(nothing()) };
    match grant.status {
        GrantStatus::Removed => Ok(nothing()),
        // A profile that we create has our tag from the beginning, and a profile that we take over
        // gets it first. This profile has no tag, so neither happened.
        GrantStatus::Creating => Ok(forget(
            profile_name,
            "studio-access never created or adopted the profile, and the profile of that name belongs to another user",
        )),
        GrantStatus::Changing | GrantStatus::Active | GrantStatus::Suspended
            if profile.has_replaced(grant) =>
        {
            Ok(forget(profile_name, "the profile is gone already, and the profile of that name is a new one"))
        }
        GrantStatus::Changing | GrantStatus::Active | GrantStatus::Suspended => {
            // Studio shows neither the tags of a profile that is going, nor the home of a new one.
            in_transition(&profile_name, profile)?;
            Err(unmanaged(&profile_name, profile, String::new()))
        }
    }
}

/// Refuses a removal if the user is still in the group of the grant but the group has another name:
/// the user has not left. Most likely the mapping does not follow the rename yet, and it would be a
/// mistake to remove the access of all members.
fn not_renamed(grant: &Grant, memberships: &[Membership]) -> Result<(), PlanError> {
    match member_of(memberships, grant) {
        Some(membership) if membership.group_name != grant.group_name && grant.status.is_held() => {
            Err(PlanError::GroupRenamed {
                before: grant.group_name.clone(),
                now: membership.group_name.clone(),
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// Decides for a user who should have no access but has a profile.
fn should_not_have(
    now: &Snapshot,
    profile_name: ProfileName,
    profile: &Profile,
    grant: Option<&Grant>,
    at: OffsetDateTime,
) -> Result<Plan, PlanError> {
    match profile.status {
        // A failed profile can be deleted like any other; wait for one that is in transition.
        ProfileStatus::Failed
        | ProfileStatus::InService
        | ProfileStatus::UpdateFailed
        | ProfileStatus::DeleteFailed => {}
        ProfileStatus::Pending | ProfileStatus::Updating | ProfileStatus::Deleting => {
            settled(&profile_name, profile)?;
        }
    }
    let still_in = grant.and_then(|grant| member_of(&now.memberships, grant));
    let (removal_reason, reason) = match (now.user.status, still_in) {
        (UserStatus::Gone, _) => (RemovalReason::Left, "the user is no longer in the directory".to_owned()),
        (UserStatus::Disabled, _) => {
            (RemovalReason::Left, "the user is disabled in the directory".to_owned())
        }
        (UserStatus::Enabled, Some(membership)) => {
            let group = &membership.group_name;
            let reason = format!(
                "no row maps {group:?} to this domain any more, but the user is still a member: suspended, nothing is deleted"
            );
            (RemovalReason::RowGone, reason)
        }
        (UserStatus::Enabled, None) => {
            (RemovalReason::Left, "no group of the user gives access any more".to_owned())
        }
    };
    let (removal_reason, reason) = match (removal_reason, grant) {
        (RemovalReason::Left, Some(grant)) => with_grace(&now.rules, grant, at, reason),
        (removal_reason, _) => (removal_reason, reason),
    };
    let (removal_reason, removal) = match (removal_reason, grant) {
        // It is deleted in the days of grace too, unless it owns a space.
        (RemovalReason::InGrace { .. } | RemovalReason::OverLimit, _) if profile.status.is_spoilt() => {
            (RemovalReason::Left, RemovalPolicy::Keep)
        }
        (RemovalReason::Left, Some(grant)) => (RemovalReason::Left, now.rules.removal(grant)),
        (removal_reason, _) => (removal_reason, RemovalPolicy::Keep),
    };
    let suspended = is_withdrawn(profile, grant);
    Ok(Plan::Remove { profile_name, removal, suspended, removal_reason, reason })
}

/// Returns the reason of a leaver's removal: until the days of grace are over, only the role goes.
fn with_grace(rules: &Rules, grant: &Grant, at: OffsetDateTime, reason: String) -> (RemovalReason, String) {
    let days = rules.grace_days(grant).unwrap_or(grant.grace_days);
    match rules.deletion_due(grant, at) {
        Some(due) if due <= at && grant.is_held_back(Limit::Deletions, at) => {
            let reason = format!("{reason}: suspended; the deletions of this hour are used up");
            (RemovalReason::OverLimit, reason)
        }
        Some(due) if due <= at => (RemovalReason::Left, reason),
        Some(due) => {
            let reason = format!("{reason}: suspended, to be deleted after {} (UTC)", due.date());
            (RemovalReason::InGrace { days, until: Some(due) }, reason)
        }
        None => {
            let reason = format!(
                "{reason}: suspended; nothing is deleted while a row of {:?} is invalid",
                grant.group_name
            );
            (RemovalReason::InGrace { days, until: None }, reason)
        }
    }
}

/// Checks that Studio is not working on the profile, and that the profile has not failed.
fn settled(name: &ProfileName, profile: &Profile) -> Result<(), PlanError> {
    in_transition(name, profile)?;
    if profile.status == ProfileStatus::Failed {
        return Err(PlanError::ProfileFailed {
            profile: name.to_string(),
            reason: profile.failure_reason.clone().unwrap_or_else(|| "no reason given".to_owned()),
        });
    }
    Ok(())
}

/// Fails while Studio is working on the profile.
fn in_transition(name: &ProfileName, profile: &Profile) -> Result<(), PlanError> {
    let busy = |status| Err(PlanError::Busy { profile: name.to_string(), status });
    match profile.status {
        ProfileStatus::InService
        | ProfileStatus::UpdateFailed
        | ProfileStatus::DeleteFailed
        | ProfileStatus::Failed => Ok(()),
        ProfileStatus::Pending => busy("being created"),
        ProfileStatus::Updating => busy("being changed"),
        ProfileStatus::Deleting => busy("being deleted"),
    }
}

fn unmanaged(name: &ProfileName, profile: &Profile, hint: String) -> PlanError {
    let user = profile.user_name.clone().unwrap_or_else(|| "(nobody)".to_owned());
    PlanError::UnmanagedProfile { profile: name.to_string(), user, hint }
}

#[cfg(test)]
mod tests;
