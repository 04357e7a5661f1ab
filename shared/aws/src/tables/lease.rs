//! The lease: only one execution at a time changes one user in one target.
//!
//! It is an item of the ledger's table, taken, renewed and given back by conditional writes. Nothing
//! depends on DynamoDB's own expiry.
//!
//! `PlanAccess` takes the lease together with its plan, on condition that nobody else had it since
//! the plan's last read of the ledger. Every later step renews it before its first effect, in the
//! transaction that records what the step is about to do. The lease
//! lasts longer than any function runs, so a step that holds it at its beginning still holds it at
//! its end. An execution that has ended delays others only by minutes: its lease is taken over as
//! soon as none of its functions can still be running.

use super::ledger::{Ledger, LedgerError};
use super::table::{LEASE, built, is_met, lease_key, millis, number, span, text, user_key};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use contract::grant::Grant;
use contract::job::Job;
use contract::target::Target;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

const UPDATE: &str = "dynamodb:UpdateItem Grants (lease)";
const WRITE: &str = "dynamodb:TransactWriteItems Grants";

/// Time from the last renewal to the expiry of a lease. Longer than the pauses between two steps of
/// an execution, including retries.
const LEASE_TIME: Duration = Duration::from_mins(10);

/// Time after the last renewal in which a function of an ended execution may still be running: the
/// functions' time limit with a margin.
const STRAGGLER: Duration = Duration::from_secs(160);

/// Margin between the start of a waiting execution and the read of the directory that makes its
/// work unnecessary. Clocks of different machines differ, and a new write is not always read at
/// once.
const SAFETY: Duration = Duration::from_secs(5);

/// Margin between an event and the look that makes another look unnecessary. An event's time is that
/// of another machine's clock, in whole seconds, and what the event reports may be visible later.
const AFTER_EVENT: Duration = Duration::from_mins(1);

/// Age of a look from which an old event leads to a new look: an operator who starts an execution
/// again later wants to know how things are now.
const RECENT: Duration = Duration::from_mins(15);

/// Age up to which an event may be a repetition. One that is older was kept and sent again by
/// somebody, or its time cannot be relied on: that is worth a look.
const NEW_EVENT: Duration = Duration::from_hours(1);

const RENEW: &str = "SET expiresAt = :expires";
const GIVE_BACK: &str = "REMOVE #owner, ownerArn, expiresAt";
const GIVE_BACK_COVERED: &str = "SET coveredUntil = :until REMOVE #owner, ownerArn, expiresAt";

/// The ledger's items of a user in a target, as they were read.
#[derive(Debug, Clone, Default)]
pub struct GrantAndLease {
    /// The grant.
    pub grant: Option<Grant>,
    /// The lease.
    pub lease: Lease,
}

/// The lease on a user in a target, as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lease {
    /// The execution that holds it, or held it until it expired.
    pub holder: Option<Holder>,
    /// Milliseconds since 1970: all changes of the directory before are done.
    covered_until: Option<u64>,
    /// Number of times that the lease was taken.
    turns: u64,
}

/// The execution that holds a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name of the execution.
    pub owner: String,
    /// ARN of the execution, with which others can check whether it has ended.
    pub execution_arn: String,
    /// Milliseconds since 1970.
    expires_at: u64,
}

/// What an execution may do with a lease that it has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim<'a> {
    /// Take it: it is free, expired, or already this execution's.
    Free,
    /// Take it if its holder has ended: none of the holder's functions can still be running then.
    FreeIfEnded(&'a Holder),
    /// Wait for its holder.
    Held(&'a Holder),
}

impl Lease {
    /// Reads the item of a lease.
    pub(super) fn of(item: &Map<String, Value>) -> Result<Self, AwsError> {
        let moment = |name: &str| item.get(name).and_then(Value::as_u64);
        let word = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let holder = match (word("owner"), word("ownerArn"), moment("expiresAt")) {
            (None, _, _) => None,
            (Some(owner), Some(execution_arn), Some(expires_at)) => {
                Some(Holder { owner, execution_arn, expires_at })
            }
            (Some(_), None, _) | (Some(_), _, None) => {
                return Err(AwsError::new(UPDATE, Class::Unexpected, "the lease cannot be read"));
            }
        };
        Ok(Self { holder, covered_until: moment("coveredUntil"), turns: moment("turns").unwrap_or_default() })
    }

    /// Returns whether another execution has finished the work for everything that happened before
    /// `since`: it read the directory after that, and holds the lease no more.
    pub fn covers(&self, since: SystemTime) -> bool {
        self.holder.is_none() && self.covered_until.is_some_and(|until| until >= millis(since + SAFETY))
    }

    /// Returns whether an execution has finished the work for an event: it looked at the directory
    /// long enough after the event, not too long ago, and holds the lease no more. An old event is
    /// never covered.
    pub fn covers_event(&self, event_time: SystemTime, now: SystemTime) -> bool {
        let recently = millis(now).saturating_sub(span(RECENT));
        let due = millis(event_time + AFTER_EVENT).max(recently);
        let is_new = millis(now).saturating_sub(millis(event_time)) <= span(NEW_EVENT);
        is_new && self.holder.is_none() && self.covered_until.is_some_and(|until| until >= due)
    }

    /// Returns what the execution of a job may do with the lease.
    pub fn claim(&self, job: &Job, now: SystemTime) -> Claim<'_> {
        let Some(holder) = &self.holder else { return Claim::Free };
        let now = millis(now);
        let renewed_at = holder.expires_at.saturating_sub(span(LEASE_TIME));
        if holder.owner == job.execution || holder.expires_at < now {
            Claim::Free
        } else if now.saturating_sub(renewed_at) > span(STRAGGLER) {
            Claim::FreeIfEnded(holder)
        } else {
            Claim::Held(holder)
        }
    }
}

