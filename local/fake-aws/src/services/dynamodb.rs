//! `DynamoDB`, based on `winterbaume-dynamodb`, which is responsible for conditional writes,
//! transactions and pages. Every account and Region has its own engine, because the crate supports
//! one account only.
//!
//! Added here: pages of a megabyte, the limits of batches and items, and scans of an index; the old
//! item in the answer to a failed condition (`ReturnValuesOnConditionCheckFailure`), which the
//! crate omits; conflicts with an ongoing transaction; the rates of a partition key. Removed: the crate's wall-clock dates and
//! random ids, which would make two runs differ.

mod engine;
mod index;
mod ongoing;
mod pages;
mod partitions;

use crate::service::{Answer, Call, Refusal, not_emulated};
use http::{HeaderMap, HeaderValue};
use ongoing::{Keys, Meeting, Ongoing};
use partitions::Partitions;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use tokio::sync::Mutex as Turn;
use winterbaume_core::{DEFAULT_ACCOUNT_ID, MockRequest, MockService};
use winterbaume_dynamodb::DynamoDbService;

/// The emulated operations. Any other operation is refused by name.
pub const OPERATIONS: [&str; 14] = [
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeTable",
    "GetItem",
    "ListTables",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
];

type Engine = Arc<Turn<Tables>>;

/// The tables of one account and Region, with the transactions that are ongoing on them.
struct Tables {
    engine: DynamoDbService,
    ongoing: Ongoing,
    partitions: Partitions,
}

/// The tables of every account and Region.
#[derive(Default)]
pub struct DynamoDb {
    engines: Mutex<BTreeMap<(String, String), Engine>>,
}

impl std::fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynamoDb").finish_non_exhaustive()
    }
}

impl DynamoDb {
    /// Answers a client's call. `answered` is the time at which the client has the answer: until
    /// then, a transaction that takes effect now occupies its items. Both the check and the effect
    /// of a write happen under one lock.
    pub(crate) async fn handle(&self, call: &Call<'_>, answered: SystemTime) -> Answer {
        if !OPERATIONS.contains(&call.operation) {
            return Err(not_emulated("dynamodb", call.operation));
        }
        let tables = self.engine(&call.caller.account, call.region);
        let mut tables = tables.lock().await;
        pages::check(call)?;
        tables.partitions.admit(call)?;
        let is_transaction = call.operation == "TransactWriteItems" && answered > call.now;
        if !is_transaction && !tables.ongoing.any(call.now) {
            return tables.answer(call).await;
        }
        let keys = tables.keys(call).await;
        let (rest, unprocessed) = match tables.ongoing.meet(call, &keys) {
            Meeting::Free => {
                let answer = tables.answer(call).await;
                if is_transaction && answer.is_ok() {
                    tables.ongoing.occupy(call, answered, &keys);
                }
                return answer;
            }
            Meeting::Refused(refusal) => return Err(refusal),
            Meeting::LeftOver { rest, unprocessed } => (rest, unprocessed),
        };
        let mut answer = match rest {
            Some(body) => tables.answer(&Call { body: &body, ..*call }).await?,
            None => json!({}),
        };
        answer["UnprocessedItems"] = unprocessed;
        Ok(answer)
    }

    /// Answers a call that no client made. Ongoing transactions do not block it.
    pub(crate) async fn behind(&self, call: &Call<'_>) -> Answer {
        let tables = self.engine(&call.caller.account, call.region);
        let tables = tables.lock().await;
        pages::check(call)?;
        tables.answer(call).await
    }

    fn engine(&self, account: &str, region: &str) -> Engine {
        let mut engines = self.engines.lock().expect("nothing can fail while it holds the lock");
        let new = || {
            Arc::new(Turn::new(Tables {
                engine: engine::service(),
                ongoing: Ongoing::default(),
                partitions: Partitions::default(),
            }))
        };
        engines.entry((account.to_owned(), region.to_owned())).or_insert_with(new).clone()
    }
}

