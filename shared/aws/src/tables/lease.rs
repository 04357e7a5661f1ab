//! The lease: one execution at a time works on one user in one target. It is an item of the ledger's table, taken, renewed and given back by
//! conditional writes. Nothing relies on DynamoDB's own expiry.
//!
//! A step holds the lease (and thereby renews it) before its first effect. The lease lasts longer than any function runs, so that a step that held it
//! at its beginning still has it at its end. An execution that has ended delays others by minutes: its lease is taken over as soon as no
//! function of its can still be running.

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

/// How long a lease lasts from its last renewal. Longer than the pauses between two steps of an execution, retries included.
const LEASE_TIME: Duration = Duration::from_mins(10);

/// How long after its last renewal a function of an ended execution may still be at work: the functions' time limit, and some.
const STRAGGLER: Duration = Duration::from_secs(160);

/// How much later than a waiting execution's start a directory must have been read for the wait to be over: clocks of different machines
/// differ, and what was just written is not always read at once.
const SAFETY: Duration = Duration::from_secs(5);

/// Who wants the lease.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Who and where; the owner is the execution's name.
    pub job: &'a Job,
    /// The execution's ARN, for whoever wants to know later whether it has ended.
    pub execution_arn: &'a str,
    /// When the execution started: what it was started for had happened by then.
    pub since: SystemTime,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// The lease is ours.
    Ours,
    /// Another execution has read the directory after this one had started, and has brought everything in order: there is nothing left to do.
    Covered,
    /// Another execution has it.
    Held(Holder),
}

/// The execution that has the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub owner: String,
    /// Its ARN.
    pub execution_arn: String,
    /// None of its functions can be at work any more, if it has ended.
    pub quiet: bool,
    expires_at: u64,
}

impl Ledger {
    /// Takes the lease if nobody has it, if it has expired, or if it is this execution's own.
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

    /// Takes the lease from an execution that has ended; `false` if the lease was renewed or passed on since it was looked at.
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

    /// Makes sure that this execution has the lease, and renews it: the first thing that a step with an effect does. An expired lease that
    /// nobody has taken is still ours.
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

    /// Gives the lease back, with the moment up to which the directory's changes are covered if all is in order. A lease that is not ours any
    /// more is left alone.
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

    /// The update that makes the lease the claimant's, still without its condition.
    fn taking(&self, claim: &Claim<'_>, now: SystemTime) -> UpdateItemFluentBuilder {
        self.lease(claim.job)
            .update_expression("SET #owner = :me, ownerArn = :arn, expiresAt = :expires")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":me", text(claim.job.execution.clone()))
            .expression_attribute_values(":arn", text(claim.execution_arn.to_owned()))
            .expression_attribute_values(":expires", number(millis(now + LEASE_TIME)))
    }
}

/// The part of a transaction that lets it fail if the lease is not this execution's.
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

/// The item as it is, if a condition was not met.
fn refused<R>(error: &SdkError<UpdateItemError, R>) -> Option<Item> {
    let UpdateItemError::ConditionalCheckFailedException(failed) = error.as_service_error()? else {
        return None;
    };
    Some(failed.item().map(|item| item.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
}

/// The target, if an item of the table is a lease.
pub(super) fn target_of(item: &Map<String, Value>) -> Option<Result<Target, AwsError>> {
    let target = item.get("sk")?.as_str()?.strip_prefix(LEASE)?;
    Some(target.parse().map_err(|_| AwsError::new(UPDATE, Class::Unexpected, "a lease names no target")))
}

/// What an item that refused a claim says.
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
