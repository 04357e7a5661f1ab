//! Grants: one for each user and target.
//!
//! Every write is one transaction: it renews the lease or gives it back, if it is still ours, checks
//! that the grant is still the one that was read, and adds a line to the history. It has its full effect or none.

use super::lease::{GrantAndLease, Lease};
use super::ledger::{GET, Ledger, LedgerError};
use super::table::{
    List, built, failed, grant_of, json_of, lease_key, number, pages, read, target_key, text, user_key,
};
use super::user_grants::UserGrants;
use super::{history, item, lease};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::types::{CancellationReason, Put, TransactWriteItem};
use contract::grant::{Grant, GrantStatus};
use contract::ids::UserId;
use contract::job::Job;
use contract::limit::Limit;
use contract::plan::RemovalReason;
use contract::target::Target;
use serde_json::{Map, Value};
use std::time::SystemTime;
use time::format_description::well_known::Rfc3339;

const WRITE: &str = "dynamodb:TransactWriteItems Grants";
const OF_USER: List =
    List { operation: "dynamodb:Query Grants", endless: "the list of grants does not end", max_pages: 1000 };

impl Ledger {
    /// Reads the grant of a user in a target, consistently.
    pub async fn grant(&self, user: &UserId, target: &Target) -> Result<Option<Grant>, LedgerError> {
        let found = self.item(user_key(user), target_key(target)).await?;
        Ok(found.map(|found| grant_of(GET, &found)).transpose()?)
    }

    /// Reads all items of a user, consistently: every grant, including removed ones, and every lease.
    ///
    /// An execution that holds a lease may be about to give access from what it has read earlier, and its grant
    /// may not be written yet.
    pub async fn of_user(&self, user: &UserId) -> Result<UserGrants, AwsError> {
        let mut of_user = UserGrants::default();
        for found in self.items_of(user).await? {
            match lease::target_of(&found) {
                Some(Ok(target)) => {
                    of_user.leases.insert(target, Lease::of(&found)?);
                }
                Some(Err(fault)) => return Err(fault),
                None => of_user.grants.push(read(OF_USER.operation, found)?),
            }
        }
        Ok(of_user)
    }

    /// Reads the grant and the lease of a user in a target, consistently.
    pub async fn grant_and_lease(
        &self,
        user: &UserId,
        target: &Target,
    ) -> Result<GrantAndLease, LedgerError> {
        let (grant, lease) = (target_key(target), lease_key(target));
        let mut items = GrantAndLease::default();
        for found in self.items_of(user).await? {
            match found.get("sk").and_then(Value::as_str) {
                Some(key) if key == grant => items.grant = Some(read(OF_USER.operation, found)?),
                Some(key) if key == lease => items.lease = Lease::of(&found)?,
                Some(_) | None => {}
            }
        }
        Ok(items)
    }

    async fn items_of(&self, user: &UserId) -> Result<Vec<Map<String, Value>>, AwsError> {
        let query = || self.table.client.query().table_name(&self.table.name).consistent_read(true);
        let ask = |start| {
            query()
                .key_condition_expression("pk = :user")
                .expression_attribute_values(":user", text(user_key(user)))
                .set_exclusive_start_key(start)
                .send()
        };
        Ok(pages(&OF_USER, None, ask).await?.iter().map(item::to_json).collect())
    }

    /// Renews the lease, and writes a grant and its line of history with it, if this execution holds
    /// the lease and the grant is still the one that was read. A step writes what it is about to do
    /// before it reads the directory for the last time: whoever works for the same user then sees the
    /// lease or what was written.
    ///
    /// Sets the grant's execution, time, reason and next version. If this execution has already
    /// written the grant, only the lease is renewed.
    pub async fn write(&self, job: &Job, before: Option<&Grant>, grant: Grant) -> Result<(), LedgerError> {
        let signed = self.signed(grant, job, before.map_or(0, |grant| grant.version));
        if before.is_some_and(|before| before.says_the_same_as(&signed)) {
            return self.renew(job).await;
        }
        self.put_signed(job, before, &signed).await
    }

    /// Renews the lease, and writes a grant that is signed already.
    pub(super) async fn put_signed(
        &self,
        job: &Job,
        before: Option<&Grant>,
        signed: &Grant,
    ) -> Result<(), LedgerError> {
        self.put(lease::renewed(&self.table.name, job, self.table.clock.now())?, signed, before).await
    }