impl Tables {
    async fn answer(&self, call: &Call<'_>) -> Answer {
        let answer = match call.operation {
            "Query" | "Scan" => pages::page(&self.engine, call).await,
            _ => ask(&self.engine, call.region, call.operation, call.body).await,
        };
        let answer = match answer {
            Err(refusal) if wants_old_item(call, &refusal) => {
                Err(with_old_item(&self.engine, call, refusal).await)
            }
            other => other,
        };
        answer.map(|body| settled(body, &call.caller.account))
    }

    /// Returns the names of the key attributes of each table that a call writes to.
    async fn keys(&self, call: &Call<'_>) -> Keys {
        let mut keys = Keys::default();
        for table in ongoing::tables(call) {
            let names = key_names(&self.engine, call.region, &table.as_str().into()).await;
            keys.insert(table, names);
        }
        keys
    }
}

async fn key_names(engine: &DynamoDbService, region: &str, table: &Value) -> Vec<String> {
    let described = ask(engine, region, "DescribeTable", &json!({ "TableName": table })).await;
    let schema = described.map(|mut body| body["Table"]["KeySchema"].take()).unwrap_or_default();
    let parts = schema.as_array().into_iter().flatten();
    parts.filter_map(|part| part["AttributeName"].as_str().map(str::to_owned)).collect()
}

async fn ask(engine: &DynamoDbService, region: &str, operation: &str, body: &Value) -> Answer {
    let mut headers = HeaderMap::new();
    let target = HeaderValue::from_str(&format!("DynamoDB_20120810.{operation}"));
    headers.insert("x-amz-target", target.expect("an operation of the list above is plain letters"));
    let uri = format!("https://dynamodb.{region}.amazonaws.com/");
    let request = MockRequest { method: "POST".to_owned(), uri, headers, body: body.to_string().into() };
    let response = engine.handle(request).await;
    let body: Value = serde_json::from_slice(&response.body)
        .map_err(|error| Refusal { status: 500, ..Refusal::new("InternalServerError", error.to_string()) })?;
    if response.status < 400 { Ok(body) } else { Err(refusal(response.status, body)) }
}

fn refusal(status: u16, body: Value) -> Refusal {
    let mut extra = match body {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    };
    let mut take =
        |name| extra.remove(name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    let (code, message) = (take("__type"), take("message"));
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    Refusal { status, code, message, extra }
}

fn wants_old_item(call: &Call, refusal: &Refusal) -> bool {
    refusal.code == "ConditionalCheckFailedException"
        && !refusal.extra.contains_key("Item")
        && call.body["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
}

/// Adds the old item to the refusal. Looks it up by the key of the request, which for a put is a
/// part of the item.
async fn with_old_item(engine: &DynamoDbService, call: &Call<'_>, refusal: Refusal) -> Refusal {
    let table = &call.body["TableName"];
    let mut key = call.body["Key"].clone();
    if key.is_null() {
        let names = key_names(engine, call.region, table).await.into_iter();
        key = names
            .map(|name| {
                let value = call.body["Item"][&name].clone();
                (name, value)
            })
            .collect();
    }
    let get = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
    match ask(engine, call.region, "GetItem", &get).await {
        Ok(mut found) if found["Item"].is_object() => refusal.with("Item", found["Item"].take()),
        Ok(_) | Err(_) => refusal,
    }
}

/// Returns the engine's description of a table with the caller's account in its ARNs, without the
/// values that differ between runs.
fn settled(mut body: Value, account: &str) -> Value {
    for table in ["Table", "TableDescription"] {
        if let Some(members) = body.get_mut(table).and_then(Value::as_object_mut) {
            members.remove("TableId");
            members.insert("CreationDateTime".to_owned(), 0.into());
            if let Some(Value::String(arn)) = members.get_mut("TableArn") {
                *arn = arn.replace(DEFAULT_ACCOUNT_ID, account);
            }
        }
    }
    body.sort_all_objects();
    body
}
