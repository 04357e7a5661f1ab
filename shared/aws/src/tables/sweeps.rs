//! Notes of a running sweep in the ledger's table, and reads of the whole ledger.
//!
//! The notes have the partition key `sweep#<key>`, those about users a number after it
//! ([`places`]). Lists are kept here and never in a payload, so that the payloads of a sweep of a
//! hundred thousand users are as small as those of ten.

pub(super) mod places;
mod turn;

pub use turn::AtWork;

use super::item;
use super::table::{
    Item, List, Table, at_most, built, failed, grant_of, is_met, read, seconds, target_key, text, user_key,
};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use aws_types::SdkConfig;
use contract::grant::Grant;
use contract::ids::{GroupId, UserId};
use contract::limit::RemovalLimits;
use contract::near;
use contract::settings::{BadSetting, Env};
use contract::sweep::Progress;
use contract::target::Target;
use futures_util::future::try_join_all;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const NOTE: &str = "dynamodb:BatchWriteItem Grants";
const NOTES: List = List {
    operation: "dynamodb:Query Grants",
    endless: "the notes of the sweep do not end",
    max_pages: 10_000,
};
const OF_GROUP: &str = "dynamodb:Query Grants (ByGroup)";
const LOOK: &str = "dynamodb:BatchGetItem Grants";
const SCAN: &str = "dynamodb:Scan Grants (ByGroup)";
const MARK: &str = "dynamodb:UpdateItem Grants";

/// The place of what the last sweep of all users leaves for others.
pub(super) const LAST: &str = "last";

/// Sort keys of notes.
pub(super) const HELD: &str = "held";
const PROGRESS: &str = "progress";
const UNMATCHED: &str = "unmatched#";

/// Maximum number of items: `BatchWriteItem` takes 25, `BatchGetItem` 100.
const WRITES: usize = 25;
const READS: usize = 100;

/// A batch with items still left over after this many extra rounds is throttled.
const MAX_ROUNDS: usize = 8;

/// The notes of sweeps, and the whole ledger.
#[derive(Debug)]
pub struct Sweeps {
    pub(super) table: Table,
    pub(super) limits: RemovalLimits,
}

