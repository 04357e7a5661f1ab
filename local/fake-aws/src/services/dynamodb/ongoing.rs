//! Ongoing transactions. A `TransactWriteItems` occupies its items, including those it only checks,
//! from its effect until its answer: another write of such an item is refused [5.37]. Plain reads
//! are not refused.

use crate::service::{Call, Refusal};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// An item: its table, and the values of its key.
type Item = (String, Vec<String>);

/// Occupied items, with the time until which each is occupied.
#[derive(Debug, Default)]
pub(super) struct Ongoing(BTreeMap<Item, SystemTime>);

/// The result of checking a call for conflicts with ongoing transactions.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meeting {
    /// The call conflicts with no transaction.
    Free,
    /// The call is refused.
    Refused(Refusal),
    /// Some requests of a batch conflict and are left over. The others continue.
    LeftOver {
        /// The request without the left-over part, or `None` if all of it is left over.
        rest: Option<Value>,
        /// The left-over requests, by table.
        unprocessed: Value,
    },
}

impl Ongoing {
    /// Checks whether any transaction is ongoing at this time.
    pub(super) fn any(&self, now: SystemTime) -> bool {
        self.0.values().any(|until| *until > now)
    }

    /// Occupies the items of a transaction that took effect.
    pub(super) fn occupy(&mut self, call: &Call, until: SystemTime, keys: &Keys) {
        self.0.retain(|_, until| *until > call.now);
        self.0.extend(parts(call.body).map(|part| (item(part, keys), until)));
    }

    /// Checks a call for conflicts. `BatchWriteItem` documents no conflict among its errors, so it
    /// returns conflicting requests as unprocessed instead.
    pub(super) fn meet(&self, call: &Call, keys: &Keys) -> Meeting {
        let busy = |table: &str, part: &Value| {
            self.0.get(&(table.to_owned(), key(part, keys.of(table)))).is_some_and(|until| *until > call.now)
        };
        match call.operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                let part = if call.operation == "PutItem" { &call.body["Item"] } else { &call.body["Key"] };
                if busy(text(&call.body["TableName"]), part) {
                    let said = "Transaction is ongoing for the item";
                    Meeting::Refused(Refusal::new("TransactionConflictException", said))
                } else {
                    Meeting::Free
                }
            }
            "TransactWriteItems" | "TransactGetItems" => {
                let hits: Vec<bool> = parts(call.body)
                    .map(|part| busy(text(&part["TableName"]), part.get("Item").unwrap_or(&part["Key"])))
                    .collect();
                if hits.contains(&true) { Meeting::Refused(cancelled(&hits)) } else { Meeting::Free }
            }
            "BatchWriteItem" => left_over(call.body, busy),
            _ => Meeting::Free,
        }
    }
}

/// Names of the key attributes of each table that a call writes to.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<String, Vec<String>>);

impl Keys {
    pub(super) fn insert(&mut self, table: String, names: Vec<String>) {
        self.0.insert(table, names);
    }

    fn of(&self, table: &str) -> &[String] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }
}

/// Returns the tables of a call, for the operations that can conflict with a transaction.
pub(super) fn tables(call: &Call) -> Vec<String> {
    let mut all: Vec<String> = match call.operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => vec![text(&call.body["TableName"]).to_owned()],
        "TransactWriteItems" | "TransactGetItems" => {
            parts(call.body).map(|part| text(&part["TableName"]).to_owned()).collect()
        }
        "BatchWriteItem" => {
            call.body["RequestItems"].as_object().into_iter().flat_map(Map::keys).cloned().collect()
        }
        _ => Vec::new(),
    };
    all.sort();
    all.dedup();
    all
}

/// Returns the parts of a transaction: the contents of each `Put`, `Update`, `Delete`,
/// `ConditionCheck` or `Get`.
fn parts(body: &Value) -> impl Iterator<Item = &Value> {
    let all = body["TransactItems"].as_array().into_iter().flatten();
    all.filter_map(|part| part.as_object()?.values().next())
}

fn item(part: &Value, keys: &Keys) -> Item {
    let table = text(&part["TableName"]);
    (table.to_owned(), key(part.get("Item").unwrap_or(&part["Key"]), keys.of(table)))
}

fn key(item: &Value, names: &[String]) -> Vec<String> {
    names.iter().map(|name| item[name].to_string()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn cancelled(hits: &[bool]) -> Refusal {
    let codes: Vec<&str> = hits.iter().map(|hit| if *hit { "TransactionConflict" } else { "None" }).collect();
    let reasons = hits.iter().map(|hit| {
        if *hit {
            json!({"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"})
        } else {
            json!({"Code": "None"})
        }
    });
    let said = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    Refusal::new("TransactionCanceledException", said)
        .with("CancellationReasons", reasons.collect::<Vec<_>>())
}

fn left_over(body: &Value, busy: impl Fn(&str, &Value) -> bool) -> Meeting {
    let (mut free, mut left) = (Map::new(), Map::new());
    for (table, requests) in body["RequestItems"].as_object().into_iter().flatten() {
        let is_busy = |request: &&Value| {
            let put = request["PutRequest"].get("Item");
            busy(table, put.unwrap_or(&request["DeleteRequest"]["Key"]))
        };
        let requests = requests.as_array().into_iter().flatten();
        let (held, rest): (Vec<&Value>, Vec<&Value>) = requests.partition(is_busy);
        for (all, some) in [(&mut left, held), (&mut free, rest)] {
            if !some.is_empty() {
                all.insert(table.clone(), some.into_iter().cloned().collect());
            }
        }
    }
    if left.is_empty() {
        return Meeting::Free;
    }
    let rest = (!free.is_empty()).then(|| {
        let mut rest = body.clone();
        rest["RequestItems"] = Value::Object(free);
        rest
    });
    Meeting::LeftOver { rest, unprocessed: Value::Object(left) }
}
