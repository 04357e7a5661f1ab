//! The removal limit of all sweeps in one hour, and the verdict on one sweep.
//!
//! Both change in one transaction, so that a check repeated after a lost response counts nothing
//! twice.

use super::sweeps::Sweeps;
use super::table::{built, failed, number, sweep_key, text};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem, Update};

const ALLOW: &str = "dynamodb:TransactWriteItems Grants (verdict)";

/// Result of counting removals against the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// The removals are now counted and allowed.
    Now,
    /// The removals were counted and allowed before.
    Before,
    /// The removals exceed what is left of the hour's limit. Nothing is counted.
    NoRoom,
}

/// Removals of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removals {
    /// Those that take a role away.
    pub count: u64,
    /// Deletions of profiles whose days of grace are over.
    pub due: u64,
}

impl Sweeps {
    /// Allows a sweep's removals and counts them in the hour of `now` (seconds since 1970). `most`
    /// is the limit of an hour.
    pub async fn allow(
        &self,
        sweep: &str,
        Removals { count, due }: Removals,
        most: u64,
        now: u64,
    ) -> Result<Allowed, AwsError> {
        let count = count + due;
        let Some(room) = most.checked_sub(count) else { return Ok(Allowed::NoRoom) };
        let hour = Update::builder()
            .table_name(&self.table.name)
            .key("pk", text(sweep_key("hours")))
            .key("sk", text(format!("hour#{}", now / 3600)))
            .update_expression("ADD removals :count")
            .condition_expression("attribute_not_exists(removals) OR removals <= :room")
            .expression_attribute_values(":count", number(count))
            .expression_attribute_values(":room", number(room));
        let verdict = Update::builder()
            .table_name(&self.table.name)
            .key("pk", text(sweep_key(sweep)))
            .key("sk", text("verdict".to_owned()))
            .update_expression("SET #status = :allowed, #at = :now, #count = :count, #due = :due")
            .condition_expression(
                "attribute_not_exists(approvedBy) AND (attribute_not_exists(#status) OR #status <> :allowed)",
            )
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#due", "due")
            .expression_attribute_values(":due", number(due))
            .expression_attribute_values(":allowed", text("allowed".to_owned()))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":count", number(count));
        let transaction = self.table.client.transact_write_items();
        let transaction = transaction
            .transact_items(TransactWriteItem::builder().update(built(ALLOW, verdict.build())?).build())
            .transact_items(TransactWriteItem::builder().update(built(ALLOW, hour.build())?).build());
        let Err(error) = transaction.send().await else { return Ok(Allowed::Now) };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                meaning(cancelled.cancellation_reasons())
            }
            _ => Err(failed(ALLOW, &error)),
        }
    }
}

/// Returns the result of a cancelled transaction, from the codes of its parts: verdict, hour.
fn meaning(reasons: &[CancellationReason]) -> Result<Allowed, AwsError> {
    let code = |part: usize| reasons.get(part).and_then(CancellationReason::code).unwrap_or("None");
    match [code(0), code(1)] {
        ["ConditionalCheckFailed", _] => Ok(Allowed::Before),
        [_, "ConditionalCheckFailed"] => Ok(Allowed::NoRoom),
        // Two sweeps in the same hour, or a throttled table: a retry decides.
        codes => Err(AwsError::new(
            ALLOW,
            Class::Transient,
            format!("the transaction was cancelled: {}", codes.join(", ")),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cancelled(codes: [&str; 2]) -> Result<Allowed, Class> {
        let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
        meaning(&reasons).map_err(|fault| fault.class)
    }

    #[test]
    fn a_cancelled_verdict_means_counted_before_or_over_limit() {
        assert_eq!(cancelled(["ConditionalCheckFailed", "None"]), Ok(Allowed::Before));
        assert_eq!(cancelled(["ConditionalCheckFailed", "ConditionalCheckFailed"]), Ok(Allowed::Before));
        assert_eq!(cancelled(["None", "ConditionalCheckFailed"]), Ok(Allowed::NoRoom));
        assert_eq!(cancelled(["None", "TransactionConflict"]), Err(Class::Transient));
    }
}
