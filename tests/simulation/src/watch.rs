//! What must never happen, looked at with every call right after its effect. Each rule is one of the product's promises.

use crate::deeds::{role_arn, target_name, user_id};
use crate::model::{Model, Past, Target, User};
use contract::catalogue;
use engine::{HistoryEvent, HistoryKind, TaskCall};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use world::{CallRecord, Outcome, World};

/// One (user, target) that an execution works on.
type Place = (User, Target);

/// An invocation of a function: since when, by whom, on what.
#[derive(Debug, Clone)]
struct Begun {
    at: SystemTime,
    execution: String,
    place: Option<Place>,
}

/// The ledger has noted of a user in a target that there is a home directory (`home`), or a space.
type Note = (Option<Place>, String);

/// What the watch knows.
#[derive(Debug, Default)]
struct Known {
    past: Past,
    invocations: BTreeMap<String, Begun>,
    leases: BTreeMap<String, String>,
    noted: BTreeSet<Note>,
    broken: Vec<String>,
}

/// The watch; clones are the same.
#[derive(Debug, Clone)]
pub struct Watch {
    known: Arc<Mutex<Known>>,
    places: Arc<BTreeMap<(String, String), Place>>,
}

impl Watch {
    /// Watches over a cast of so many users and targets, in a world.
    pub fn over(world: &World, users: usize, targets: usize) -> Self {
        let all = (0..users).flat_map(|user| (0..targets).map(move |target| (user, target)));
        let places =
            all.map(|(user, target)| ((user_id(user), target_name(target)), (user, target))).collect();
        let watch = Self { known: Arc::default(), places: Arc::new(places) };
        let eye = watch.clone();
        world.observe(move |world, call| eye.look(world, call));
        watch
    }

    fn with<T>(&self, doing: impl FnOnce(&mut Known) -> T) -> T {
        doing(&mut self.known.lock().expect("nothing fails while it holds the lock"))
    }

    /// Directory or mapping have become this.
    pub fn becomes(&self, now: SystemTime, model: &Model) {
        self.with(|known| known.past.becomes(now, model));
    }

    /// A function is about to be invoked.
    pub fn begins(&self, now: SystemTime, execution: &str, scope: &str, call: &TaskCall) {
        let job = &call.payload["job"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let target = &job["target"];
        let target =
            format!("{}/{}/{}", text(&target["account"]), text(&target["region"]), text(&target["domainId"]));
        let place = self.places.get(&(text(&job["user"]["userId"]), target)).copied();
        let begun = Begun { at: now, execution: execution.to_owned(), place };
        self.with(|known| known.invocations.insert(scope.to_owned(), begun));
    }

    /// Every error has a name from the catalogue, or one that Lambda or Step Functions gives.
    pub fn hears(&self, event: &HistoryEvent) {
        let (HistoryKind::TaskFailed { error, cause } | HistoryKind::ExecutionFailed { error, cause }) =
            &event.kind
        else {
            return;
        };
        let foreign = ["Lambda.", "Sandbox.", "Runtime.", "States."].iter().any(|of| error.starts_with(of));
        if !foreign && !catalogue::ALL.iter().any(|entry| entry.name == error) {
            let state = event.state.as_deref().unwrap_or("the end");
            self.with(|known| known.broken.push(format!("{error} is in no catalogue: {state}: {cause}")));
        }
    }

    /// Everything that went wrong so far.
    pub fn broken(&self) -> Vec<String> {
        self.with(|known| known.broken.clone())
    }

    fn look(&self, world: &World, call: &CallRecord) {
        // The second of two deliveries may have been refused where the first was not.
        if call.outcome != Outcome::Ok && call.fault != Some("twice") {
            return;
        }
        let Some(begun) =
            call.scope.as_ref().and_then(|scope| self.with(|known| known.invocations.get(scope).cloned()))
        else {
            return;
        };
        let found = self.with(|known| {
            let case = Case { call, begun: &begun, world };
            match (call.service.as_str(), call.operation.as_str()) {
                ("sagemaker", operation) if begun.place.is_none() && changes(operation) => {
                    Err("an effect in Studio that is for no user and target of the cast".to_owned())
                }
                ("dynamodb", "UpdateItem") => case.passes_the_lease(&mut known.leases),
                ("dynamodb", "TransactWriteItems") => {
                    known.noted.extend(case.notes());
                    case.holds_the_lease(&known.leases)
                }
                ("sagemaker", "CreateUserProfile") => {
                    case.holds_the_lease(&known.leases).and_then(|()| case.gives_what_is_due(&known.past))
                }
                ("sagemaker", "UpdateUserProfile") => case
                    .holds_the_lease(&known.leases)
                    .and_then(|()| case.gives_what_is_due(&known.past))
                    .and_then(|()| case.is_ours()),
                ("sagemaker", "DeleteUserProfile" | "DeleteSpace") => case
                    .holds_the_lease(&known.leases)
                    .and_then(|()| case.takes_from_nobody_entitled(&known.past))
                    .and_then(|()| case.is_ours())
                    .and_then(|()| case.may_lose_its_spaces(&known.past))
                    .and_then(|()| case.was_noted(&known.noted)),
                ("sagemaker", "DeleteApp" | "AddTags") => case.holds_the_lease(&known.leases),
                _ => Ok(()),
            }
        });
        if let Err(why) = found {
            self.with(|known| known.broken.push(format!("{why}: {call}")));
        }
    }
}

/// Whether an operation of Studio changes something there.
fn changes(operation: &str) -> bool {
    ["Create", "Update", "Delete", "Add"].iter().any(|verb| operation.starts_with(verb))
}

/// One call that had its effect.
struct Case<'a> {
    call: &'a CallRecord,
    begun: &'a Begun,
    world: &'a World,
}

