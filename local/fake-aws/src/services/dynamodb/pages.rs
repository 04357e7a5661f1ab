//! Limits of `DynamoDB` that the engine does not have: pages of a megabyte, the number of items in
//! a batch, and the size of an item. Also scans of an index, which the engine does not support.

use super::ask;
use crate::service::{Answer, Call, Refusal};
use serde_json::{Map, Value, json};
use winterbaume_dynamodb::DynamoDbService;

/// Bytes that a query or scan reads in one call.
const PAGE_BYTES: usize = 1024 * 1024;
/// Largest size of an item in bytes.
const ITEM_BYTES: usize = 400 * 1024;
/// Items that are read from the engine at a time.
const CHUNK: u64 = 2_000;

/// Batch operations, with the member that holds the requests and the maximum number of requests.
const BATCHES: [(&str, &str, usize); 4] = [
    ("BatchGetItem", "RequestItems", 100),
    ("BatchWriteItem", "RequestItems", 25),
    ("TransactGetItems", "TransactItems", 100),
    ("TransactWriteItems", "TransactItems", 100),
];

/// Refuses a batch of too many items, and an item that is too large.
pub(super) fn check(call: &Call) -> Result<(), Refusal> {
    if let Some((_, member, most)) = BATCHES.iter().find(|(operation, ..)| *operation == call.operation) {
        let asked = &call.body[*member];
        let tables = asked.as_object().map(|tables| tables.values().map(requests).sum());
        let count = tables.unwrap_or_else(|| requests(asked));
        if count > *most {
            let text = format!("Too many items requested for the {} call", call.operation);
            return Err(Refusal::new("ValidationException", text));
        }
    }
    if items_to_put(call).into_iter().any(|item| size(item) > ITEM_BYTES) {
        let text = "Item size has exceeded the maximum allowed size";
        return Err(Refusal::new("ValidationException", text));
    }
    Ok(())
}

fn requests(of_table: &Value) -> usize {
    let list = of_table.get("Keys").unwrap_or(of_table);
    list.as_array().map_or(0, Vec::len)
}

fn items_to_put<'a>(call: &Call<'a>) -> Vec<&'a Value> {
    let body = call.body;
    match call.operation {
        "PutItem" => vec![&body["Item"]],
        "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flat_map(Map::values);
            tables
                .filter_map(Value::as_array)
                .flatten()
                .map(|request| &request["PutRequest"]["Item"])
                .collect()
        }
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array().into_iter().flatten();
            parts.map(|part| &part["Put"]["Item"]).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the size of an item: its names and values in UTF-8. Numbers, and the overhead of lists,
