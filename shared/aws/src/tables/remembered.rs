//! Facts that are the same for all users, such as the state of a domain: read once, and shared by
//! all functions until they are too old.
//!
//! They are items of the ledger's table. Their time comes from the clock that all times in the table
//! come from, so nothing depends on DynamoDB's own expiry.

use super::item;
use super::table::{Table, failed, number, text};
use crate::error::{AwsError, Class};
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};
use serde::{Serialize, de::DeserializeOwned};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const GET: &str = "dynamodb:GetItem Grants (remembered)";
const PUT: &str = "dynamodb:PutItem Grants (remembered)";

/// The sort key.
const FACT: &str = "fact";

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

    /// Returns a fact and when it was read.
    async fn fact<T: DeserializeOwned>(&self, what: &str) -> Result<Option<(T, SystemTime)>, AwsError> {
        let call = self.table.client.get_item().table_name(&self.table.name);
        let answer = call.key("pk", text(what)).key("sk", text(FACT)).send().await;
        let answer = answer.map_err(|error| failed(GET, &error))?;
        let Some(mut found) = answer.item().map(item::to_json) else { return Ok(None) };
        let read_at = found.get("readAt").and_then(serde_json::Value::as_u64).unwrap_or_default();
        let fact: Option<T> = found.remove(FACT).and_then(|fact| serde_json::from_value(fact).ok());
        Ok(fact.map(|fact| (fact, UNIX_EPOCH + Duration::from_millis(read_at))))
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
