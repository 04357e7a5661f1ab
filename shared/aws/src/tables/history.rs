//! The history: one line for each write of a grant, never changed and never deleted. It shows the
//! users who had a role in a domain on a day, and the reasons.
//!
//! A line keeps the grant in one attribute. The table's indexes use the attributes of grants at the
//! top level, so they do not contain lines.

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

/// Returns the put of a grant's line. The line's key has the version, so no other line can take its
/// place. Putting the same line again has no effect.
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
    /// Reads all lines of a target up to and including `until` (RFC 3339 in UTC, whole seconds), in
    /// the order of time. [`contract::history::held`] reduces them to the grants held at that time.
    pub async fn history(&self, target: &Target, until: &str) -> Result<Vec<Grant>, AwsError> {
        let query = || self.table.client.query().table_name(&self.table.name).consistent_read(true);
        let ask = |start| {
            query()
                .key_condition_expression("pk = :target AND sk < :end")
                .expression_attribute_values(":target", text(history_key(target)))
                // '$' sorts right after '#', which follows the time in a key.
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
