//! Converts between `serde_json` values and those of the JSONata crate, in a fixed order of keys.

use std::collections::BTreeMap;

use bumpalo::Bump;
use jsonata_rs::{ArrayFlags, Value as Term};
use serde_json::{Map, Number, Value};

/// Largest whole number that survives JSONata, where every number is a double.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Copies `value` into the arena.
pub(super) fn to_term<'a>(arena: &'a Bump, value: &Value) -> &'a Term<'a> {
    match value {
        Value::Null => Term::null(arena),
        Value::Bool(flag) => Term::bool(*flag),
        Value::Number(number) => Term::number(arena, number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Term::string(arena, text),
        Value::Array(members) => {
            let array = Term::array_with_capacity(arena, members.len(), ArrayFlags::empty());
            for member in members {
                array.push(to_term(arena, member));
            }
            array
        }
        Value::Object(entries) => {
            let object = Term::object_with_capacity(arena, entries.len());
            for (key, entry) in entries {
                object.insert(key, to_term(arena, entry));
            }
            object
        }
    }
}

/// Converts a result to JSON: `None` for "nothing", an error for a value that JSON cannot
/// represent.
pub(super) fn from_term<'a>(term: &'a Term<'a>) -> Result<Option<Value>, String> {
    Ok(Some(match term {
        Term::Undefined => return Ok(None),
        Term::Null => Value::Null,
        Term::Bool(flag) => Value::Bool(*flag),
        Term::Number(number) => Value::Number(to_number(*number)?),
        Term::String(text) => Value::String(text.to_string()),
        Term::Array(..) | Term::Range(_) => {
            let members: Result<Vec<_>, _> = term.members().map(from_term).collect();
            Value::Array(members?.into_iter().flatten().collect())
        }
        Term::Object(entries) => {
            let mut sorted = BTreeMap::new();
            for (key, entry) in entries {
                if let Some(value) = from_term(entry)? {
                    sorted.insert(key.to_string(), value);
                }
            }
            Value::Object(sorted.into_iter().collect::<Map<_, _>>())
        }
        Term::Regex(_) | Term::Lambda { .. } | Term::NativeFn { .. } | Term::Transformer { .. } => {
            return Err("the result is a function, which JSON cannot hold".to_owned());
        }
    }))
}

/// Converts a value as a pass through JSONata would: numbers become doubles.
pub(super) fn through(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let double = number.as_f64().and_then(|double| to_number(double).ok());
            Value::Number(double.unwrap_or_else(|| number.clone()))
        }
        Value::Array(members) => members.iter().map(through).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(key, entry)| (key.clone(), through(entry))).collect::<Map<_, _>>().into()
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// Keeps whole numbers whole: 3 must not become 3.0 on its way through JSONata.
#[expect(clippy::cast_possible_truncation, reason = "whole and within the range that doubles keep exactly")]
fn to_number(number: f64) -> Result<Number, String> {
    if number.fract() == 0.0 && number.abs() <= WHOLE_MAX {
        return Ok(Number::from(number as i64));
    }
    Number::from_f64(number).ok_or_else(|| "the result is a number out of range".to_owned())
}
