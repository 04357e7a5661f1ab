//! The ledger: one grant for each user and target. Every write is one transaction: the lease is still ours, the grant is still the one we read,
//! and the history gets its line. Either all of it happens or nothing does.

use super::{failed, history, item, lease};
use crate::fault::{Class, Fault};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem};
use aws_smithy_async::time::SharedTimeSource;
use aws_types::SdkConfig;
use contract::catalogue;
use contract::failure::Named;
use contract::grant::{Grant, GrantStatus};
use contract::ids::UserId;
use contract::job::Job;
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const GET: &str = "dynamodb:GetItem Grants";
const QUERY: &str = "dynamodb:Query Grants";
const WRITE: &str = "dynamodb:TransactWriteItems Grants";

/// A boundary on pages of a megabyte; more means that the pages go in a circle.
pub(super) const MOST_PAGES: usize = 1000;

/// The ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) clock: SharedTimeSource,
}

/// What the ledger knows of a user.
#[derive(Debug, Clone, Default)]
pub struct OfUser {
    /// Every grant, removed ones too.
    pub grants: Vec<Grant>,
    /// Targets in which an execution has the lease on the user.
    pub at_work: Vec<Target>,
}

impl OfUser {
    /// Whether the ledger has never heard of the user.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty() && self.at_work.is_empty()
    }
}

/// Why the ledger was not read or written as it should have been. In no case was anything changed by this execution.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The call failed.
    #[error("the ledger could not be reached")]
    Fault(#[from] Fault),
    /// The lease belongs to another execution now.
    #[error("another execution has taken over the work on this user in this target")]
    LeaseLost,
    /// The grant is not the one that was read.
    #[error("the grant was changed by somebody else since it was read")]
    Superseded,
}

impl Named for LedgerError {
    fn name(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::LeaseLost => catalogue::LEASE_LOST,
            Self::Superseded => catalogue::SUPERSEDED,
        }
    }
}

impl Ledger {
    /// `GRANTS_TABLE` names the table.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let table = env.required("GRANTS_TABLE")?.to_owned();
        Ok(Self { client: Client::new(sdk), table, clock: sdk.time_source().unwrap_or_default() })
    }

    /// The time, by the clock that the ledger's own times come from.
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from(self.clock.now())
    }

    /// The grant of a user in a target, read consistently.
    pub async fn grant(&self, user: &UserId, target: &Target) -> Result<Option<Grant>, Fault> {
        let call = self.client.get_item().table_name(&self.table).consistent_read(true);
        let call = call.key("pk", text(user_key(user))).key("sk", text(target_key(target)));
        let answer = call.send().await.map_err(|error| failed(GET, &error))?;
        answer.item().map(|found| read(GET, item::to_json(found))).transpose()
    }

    /// What concerns a user, read consistently: every grant, removed ones too, and every target in which an execution is at work on them. Such
    /// an execution may be about to give what it believes to be due, and the grant that would tell of it may not be written yet.
    pub async fn of_user(&self, user: &UserId) -> Result<OfUser, Fault> {
        let mut of_user = OfUser::default();
        let mut start = None;
        for _ in 0..MOST_PAGES {
            let call = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let call = call
                .key_condition_expression("pk = :user")
                .expression_attribute_values(":user", text(user_key(user)));
            let page = call.send().await.map_err(|error| failed(QUERY, &error))?;
            for found in page.items() {
                let found = item::to_json(found);
                match lease::target_of(&found) {
                    Some(Ok(target)) => of_user.at_work.extend(found.contains_key("owner").then_some(target)),
                    Some(Err(fault)) => return Err(fault),
                    None => of_user.grants.push(read(QUERY, found)?),
                }
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(of_user);
            }
        }
        Err(Fault::found(QUERY, Class::Unexpected, "the list of grants does not end"))
    }

    /// Writes what follows on the grant that was read, and its line of history, if this execution holds the lease and nobody else has
    /// written since. The grant is signed here: who, when, why, one version on. What this very execution has written already is not written again.
    pub async fn write(&self, job: &Job, before: Option<&Grant>, grant: Grant) -> Result<(), LedgerError> {
        let signed = self.signed(grant, job, before.map_or(0, |grant| grant.version));
        if before.is_some_and(|before| before.says_the_same_as(&signed)) {
            return Ok(());
        }
        let transaction = self
            .client
            .transact_write_items()
            .transact_items(lease::still_held(&self.table, job)?)
            .transact_items(self.put_grant(&signed, before)?)
            .transact_items(history::line(&self.table, &signed)?);
        let Err(error) = transaction.send().await else { return Ok(()) };
        let meaning = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                meaning(cancelled.cancellation_reasons())
            }
            _ => failed(WRITE, &error).into(),
        };
        match meaning {
            // Our own write, the answer to which was lost, looks like somebody else's when it is sent again.
            LedgerError::Superseded if self.is_written(&signed).await? => Ok(()),
            why @ (LedgerError::Fault(_) | LedgerError::LeaseLost | LedgerError::Superseded) => Err(why),
        }
    }

    async fn is_written(&self, grant: &Grant) -> Result<bool, Fault> {
        let there = self.grant(&grant.user_id, &grant.target).await?;
        Ok(there.is_some_and(|there| there.version == grant.version && there.says_the_same_as(grant)))
    }

    /// Notes on the grant what is about to go: the spaces, which exist nowhere else once they are deleted, and the home directory's
    /// uid [3.38]. `before` is the grant as it was read.
    pub async fn note_leaving(
        &self,
        job: &Job,
        before: &Grant,
        spaces: &[String],
        home_efs_uid: Option<&str>,
    ) -> Result<(), LedgerError> {
        // Should the execution die half-way and the person be entitled again by then, a sweep must not take the grant for what they have.
        let mut grant = Grant { status: GrantStatus::Changing, ..before.clone() };
        grant.spaces.extend(spaces.iter().cloned());
        grant.home_efs_uid = home_efs_uid.map(str::to_owned).or(grant.home_efs_uid);
        if grant == *before { Ok(()) } else { self.write(job, Some(before), grant).await }
    }

    /// The grant as this execution writes it.
    fn signed(&self, grant: Grant, job: &Job, seen: u64) -> Grant {
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

    /// The put of a grant that follows on the one that was read, or on none.
    fn put_grant(&self, grant: &Grant, before: Option<&Grant>) -> Result<TransactWriteItem, Fault> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item::from_json(&json_of(grant)?)))
            .item("pk", text(user_key(&grant.user_id)))
            .item("sk", text(target_key(&grant.target)));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", AttributeValue::N(before.version.to_string())),
        };
        Ok(TransactWriteItem::builder().put(built(put.build())?).build())
    }
}

