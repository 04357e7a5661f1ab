//! The lease: only one execution at a time works on one user in one target.
//!
//! It is an item of the ledger's table, acquired, renewed and released by conditional writes.
//! Nothing depends on DynamoDB's own expiry.
//!
//! A step renews the lease before its first effect. The lease lasts longer than any function runs,
//! so a step that holds it at its beginning still holds it at its end. An execution that has ended
//! delays others only by minutes: its lease is taken over as soon as none of its functions can
//! still be running.

use super::ledger::{Ledger, LedgerError};
use super::table::{LEASE, built, failed, lease_key, number, text, user_key};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use contract::job::Job;
use contract::target::Target;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

/// A request for the lease.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The user and the target. The lease's owner is the job's execution name.
    pub job: &'a Job,
    /// ARN of the execution, with which others can later check whether it has ended.
    pub execution_arn: &'a str,
    /// Start of the execution. The change that triggered it happened earlier.
    pub since: SystemTime,
}

/// Result of a request for the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// This execution holds the lease.
    Ours,
    /// Another execution has read the directory after this one started, and has finished the work:
    /// nothing is left to do.
    Covered,
    /// Another execution holds the lease.
    Held(Holder),
}

/// The execution that holds the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name of the execution.
    pub owner: String,
    /// ARN of the execution.
    pub execution_arn: String,
    /// Whether none of its functions can still be running, provided that it has ended.
    pub quiet: bool,
    expires_at: u64,
}

impl Ledger {
    /// Acquires the lease if it is free or has expired. If this execution already holds it, renews
    /// it.
    pub async fn acquire(&self, claim: &Claim<'_>) -> Result<Acquired, AwsError> {
        let now = self.table.clock.now();
        let call = self
            .taking(claim, now)
            .condition_expression(
                "(attribute_not_exists(#owner) OR #owner = :me OR expiresAt < :now) AND (attribute_not_exists(coveredUntil) OR coveredUntil < :covers)",
            )
            .expression_attribute_values(":now", number(millis(now)))
            .expression_attribute_values(":covers", number(millis(claim.since + SAFETY)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(Acquired::Ours),
            Err(error) => match refused(&error) {
                Some(item) => found(item, claim, now),
                None => Err(failed(UPDATE, &error)),
            },
        }
    }

    /// Takes over the lease of an execution that has ended. Returns `false` if the lease was
    /// renewed or has changed hands since it was read.
    pub async fn take_over(&self, claim: &Claim<'_>, from: &Holder) -> Result<bool, AwsError> {
        let call = self
            .taking(claim, self.table.clock.now())
            .condition_expression("#owner = :them AND expiresAt = :seen")
            .expression_attribute_values(":them", text(from.owner.clone()))
            .expression_attribute_values(":seen", number(from.expires_at));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) if refused(&error).is_some() => Ok(false),
            Err(error) => Err(failed(UPDATE, &error)),
        }
    }

    /// Renews the lease, or returns [`LedgerError::LeaseLost`] if another execution holds it. Every
    /// step with an effect calls this first.
    ///
    /// An expired lease that no other execution has acquired is still ours.
    pub async fn renew(&self, job: &Job) -> Result<(), LedgerError> {
        let call = self
            .lease(job)
            .update_expression("SET expiresAt = :expires")
            .condition_expression("#owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(job.execution.clone()))
            .expression_attribute_values(":expires", number(millis(self.table.clock.now() + LEASE_TIME)));
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if refused(&error).is_some() => Err(LedgerError::LeaseLost),
            Err(error) => Err(failed(UPDATE, &error).into()),
        }
    }

    /// Releases the lease. If the work succeeded, also records the time up to which the directory's
    /// changes are synced. A lease of another execution is left unchanged.
    pub async fn release(&self, job: &Job, covered_until: Option<SystemTime>) -> Result<(), AwsError> {
        let call = self
            .lease(job)
            .condition_expression("#owner = :me")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(job.execution.clone()));
        let call = match covered_until {
            None => call.update_expression("REMOVE #owner, ownerArn, expiresAt"),
            Some(moment) => call
                .update_expression("SET coveredUntil = :until REMOVE #owner, ownerArn, expiresAt")
                .expression_attribute_values(":until", number(millis(moment))),
        };
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if refused(&error).is_some() => Ok(()),
            Err(error) => Err(failed(UPDATE, &error)),
        }
    }

    fn lease(&self, job: &Job) -> UpdateItemFluentBuilder {
        let call = self.table.client.update_item().table_name(&self.table.name);
        call.key("pk", text(user_key(&job.user.user_id))).key("sk", text(lease_key(&job.target)))
    }

    /// Returns the update that gives the lease to the claimant, without a condition.
    fn taking(&self, claim: &Claim<'_>, now: SystemTime) -> UpdateItemFluentBuilder {
        self.lease(claim.job)
            .update_expression("SET #owner = :me, ownerArn = :arn, expiresAt = :expires")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(claim.job.execution.clone()))
            .expression_attribute_values(":arn", text(claim.execution_arn.to_owned()))
            .expression_attribute_values(":expires", number(millis(now + LEASE_TIME)))
    }
}

