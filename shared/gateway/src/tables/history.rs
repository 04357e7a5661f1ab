//! The history: one line for each write of a grant, never changed and never deleted. It answers who had which role in which domain on a day, and why.
//!
//! A line keeps the grant in one attribute, so that the table's indices, which go by a grant's own attributes, do not find lines.

use super::ledger::{Ledger, MOST_PAGES, built, json_of, text};
use super::{failed, item};
use crate::fault::{Class, Fault};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use contract::grant::Grant;
use contract::target::Target;
use serde_json::Value;

const QUERY: &str = "dynamodb:Query Grants (history)";

/// The put of a grant's line. The same line again is no mistake; another line in its place is not possible, because its key has the version.
pub(super) fn line(table: &str, grant: &Grant) -> Result<TransactWriteItem, Fault> {
    let key = format!("{}#{}#{:010}", grant.updated_at, grant.user_id, grant.version);
    let put = Put::builder()
        .table_name(table)
        .item("pk", text(history_key(&grant.target)))
        .item("sk", text(key))
        .item("grant", AttributeValue::M(item::from_json(&json_of(grant)?)))
        .condition_expression("attribute_not_exists(pk)");
    Ok(TransactWriteItem::builder().put(built(put.build())?).build())
}

impl Ledger {
    /// Every line of a target up to and including a moment (RFC 3339 in UTC, whole seconds), in the order of time.
    /// [`contract::history::held`] makes of it who had what then.
    pub async fn history(&self, target: &Target, until: &str) -> Result<Vec<Grant>, Fault> {
        let mut lines = Vec::new();
        let mut start = None;
        for _ in 0..MOST_PAGES {
            let call = self.client.query().table_name(&self.table).consistent_read(true);
            let call = call
                .key_condition_expression("pk = :target AND sk < :end")
                .expression_attribute_values(":target", text(history_key(target)))
                // '$' comes right after '#', which follows the time in a key.
                .expression_attribute_values(":end", text(format!("{until}$")))
                .set_exclusive_start_key(start);
            let page = call.send().await.map_err(|error| failed(QUERY, &error))?;
            for found in page.items() {
                let mut found = item::to_json(found);
                let Some(Value::Object(grant)) = found.remove("grant") else {
                    return Err(Fault::found(QUERY, Class::Unexpected, "a line of history has no grant"));
                };
                lines.push(super::ledger::read(QUERY, grant)?);
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(lines);
            }
        }
        Err(Fault::found(QUERY, Class::Unexpected, "the history does not end"))
    }
}

fn history_key(target: &Target) -> String {
    format!("history#{target}")
}
