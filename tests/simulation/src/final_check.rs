//! What must be so once nothing goes wrong any more: every user's profiles equal what they should have, and the ledger says so.

use crate::model::{Group, Model, Row, Target, User};
use crate::names::{group_id, group_of, new_name, role_arn, target_name, user_id, user_name};
use crate::operations::{Story, row_tags};
use crate::workload::is_of;
use fake_aws::services::studio::{AppRow, ProfileRow, Snapshot};
use fake_aws::{CallRecord, Outcome};
use harness::deployment::Deployment;
use harness::setting::{GRANTS, HUB, HUB_REGION};
use serde_json::Value;
use std::collections::BTreeMap;

/// Every difference between what is and what should be, in words.
pub async fn of(deployment: &Deployment, story: &Story, model: &Model) -> Vec<String> {
    let aws = &deployment.aws;
    let now = aws.clock().now();
    let studio = aws.studio(|studio| studio.snapshot(now));
    let ledger = aws.scan(HUB, HUB_REGION, GRANTS).await.unwrap_or_default();
    let all = (0..story.participants.users)
        .flat_map(|user| (0..story.participants.targets).map(move |target| (user, target)));
    all.filter_map(|(user, target)| {
        let due = model.entitled(user, target).map(|role| role_arn(target, role));
        let profiles: Vec<&ProfileRow> =
            studio.profiles.iter().filter(|profile| is_of(profile, user, target)).collect();
        let key = (format!("user#{}", user_id(user)), format!("target#{}", target_name(target)));
        let grant = ledger.iter().find(|item| item["pk"]["S"] == key.0 && item["sk"]["S"] == key.1);
        let marked = |profile: &&ProfileRow| profile.tags.contains_key("studio-access:user-id");
        let (ours, unmanaged): (Vec<_>, Vec<_>) = profiles.into_iter().partition(marked);
        let current = if model.renamed.contains(&user) { new_name(user) } else { user_name(user) };
        let in_the_way =
            unmanaged.iter().any(|profile| profile.sso_user.as_deref() == Some(current.as_str()));
        if let Some(limit) = grant.and_then(|grant| grant["heldBack"]["S"].as_str()) {
            return Some(format!("user {user} in target {target} is still on the list of {limit}"));
        }
        let row = model.winner(user, target);
        let found = are_left_alone(&unmanaged, model.unmanaged.contains(&(user, target))).and_then(|()| {
            if in_the_way {
                return may_stay_undone(row, &ours, grant);
            }
            if let (Some(_), [profile]) = (&due, &ours[..])
                && profile.sso_user.as_deref() != Some(current.as_str())
            {
                // Nobody but an event tells of a rename: a sweep does not see it.
                return if story.swept { Ok(()) } else { has_lost_its_role(profile, grant) };
            }
            let stays = || may_be_kept(model, grant, (user, target), story.swept);
            compare(due.as_deref(), &ours, grant, &studio, stays)?;
            if let (Some(row), [profile]) = (row, &ours[..]) {
                has_tags_of(row, profile)?;
            }
            match (&due, ours.first()) {
                (Some(_), Some(profile))
                    if !may_open(deployment, &studio, profile, model.winning(user, target)) =>
                {
                    Err("the profile is right, and the group is not assigned to the application".to_owned())
                }
                (Some(due), Some(profile)) if !model.left_apps.contains(&target) => {
                    runs_nothing_older(due, profile, &studio)
                }
                _ => Ok(()),
            }
        });
        found.err().map(|why| format!("user {user} in target {target}: {why}"))
    })
    .collect()
}

/// What the last look may not have ended with. Only two things may stay undone, and each is told by name: a profile that is not ours stands in the
/// way, or the user's name has changed.
pub fn unexpected(complaints: Vec<(User, String)>, model: &Model) -> Vec<String> {
    let blocked = |(user, why): &(User, String)| {
        let unmanaged =
            model.unmanaged.iter().any(|(theirs, _)| theirs == user) && why.contains("UnmanagedProfile");
        unmanaged || (model.renamed.contains(user) && why.contains(": Renamed"))
    };
    let left = complaints.into_iter().filter(|complaint| !blocked(complaint));
    left.map(|(user, why)| format!("the last look at user {user} failed: {why}")).collect()
}

