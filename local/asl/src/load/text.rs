//! Reads the definition as text: JSON with unique keys, and the `${substitutions}` inside its
//! strings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{LoadError, TOP};

/// Parses JSON and refuses duplicate keys. Most parsers keep the last one and would silently lose a
/// state.
pub(super) fn read(text: &str) -> Result<Value, LoadError> {
    serde_json::from_str::<Strict>(text)
        .map(|strict| strict.0)
        .map_err(|error| LoadError::new(TOP, "definition", format!("cannot be read: {error}")))
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated keys")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Strict, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(member)) = members.next_element()? {
            array.push(member);
        }
        Ok(Strict(Value::Array(array)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(entry))) = entries.next_entry::<String, Strict>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {key} stands twice")));
            }
            object.insert(key, entry);
        }
        Ok(Strict(Value::Object(object)))
    }
}

/// Replaces each `${Name}` in every string. Missing and unused names are errors, because either is
/// a typing mistake.
pub(super) fn substitute(
    definition: &mut Value,
    substitutions: &BTreeMap<String, String>,
) -> Result<(), LoadError> {
    let mut used = BTreeSet::new();
    walk(definition, "", &mut |text, path| replace(text, substitutions, &mut used, path))?;
    match substitutions.keys().find(|name| !used.contains(*name)) {
        Some(unused) => {
            let problem = format!("the substitution ${{{unused}}} is used nowhere");
            Err(LoadError::new(TOP, "definition", problem))
        }
        None => Ok(()),
    }
}

type Replace<'f> = dyn FnMut(&str, &str) -> Result<String, LoadError> + 'f;

fn walk(value: &mut Value, path: &str, replace: &mut Replace<'_>) -> Result<(), LoadError> {
    match value {
        Value::String(text) => *text = replace(text, path)?,
        Value::Array(members) => {
            for (index, member) in members.iter_mut().enumerate() {
                walk(member, &format!("{path}[{index}]"), replace)?;
            }
        }
        Value::Object(entries) => {
            for (key, entry) in entries.iter_mut() {
                let deeper = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(entry, &deeper, replace)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

fn replace(
    text: &str,
    substitutions: &BTreeMap<String, String>,
    used: &mut BTreeSet<String>,
    path: &str,
) -> Result<String, LoadError> {
    let mut result = String::new();
    let mut left = text;
    while let Some((before, rest)) = left.split_once("${") {
        let Some((name, after)) = rest.split_once('}') else {
            return Err(LoadError::new(TOP, path, "has ${ without }"));
        };
        let Some(replacement) = substitutions.get(name) else {
            return Err(LoadError::new(TOP, path, format!("the substitution ${{{name}}} is missing")));
        };
        used.insert(name.to_owned());
        result.push_str(before);
        result.push_str(replacement);
        left = after;
    }
    result.push_str(left);
    Ok(result)
}