impl Case<'_> {
    /// What a write of the ledger says is there.
    fn notes(&self) -> Vec<Note> {
        let written = &self.call.request["TransactItems"][1]["Put"]["Item"];
        let home = written["homeEfsUid"]["S"].as_str().map(|_| "home");
        let spaces =
            written["spaces"]["L"].as_array().into_iter().flatten().filter_map(|space| space["S"].as_str());
        home.into_iter().chain(spaces).map(|what| (self.begun.place, what.to_owned())).collect()
    }

    /// Keeps account of who has which lease: taken, given back, passed on.
    fn passes_the_lease(&self, leases: &mut BTreeMap<String, String>) -> Result<(), String> {
        let request = &self.call.request;
        let key = format!("{} {}", request["Key"]["pk"]["S"], request["Key"]["sk"]["S"]);
        let update = request["UpdateExpression"].as_str().unwrap_or_default();
        let done = self.call.outcome == Outcome::Ok;
        if update.contains("REMOVE #owner") {
            // Given back by the first of two deliveries, if the second was refused.
            leases.retain(|lease, owner| *lease != key || *owner != self.begun.execution);
        } else if done && update.starts_with("SET #owner") {
            leases.insert(key, self.begun.execution.clone());
        } else if done && leases.get(&key) != Some(&self.begun.execution) {
            return Err("an execution renewed a lease that it does not have".to_owned());
        }
        Ok(())
    }

    /// One writer for each user and target: every effect is made by the execution that has the lease.
    fn holds_the_lease(&self, leases: &BTreeMap<String, String>) -> Result<(), String> {
        let Some((user, target)) = self.begun.place else { return Ok(()) };
        let key = format!("\"user#{}\" \"lease#{}\"", user_id(user), target_name(target));
        match leases.get(&key) {
            Some(owner) if *owner == self.begun.execution => Ok(()),
            other => {
                Err(format!("an effect of {} while the lease belongs to {other:?}", self.begun.execution))
            }
        }
    }

    fn was_entitled_to(&self, past: &Past) -> Option<BTreeSet<Option<u8>>> {
        let (user, target) = self.begun.place?;
        Some(past.between(self.begun.at, self.call.at, user, target))
    }

    /// Least privilege: the role that is given was due at some moment since the step began, because the step looks before it gives. The role that
    /// allows nothing may always be given.
    fn gives_what_is_due(&self, past: &Past) -> Result<(), String> {
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

    /// Re-checks before it destroys: at some moment since the step began the user was entitled to nothing.
    fn takes_from_nobody_entitled(&self, past: &Past) -> Result<(), String> {
        match self.was_entitled_to(past) {
            Some(due) if !due.contains(&None) => {
                Err(format!("something of a user was destroyed who was entitled to {due:?} all the time"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Ownership: the profile that is changed or deleted, or whose space is, carries our mark for this very user.
    fn is_ours(&self) -> Result<(), String> {
        let Some((user, _)) = self.begun.place else { return Ok(()) };
        let domain = self.call.request["DomainId"].as_str().unwrap_or_default();
        let studio = self.world.studio(|studio| studio.snapshot(self.call.at));
        let named = |member: &str| self.call.request[member].as_str().map(str::to_owned);
        let owner = |space: String| {
            let mut here = studio.spaces.iter().filter(|known| known.place.domain_id == domain);
            here.find(|known| known.name.eq_ignore_ascii_case(&space)).map(|known| known.owner.clone())
        };
        let Some(name) = named("UserProfileName").or_else(|| named("SpaceName").and_then(owner)) else {
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

    /// No data lost by default: a space goes only if a mapping lets it go.
    fn may_lose_its_spaces(&self, past: &Past) -> Result<(), String> {
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
    fn was_noted(&self, noted: &BTreeSet<Note>) -> Result<(), String> {
        let what = self.call.request["SpaceName"].as_str().unwrap_or("home").to_owned();
        if self.begun.place.is_none() || noted.contains(&(self.begun.place, what)) {
            Ok(())
        } else {
            Err("something went that the ledger had not noted".to_owned())
        }
    }
}