    /// Writes the outcome of an execution like [`Ledger::write`], and gives back the lease with it.
    /// `covered_until`: start of the reads behind the plan.
    pub async fn conclude(
        &self,
        job: &Job,
        before: Option<&Grant>,
        grant: Grant,
        covered_until: SystemTime,
    ) -> Result<(), LedgerError> {
        let signed = self.signed(grant, job, before.map_or(0, |grant| grant.version));
        // The step runs again after its answer was lost: what it wrote is there, and the lease was
        // given back with it.
        if before.is_some_and(|before| before.says_the_same_as(&signed)) {
            return Ok(self.release(job).await?);
        }
        self.put(lease::given_back(&self.table.name, job, covered_until)?, &signed, before).await
    }

    /// Writes a grant with its line of history, and the part of the transaction about the lease.
    async fn put(
        &self,
        about_lease: TransactWriteItem,
        signed: &Grant,
        before: Option<&Grant>,
    ) -> Result<(), LedgerError> {
        let cancelled = self.put_with(Vec::new(), about_lease, signed, before).await?;
        cancelled.map_or(Ok(()), |codes| Err(unexpected(&codes)))
    }

    /// Writes a grant like [`Ledger::put`], and more items in the same transaction. If it was cancelled for
    /// one of these alone, returns their codes.
    pub(super) async fn put_with(
        &self,
        others: Vec<TransactWriteItem>,
        about_lease: TransactWriteItem,
        signed: &Grant,
        before: Option<&Grant>,
    ) -> Result<Option<Vec<String>>, LedgerError> {
        let transaction = self
            .table
            .client
            .transact_write_items()
            .transact_items(about_lease)
            .transact_items(self.put_grant(signed, before)?)
            .transact_items(history::line(&self.table.name, signed)?);
        let transaction =
            others.into_iter().fold(transaction, TransactWriteItemsFluentBuilder::transact_items);
        let Err(error) = transaction.send().await else { return Ok(None) };
        let meaning = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let (own, others) = codes(cancelled.cancellation_reasons());
                if own.iter().all(|code| code == "None") {
                    return Ok(Some(others));
                }
                meaning(&own)
            }
            _ => failed(WRITE, &error).into(),
        };
        match meaning {
            // If a response of our own write was lost, the repeated write fails like one that
            // another execution has overtaken, or like one after the lease was given back.
            LedgerError::Superseded | LedgerError::LeaseLost if self.is_written(signed).await? => Ok(None),
            why @ (LedgerError::AwsError(_)
            | LedgerError::LeaseLost
            | LedgerError::Superseded
            | LedgerError::OverLimit { .. }
            | LedgerError::AwaitsApproval) => Err(why),
        }
    }

    async fn is_written(&self, grant: &Grant) -> Result<bool, LedgerError> {
        let there = self.grant(&grant.user_id, &grant.target).await?;
        Ok(there.is_some_and(|there| there.version == grant.version && there.says_the_same_as(grant)))
    }

    /// Records on the grant that a removal for this reason begins, and what the user leaves: their
    /// spaces, and the home directory's uid [3.38]. Counts it against these limits, each once in a
    /// removal. Renews the lease. `before` is the grant as it was read.
    pub async fn note_leaving(
        &self,
        job: &Job,
        before: &Grant,
        Leaving { reason, spaces, home_efs_uid, limits }: Leaving<'_>,
    ) -> Result<(), LedgerError> {
        let mut grant = before.clone().leaving(reason, self.now().truncate_to_second());
        grant.spaces.extend(spaces.iter().cloned());
        grant.home_efs_uid = home_efs_uid.map(str::to_owned).or(grant.home_efs_uid);
        self.write_leaving(job, before, grant, limits).await
    }

    /// Records on the grant a space that is about to be deleted: its name exists nowhere else
    /// afterwards. Counts the removal as one that deletes, once. Renews the lease. `before` is the grant
    /// as it was read.
    pub async fn note_deletion(&self, job: &Job, before: &Grant, space: &str) -> Result<(), LedgerError> {
        let mut grant = before.clone();
        grant.deleted_spaces.insert(space.to_owned());
        self.write_leaving(job, before, grant, &[Limit::Suspensions, Limit::Deletions]).await
    }

    async fn write_leaving(
        &self,
        job: &Job,
        before: &Grant,
        grant: Grant,
        limits: &[Limit],
    ) -> Result<(), LedgerError> {
        // If the execution dies half-way and the user is entitled again by then, a sweep must not
        // treat the grant as the user's current access.
        let mut grant = Grant { status: GrantStatus::Changing, ..grant };
        if before.status == GrantStatus::Suspended {
            grant.counted.insert(Limit::Suspensions);
        }
        let uncounted = before.uncounted(limits);
        if !uncounted.is_empty() {
            self.write_counted(job, before, grant, &uncounted).await
        } else if grant == *before {
            self.renew(job).await
        } else {
            self.write(job, Some(before), grant).await
        }
    }

    /// Returns the grant with this execution, its cause, the time and the next version.
    pub(super) fn signed(&self, grant: Grant, job: &Job, seen: u64) -> Grant {
        let now = self.now().truncate_to_second();
        Grant {
            execution: job.execution.clone(),
            reason: job.cause.reason.clone(),
            event_id: job.cause.event_id.clone(),
            updated_at: now.format(&Rfc3339).unwrap_or_default(),
            version: seen + 1,
            ..grant
        }
    }

    /// Returns the put of a grant, on condition that the item is still the one that was read, or
    /// absent.
    fn put_grant(&self, grant: &Grant, before: Option<&Grant>) -> Result<TransactWriteItem, AwsError> {
        let put = Put::builder()
            .table_name(&self.table.name)
            .set_item(Some(item::from_json(&json_of(WRITE, grant)?)))
            .item("pk", text(user_key(&grant.user_id)))
            .item("sk", text(target_key(&grant.target)));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(before.version)),
        };
        Ok(TransactWriteItem::builder().put(built(WRITE, put.build())?).build())
    }
}