/// What a cancelled transaction means, by the order of its parts: lease, grant, history.
fn meaning(reasons: &[CancellationReason]) -> LedgerError {
    let code = |part: usize| reasons.get(part).and_then(CancellationReason::code).unwrap_or("None");
    let all = [code(0), code(1), code(2)];
    match all {
        ["ConditionalCheckFailed", _, _] => LedgerError::LeaseLost,
        [_, "ConditionalCheckFailed", _] => LedgerError::Superseded,
        _ => {
            let class = if all.contains(&"TransactionConflict") {
                Class::Transient
            } else if all
                .iter()
                .any(|code| *code == "ThrottlingError" || *code == "ProvisionedThroughputExceeded")
            {
                Class::Throttled
            } else {
                Class::Unexpected
            };
            Fault::found(WRITE, class, format!("the transaction was cancelled: {}", all.join(", "))).into()
        }
    }
}

/// A grant as the JSON of its item.
pub(super) fn json_of(grant: &Grant) -> Result<Map<String, Value>, Fault> {
    match serde_json::to_value(grant) {
        Ok(Value::Object(json)) => Ok(json),
        Ok(_) | Err(_) => Err(Fault::found(WRITE, Class::Unexpected, "a grant is not an object")),
    }
}

/// A part of a transaction; the builder only fails for a member that we forgot.
pub(super) fn built<T>(part: Result<T, aws_smithy_types::error::operation::BuildError>) -> Result<T, Fault> {
    part.map_err(|error| Fault::found(WRITE, Class::Unexpected, error.to_string()))
}

pub(super) fn text(text: String) -> AttributeValue {
    AttributeValue::S(text)
}

pub(super) fn user_key(user: &UserId) -> String {
    format!("user#{user}")
}

pub(super) fn target_key(target: &Target) -> String {
    format!("target#{target}")
}

/// An item of the table as a grant.
pub(super) fn read(operation: &'static str, mut found: Map<String, Value>) -> Result<Grant, Fault> {
    found.remove("pk");
    found.remove("sk");
    serde_json::from_value(Value::Object(found)).map_err(|error| {
        Fault::found(operation, Class::Unexpected, format!("a grant cannot be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancelled(codes: [&str; 3]) -> &'static str {
        let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
        meaning(&reasons).name()
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
