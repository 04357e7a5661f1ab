//! Converts DynamoDB items to JSON and back, so that rows and grants are read by one deserializer.
#![expect(clippy::disallowed_types, reason = "the SDK's item type; it is copied into an ordered map at once")]

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Converts an item to JSON. A binary attribute has no JSON form and becomes a string that none of
/// our deserializers accepts.
pub(super) fn to_json(item: &HashMap<String, AttributeValue>) -> Map<String, Value> {
    item.iter().map(|(name, value)| (name.clone(), value_of(value))).collect()
}

/// Converts JSON to an item.
pub(super) fn from_json(json: &Map<String, Value>) -> HashMap<String, AttributeValue> {
    json.iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn value_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(number) => {
            number.parse::<Number>().map_or_else(|_| Value::String(number.clone()), Value::Number)
        }
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::L(list) => list.iter().map(value_of).collect(),
        AttributeValue::M(map) => Value::Object(to_json(map)),
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => set.iter().cloned().collect(),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::B(_) | AttributeValue::Bs(_) | _ => Value::String("(binary)".to_owned()),
    }
}

pub(super) fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(flag) => AttributeValue::Bool(*flag),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(list) => AttributeValue::L(list.iter().map(attribute).collect()),
        Value::Object(map) => AttributeValue::M(from_json(map)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_reads_back_as_it_was_written() {
        let json = json!({"text": "x", "number": 7, "flag": true, "list": ["a", {"b": null}], "none": null});
        let Value::Object(map) = json else { unreachable!() };
        assert_eq!(to_json(&from_json(&map)), map);
    }

    #[test]
    fn a_set_of_texts_is_a_list() {
        let item = HashMap::from([("tags".to_owned(), AttributeValue::Ss(vec!["a".into()]))]);
        assert_eq!(Value::Object(to_json(&item)), json!({"tags": ["a"]}));
    }
}