impl Ledger {
    /// Takes the lease, if it is still as it was read. Returns `false` if it is not: another
    /// execution has taken it since, even if it has given it back by now.
    pub async fn take(&self, job: &Job, execution_arn: &str, seen: &Lease) -> Result<bool, LedgerError> {
        let call = unchanged(self.lease(job), seen)
            .update_expression("SET #owner = :me, ownerArn = :arn, expiresAt = :expires, turns = :turn")
            .expression_attribute_values(":me", text(job.execution.clone()))
            .expression_attribute_values(":arn", text(execution_arn.to_owned()))
            .expression_attribute_values(":expires", number(millis(self.table.clock.now() + LEASE_TIME)))
            .expression_attribute_values(":turn", number(seen.turns + 1));
        Ok(is_met(UPDATE, call.send().await)?)
    }

    /// Records that nothing is left to do for changes of the directory before `covered_until`, and
    /// gives back the lease if this execution has it. Returns `false`, like [`Ledger::take`], if the
    /// lease is not as it was read.
    pub async fn cover(
        &self,
        job: &Job,
        seen: &Lease,
        covered_until: SystemTime,
    ) -> Result<bool, LedgerError> {
        let call = unchanged(self.lease(job), seen)
            .update_expression(GIVE_BACK_COVERED)
            .expression_attribute_values(":until", number(millis(covered_until)));
        Ok(is_met(UPDATE, call.send().await)?)
    }

