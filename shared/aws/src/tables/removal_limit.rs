//! The removals of each hour, counted against the limits.
//!
//! A removal is counted once, in the transaction that records its intent: before its first effect,
//! whatever started the execution. The count of an hour is cut into parts, each with its share of the
//! limit, so that many removals at the same time do not meet in one item. A removal begins at the part
//! of its user. When all parts are full, it may take one of the few places for users beyond the limit; a
//! user has the same place in all domains. It is refused when these are taken too.

mod places_in_hour;

use super::grants::unexpected;
use super::item;
use super::lease;
use super::ledger::{Ledger, LedgerError};
use super::sweeps::{HELD, LAST, Sweeps, held_in, places};
use super::table::{built, number, seconds, sweep_key, text};
use crate::error::AwsError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use contract::grant::Grant;
use contract::ids::UserId;
use contract::job::Job;
use contract::limit::Limit;
use places_in_hour::{PARTS, Place, Places};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::time::Duration;
use time::OffsetDateTime;

const COUNT: &str = "dynamodb:TransactWriteItems Grants (limit)";

/// Condition on a note: it is there, and no other execution has used its approval.
const UNUSED: &str = "attribute_exists(pk) AND (attribute_not_exists(usedBy) OR usedBy = :me)";

/// An approval counts this long after the refusal: a day to give it, and a day to carry it out.
const APPROVAL_TTL: Duration = Duration::from_hours(48);

impl Ledger {
    /// Writes a grant like [`Ledger::write`], and counts its removal against the limits in the same
    /// transaction. Beyond one of them, nothing is counted, and the grant says that it is held back.
    pub(super) async fn write_counted(
        &self,
        job: &Job,
        before: &Grant,
        grant: Grant,
        limits: &BTreeSet<Limit>,
    ) -> Result<(), LedgerError> {
        let counted = &grant.counted | limits;
        let held_back = grant.held_back.filter(|limit| !counted.contains(limit));
        let signed = self.signed(Grant { counted, held_back, ..grant }, job, before.version);
        if self.write_approved(job, before, &signed).await? {
            return Ok(());
        }
        let user = &job.user.user_id;
        // An operator may let this one user pass the limit of suspensions.
        let mut limits = limits.clone();
        if before.awaits_approval(self.now()) {
            if !self.controls()?.is_to_be_suspended(user).await? {
                return Err(LedgerError::AwaitsApproval);
            }
            limits.remove(&Limit::Suspensions);
        }
        let held = self.held().await?;
        let places = |limit: &Limit| {
            let size = self.limits.of(*limit);
            Places::new(*limit, size.in_an_hour(held), size.users_beyond(), user)
        };
        let mut places: Vec<Places> = limits.iter().map(places).collect();
        loop {
            if let Some(full) = places.iter().position(|places| places.left.is_empty()) {
                let Places { limit, most, .. } = places.swap_remove(full);
                if limit == Limit::Suspensions && self.controls()?.is_to_be_suspended(user).await? {
                    continue;
                }
                return Err(self.hold_back(job, before, limit, most).await?);
            }
            let first = |places: &Places| Some((places.limit, *places.left.front()?));
            let counters = places.iter().filter_map(first);
            let counters = counters.map(|(limit, place)| self.counter(limit, place, user));
            let counters = counters.collect::<Result<_, _>>()?;
            let renewed = lease::renewed(&self.table.name, job, self.table.clock.now())?;
            let Some(codes) = self.put_with(counters, renewed, &signed, Some(before)).await? else {
                return Ok(());
            };
            let answers = places.iter_mut().zip(&codes);
            let is_answered =
                answers.map(|(places, code)| places.answered(code)).fold(true, |all, one| all & one);
            if !is_answered || codes.iter().all(|code| code == "None") {
                return Err(unexpected(&codes));
            }
        }
    }