/// Returns the part of a transaction that makes it fail if this execution does not hold the lease.
pub(super) fn still_held(table: &str, job: &Job) -> Result<TransactWriteItem, AwsError> {
    let check = ConditionCheck::builder()
        .table_name(table)
        .key("pk", text(user_key(&job.user.user_id)))
        .key("sk", text(lease_key(&job.target)))
        .condition_expression("#owner = :me")
        .expression_attribute_names("#owner", "owner")
        .expression_attribute_values(":me", text(job.execution.clone()));
    Ok(TransactWriteItem::builder().condition_check(built(WRITE, check.build())?).build())
}

type Item = Option<std::collections::BTreeMap<String, AttributeValue>>;

/// Returns the current item if a condition was not met.
fn refused<R>(error: &SdkError<UpdateItemError, R>) -> Option<Item> {
    let UpdateItemError::ConditionalCheckFailedException(failed) = error.as_service_error()? else {
        return None;
    };
    Some(failed.item().map(|item| item.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
}

/// Returns the target of a lease, or `None` if the item is not a lease.
pub(super) fn target_of(item: &Map<String, Value>) -> Option<Result<Target, AwsError>> {
    let target = item.get("sk")?.as_str()?.strip_prefix(LEASE)?;
    Some(target.parse().map_err(|_| AwsError::new(UPDATE, Class::Unexpected, "a lease names no target")))
}

/// Reads the result of a refused request from the lease's item.
fn found(item: Item, claim: &Claim<'_>, now: SystemTime) -> Result<Acquired, AwsError> {
    let unreadable = || AwsError::new(UPDATE, Class::Unexpected, "the lease cannot be read");
    let item = item.ok_or_else(unreadable)?;
    let moment = |name: &str| item.get(name).and_then(|value| value.as_n().ok()?.parse::<u64>().ok());
    let word = |name: &str| item.get(name).and_then(|value| value.as_s().ok().cloned());
    if moment("coveredUntil").is_some_and(|until| until >= millis(claim.since + SAFETY)) {
        return Ok(Acquired::Covered);
    }
    let expires_at = moment("expiresAt").ok_or_else(unreadable)?;
    let renewed_at = expires_at.saturating_sub(LEASE_TIME.as_millis().try_into().unwrap_or(u64::MAX));
    Ok(Acquired::Held(Holder {
        owner: word("owner").ok_or_else(unreadable)?,
        execution_arn: word("ownerArn").ok_or_else(unreadable)?,
        quiet: millis(now).saturating_sub(renewed_at)
            > u64::try_from(STRAGGLER.as_millis()).unwrap_or(u64::MAX),
        expires_at,
    }))
}

fn millis(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().try_into().unwrap_or(u64::MAX)
}
