//! What must never happen, looked at with every call right after its effect. Each rule is one of the product's promises.

mod case;
mod leases;
mod limits;

use crate::controls::set_pause;
use crate::model::{Group, Model, Past, Target, User};
use crate::names::{target_name, user_id};
use crate::operations::{Limits, Participants, Story};
use asl::{HistoryEvent, HistoryKind, TaskCall};
use contract::catalogue;
use fake_aws::services::sts::SECRET_MARK;
use fake_aws::{CallRecord, FakeAws, Outcome};
use futures_util::FutureExt;
use leases::Leases;
use limits::Counted;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use time::OffsetDateTime;

/// One (user, target) that an execution works on.
type Place = (User, Target);

/// An invocation of a function: since when, by whom, on what.
#[derive(Debug, Clone)]
struct Begun {
    at: SystemTime,
    execution: String,
    place: Option<Place>,
    /// It has renewed the lease, alone or with what it wrote down.
    has_written: bool,
    /// It has read the user's groups since.
    has_looked: bool,
}

/// One call that had its effect.
struct Case<'a> {
    call: &'a CallRecord,
    begun: &'a Begun,
    aws: &'a FakeAws,
}

/// A profile by its name, in lower case, and whom it is in the way of.
type Named = (Place, String);

/// The ledger has noted of a user in a target that there is a home directory (`home`), or a space.
type Note = (Option<Place>, String);

/// What the invariants have seen so far.
#[derive(Debug, Default)]
struct Known {
    past: Past,
    invocations: BTreeMap<String, Begun>,
    leases: Leases,
    counted: Counted,
    noted: BTreeSet<Note>,
    /// The group of each grant, as the ledger was written last.
    granted: BTreeMap<Place, Group>,
    /// When the user left, as the ledger was written last.
    left: BTreeMap<Place, OffsetDateTime>,
    lines: BTreeSet<String>,
    unmanaged: BTreeSet<Named>,
    calls: usize,
    paused_since: Option<SystemTime>,
    held_since: BTreeMap<User, SystemTime>,
    broken: Vec<String>,
}

/// The invariants; clones are the same.
#[derive(Debug, Clone)]
pub struct Invariants {
    known: Arc<Mutex<Known>>,
    places: Arc<BTreeMap<(String, String), Place>>,
    limits: Option<Limits>,
    /// The call of all after which an operator pauses everything.
    pause: Option<usize>,
}

impl Invariants {
    /// Checks every call of an emulated AWS, for the users, targets and limits of a history. Right after the call with the number `pause`, an
    /// operator pauses everything.
    pub fn over(aws: &FakeAws, story: &Story, pause: Option<usize>) -> Self {
        let Participants { users, targets, .. } = story.participants;
        let all = (0..users).flat_map(|user| (0..targets).map(move |target| (user, target)));
        let places =
            all.map(|(user, target)| ((user_id(user), target_name(target)), (user, target))).collect();
        let invariants =
            Self { known: Arc::default(), places: Arc::new(places), limits: story.limits, pause };
        let eye = invariants.clone();
        aws.observe(move |aws, call| eye.look(aws, call));
        invariants
    }

    fn with<T>(&self, doing: impl FnOnce(&mut Known) -> T) -> T {
        doing(&mut self.known.lock().expect("nothing fails while it holds the lock"))
    }

    /// Directory or mapping have become this.
    pub fn becomes(&self, now: SystemTime, model: &Model) {
        self.with(|known| known.past.becomes(now, model));
    }

    /// An operator pauses everything, or resumes.
    pub fn pauses(&self, now: SystemTime, paused: bool) {
        self.with(|known| known.paused_since = paused.then(|| known.paused_since.unwrap_or(now)));
    }

    /// An operator holds what a user has, or lifts the hold.
    pub fn holds(&self, now: SystemTime, user: User, held: bool) {
        self.with(|known| {
            if held {
                known.held_since.entry(user).or_insert(now);
            } else {
                known.held_since.remove(&user);
            }
        });
    }

    /// The users on hold.
    pub fn held(&self) -> Vec<User> {
        self.with(|known| known.held_since.keys().copied().collect())
    }

    /// Whether everything is paused.
    pub fn is_paused(&self) -> bool {
        self.with(|known| known.paused_since.is_some())
    }