    /// Returns the write that counts a removal in this place, if it has room.
    fn counter(&self, limit: Limit, place: Place, user: &UserId) -> Result<TransactWriteItem, AwsError> {
        let (pk, sk) = place.key(limit, self.now());
        let write = Update::builder().table_name(&self.table.name).key("pk", text(pk)).key("sk", text(sk));
        let write = match place {
            Place::Part { share, .. } => write
                .update_expression("ADD #count :one")
                .condition_expression("attribute_not_exists(#count) OR #count < :share")
                .expression_attribute_names("#count", "count")
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":share", number(share)),
            Place::User { .. } => write
                .update_expression("SET userId = :user")
                .condition_expression("attribute_not_exists(userId) OR userId = :user")
                .expression_attribute_values(":user", text(user.as_str())),
        };
        Ok(TransactWriteItem::builder().update(built(COUNT, write.build())?).build())
    }

    /// Records that a limit holds the removal back. Returns the refusal.
    async fn hold_back(
        &self,
        job: &Job,
        before: &Grant,
        limit: Limit,
        most: u64,
    ) -> Result<LedgerError, LedgerError> {
        // Written anew in each hour, even by the same execution: the next plan goes by the hour.
        if !before.is_held_back(limit, self.now()) {
            let held_back = Some(limit);
            let signed = self.signed(Grant { held_back, ..before.clone() }, job, before.version);
            self.put_signed(job, Some(before), &signed).await?;
        }
        Ok(LedgerError::OverLimit { limit, most })
    }

    /// Writes the grant without counting its removal, if it stands on an approved list that no other
    /// execution has used for it. Returns `false` if it does not.
    async fn write_approved(&self, job: &Job, before: &Grant, signed: &Grant) -> Result<bool, LedgerError> {
        let Some(list) = &job.cause.approval else { return Ok(false) };
        let verdict = self.note(list, "verdict").await?;
        let now = seconds(self.table.clock.now());
        let Some(verdict) = verdict.filter(|verdict| is_approved(verdict, now)) else {
            return Ok(false);
        };
        let key = format!("removal#{}#{}", job.user.user_id, job.target);
        let pass = Update::builder()
            .table_name(&self.table.name)
            .key("pk", text(places::of(list, &key)))
            .key("sk", text(key))
            .update_expression("SET usedBy = :me")
            .expression_attribute_values(":me", text(&job.execution));
        // An allowed list is approved for those who were left out of it.
        let pass = if verdict.get("status").is_some_and(|status| status == "refused") {
            pass.condition_expression(UNUSED)
        } else {
            let awaiting = format!("{UNUSED} AND awaitsApproval = :true");
            pass.condition_expression(awaiting)
                .expression_attribute_values(":true", AttributeValue::Bool(true))
        };
        let pass = TransactWriteItem::builder().update(built(COUNT, pass.build())?).build();
        let renewed = lease::renewed(&self.table.name, job, self.table.clock.now())?;
        match self.put_with(vec![pass], renewed, signed, Some(before)).await? {
            None => Ok(true),
            Some(codes) if codes == ["ConditionalCheckFailed"] => Ok(false),
            Some(codes) => Err(unexpected(&codes)),
        }
    }

    /// Returns the number of held grants that the last sweep of all users has counted, if it is not too
    /// old.
    async fn held(&self) -> Result<Option<u64>, AwsError> {
        let note = self.note(LAST, HELD).await?;
        Ok(note.and_then(|note| held_in(&note, self.limits, seconds(self.table.clock.now()))))
    }

    /// Reads one note of a sweep.
    async fn note(&self, sweep: &str, key: &str) -> Result<Option<Map<String, Value>>, AwsError> {
        let found = self.item(sweep_key(sweep), key.to_owned()).await?;
        Ok(found.as_ref().map(item::to_json))
    }
}

impl Sweeps {
    /// Returns what a limit still allows in this hour. `held`: see [`Sweeps::held`].
    pub async fn remaining(&self, limit: Limit, held: Option<u64>) -> Result<Remaining, AwsError> {
        let (size, now) = (self.limits.of(limit), OffsetDateTime::from(self.table.clock.now()));
        let parts = (0..PARTS).map(|number| Place::Part { number, share: 0 });
        let users = (0..size.users_beyond()).map(|number| Place::User { number });
        let keys = parts.chain(users).map(|place| place.key(limit, now));
        let found = self.items(keys.collect()).await?;
        let used: u64 = found.iter().filter_map(|item| item.get("count").and_then(Value::as_u64)).sum();
        let users = found.iter().filter(|item| item.contains_key("userId")).count() as u64;
        Ok(Remaining {
            grants: size.in_an_hour(held).saturating_sub(used),
            users: size.users_beyond().saturating_sub(users),
        })
    }
}

/// What a limit still allows in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// Grants.
    pub grants: u64,
    /// Users beyond these, each with all their grants.
    pub users: u64,
}

/// Returns whether somebody has approved the list, not too long before this moment (seconds since 1970).
fn is_approved(verdict: &Map<String, Value>, now: u64) -> bool {
    let refused_at = verdict.get("at").and_then(Value::as_u64);
    let is_new = refused_at.is_some_and(|at| now.saturating_sub(at) <= APPROVAL_TTL.as_secs());
    is_new && verdict.get("approvedBy").is_some_and(Value::is_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_approval_ends() {
        let at = |age: Duration| {
            let verdict = json!({"status": "refused", "at": 1_000, "approvedBy": "s/t"});
            is_approved(verdict.as_object().unwrap(), 1_000 + age.as_secs())
        };
        assert!(at(APPROVAL_TTL) && !at(APPROVAL_TTL + Duration::from_secs(1)));
        assert!(!is_approved(json!({"at": 0}).as_object().unwrap(), 0));
    }
}
