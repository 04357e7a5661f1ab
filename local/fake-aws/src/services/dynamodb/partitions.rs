//! What one partition key takes: a thousand writes and three thousand reads a second [5.40]. A call
//! beyond that is throttled, however much the rest of the table could take.
//!
//! Each item counts as one unit, whatever its size, and an item of a transaction as two.

use crate::service::{Call, Refusal};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

const WRITES: u32 = 1_000;
const READS: u32 = 3_000;

/// Time for which uses are counted.
const SECOND: Duration = Duration::from_secs(1);

/// The use of each partition key in the present second.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    second: Option<SystemTime>,
    used: BTreeMap<(String, bool), u32>,
}

impl Partitions {
    /// Counts the items that a call reads or writes, or refuses the call.
    pub(super) fn admit(&mut self, call: &Call<'_>) -> Result<(), Refusal> {
        let is_over = |begin: SystemTime| call.now.duration_since(begin).is_ok_and(|age| age >= SECOND);
        if self.second.is_none_or(is_over) {
            self.used.clear();
            self.second = Some(call.now);
        }
        for (key, is_write, units) in touched(call) {
            let used = self.used.entry((key, is_write)).or_default();
            *used += units;
            if *used > if is_write { WRITES } else { READS } {
                let said = "Throughput exceeds the maximum of a partition key.";
                return Err(Refusal::new("ThrottlingException", said));
            }
        }
        Ok(())
    }
}

/// Returns the partition keys of a call that names its items, whether they are written, and the
/// units of each.
fn touched(call: &Call<'_>) -> Vec<(String, bool, u32)> {
    let body = call.body;
    let table = body["TableName"].as_str().unwrap_or_default();
    let all = match call.operation {
        "GetItem" => vec![unit(table, &body["Key"], false, 1)],
        "UpdateItem" | "DeleteItem" => vec![unit(table, &body["Key"], true, 1)],
        "PutItem" => vec![unit(table, &body["Item"], true, 1)],
        "TransactWriteItems" => {
            let actions =
                list(&body["TransactItems"]).filter_map(|action| action.as_object()?.values().next());
            actions
                .map(|action| {
                    let key = if action["Key"].is_null() { &action["Item"] } else { &action["Key"] };
                    unit(action["TableName"].as_str().unwrap_or_default(), key, true, 2)
                })
                .collect()
        }
        "BatchGetItem" => per_table(&body["RequestItems"])
            .flat_map(|(table, asked)| list(&asked["Keys"]).map(move |key| unit(table, key, false, 1)))
            .collect(),
        "BatchWriteItem" => per_table(&body["RequestItems"])
            .flat_map(|(table, puts)| {
                list(puts).map(move |put| unit(table, &put["PutRequest"]["Item"], true, 1))
            })
            .collect(),
        _ => Vec::new(),
    };
    all.into_iter().flatten().collect()
}

/// Returns the use of an item's partition. `None`: the table has another partition key than ours.
fn unit(table: &str, key: &Value, is_write: bool, units: u32) -> Option<(String, bool, u32)> {
    let key = key["pk"]["S"].as_str()?;
    Some((format!("{table} {key}"), is_write, units))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn per_table(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(table, asked)| (table.as_str(), asked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;
    use serde_json::json;

    #[test]
    fn a_partition_key_allows_1000_writes_and_3000_reads_a_second() {
        let caller = Caller { account: "1".to_owned(), arn: String::new(), label: String::new() };
        let begin = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
        let mut partitions = Partitions::default();
        let mut most = |operation: &str, key: &str, after: u64| {
            let body = json!({"TableName": "Grants", "Key": {"pk": {"S": key}, "sk": {"S": "s"}}});
            let now = begin + Duration::from_millis(after);
            let call = Call { caller: &caller, region: "eu-west-1", operation, body: &body, now };
            (0..5_000).take_while(|_| partitions.admit(&call).is_ok()).count()
        };
        assert_eq!(most("UpdateItem", "a", 0), 1_000);
        assert_eq!(most("GetItem", "a", 500), 3_000);
        assert_eq!(most("UpdateItem", "a", 999), 0);
        assert_eq!(most("UpdateItem", "b", 999), 1_000, "another key");
        assert_eq!(most("UpdateItem", "a", 1_000), 1_000, "the next second");
    }
}