/// Profiles without our mark are there only where Studio made one itself, and are as it made them.
fn are_left_alone(unmanaged: &[&ProfileRow], expected: bool) -> Result<(), String> {
    let untouched = |profile: &&ProfileRow| {
        profile.role.is_none() && profile.tags.is_empty() && profile.status == "InService"
    };
    match unmanaged.iter().find(|profile| !expected || !untouched(profile)) {
        None => Ok(()),
        Some(touched) => Err(format!("a profile that is not ours was touched: {touched:?}")),
    }
}

/// Where somebody else's profile stands in the way and may not be taken over, there is none of ours, and the ledger does not claim one.
fn may_stay_undone(due: Option<Row>, ours: &[&ProfileRow], grant: Option<&Value>) -> Result<(), String> {
    if due.is_some_and(|row| row.adopts) {
        return Err("the mapping lets the profile be taken over, and it was not".to_owned());
    }
    let status = grant.and_then(|grant| grant["status"]["S"].as_str());
    match (ours, status) {
        // A creation was begun, and Studio refused it.
        ([], None | Some("removed" | "creating")) => Ok(()),
        (ours, status) => {
            Err(format!("the profile is not ours, and there are {ours:?}; the ledger: {status:?}"))
        }
    }
}

/// Whether the group that gives the role is assigned to the application of the profile's domain.
fn may_open(
    deployment: &Deployment,
    studio: &Snapshot,
    profile: &ProfileRow,
    winning: Option<(Group, Row)>,
) -> bool {
    let domain = studio.domains.iter().find(|row| row.place == profile.place);
    let application = domain.and_then(|row| row.application_arn.as_deref());
    // A hub that may not assign makes the profile all the same, and tells so; nobody looks again while all else is right.
    let denied = |call: &CallRecord| {
        call.service == "sso" && call.outcome == Outcome::Refused("AccessDeniedException".to_owned())
    };
    if deployment.aws.calls().iter().any(denied) {
        return true;
    }
    deployment.aws.applications(|all| {
        all.assignments().any(|(arn, principal)| {
            let theirs = winning.is_some_and(|(group, _)| principal.id == group_id(group));
            Some(arn) == application && theirs && principal.kind == "GROUP"
        })
    })
}

/// The profile of a user who is called otherwise now stays, with a role that allows nothing: whoever has the old name could open it.
fn has_lost_its_role(profile: &ProfileRow, grant: Option<&Value>) -> Result<(), String> {
    let status = grant.and_then(|grant| grant["status"]["S"].as_str());
    let powerless = profile.role.as_deref().is_some_and(|role| role.ends_with("/StudioNoAccess"));
    if powerless && status == Some("suspended") {
        Ok(())
    } else {
        Err(format!(
            "the user was renamed, and the profile of the old name has {:?}, ledger: {status:?}",
            profile.role
        ))
    }
}

/// Whether a profile may stay although nothing is due: its user is a member of the grant's group, and only the row is gone. A sweep lists members
/// of mapped groups only, so that it does not see who left such a group since.
fn may_be_kept(model: &Model, grant: Option<&Value>, (user, target): (User, Target), swept: bool) -> bool {
    let Some(group) = grant.and_then(|grant| group_of(grant["groupId"]["S"].as_str()?)) else { return false };
    let is_in = model.members.contains(&(user, group)) && !model.out.contains(&user);
    let is_mapped = model.rows.get(&(group, target)).is_some_and(|row| row.enabled);
    is_in || (swept && !is_mapped)
}

