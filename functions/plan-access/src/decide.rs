//! From facts to one action: pure, every case once, the reason in each.

use crate::error::PlanError;
use contract::entitlement::{Entitlement, Membership};
use contract::grant::{Grant, GrantStatus};
use contract::ids::ProfileName;
use contract::mapping::RemovalPolicy;
use contract::person::{Person, UserStatus};
use contract::plan::Plan;
use gateway::entitled::Now;
use gateway::studio::{Profile, ProfileStatus};
use std::collections::BTreeSet;

/// All that the decision rests on, read just now.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The person, their groups, the rules, and what follows.
    pub(crate) now: Now,
    /// What we wrote down.
    pub(crate) grant: Option<Grant>,
    /// What Studio has.
    pub(crate) found: Found,
}

/// What Studio has under the names that could be the person's.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// Nobody looked: there is neither a claim nor a grant.
    NotLookedFor,
    /// No profile of theirs; this name is free.
    Free(ProfileName),
    /// Their profile, with our mark.
    Ours(ProfileName, Box<Profile>),
    /// A profile without our mark.
    Unowned(ProfileName, Box<Profile>),
    /// Every name belongs to other people of ours.
    AllTaken,
}

/// The action that closes the difference.
pub(crate) fn decide(facts: Facts) -> Result<Plan, PlanError> {
    let Facts { now, grant, found } = facts;
    let Now { person, memberships, rules, entitlement } = now;
    if let (None, Some(grant)) = (&entitlement, &grant) {
        not_renamed(grant, &memberships)?;
    }
    match (entitlement, found) {
        (Some(entitlement), Found::Ours(name, profile)) => {
            should_have(&person, entitlement, name, &profile, grant.as_ref())
        }
        (Some(entitlement), Found::Free(profile_name)) => {
            let because =
                format!("{:?} gives access, and there is no profile yet", entitlement.membership.group_name);
            Ok(Plan::Create { profile_name, entitlement, because })
        }
        (Some(_), Found::AllTaken | Found::NotLookedFor) => Err(PlanError::NoNameLeft),
        (Some(entitlement), Found::Unowned(name, profile)) => take_over(&person, entitlement, name, &profile),
        (None, Found::Unowned(name, profile)) => not_ours(grant.as_ref(), name, &profile),
        (None, Found::Ours(name, profile)) => {
            let removal = grant.as_ref().map(|grant| rules.removal(grant)).unwrap_or_default();
            should_not_have(&person, name, &profile, grant.as_ref(), removal)
        }
        (None, Found::Free(_)) if grant.as_ref().is_none_or(|grant| !grant.status.is_held()) => Ok(nothing()),
        (None, Found::Free(profile_name)) => {
            Ok(Plan::Forget { profile_name, because: "the profile is gone already".to_owned() })
        }
        // The granted name now belongs to somebody else of ours: theirs is not touched, only our record ends.
        (None, Found::AllTaken) => match grant {
            Some(grant) => Ok(Plan::Forget {
                profile_name: grant.profile_name,
                because: "the profile is gone already, and its name belongs to somebody else".to_owned(),
            }),
            None => Ok(nothing()),
        },
        (None, Found::NotLookedFor) => Ok(nothing()),
    }
}

fn nothing() -> Plan {
    let because = "nothing is due, and nothing was granted".to_owned();
    Plan::Keep { profile_name: None, entitlement: None, because }
}