/// What a removal records on the grant before its first effect, and before each further one.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// The reason of the removal.
    pub reason: &'a RemovalReason,
    /// Spaces that the user owns.
    pub spaces: &'a [String],
    /// Uid of the home directory, if it is known.
    pub home_efs_uid: Option<&'a str>,
    /// What the effect is: a suspension, a deletion, or both at once.
    pub limits: &'a [Limit],
}

/// Returns the codes of a cancelled transaction: those of lease, grant and history, and those of the
/// other parts.
fn codes(reasons: &[CancellationReason]) -> ([String; 3], Vec<String>) {
    let code = |reason: Option<&CancellationReason>| {
        reason.and_then(CancellationReason::code).unwrap_or("None").to_owned()
    };
    let own = [0, 1, 2].map(|part| code(reasons.get(part)));
    (own, reasons.iter().skip(3).map(|reason| code(Some(reason))).collect())
}

/// Returns the error for a cancelled transaction, from the codes of its parts: lease, grant,
/// history.
fn meaning(codes: &[String; 3]) -> LedgerError {
    match codes.each_ref().map(String::as_str) {
        ["ConditionalCheckFailed", _, _] => LedgerError::LeaseLost,
        [_, "ConditionalCheckFailed", _] => LedgerError::Superseded,
        _ => unexpected(codes),
    }
}

/// Returns the error for a transaction that was cancelled although our conditions were met.
pub(super) fn unexpected(codes: &[String]) -> LedgerError {
    let is_one_of = |known: &[&str]| codes.iter().any(|code| known.contains(&code.as_str()));
    let class = if is_one_of(&["TransactionConflict"]) {
        Class::Transient
    } else if is_one_of(&["ThrottlingError", "ProvisionedThroughputExceeded"]) {
        Class::Throttled
    } else {
        Class::Unexpected
    };
    AwsError::new(WRITE, class, format!("the transaction was cancelled: {}", codes.join(", "))).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Named;

    fn cancelled(codes: [&str; 3]) -> &'static str {
        let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
        meaning(&super::codes(&reasons).0).name()
    }

    #[test]
    fn a_cancelled_write_says_which_of_its_conditions_failed() {
        for (codes, name) in [
            (["ConditionalCheckFailed", "None", "None"], "LeaseLost"),
            (["ConditionalCheckFailed", "ConditionalCheckFailed", "None"], "LeaseLost"),
            (["None", "ConditionalCheckFailed", "None"], "Superseded"),
            (["None", "TransactionConflict", "None"], "Transient"),
            (["None", "ThrottlingError", "None"], "Throttled"),
            (["None", "ValidationError", "None"], "Internal"),
        ] {
            assert_eq!(cancelled(codes), name, "{codes:?}");
        }
    }
}