/// are counted approximately, as the length of their text.
fn size(item: &Value) -> usize {
    match item {
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + value_size(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => 0,
    }
}

fn value_size(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|members| members.iter().next()) else { return 1 };
    match (kind.as_str(), value) {
        ("M", members) => 3 + size(members),
        ("L", Value::Array(list)) => 3 + list.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        (_, Value::Array(list)) => list.iter().map(|text| text.as_str().map_or(1, str::len)).sum(),
        (_, Value::String(text)) => text.len(),
        (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => 1,
    }
}

/// Answers a query or scan with one page.
pub(super) async fn page(engine: &DynamoDbService, call: &Call<'_>) -> Answer {
    match call.body.get("IndexName") {
        Some(index) => of_index(engine, call, index).await,
        None => of_table(engine, call).await,
    }
}

async fn of_table(engine: &DynamoDbService, call: &Call<'_>) -> Answer {
    let (asked, mut looked) = (most(call), Looked::default());
    let mut body = call.body.clone();
    let filter = body.as_object_mut().and_then(|body| body.remove("FilterExpression"));
    let mut next = loop {
        body["Limit"] = (asked - looked.count).min(CHUNK).into();
        let mut chunk = ask(engine, call.region, call.operation, &body).await?;
        looked.add(items_of(&mut chunk), asked);
        match chunk.get("LastEvaluatedKey") {
            Some(next) if !looked.full && looked.count < asked => body["ExclusiveStartKey"] = next.clone(),
            next => break next.cloned(),
        }
    };
    if looked.full {
        next = looked.last(&names(&describe(engine, call).await));
    }
    if filter.is_none() {
        return Ok(looked.answer(next));
    }
    body = call.body.clone();
    body["Limit"] = looked.count.max(1).into();
    let mut answer = ask(engine, call.region, call.operation, &body).await?;
    if let Some(members) = answer.as_object_mut() {
        members.remove("LastEvaluatedKey");
        members.extend(next.map(|next| ("LastEvaluatedKey".to_owned(), next)));
    }
    Ok(answer)
}

/// Reads a page of an index. An index is sparse: an item that lacks one of its keys is not in it.
/// The engine scans the table instead, and its own pages of a queried index lose items that share a
/// key, so the page is cut here.
async fn of_index(engine: &DynamoDbService, call: &Call<'_>, index: &Value) -> Answer {
    let description = describe(engine, call).await;
    let indices = description["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default();
    let Some(found) = indices.iter().find(|one| one["IndexName"] == *index) else {
        let text = format!("The table does not have the specified index: {index}");
        return Err(Refusal::new("ValidationException", text));
    };
    let (own, base) = (names(found), names(&description));
    let keys: Vec<String> = own.into_iter().chain(base).collect();
    let mut body = call.body.clone();
    let start = body.as_object_mut().and_then(|body| body.remove("ExclusiveStartKey"));
    if call.operation == "Scan" {
        return scanned(engine, call, (body, start), &keys).await;
    }
    if let Some(body) = body.as_object_mut() {
        body.remove("Limit");
    }
    let mut items = items_of(&mut ask(engine, call.region, call.operation, &body).await?);
    items.sort_by_cached_key(|item| place(item, &keys));
    let after = start.map(|start| place(&start, &keys));
    items.retain(|item| after.as_ref().is_none_or(|after| place(item, &keys) > *after));
    let mut looked = Looked::default();
    looked.add(items, most(call));
    let next = looked.last(&keys);
    Ok(looked.answer(next))
}

async fn scanned(
    engine: &DynamoDbService,
    call: &Call<'_>,
    (mut body, start): (Value, Option<Value>),
    keys: &[String],
) -> Answer {
    let mut looked = Looked::default();
    let mut from = start;
    loop {
        if let Some(from) = from {
            body["ExclusiveStartKey"] = from;
        }
        body["Limit"] = CHUNK.into();
        let mut chunk = ask(engine, call.region, "Scan", &body).await?;
        let mut items = items_of(&mut chunk);
        items.retain(|item| keys.iter().all(|key| item.get(key).is_some()));
        looked.add(items, most(call));
        from = chunk.get("LastEvaluatedKey").cloned();
        if from.is_none() || looked.full {
            let next = looked.last(keys);
            return Ok(looked.answer(next));
        }
    }
}

fn items_of(answer: &mut Value) -> Vec<Value> {
    answer["Items"].as_array_mut().map(std::mem::take).unwrap_or_default()
}

/// Returns the sort position of an item in an index.
fn place(item: &Value, keys: &[String]) -> Vec<String> {
    keys.iter().map(|key| item[key].to_string()).collect()
}

fn most(call: &Call) -> u64 {
    call.body["Limit"].as_u64().unwrap_or(u64::MAX)
}

async fn describe(engine: &DynamoDbService, call: &Call<'_>) -> Value {
    let table = json!({ "TableName": call.body["TableName"] });
    let described = ask(engine, call.region, "DescribeTable", &table).await;
    described.map(|mut body| body["Table"].take()).unwrap_or_default()
}

fn names(schema: &Value) -> Vec<String> {
    let parts = schema["KeySchema"].as_array().into_iter().flatten();
    parts.filter_map(|part| part["AttributeName"].as_str().map(str::to_owned)).collect()
}

/// The items that a page has read so far.
#[derive(Debug, Default)]
struct Looked {
    items: Vec<Value>,
    count: u64,
    bytes: usize,
    /// True if there is another item that did not fit.
    full: bool,
}

impl Looked {
    fn add(&mut self, items: Vec<Value>, most: u64) {
        for item in items {
            let bytes = size(&item);
            if self.count > 0 && (self.bytes + bytes > PAGE_BYTES || self.count >= most) {
                self.full = true;
                return;
            }
            (self.count, self.bytes) = (self.count + 1, self.bytes + bytes);
            self.items.push(item);
        }
    }

    /// Returns the key of the last item, if another item did not fit.
    fn last(&self, keys: &[String]) -> Option<Value> {
        let last = self.items.last().filter(|_| self.full)?;
        Some(keys.iter().filter_map(|key| Some((key.clone(), last.get(key)?.clone()))).collect())
    }

    fn answer(self, next: Option<Value>) -> Value {
        let mut answer =
            json!({ "Count": self.items.len(), "ScannedCount": self.count, "Items": self.items });
        if let Some(next) = next {
            answer["LastEvaluatedKey"] = next;
        }
        answer
    }
}