impl Sweeps {
    /// Opens the table in `GRANTS_TABLE`.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { table: Table::open(sdk, env, "GRANTS_TABLE")?, limits: RemovalLimits::read(env)? })
    }

    /// Returns the current time in seconds since 1970.
    pub fn now(&self) -> u64 {
        seconds(self.table.clock.now())
    }

    /// Writes notes under their keys. An existing note is overwritten, so repeating a page has no
    /// effect.
    pub async fn note(&self, sweep: &str, notes: Vec<(String, Value)>) -> Result<(), AwsError> {
        let once: BTreeMap<String, Value> = notes.into_iter().collect();
        let mut left: Vec<WriteRequest> = Vec::with_capacity(once.len());
        for (key, note) in once {
            let mut note = match note {
                Value::Object(note) => note,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    Map::new()
                }
            };
            note.insert("pk".to_owned(), places::of(sweep, &key).into());
            note.insert("sk".to_owned(), key.into());
            let put = PutRequest::builder().set_item(Some(item::from_json(&note))).build();
            left.push(WriteRequest::builder().put_request(built(NOTE, put)?).build());
        }
        let mut rounds = left.len().div_ceil(WRITES) + MAX_ROUNDS;
        while !left.is_empty() && rounds > 0 {
            rounds -= 1;
            let batch: Vec<WriteRequest> = left.drain(..left.len().min(WRITES)).collect();
            let call = self.table.client.batch_write_item().request_items(&self.table.name, batch);
            let answer = call.send().await.map_err(|error| failed(NOTE, &error))?;
            left.extend(
                answer
                    .unprocessed_items()
                    .and_then(|all| all.get(&self.table.name))
                    .cloned()
                    .unwrap_or_default(),
            );
        }
        if left.is_empty() {
            Ok(())
        } else {
            Err(AwsError::new(NOTE, Class::Throttled, "items were left over"))
        }
    }

    /// Reads at most `most` notes whose keys begin with `kind` and come after `after`. Each note
    /// comes with the rest of its key after `kind`. The order is the same each time, and not that of
    /// the keys.
    pub async fn notes(
        &self,
        sweep: &str,
        kind: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<(String, Map<String, Value>)>, AwsError> {
        let after = after.map(|after| format!("{kind}{after}"));
        let (first, others) = places::from(sweep, kind, after.as_deref());
        let mut found = self.notes_in(first, kind, after, most).await?;
        if found.len() < most {
            let others = others.into_iter().map(|place| self.notes_in(place, kind, None, most));
            found.extend(try_join_all(others).await?.into_iter().flatten().take(most - found.len()));
        }
        let keyed = |row: Map<String, Value>| {
            let key = row.get("sk").and_then(Value::as_str).unwrap_or_default();
            (key.strip_prefix(kind).unwrap_or(key).to_owned(), row)
        };
        Ok(found.iter().map(|row| keyed(item::to_json(row))).collect())
    }

    /// Reads notes under one partition key, after the sort key `after`.
    async fn notes_in(
        &self,
        place: String,
        kind: &str,
        after: Option<String>,
        most: usize,
    ) -> Result<Vec<Item>, AwsError> {
        let start = after.map(|key| [("pk".to_owned(), text(&place)), ("sk".to_owned(), text(key))].into());
        let query = || self.table.client.query().table_name(&self.table.name).consistent_read(true);
        let ask = |start, left| {
            query()
                .key_condition_expression("pk = :sweep AND begins_with(sk, :kind)")
                .expression_attribute_values(":sweep", text(&place))
                .expression_attribute_values(":kind", text(kind))
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
        };
        at_most(&NOTES, most, start, ask).await
    }

    /// Reads the grants for a group from the index, which may lag behind the table by a moment, and
    /// hands them on one by one: a group may have a hundred thousand.
    pub async fn each_of_group(&self, group: &GroupId, mut see: impl FnMut(Grant)) -> Result<(), AwsError> {
        let mut start = None;
        loop {
            let call = self.table.client.query().table_name(&self.table.name).index_name("ByGroup");
            let call = call
                .key_condition_expression("groupId = :group")
                .expression_attribute_values(":group", text(group.as_str()))
                .set_exclusive_start_key(start);
            let page = call.send().await.map_err(|error| failed(OF_GROUP, &error))?;
            for row in page.items() {
                see(grant_of(OF_GROUP, row)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    /// Reads the grants of these users in a target, consistently.
    pub async fn at(&self, users: &[&UserId], target: &Target) -> Result<BTreeMap<UserId, Grant>, AwsError> {
        let keys = users.iter().map(|user| (user_key(user), target_key(target))).collect();
        let mut grants = BTreeMap::new();
        for row in self.items(keys).await? {
            let grant = read(LOOK, row)?;
            grants.insert(grant.user_id.clone(), grant);
        }
        Ok(grants)
    }

    /// Returns those of the keys under which the sweep has a note.
    pub async fn which(&self, sweep: &str, keys: Vec<String>) -> Result<Vec<String>, AwsError> {
        let keys = keys.into_iter().map(|key| (places::of(sweep, &key), key)).collect();
        let there = self.items(keys).await?.into_iter();
        Ok(there.filter_map(|row| row.get("sk").and_then(Value::as_str).map(str::to_owned)).collect())
    }

    pub(super) async fn items(
        &self,
        keys: Vec<(String, String)>,
    ) -> Result<Vec<Map<String, Value>>, AwsError> {
        let mut left: Vec<_> = keys
            .into_iter()
            .map(|(pk, sk)| [("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))].into())
            .collect();
        let mut found = Vec::new();
        let mut rounds = left.len().div_ceil(READS) + MAX_ROUNDS;
        while !left.is_empty() && rounds > 0 {
            rounds -= 1;
            let batch: Vec<_> = left.drain(..left.len().min(READS)).collect();
            let asked = KeysAndAttributes::builder().set_keys(Some(batch)).consistent_read(true).build();
            let call =
                self.table.client.batch_get_item().request_items(&self.table.name, built(LOOK, asked)?);
            let answer = call.send().await.map_err(|error| failed(LOOK, &error))?;
            let rows = answer.responses().and_then(|all| all.get(&self.table.name));
            found.extend(rows.into_iter().flatten().map(item::to_json));
            let unread = answer.unprocessed_keys().and_then(|all| all.get(&self.table.name));
            left.extend(unread.map(|unread| unread.keys().to_vec()).unwrap_or_default());
        }
        if left.is_empty() {
            Ok(found)
        } else {
            Err(AwsError::new(LOOK, Class::Throttled, "items were left over"))
        }
    }

    /// Reads one page of the whole ledger. Returns its grants and the start of the next page.
    ///
    /// It reads the index, which holds only grants. A scan of the table, even a filtered one, would
    /// also read leases, every line of history and every note of every sweep. The index may lag
    /// behind by a moment; this can cost an unneeded check of a user, but never access.
    pub async fn page(&self, after: Option<&str>) -> Result<(Vec<Grant>, Option<String>), AwsError> {
        let start = after.and_then(|after| serde_json::from_str(after).ok()).map(|key| item::from_json(&key));
        let call = self.table.client.scan().table_name(&self.table.name).index_name("ByGroup");
        let page = call.set_exclusive_start_key(start).send().await.map_err(|error| failed(SCAN, &error))?;
        let grants: Result<Vec<Grant>, AwsError> =
            page.items().iter().map(|row| grant_of(SCAN, row)).collect();
        let next = page.last_evaluated_key().map(|key| Value::Object(item::to_json(key)).to_string());
        Ok((grants?, next))
    }

    /// Stores the number of held grants that a sweep of all users has counted.
    pub async fn keep_held(&self, held: u64) -> Result<(), AwsError> {
        self.note(LAST, vec![(HELD.to_owned(), json!({"held": held, "at": self.now()}))]).await
    }

    /// Returns the number of held grants that the last sweep of all users has counted, unless that was too
    /// long ago.
    pub async fn held(&self) -> Result<Option<u64>, AwsError> {
        let note = self.notes(LAST, HELD, None, 1).await?.pop();
        Ok(note.and_then(|(_, note)| held_in(&note, self.limits, self.now())))
    }

    /// Claims a note that only one execution may have. Returns `false` if another execution has it.
    /// Claiming it again succeeds.
    pub async fn claim(&self, sweep: &str, key: &str, owner: &str) -> Result<bool, AwsError> {
        self.mark(sweep, key, "attribute_not_exists(#owner) OR #owner = :owner", &json!({"owner": owner}))
            .await
    }

    /// Stores a sweep's progress for the execution that may continue from it. It replaces the
    /// previous progress, so that no execution continues from an earlier position.
    pub async fn leave(&self, progress: &Progress) -> Result<(), AwsError> {
        let note =
            if progress.phase.goes_on_elsewhere() { json!({"progress": progress.text()}) } else { json!({}) };
        self.note(&progress.sweep, vec![(PROGRESS.to_owned(), note)]).await
    }

    /// Claims a sweep's progress for one execution. Returns `false` if the ledger does not have
    /// exactly this progress, or if another execution has claimed it. Claiming it again succeeds.
    pub async fn take_up(&self, progress: &Progress, execution: &str) -> Result<bool, AwsError> {
        let left = "#progress = :progress AND (attribute_not_exists(#openedBy) OR #openedBy = :openedBy)";
        let set = json!({"progress": progress.text(), "openedBy": execution});
        self.mark(&progress.sweep, PROGRESS, left, &set).await
    }

    /// Reads the verdict on a sweep's removals, with the approval if there is one.
    pub async fn verdict(&self, sweep: &str) -> Result<Option<Map<String, Value>>, AwsError> {
        Ok(self.notes(sweep, "verdict", None, 1).await?.pop().map(|(_, verdict)| verdict))
    }

    /// Reads the sentences about rows that match no group, at most [`near::MAX_NAMED`].
    pub async fn unmatched(&self, sweep: &str) -> Result<Vec<String>, AwsError> {
        let notes = self.notes(sweep, UNMATCHED, None, near::MAX_NAMED).await?;
        let text = |note: &Map<String, Value>| note.get("text").and_then(Value::as_str).map(str::to_owned);
        Ok(notes.iter().filter_map(|(_, note)| text(note)).collect())
    }

    /// Stores sentences about rows that match no group, in their order.
    pub async fn keep_unmatched(&self, sweep: &str, sentences: Vec<String>) -> Result<(), AwsError> {
        let note =
            |(number, text): (usize, String)| (format!("{UNMATCHED}{number:02}"), json!({"text": text}));
        self.note(sweep, sentences.into_iter().enumerate().map(note).collect()).await
    }

    /// Sets attributes of a note if a condition on it holds. Returns `false` if it does not.
    pub async fn mark(&self, sweep: &str, key: &str, condition: &str, set: &Value) -> Result<bool, AwsError> {
        let mut call = self.table.client.update_item().table_name(&self.table.name);
        call = call
            .key("pk", text(places::of(sweep, key)))
            .key("sk", text(key.to_owned()))
            .condition_expression(condition);
        let mut parts = Vec::new();
        for (name, value) in set.as_object().into_iter().flatten() {
            let one = Map::from_iter([("value".to_owned(), value.clone())]);
            let value = item::from_json(&one).remove("value").unwrap_or(AttributeValue::Null(true));
            call = call
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
            parts.push(format!("#{name} = :{name}"));
        }
        is_met(MARK, call.update_expression(format!("SET {}", parts.join(", "))).send().await)
    }
}

/// Returns the number in the note about held grants, unless it is too old at that moment (seconds since
/// 1970).
pub(super) fn held_in(note: &Map<String, Value>, limits: RemovalLimits, now: u64) -> Option<u64> {
    let number = |name| note.get(name).and_then(Value::as_u64);
    let ttl = limits.held_ttl_hours.saturating_mul(3600);
    let is_new = number("at").is_some_and(|at| now.saturating_sub(at) < ttl);
    if is_new { number("held") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_count_of_grants_is_not_believed() {
        let note = json!({"held": 200, "at": 1_000});
        let limits = RemovalLimits::read(&Env::default()).unwrap();
        let at = |hours: u64| held_in(note.as_object().unwrap(), limits, 1_000 + hours * 3600);
        assert_eq!((at(0), at(13)), (Some(200), None));
        assert_eq!(held_in(json!({"held": 200}).as_object().unwrap(), limits, 0), None);
    }
}