    /// A profile is there now that somebody else made.
    pub fn signs_in(&self, user: User, target: Target, profile: &str) {
        self.with(|known| known.unmanaged.insert(((user, target), profile.to_lowercase())));
    }

    /// A function is about to be invoked.
    pub fn begins(&self, now: SystemTime, execution: &str, scope: &str, call: &TaskCall) {
        let job = &call.payload["job"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let target = &job["target"];
        let target =
            format!("{}/{}/{}", text(&target["account"]), text(&target["region"]), text(&target["domainId"]));
        let place = self.places.get(&(text(&job["user"]["userId"]), target)).copied();
        let begun =
            Begun { at: now, execution: execution.to_owned(), place, has_written: false, has_looked: false };
        self.with(|known| known.invocations.insert(scope.to_owned(), begun));
    }

    /// No secret in what the execution tells; and every error has a name from the catalogue, or one that Lambda or Step Functions gives.
    pub fn hears(&self, event: &HistoryEvent) {
        let told = if let HistoryKind::ExecutionStarted { input: value }
        | HistoryKind::StateEntered { input: value, .. }
        | HistoryKind::StateExited { output: value, .. }
        | HistoryKind::TaskScheduled { payload: value, .. }
        | HistoryKind::TaskSucceeded { result: value }
        | HistoryKind::ExecutionSucceeded { output: value } = &event.kind
        {
            has_secret(value)
        } else if let HistoryKind::TaskFailed { cause, .. } | HistoryKind::ExecutionFailed { cause, .. } =
            &event.kind
        {
            cause.contains(SECRET_MARK)
        } else {
            false
        };
        if told {
            self.with(|known| {
                known.broken.push(format!("a secret in the execution's history: {:?}", event.state));
            });
        }
        let (HistoryKind::TaskFailed { error, cause } | HistoryKind::ExecutionFailed { error, cause }) =
            &event.kind
        else {
            return;
        };
        let unmanaged = ["Lambda.", "Sandbox.", "Runtime.", "States."].iter().any(|of| error.starts_with(of));
        if !unmanaged && !catalogue::ALL.iter().any(|entry| entry.name == error) {
            let state = event.state.as_deref().unwrap_or("the end");
            self.with(|known| known.broken.push(format!("{error} is in no catalogue: {state}: {cause}")));
        }
    }

    /// Everything that went wrong so far.
    pub fn broken(&self) -> Vec<String> {
        self.with(|known| known.broken.clone())
    }

    /// Counts a call. An operator pauses everything right after the one that it is time for.
    fn counts(&self, aws: &FakeAws, call: &CallRecord) {
        let number = self.with(|known| {
            known.calls += 1;
            known.calls - 1
        });
        if self.pause == Some(number) {
            set_pause(aws, true).now_or_never().expect("the table answers at once");
            self.pauses(call.at, true);
        }
    }

    fn look(&self, aws: &FakeAws, call: &CallRecord) {
        self.counts(aws, call);
        let noted = |scope: &String| {
            self.with(|known| {
                let begun = known.invocations.get_mut(scope)?;
                begun.notes(call);
                Some(begun.clone())
            })
        };
        let Some(begun) = call.scope.as_ref().and_then(noted) else { return };
        // The second of two deliveries was refused where the first was not.
        if call.outcome != Outcome::Ok && call.fault != Some("twice") {
            return;
        }
        let found = self.with(|known| {
            let case = Case { call, begun: &begun, aws };
            case.is_not_paused(known.paused_since)?;
            match (call.service.as_str(), call.operation.as_str()) {
                ("sagemaker", operation) if begun.place.is_none() && changes(operation) => {
                    Err("an effect in Studio that is for no user and target of the history".to_owned())
                }
                ("dynamodb", _) if has_secret(&call.request) => Err("a secret in a table".to_owned()),
                ("dynamodb", "DeleteItem" | "BatchWriteItem") => {
                    Err("the ledger is written by updates and transactions only".to_owned())
                }
                ("dynamodb", "UpdateItem") if is_of_turns(call) => Ok(()),
                ("dynamodb", "UpdateItem") => known.leases.passes(&case),
                ("dynamodb", "TransactWriteItems") => {
                    known.noted.extend(case.notes());
                    known.granted.extend(case.grants());
                    case.leaves(&mut known.left);
                    case.holds_the_lease(&known.leases)
                        .and_then(|()| case.adds_a_line(&mut known.lines))
                        .and_then(|()| case.counts(&mut known.counted, self.limits))
                        .and_then(|()| known.leases.written(&case))
                }
                ("sso", "CreateApplicationAssignment") => case.lets_in_who_is_mapped(&known.past),
                ("sagemaker", "CreateUserProfile") => case
                    .holds_the_lease(&known.leases)
                    .and_then(|()| case.looked_after_it_wrote())
                    .and_then(|()| case.gives_what_is_due(&known.past))
                    .and_then(|()| case.gives_it_to_the_right_user(&known.past)),
                ("sagemaker", "UpdateUserProfile") => case
                    .holds_the_lease(&known.leases)
                    .and_then(|()| case.looked_after_it_wrote())
                    .and_then(|()| case.gives_what_is_due(&known.past))
                    .and_then(|()| case.gives_it_to_the_right_user(&known.past))
                    .and_then(|()| case.was_counted(&known.counted, &known.past, "suspensions"))
                    .and_then(|()| case.is_ours()),
                ("sagemaker", "DeleteUserProfile" | "DeleteSpace") => case
                    .holds_the_lease(&known.leases)
                    .and_then(|()| case.looked_after_it_wrote())
                    .and_then(|()| case.takes_from_nobody_entitled(&known.past))
                    .and_then(|()| case.takes_from_no_member(&known.past, &known.granted))
                    .and_then(|()| case.was_counted(&known.counted, &known.past, "deletions"))
                    .and_then(|()| case.is_ours())
                    .and_then(|()| case.is_of_nobody_on_hold(&known.held_since))
                    .and_then(|()| case.has_had_its_grace(&known.past, &known.left))
                    .and_then(|()| case.may_lose_its_spaces(&known.past))
                    .and_then(|()| case.was_noted(&known.noted)),
                ("sagemaker", "DeleteApp" | "AddTags" | "DeleteTags") => case
                    .holds_the_lease(&known.leases)
                    .and_then(|()| case.may_take_over(&known.past, &mut known.unmanaged))
                    .and_then(|()| case.is_ours()),
                _ => Ok(()),
            }
        });
        if let Err(why) = found {
            self.with(|known| known.broken.push(format!("{why}: {call}")));
        }
    }
}

impl Begun {
    /// Keeps account of what the function has done so far. It has not seen the answer to a call that
    /// was carried out after the connection broke, and has repeated a write.
    fn notes(&mut self, call: &CallRecord) {
        let is_lost = call.fault.is_some_and(|fault| fault.ends_with("then run"));
        let is_write = ["TransactWriteItems", "UpdateItem"].contains(&call.operation.as_str());
        let is_repeated = is_lost || call.fault == Some("delay") || call.outcome != Outcome::Ok;
        if is_lost && !is_write || is_repeated && is_write && self.has_written {
            return;
        }
        match call.operation.as_str() {
            "UpdateItem" if is_of_turns(call) => {}
            "TransactWriteItems" | "UpdateItem" => (self.has_written, self.has_looked) = (true, false),
            // The groups of a user who is gone or disabled are not asked for, and one who is gone is not found.
            "ListGroupMembershipsForMember" | "DescribeUser" => self.has_looked = self.has_written,
            _ => {}
        }
    }
}

/// Whether a write is about the turns at Studio's creations, which are nobody's access.
fn is_of_turns(call: &CallRecord) -> bool {
    call.request["Key"]["pk"]["S"].as_str().is_some_and(|key| key.starts_with("turns#"))
}

/// Returns whether an operation changes something.
pub(crate) fn changes(operation: &str) -> bool {
    let verbs = ["Add", "Create", "Delete", "Put", "Start", "Transact", "Update"];
    verbs.iter().any(|verb| operation.starts_with(verb))
}

/// Whether any text of the value holds a secret that the emulated AWS has given out.
fn has_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(SECRET_MARK),
        Value::Array(items) => items.iter().any(has_secret),
        Value::Object(members) => members.values().any(has_secret),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
