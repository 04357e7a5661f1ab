//! The rules, one for each promise: what a call that had its effect may have done.

use super::leases::Leases;
use super::{Case, Named, Note, Place, changes};
use crate::model::{Group, Past, User};
use crate::names::{group_of, role_arn, target_name, user_id};
use fake_aws::Outcome;
use fake_aws::services::studio::ProfileRow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// The time after which a pause has stopped everything.
const PAUSE_TIME: std::time::Duration = std::time::Duration::from_mins(1);

/// The same, for a change that AWS carries out late.
const LATEST_EFFECT: std::time::Duration = std::time::Duration::from_mins(2);

impl Case<'_> {
    /// What a write of the ledger says is there.
    pub(super) fn notes(&self) -> Vec<Note> {
        let written = &self.call.request["TransactItems"][1]["Put"]["Item"];
        let home = written["homeEfsUid"]["S"].as_str().map(|_| "home");
        let deleted = written["deletedSpaces"]["L"].as_array();
        let spaces = deleted.into_iter().flatten().filter_map(|space| space["S"].as_str());
        home.into_iter().chain(spaces).map(|what| (self.begun.place, what.to_owned())).collect()
    }

    /// The group that a write of the ledger grants something for.
    pub(super) fn grants(&self) -> Option<(Place, Group)> {
        let written = &self.call.request["TransactItems"][1]["Put"]["Item"];
        Some((self.begun.place?, group_of(written["groupId"]["S"].as_str()?)?))
    }

    /// One writer for each user and target: every effect is made by the execution that has the lease.
    pub(super) fn holds_the_lease(&self, leases: &Leases) -> Result<(), String> {
        let Some((user, target)) = self.begun.place else { return Ok(()) };
        match leases.owner(user, target) {
            Some(owner) if owner == self.begun.execution => Ok(()),
            other => {
                Err(format!("an effect of {} while the lease belongs to {other:?}", self.begun.execution))
            }
        }
    }

    /// Stop means stop: within a minute of an operator's pause no effect comes any more, unless AWS carries out a change long after it was sent.
    pub(super) fn is_not_paused(&self, paused_since: Option<SystemTime>) -> Result<(), String> {
        let is_effect =
            ["sagemaker", "sso"].contains(&self.call.service.as_str()) && changes(&self.call.operation);
        let after = paused_since.and_then(|since| self.call.at.duration_since(since).ok());
        match after.filter(|after| is_effect && *after > self.latest_effect()) {
            None => Ok(()),
            Some(after) => Err(format!("an effect {} s into a pause", after.as_secs())),
        }
    }

    /// Nothing of a user on hold is destroyed, from a minute after an operator has said so.
    pub(super) fn is_of_nobody_on_hold(&self, held_since: &BTreeMap<User, SystemTime>) -> Result<(), String> {
        let since = self.begun.place.and_then(|(user, _)| held_since.get(&user));
        let after = since.and_then(|since| self.call.at.duration_since(*since).ok());
        match after.filter(|after| *after > self.latest_effect()) {
            None => Ok(()),
            Some(after) => {
                Err(format!("something of a user on hold for {} s was destroyed", after.as_secs()))
            }
        }
    }

    fn latest_effect(&self) -> std::time::Duration {
        if self.call.fault.is_some() { LATEST_EFFECT } else { PAUSE_TIME }
    }

    /// The last look at the directory comes after the intent: a look before it would let another execution see neither lease nor intent, and keep
    /// what it sees.
    pub(super) fn looked_after_it_wrote(&self) -> Result<(), String> {
        if self.begun.has_looked {
            Ok(())
        } else {
            Err("a change without a look at the directory after its intent was written".to_owned())
        }
    }

    /// The history only grows: each write of a grant puts one new line beside it, and no line is put twice.
    pub(super) fn adds_a_line(&self, lines: &mut BTreeSet<String>) -> Result<(), String> {
        let put = &self.call.request["TransactItems"][2]["Put"];
        let (key, condition) = (&put["Item"]["sk"]["S"], &put["ConditionExpression"]);
        let of_grant = &self.call.request["TransactItems"][1]["Put"];
        if condition != "attribute_not_exists(pk)" || of_grant["ConditionExpression"].is_null() {
            return Err("a write of the ledger without its condition or its line of history".to_owned());
        }
        // Of two deliveries the second is refused; both are seen as one call.
        if lines.insert(format!("{} {key}", put["Item"]["pk"]["S"])) || self.call.outcome != Outcome::Ok {
            Ok(())
        } else {
            Err(format!("the line {key} of the history was written twice"))
        }
    }

    fn was_entitled_to(&self, past: &Past) -> Option<BTreeSet<Option<u8>>> {
        let (user, target) = self.begun.place?;
        Some(past.between(self.begun.at, self.call.at, user, target))
    }

    /// Least privilege: the role that is given was due at some moment since the step began, because the step looks before it gives. The role that
    /// allows nothing may always be given.
    pub(super) fn gives_what_is_due(&self, past: &Past) -> Result<(), String> {
        let role = self.call.request["UserSettings"]["ExecutionRole"].as_str().unwrap_or_default();
        let (Some((_, target)), Some(due)) = (self.begun.place, self.was_entitled_to(past)) else {
            return Ok(());
        };
        let fits = due.iter().flatten().any(|due| role_arn(target, *due) == role);
        if fits || role.ends_with("/StudioNoAccess") {
            Ok(())
        } else {
            Err(format!("{role} was given, and since the step began only {due:?} were due"))
        }
    }

    /// A role that allows anything only goes to a profile that is bound to the user by a name that they had since the step began: it looks
    /// before it gives.
    pub(super) fn gives_it_to_the_right_user(&self, past: &Past) -> Result<(), String> {
        let request = &self.call.request;
        let role = request["UserSettings"]["ExecutionRole"].as_str().unwrap_or_default();
        let Some((user, target)) = self.begun.place else { return Ok(()) };
        if role.ends_with("/StudioNoAccess") {
            return Ok(());
        }
        let name = request["UserProfileName"].as_str().unwrap_or_default();
        let profiles = self.aws.studio(|studio| studio.snapshot(self.call.at)).profiles;
        let here = |profile: &&ProfileRow| {
            profile.name.eq_ignore_ascii_case(name)
                && target_name(target).ends_with(&format!("/{}", profile.place.domain_id))
        };
        // A creation that was delivered twice and refused both times made no profile: nothing was given.
        let Some(profile) = profiles.iter().find(here) else { return Ok(()) };
        let bound = profile.sso_user.clone().unwrap_or_default();
        let names = past.names(self.begun.at, self.call.at, user);
        if names.contains(&bound) {
            Ok(())
        } else {
            Err(format!("{role} was given to a profile of {bound:?}, and the user was called {names:?}"))
        }
    }

    /// Nothing is deleted of somebody who is in the group of their grant all the time: a row that goes is not a leaver.
    pub(super) fn takes_from_no_member(
        &self,
        past: &Past,
        granted: &BTreeMap<Place, Group>,
    ) -> Result<(), String> {
        let Some(place) = self.begun.place else { return Ok(()) };
        match granted.get(&place) {
            Some(group) if past.stayed(self.begun.at, self.call.at, place.0, *group) => {
                Err(format!("something of a user was destroyed who is a member of {group} all the time"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What a write of the ledger says of the time when the user left.
    pub(super) fn leaves(&self, left: &mut BTreeMap<Place, OffsetDateTime>) {
        let written = &self.call.request["TransactItems"][1]["Put"]["Item"];
        let Some(place) = self.begun.place.filter(|_| self.call.outcome == Outcome::Ok) else { return };
        match written["leftAt"]["S"].as_str().map(|at| OffsetDateTime::parse(at, &Rfc3339)) {
            Some(Ok(at)) => left.insert(place, at),
            Some(Err(_)) | None => left.remove(&place),
        };
    }

    /// A profile or a space goes a day after the ledger has recorded that its user left, unless some row of the target deletes at once.
    pub(super) fn has_had_its_grace(
        &self,
        past: &Past,
        left: &BTreeMap<Place, OffsetDateTime>,
    ) -> Result<(), String> {
        let Some(place) = self.begun.place else { return Ok(()) };
        if past.is_hasty(self.call.at, place.1) {
            return Ok(());
        }
        match left.get(&place) {
            Some(left) if *left + Duration::DAY <= OffsetDateTime::from(self.call.at) => Ok(()),
            left => {
                Err(format!("something was destroyed in the days of grace of a user who left at {left:?}"))
            }
        }
    }

    /// The way into a domain is opened to a group as a whole, and only to one that was mapped to that very domain.
    pub(super) fn lets_in_who_is_mapped(&self, past: &Past) -> Result<(), String> {
        let Some((_, target)) = self.begun.place else {
            return Err("an assignment for no target of the history".to_owned());
        };
        let text = |member: &str| self.call.request[member].as_str().unwrap_or_default();
        let applications = self.aws.studio(|studio| studio.snapshot(self.call.at)).domains;
        let domain =
            applications.iter().find(|row| row.application_arn.as_deref() == Some(text("ApplicationArn")));
        let here =
            domain.is_some_and(|row| target_name(target).ends_with(&format!("/{}", row.place.domain_id)));
        let group = group_of(text("PrincipalId"));
        let mapped = group.is_some_and(|group| past.has_mapped(self.call.at, group, target));
        if here && mapped && text("PrincipalType") == "GROUP" {
            Ok(())
        } else {
            Err("somebody was let into a domain that they are not mapped to".to_owned())
        }
    }

    /// Re-checks before it destroys: at some moment since the step began the user was entitled to nothing.
    pub(super) fn takes_from_nobody_entitled(&self, past: &Past) -> Result<(), String> {
        match self.was_entitled_to(past) {
            Some(due) if !due.contains(&None) => {
                Err(format!("something of a user was destroyed who was entitled to {due:?} all the time"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Ownership: the profile that is changed or deleted, or whose space is, carries our mark for this very user.
    pub(super) fn is_ours(&self) -> Result<(), String> {
        let Some((user, _)) = self.begun.place else { return Ok(()) };
        // A tag is set by ARN, which ends in the domain and the profile.
        let tagged = self.call.request["ResourceArn"].as_str().and_then(|arn| {
            let mut parts = arn.rsplit('/');
            Some((parts.next()?, parts.next()?))
        });
        let named = |member: &str| self.call.request[member].as_str().map(str::to_owned);
        let domain =
            tagged.map(|(_, domain)| domain.to_owned()).or_else(|| named("DomainId")).unwrap_or_default();
        let studio = self.aws.studio(|studio| studio.snapshot(self.call.at));
        let owner = |space: String| {
            let mut here = studio.spaces.iter().filter(|known| known.place.domain_id == domain);
            here.find(|known| known.name.eq_ignore_ascii_case(&space)).map(|known| known.owner.clone())
        };
        let tagged = tagged.map(|(profile, _)| profile.to_owned());
        let Some(name) = named("UserProfileName").or_else(|| named("SpaceName").and_then(owner)).or(tagged)
        else {
            return Ok(());
        };
        let marked = |tags: &BTreeMap<String, String>| {
            tags.get("studio-access:user-id").is_some_and(|owner| *owner == user_id(user))
        };
        let mut here = studio.profiles.iter().filter(|profile| profile.place.domain_id == domain);
        if here.any(|profile| profile.name.eq_ignore_ascii_case(&name) && !marked(&profile.tags)) {
            return Err("a profile without the user's mark was touched".to_owned());
        }
        Ok(())
    }

    /// Who marks a profile that somebody else made takes it over: only with the leave of a row.
    pub(super) fn may_take_over(&self, past: &Past, unmanaged: &mut BTreeSet<Named>) -> Result<(), String> {
        let (Some((user, target)), Some(arn)) = (self.begun.place, self.call.request["ResourceArn"].as_str())
        else {
            return Ok(());
        };
        let name = arn.rsplit('/').next().unwrap_or_default().to_lowercase();
        if !unmanaged.remove(&((user, target), name))
            || past.let_adopt(self.begun.at, self.call.at, user, target)
        {
            Ok(())
        } else {
            Err("a profile was taken over without leave".to_owned())
        }
    }

    /// No data lost by default: a space goes only if a mapping lets it go.
    pub(super) fn may_lose_its_spaces(&self, past: &Past) -> Result<(), String> {
        let (Some(_), Some((user, target))) = (self.call.request["SpaceName"].as_str(), self.begun.place)
        else {
            return Ok(());
        };
        if past.let_spaces_go(self.begun.at, self.call.at, user, target) {
            Ok(())
        } else {
            Err("a space was deleted that no mapping lets go".to_owned())
        }
    }

    /// Nothing goes without a note in the ledger first: the space's name, the home directory's number.
    pub(super) fn was_noted(&self, noted: &BTreeSet<Note>) -> Result<(), String> {
        let what = self.call.request["SpaceName"].as_str().unwrap_or("home").to_owned();
        if self.begun.place.is_none() || noted.contains(&(self.begun.place, what)) {
            Ok(())
        } else {
            Err("something went that the ledger had not noted".to_owned())
        }
    }
}
