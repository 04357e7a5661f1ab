//! Capacity units of a call of `DynamoDB`, from the sizes of its items as AWS reckons them: a read unit for each begun 4 KB of a consistent read,
//! half of it for another; a write unit for each begun KB of an item, twice that in a transaction.

use fake_aws::CallRecord;
use serde::Serialize;
use serde_json::Value;
use std::iter::Sum;
use std::ops::Add;

/// Read and write units.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Units {
    /// Read units.
    #[serde(rename = "readUnits")]
    pub read: f64,
    /// Write units.
    #[serde(rename = "writeUnits")]
    pub write: f64,
}

impl Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { read: self.read + other.read, write: self.write + other.write }
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// The size of an update: an item of the ledger that is not seen in the call. A lease has less than a KB.
const UPDATED: usize = 1;

impl Units {
    /// Returns the units of a call; none for a call of another service.
    pub(super) fn of(call: &CallRecord) -> Self {
        if call.service != "dynamodb" {
            return Self::default();
        }
        let (request, response) = (&call.request, &call.response);
        match call.operation.as_str() {
            "Query" | "Scan" => Self::read(items(&response["Items"]).map(size).sum(), request),
            "GetItem" => Self::read(size(&response["Item"]), request),
            "BatchGetItem" => batch(request, response),
            "PutItem" => Self::write(size(&request["Item"])),
            "UpdateItem" => Self::write(UPDATED),
            "TransactWriteItems" => {
                let puts =
                    items(&request["TransactItems"]).map(|part| size(&part["Put"]["Item"]).max(UPDATED));
                let once: Self = puts.map(Self::write).sum();
                once + once
            }
            _ => Self::default(),
        }
    }

    fn read(bytes: usize, request: &Value) -> Self {
        let blocks = begun(bytes, 4_096);
        Self { read: if request["ConsistentRead"] == true { blocks } else { blocks / 2.0 }, write: 0.0 }
    }

    fn write(bytes: usize) -> Self {
        Self { read: 0.0, write: begun(bytes, 1_024) }
    }
}

/// Each item of a batch is reckoned alone, and one that is not there costs as much as the smallest.
fn batch(request: &Value, response: &Value) -> Units {
    let tables = request["RequestItems"].as_object().into_iter().flatten();
    let of_table = |(name, asked): (&String, &Value)| {
        let asked_for = items(&asked["Keys"]).count();
        let found: Vec<usize> = items(&response["Responses"][name]).map(size).collect();
        let absent = std::iter::repeat_n(1, asked_for.saturating_sub(found.len()));
        found.iter().copied().chain(absent).map(|bytes| Units::read(bytes, asked)).sum::<Units>()
    };
    tables.map(of_table).sum()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn begun(bytes: usize, block: usize) -> f64 {
    let blocks = bytes.max(1).div_ceil(block);
    u32::try_from(blocks).map_or(f64::INFINITY, f64::from)
}

/// Bytes of an item: names and values.
fn size(item: &Value) -> usize {
    item.as_object().into_iter().flatten().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Object(inner) => inner
            .iter()
            .map(|(kind, value)| match kind.as_str() {
                "M" => 3 + size(value),
                "L" => 3 + items(value).map(|value| 1 + value_size(value)).sum::<usize>(),
                "BOOL" | "NULL" => 1,
                "N" => value_size(value).div_ceil(2) + 1,
                _ => value_size(value),
            })
            .sum(),
        Value::Array(texts) => texts.iter().map(value_size).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_batch_is_reckoned_item_by_item_and_a_query_as_a_whole() {
        let item = json!({"pk": {"S": "x".repeat(998)}});
        let request = json!({"RequestItems": {"t": {"Keys": [{}, {}, {}]}}});
        let response = json!({"Responses": {"t": [item, item]}});
        assert_eq!(batch(&request, &response), Units { read: 1.5, write: 0.0 });
        let bytes = items(&json!([item, item, item, item, item])).map(size).sum();
        assert_eq!(Units::read(bytes, &json!({"ConsistentRead": true})), Units { read: 2.0, write: 0.0 });
    }
}
