//! The history: one line for each write of a grant, never changed and never deleted. It answers who had which role in which domain on a day, and why.
//!
//! A line keeps the grant in one attribute, so that the table's indices, which go by a grant's own attributes, do not find lines.

use super::item;
use super::ledger::Ledger;
use super::table::{List, built, history_key, json_of, pages, read, text};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use contract::grant::Grant;
use contract::target::Target;
use serde_json::Value;

const WRITE: &str = "dynamodb:TransactWriteItems Grants";
const LINES: List = List {
    operation: "dynamodb:Query Grants (history)",
    endless: "the history does not end",
    max_pages: 1000,
};

/// The put of a grant's line. The same line again is no mistake; another line in its place is not possible, because its key has the version.
pub(super) fn line(table: &str, grant: &Grant) -> Result<TransactWriteItem, AwsError> {
    let key = format!("{}#{}#{:010}", grant.updated_at, grant.user_id, grant.version);
    let put = Put::builder()
        .table_name(table)
        .item("pk", text(history_key(&grant.target)))
        .item("sk", text(key))
        .item("grant", AttributeValue::M(item::from_json(&json_of(WRITE, grant)?)))
        .condition_expression("attribute_not_exists(pk)");
    Ok(TransactWriteItem::builder().put(built(WRITE, put.build())?).build())
}

impl Ledger {
    /// Every line of a target up to and including a moment (RFC 3339 in UTC, whole seconds), in the order of time.
    /// [`contract::history::held`] makes of it who had what then.
    pub async fn history(&self, target: &Target, until: &str) -> Result<Vec<Grant>, AwsError> {
        let query = || self.table.client.query().table_name(&self.table.name).consistent_read(true);
        let ask = |start| {
            query()
                .key_condition_expression("pk = :target AND sk < :end")
                .expression_attribute_values(":target", text(history_key(target)))
                // '$' comes right after '#', which follows the time in a key.
                .expression_attribute_values(":end", text(format!("{until}$")))
                .set_exclusive_start_key(start)
                .send()
        };
        let grant_in = |line: &_| match item::to_json(line).remove("grant") {
            Some(Value::Object(grant)) => read(LINES.operation, grant),
            _ => Err(AwsError::new(LINES.operation, Class::Unexpected, "a line of history has no grant")),
        };
        pages(&LINES, None, ask).await?.iter().map(grant_in).collect()
    }
}
