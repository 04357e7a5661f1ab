//! Facts that are the same for all users, such as the state of a domain: read once, and shared by
//! all functions until they are too old.
//!
//! They are items of the ledger's table. Their time comes from the clock that all times in the table
//! come from, so nothing depends on DynamoDB's own expiry.

use super::item;
use super::table::{Table, built, failed, millis, number, text};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const GET: &str = "dynamodb:GetItem Grants (remembered)";
const GET_ALL: &str = "dynamodb:BatchGetItem Grants (remembered)";
const PUT: &str = "dynamodb:PutItem Grants (remembered)";

/// The sort key.
pub(super) const FACT: &str = "fact";

/// Facts, in the table `Grants`.
#[derive(Debug)]
pub struct Remembered {
    table: Table,
}

impl Remembered {
    /// Opens the table in `GRANTS_TABLE`.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { table: Table::open(sdk, env, "GRANTS_TABLE")? })
    }

    /// Returns a fact that is younger than its `age`. `what` names it: a word, `#`, and whose it is. A
    /// fact of an unknown form, from an earlier version of the software, is not known.
    pub async fn recall<T: DeserializeOwned>(
        &self,
        what: &str,
        age: impl Fn(&T) -> Duration,
    ) -> Result<Option<T>, AwsError> {
        let Some((fact, read_at)) = self.fact(what).await? else { return Ok(None) };
        let old = self.table.clock.now().duration_since(read_at).unwrap_or_default();
        Ok(Some(fact).filter(|fact| old < age(fact)))
    }

    /// Returns a fact that was read after `since`.
    pub async fn recall_since<T: DeserializeOwned>(
        &self,
        what: &str,
        since: SystemTime,
    ) -> Result<Option<T>, AwsError> {
        let fact = self.fact(what).await?;
        Ok(fact.filter(|(_, read_at)| *read_at > since).map(|(fact, _)| fact))
    }

    /// Reads several items by their partition keys. One that the table leaves out for now is not known.
    pub(super) async fn items(
        &self,
        whats: &[&str],
    ) -> Result<BTreeMap<String, Map<String, Value>>, AwsError> {
        let mut keys = KeysAndAttributes::builder();
        for what in whats {
            let key = [("pk", text(*what)), ("sk", text(FACT))];
            keys = keys.keys(key.map(|(name, value)| (name.to_owned(), value)).into());
        }
        let keys = built(GET_ALL, keys.build())?;
        let call = self.table.client.batch_get_item().request_items(&self.table.name, keys);
        let mut answer = call.send().await.map_err(|error| failed(GET_ALL, &error))?;
        let found = answer.responses.as_mut().and_then(|tables| tables.remove(&self.table.name));
        let found = found.unwrap_or_default().iter().map(item::to_json).collect::<Vec<_>>();
        let named = found.into_iter().filter_map(|item| {
            let what = item.get("pk")?.as_str()?.to_owned();
            Some((what, item))
        });
        Ok(named.collect())
    }

    /// Returns the fact of an item, if it is younger than `age`.
    pub(super) fn younger<T: DeserializeOwned>(&self, item: Map<String, Value>, age: Duration) -> Option<T> {
        let (fact, read_at) = told(item)?;
        let old = self.table.clock.now().duration_since(read_at).unwrap_or_default();
        Some(fact).filter(|_| old < age)
    }

    /// Returns the current time in milliseconds since 1970.
    pub(super) fn millis(&self) -> u64 {
        millis(self.table.clock.now())
    }

    /// Returns a fact and when it was read.
    async fn fact<T: DeserializeOwned>(&self, what: &str) -> Result<Option<(T, SystemTime)>, AwsError> {
        let call = self.table.client.get_item().table_name(&self.table.name);
        let answer = call.key("pk", text(what)).key("sk", text(FACT)).send().await;
        let answer = answer.map_err(|error| failed(GET, &error))?;
        Ok(answer.item().map(item::to_json).and_then(told))
    }

    /// Remembers a fact that was read just now.
    pub async fn remember<T: Serialize>(&self, what: &str, fact: &T) -> Result<(), AwsError> {
        self.remember_since(what, fact, self.table.clock.now()).await
    }

    /// Remembers a fact. `read_at`: before the first of the calls that read it.
    pub async fn remember_since<T: Serialize>(
        &self,
        what: &str,
        fact: &T,
        read_at: SystemTime,
    ) -> Result<(), AwsError> {
        self.put(what, fact, read_at.duration_since(UNIX_EPOCH).unwrap_or_default()).await
    }

    /// Forgets a fact, so that the next function that needs it reads it again.
    pub async fn forget(&self, what: &str) -> Result<(), AwsError> {
        self.put(what, &(), Duration::ZERO).await
    }

    async fn put<T: Serialize>(&self, what: &str, fact: &T, read_at: Duration) -> Result<(), AwsError> {
        let fact = serde_json::to_value(fact)
            .map_err(|error| AwsError::new(PUT, Class::Unexpected, error.to_string()))?;
        let call = self
            .table
            .client
            .put_item()
            .table_name(&self.table.name)
            .item("pk", text(what))
            .item("sk", text(FACT))
            .item(FACT, item::attribute(&fact))
            .item("readAt", number(read_at.as_millis().try_into().unwrap_or(u64::MAX)));
        call.send().await.map(|_| ()).map_err(|error| failed(PUT, &error))
    }
}

/// Returns the fact of an item and when it was read.
fn told<T: DeserializeOwned>(mut item: Map<String, Value>) -> Option<(T, SystemTime)> {
    let read_at = item.get("readAt").and_then(Value::as_u64).unwrap_or_default();
    let fact = item.remove(FACT).and_then(|fact| serde_json::from_value(fact).ok())?;
    Some((fact, UNIX_EPOCH + Duration::from_millis(read_at)))
}
