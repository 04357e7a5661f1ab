//! The functions that an expression may call. The crate keeps objects in hash maps whose order
//! changes between runs, so functions that expose this order are replaced by ones that sort.
//! Functions that read the clock or use randomness are left out on purpose.

use std::collections::BTreeSet;

use jsonata_rs::{ArrayFlags, Error, FunctionContext, JsonAta, Result, Value as Term};
use serde_json::Value;

use super::values;

/// Supported functions. `$parse` (JSON text to value) exists only in Step Functions, not in
/// JSONata.
pub(super) const SUPPORTED: [&str; 47] = [
    "abs",
    "append",
    "assert",
    "base64decode",
    "base64encode",
    "boolean",
    "ceil",
    "contains",
    "count",
    "distinct",
    "error",
    "exists",
    "filter",
    "floor",
    "fromMillis",
    "join",
    "keys",
    "length",
    "lookup",
    "lowercase",
    "map",
    "match",
    "max",
    "merge",
    "min",
    "not",
    "number",
    "pad",
    "parse",
    "power",
    "reduce",
    "replace",
    "reverse",
    "round",
    "single",
    "sort",
    "split",
    "sqrt",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "sum",
    "toMillis",
    "trim",
    "uppercase",
    "zip",
];

/// Functions that the interpreter replaces, as pairs: the name in expressions, and the name that it
/// is registered under.
const REPLACED: [(&str, &str); 2] = [("string", "engineString"), ("keys", "engineKeys")];

/// Wraps the source in a block that redefines the replaced functions. The crate binds its own
/// functions last, so only a block can shadow them.
pub(super) fn program(source: &str, called: &BTreeSet<String>) -> String {
    let replaced: Vec<String> = REPLACED
        .iter()
        .filter(|(name, _)| called.contains(*name))
        .map(|(name, ours)| format!("${name} := ${ours}; "))
        .collect();
    if replaced.is_empty() { source.to_owned() } else { format!("({}{source})", replaced.concat()) }
}

/// Registers the interpreter's functions.
pub(super) fn register(parsed: &JsonAta<'_>) {
    parsed.register_function("engineString", 1, |context, args| string(&context, args));
    parsed.register_function("engineKeys", 1, |context, args| Ok(keys(&context, args)));
    parsed.register_function("parse", 1, |context, args| parse(&context, args));
}

fn argument<'a>(context: &FunctionContext<'a, '_>, args: &[&'a Term<'a>]) -> &'a Term<'a> {
    args.first().copied().unwrap_or(context.input)
}

fn refused(context: &FunctionContext<'_, '_>, name: &str) -> Error {
    Error::T0410ArgumentNotValid(context.char_index, 1, name.to_owned())
}

/// Implements `$string`, with the keys of objects sorted.
fn string<'a>(context: &FunctionContext<'a, '_>, args: &[&'a Term<'a>]) -> Result<&'a Term<'a>> {
    let value = argument(context, args);
    if value.is_undefined() || value.is_string() {
        return Ok(value);
    }
    if value.is_function() {
        return Ok(Term::string(context.arena, ""));
    }
    let json = values::from_term(value).map_err(|_| refused(context, "string"))?.unwrap_or_default();
    let is_pretty = args.get(1).is_some_and(|pretty| pretty.is_truthy());
    let text = if is_pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) };
    Ok(Term::string(context.arena, &text.map_err(|_| refused(context, "string"))?))
}

/// Implements `$keys`, sorted.
fn keys<'a>(context: &FunctionContext<'a, '_>, args: &[&'a Term<'a>]) -> &'a Term<'a> {
    let value = argument(context, args);
    let mut found = BTreeSet::new();
    if value.is_object() {
        found.extend(value.entries().map(|(key, _)| key.to_string()));
    } else if value.is_array() {
        for member in value.members().filter(|member| member.is_object()) {
            found.extend(member.entries().map(|(key, _)| key.to_string()));
        }
    }
    let result = Term::array(context.arena, ArrayFlags::SEQUENCE);
    for key in found {
        result.push(Term::string(context.arena, &key));
    }
    result
}

/// Implements `$parse`: parses a JSON text.
fn parse<'a>(context: &FunctionContext<'a, '_>, args: &[&'a Term<'a>]) -> Result<&'a Term<'a>> {
    let text = argument(context, args);
    if text.is_undefined() {
        return Ok(text);
    }
    if !text.is_string() {
        return Err(refused(context, "parse"));
    }
    let value: Value = serde_json::from_str(&text.as_str()).map_err(|_| refused(context, "parse"))?;
    Ok(values::to_term(context.arena, &value))
}