    /// Renews the lease, or returns [`LedgerError::LeaseLost`] if another execution holds it. A step
    /// with an effect calls this first, unless it records what it is about to do.
    ///
    /// An expired lease that no other execution has taken is still ours.
    pub async fn renew(&self, job: &Job) -> Result<(), LedgerError> {
        let call = self
            .lease(job)
            .update_expression(RENEW)
            .condition_expression("#owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(job.execution.clone()))
            .expression_attribute_values(":expires", number(millis(self.table.clock.now() + LEASE_TIME)));
        if is_met(UPDATE, call.send().await)? { Ok(()) } else { Err(LedgerError::LeaseLost) }
    }

    /// Gives back the lease without having finished the work. A lease of another execution is left
    /// unchanged.
    pub async fn release(&self, job: &Job) -> Result<(), AwsError> {
        let call = self
            .lease(job)
            .update_expression(GIVE_BACK)
            .condition_expression("#owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(job.execution.clone()));
        is_met(UPDATE, call.send().await).map(|_| ())
    }

    fn lease(&self, job: &Job) -> UpdateItemFluentBuilder {
        let call = self.table.client.update_item().table_name(&self.table.name);
        call.key("pk", text(user_key(&job.user.user_id))).key("sk", text(lease_key(&job.target)))
    }
}

/// Adds the condition that nobody has taken, renewed or given back the lease since it was read.
fn unchanged(call: UpdateItemFluentBuilder, seen: &Lease) -> UpdateItemFluentBuilder {
    let call = call.expression_attribute_names("#owner", "owner");
    match (&seen.holder, seen.turns) {
        (Some(holder), _) => call
            .condition_expression("#owner = :them AND expiresAt = :seen")
            .expression_attribute_values(":them", text(holder.owner.clone()))
            .expression_attribute_values(":seen", number(holder.expires_at)),
        (None, 0) => {
            call.condition_expression("attribute_not_exists(#owner) AND attribute_not_exists(turns)")
        }
        (None, turns) => call
            .condition_expression("attribute_not_exists(#owner) AND turns = :seen")
            .expression_attribute_values(":seen", number(turns)),
    }
}

/// Returns the part of a transaction that renews the lease, and makes it fail if this execution does
/// not hold it.
pub(super) fn renewed(table: &str, job: &Job, now: SystemTime) -> Result<TransactWriteItem, AwsError> {
    let update = Update::builder()
        .table_name(table)
        .key("pk", text(user_key(&job.user.user_id)))
        .key("sk", text(lease_key(&job.target)))
        .update_expression(RENEW)
        .condition_expression("#owner = :me")
        .expression_attribute_names("#owner", "owner")
        .expression_attribute_values(":me", text(job.execution.clone()))
        .expression_attribute_values(":expires", number(millis(now + LEASE_TIME)));
    Ok(TransactWriteItem::builder().update(built(WRITE, update.build())?).build())
}

/// Returns the part of a transaction that gives back the lease, and makes it fail if this execution
/// does not hold it.
pub(super) fn given_back(
    table: &str,
    job: &Job,
    covered_until: SystemTime,
) -> Result<TransactWriteItem, AwsError> {
    let update = Update::builder()
        .table_name(table)
        .key("pk", text(user_key(&job.user.user_id)))
        .key("sk", text(lease_key(&job.target)))
        .update_expression(GIVE_BACK_COVERED)
        .condition_expression("#owner = :me")
        .expression_attribute_names("#owner", "owner")
        .expression_attribute_values(":me", text(job.execution.clone()))
        .expression_attribute_values(":until", number(millis(covered_until)));
    Ok(TransactWriteItem::builder().update(built(WRITE, update.build())?).build())
}

/// Returns the target of a lease, or `None` if the item is not a lease.
pub(super) fn target_of(item: &Map<String, Value>) -> Option<Result<Target, AwsError>> {
    let target = item.get("sk")?.as_str()?.strip_prefix(LEASE)?;
    Some(target.parse().map_err(|_| AwsError::new(UPDATE, Class::Unexpected, "a lease names no target")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::UNIX_EPOCH;

    /// Noon of a day, and milliseconds from there.
    const NOON: u64 = 1_800_000_000_000;

    fn at(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    fn lease(item: &Value) -> Lease {
        Lease::of(item.as_object().unwrap()).unwrap()
    }

    fn job() -> Job {
        let job = json!({"execution": "mine", "user": {"storeId": "d-1", "userId": "u-1", "status": "enabled"},
            "target": {"account": "111122223333", "region": "eu-west-1", "domainId": "d-abc"}, "cause": {"reason": "r"}});
        serde_json::from_value(job).unwrap()
    }

    fn held(owner: &str, renewed: u64) -> Lease {
        lease(&json!({"owner": owner, "ownerArn": "arn", "expiresAt": renewed + 600_000, "turns": 7}))
    }

    #[test]
    fn a_lease_is_taken_if_free_or_expired_or_ours() {
        let job = job();
        assert_eq!(Lease::default().claim(&job, at(NOON)), Claim::Free);
        assert_eq!(held("mine", NOON).claim(&job, at(NOON)), Claim::Free);
        assert_eq!(held("theirs", NOON - 600_001).claim(&job, at(NOON)), Claim::Free);
    }

    #[test]
    fn a_lease_is_held_while_its_functions_may_still_run() {
        let job = job();
        let fresh = held("theirs", NOON - 160_000);
        assert!(matches!(fresh.claim(&job, at(NOON)), Claim::Held(holder) if holder.owner == "theirs"));
        let quiet = held("theirs", NOON - 160_001);
        assert!(matches!(quiet.claim(&job, at(NOON)), Claim::FreeIfEnded(_)));
    }

    #[test]
    fn a_finished_check_covers_starts_five_seconds_before_it() {
        let looked = lease(&json!({"coveredUntil": NOON, "turns": 1}));
        assert!(looked.covers(at(NOON - 5_000)));
        assert!(!looked.covers(at(NOON - 4_999)));
        assert!(!Lease::default().covers(at(NOON)));
        let again =
            lease(&json!({"coveredUntil": NOON, "owner": "theirs", "ownerArn": "arn", "expiresAt": NOON}));
        assert!(!again.covers(at(NOON - 60_000)), "somebody is at work again");
    }

    #[test]
    fn an_event_is_covered_by_a_recent_check_a_minute_later() {
        let looked = lease(&json!({"coveredUntil": NOON, "turns": 1}));
        let covers = |event, now| looked.covers_event(at(event), at(now));
        assert!(covers(NOON - 60_000, NOON + 5_000));
        assert!(!covers(NOON - 59_999, NOON + 5_000), "too soon after the event");
        assert!(covers(NOON - 60_000, NOON + 900_000));
        assert!(!covers(NOON - 60_000, NOON + 900_001), "too long ago");
        assert!(covers(NOON - 3_600_000, NOON));
        assert!(!covers(NOON - 3_600_001, NOON), "an old event");
        let (event, now) = (at(NOON - 60_000), at(NOON));
        assert!(!Lease::default().covers_event(event, now), "nobody has ever looked");
        let held = held("theirs", NOON);
        assert!(!Lease { covered_until: Some(NOON), ..held }.covers_event(event, now));
    }

    #[test]
    fn a_lease_without_its_expiry_is_not_taken_for_free() {
        assert!(Lease::of(json!({"owner": "theirs"}).as_object().unwrap()).is_err());
    }
}