/// The person should have access and a profile of theirs is there.
fn should_have(
    person: &Person,
    entitlement: Entitlement,
    profile_name: ProfileName,
    profile: &Profile,
    grant: Option<&Grant>,
) -> Result<Plan, PlanError> {
    settled(&profile_name, profile)?;
    let group = &entitlement.membership.group_name;
    let role_fits = profile.role_arn.as_deref() == Some(entitlement.execution_role_arn.as_str());
    let moved = may_have_moved(&entitlement, grant);
    let (role_moves, because) = match (role_fits, settings_fit(&entitlement, profile), profile.status) {
        (false, _, _) => (true, format!("the role is not the one that {group:?} stands for")),
        // Which role a profile ended up with after a failed change is not certain: set it again.
        (true, _, ProfileStatus::UpdateFailed | ProfileStatus::DeleteFailed) => {
            (true, "the last change failed".to_owned())
        }
        (true, false, _) => (moved, format!("the settings are not those that {group:?} stands for")),
        (true, true, _) => {
            let plan = right_already(entitlement, profile_name.clone(), grant, moved);
            // Only now: a rename must neither keep somebody in a role that they should no longer have, nor the ledger from the truth.
            if matches!(plan, Plan::Keep { .. }) {
                not_other_name(person, &profile_name, profile)?;
            }
            return Ok(plan);
        }
    };
    Ok(Plan::ChangeRole { profile_name, entitlement, role_moves, because })
}

/// Whether apps may still run under another role although the profile has the right one: the ledger does not say that this role was given and
/// all of it done, so that an execution may have died in between.
fn may_have_moved(entitlement: &Entitlement, grant: Option<&Grant>) -> bool {
    grant.is_none_or(|grant| {
        grant.status != GrantStatus::Active || grant.role_arn != entitlement.execution_role_arn
    })
}

/// Studio binds a profile to a user name for good [3.3, 3.4].
fn not_other_name(person: &Person, profile_name: &ProfileName, profile: &Profile) -> Result<(), PlanError> {
    let now = person.user_name.as_deref().unwrap_or_default();
    if profile.is_bound_to(now) {
        return Ok(());
    }
    let bound = profile.user_name.as_deref().unwrap_or_default();
    Err(PlanError::Renamed {
        profile: profile_name.to_string(),
        bound: bound.to_owned(),
        now: now.to_owned(),
    })
}

/// The security groups are the mapping's, no more and no fewer: those of a group that was left must not stay.
fn settings_fit(entitlement: &Entitlement, profile: &Profile) -> bool {
    entitlement.settings.security_groups.iter().cloned().collect::<BTreeSet<_>>() == profile.security_groups
}

fn right_already(
    entitlement: Entitlement,
    profile_name: ProfileName,
    grant: Option<&Grant>,
    role_moves: bool,
) -> Plan {
    let recorded = grant.is_some_and(|grant| {
        grant.status == GrantStatus::Active
            && grant.profile_name == profile_name
            && grant.role_arn == entitlement.execution_role_arn
            && grant.membership_id == entitlement.membership.membership_id
            && grant.removal == entitlement.removal
    });
    if recorded {
        let because = "the profile has the right role".to_owned();
        Plan::Keep { profile_name: Some(profile_name), entitlement: Some(entitlement), because }
    } else {
        let because = "the profile has the right role, the ledger does not say so yet".to_owned();
        Plan::Adopt { profile_name, entitlement, foreign: false, role_moves, because }
    }
}

/// The person should have access, and the profile that is theirs by name, or by the directory user, has no mark of ours [3.46].
fn take_over(
    person: &Person,
    entitlement: Entitlement,
    profile_name: ProfileName,
    profile: &Profile,
) -> Result<Plan, PlanError> {
    let group = &entitlement.membership.group_name;
    let theirs = person.user_name.as_deref().is_some_and(|user_name| profile.is_bound_to(user_name));
    match (theirs, entitlement.adopt) {
        (true, true) => {}
        (true, false) => {
            let hint = format!("; to hand it over, let the mapping of {group:?} say \"adopt\": true");
            return Err(unowned(&profile_name, profile, hint));
        }
        (false, _) => return Err(unowned(&profile_name, profile, String::new())),
    }
    settled(&profile_name, profile)?;
    let role_fits = profile.role_arn.as_deref() == Some(entitlement.execution_role_arn.as_str());
    let role_moves = !role_fits || profile.status != ProfileStatus::InService;
    let because =
        format!("somebody else made the profile, and the mapping of {group:?} lets us take it over");
    Ok(Plan::Adopt { profile_name, entitlement, foreign: true, role_moves, because })
}