/// The profile has the tags of its row, and none of another row.
fn has_tags_of(row: Row, profile: &ProfileRow) -> Result<(), String> {
    let theirs = profile.tags.iter().filter(|(key, _)| !key.starts_with("studio-access:"));
    let theirs: BTreeMap<String, String> = theirs.map(|(key, value)| (key.clone(), value.clone())).collect();
    if theirs == row_tags(row.role) {
        Ok(())
    } else {
        Err(format!("the tags of role {} are due, and the profile has {theirs:?}", row.role))
    }
}

fn compare(
    due: Option<&str>,
    profiles: &[&ProfileRow],
    grant: Option<&Value>,
    studio: &Snapshot,
    may_be_kept: impl Fn() -> bool,
) -> Result<(), String> {
    let status = grant.and_then(|grant| grant["status"]["S"].as_str());
    let recorded = grant.and_then(|grant| grant["roleArn"]["S"].as_str());
    match (due, profiles) {
        (None, []) => match status {
            None | Some("removed") => Ok(()),
            Some(status) => Err(format!("there is no profile, and the ledger says {status}")),
        },
        (Some(due), [profile]) => {
            let marked = profile.tags.contains_key("studio-access:user-id");
            let right = profile.status == "InService" && profile.role.as_deref() == Some(due) && marked;
            if !right {
                return Err(format!(
                    "{due} is due, and the profile is {} with {:?}",
                    profile.status, profile.role
                ));
            }
            if (status, recorded) != (Some("active"), Some(due)) {
                return Err(format!(
                    "the profile is right with {due}, and the ledger says {status:?} {recorded:?}"
                ));
            }
            Ok(())
        }
        (None, [profile]) => stays_for_a_reason(profile, status, studio, may_be_kept()),
        (Some(due), []) => Err(format!("{due} is due, and there is no profile")),
        (_, several) => Err(format!("{} profiles", several.len())),
    }
}

/// No app of the profile, or of a private space it owns, runs on under a role from before.
fn runs_nothing_older(due: &str, profile: &ProfileRow, studio: &Snapshot) -> Result<(), String> {
    let theirs = |app: &&AppRow| {
        let of_profile = app.profile.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&profile.name));
        let of_space = studio.spaces.iter().any(|space| {
            space.place == app.place
                && app.space.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&space.name))
                && space.owner.eq_ignore_ascii_case(&profile.name)
        });
        app.place == profile.place && (of_profile || of_space)
    };
    let older = |app: &&AppRow| (app.status == "InService" || app.status == "Pending") && app.role != due;
    match studio.apps.iter().filter(theirs).find(older) {
        None => Ok(()),
        Some(app) => Err(format!("{due} is due, and {} {} runs with {}", app.app_type, app.name, app.role)),
    }
}

/// The profile may only stay because it owns spaces, or because its user is still in the group of the grant: with a role that allows nothing
/// and no app under another one. An app that the user starts afterwards runs under that role, and no sweep looks for it.
fn stays_for_a_reason(
    profile: &ProfileRow,
    status: Option<&str>,
    studio: &Snapshot,
    may_be_kept: bool,
) -> Result<(), String> {
    let owns = may_be_kept
        || studio
            .spaces
            .iter()
            .any(|s| s.place == profile.place && s.owner.eq_ignore_ascii_case(&profile.name));
    let powerless = profile.role.as_deref().is_some_and(|role| role.ends_with("/StudioNoAccess"));
    let alive = |status: &str| status == "InService" || status == "Pending";
    let works = studio.apps.iter().any(|app| {
        let of_profile = app.profile.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&profile.name));
        let former = !app.role.ends_with("/StudioNoAccess");
        app.place == profile.place && of_profile && alive(app.status) && former
    });
    if owns && powerless && !works && status == Some("suspended") {
        Ok(())
    } else {
        Err(format!(
            "nothing is due, and there is a profile ({}, {:?}, owns spaces: {owns}, runs apps: {works}, ledger: {status:?})",
            profile.status, profile.role
        ))
    }
}