/// The person should have no access, and the profile of the granted name has no mark of ours.
fn not_ours(grant: Option<&Grant>, profile_name: ProfileName, profile: &Profile) -> Result<Plan, PlanError> {
    match grant.map(|grant| grant.status) {
        None | Some(GrantStatus::Removed) => Ok(nothing()),
        // What we make has our mark from the beginning, what we take over gets it first: neither came to be.
        Some(GrantStatus::Creating) => Ok(Plan::Forget {
            profile_name,
            because: "the profile was never made ours, and the one of its name is somebody else's".to_owned(),
        }),
        Some(GrantStatus::Changing | GrantStatus::Active | GrantStatus::Suspended) => {
            Err(unowned(&profile_name, profile, String::new()))
        }
    }
}

/// A group of the grant that the person is still in, under another name than the one it was granted for: nobody has left. Most likely the
/// mapping has not followed the rename yet, and taking everything away from all its members would be a mistake.
fn not_renamed(grant: &Grant, memberships: &[Membership]) -> Result<(), PlanError> {
    let still_in = memberships.iter().find(|m| m.group_id.as_str().eq_ignore_ascii_case(&grant.group_id));
    match still_in {
        Some(membership) if membership.group_name != grant.group_name && grant.status.is_held() => {
            Err(PlanError::GroupRenamed {
                before: grant.group_name.clone(),
                now: membership.group_name.clone(),
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// The person should have no access, but a profile of theirs is there.
fn should_not_have(
    person: &Person,
    profile_name: ProfileName,
    profile: &Profile,
    grant: Option<&Grant>,
    removal: RemovalPolicy,
) -> Result<Plan, PlanError> {
    match profile.status {
        // A failed profile can be deleted like any other; one that is on its way is waited for.
        ProfileStatus::Failed
        | ProfileStatus::InService
        | ProfileStatus::UpdateFailed
        | ProfileStatus::DeleteFailed => {}
        ProfileStatus::Pending | ProfileStatus::Updating | ProfileStatus::Deleting => {
            settled(&profile_name, profile)?;
        }
    }
    let because = match person.status {
        UserStatus::Gone => "the user is no longer in the directory",
        UserStatus::Disabled => "the user is disabled in the directory",
        UserStatus::Enabled => "no group of the user gives access any more",
    };
    Ok(Plan::Remove {
        profile_name,
        removal,
        // Only if the role is in place that was put there then: somebody may have set another one since.
        suspended: grant.is_some_and(|grant| {
            grant.status == GrantStatus::Suspended
                && profile.role_arn.as_deref() == Some(grant.role_arn.as_str())
        }),
        because: because.to_owned(),
    })
}

/// Whether Studio is done with the profile, for better or worse.
fn settled(name: &ProfileName, profile: &Profile) -> Result<(), PlanError> {
    let busy = |status| Err(PlanError::Busy { profile: name.to_string(), status });
    match profile.status {
        ProfileStatus::InService | ProfileStatus::UpdateFailed | ProfileStatus::DeleteFailed => Ok(()),
        ProfileStatus::Pending => busy("being created"),
        ProfileStatus::Updating => busy("being changed"),
        ProfileStatus::Deleting => busy("being deleted"),
        ProfileStatus::Failed => Err(PlanError::ProfileFailed {
            profile: name.to_string(),
            reason: profile.failure_reason.clone().unwrap_or_else(|| "no reason given".to_owned()),
        }),
    }
}

fn unowned(name: &ProfileName, profile: &Profile, hint: String) -> PlanError {
    let user = profile.user_name.clone().unwrap_or_else(|| "(nobody)".to_owned());
    PlanError::Unowned { profile: name.to_string(), user, hint }
}

#[cfg(test)]
mod tests;
