//! Evaluates JSONata, for the whole interpreter. An expression is scanned when the machine loads,
//! which finds the variables and functions it uses. Anything that is not reproducible (the clock,
//! randomness, the order of an object's keys) is refused at that point. A plain expression (see
//! [`plain`]) is evaluated as it was read. Any other is parsed again at each evaluation, because a
//! parsed expression is tied to the arena of its values.
//!
//! Known gap: when an object is joined to a string with `&`, the crate writes the object's keys in
//! an order that changes between runs. Use `$string(object)` instead.

mod functions;
mod plain;
mod scan;
mod values;

use std::collections::BTreeSet;

use bumpalo::Bump;
use jsonata_rs::{JsonAta, Value as Term};
use plain::Plain;
use serde_json::Value;

/// Maximum depth of nested evaluations: beyond it the evaluation fails instead of overflowing the
/// stack.
const DEPTH_MAX: usize = 80;

/// The values of the variables that an expression reads.
pub(crate) trait Names {
    /// Returns the value of a variable, including `states`.
    fn value(&self, name: &str) -> Option<&Value>;

    /// Returns one member of `$states`. Most expressions read only one, so building the whole
    /// object would be wasted work.
    fn of_states(&self, member: &str) -> Option<&Value>;
}

/// A JSONata expression that has been parsed successfully once.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    /// Source as in the definition, without `{%` and `%}`.
    source: String,
    /// The parsed expression, if it is plain.
    plain: Option<Plain>,
    /// Program for the crate, used when `plain` cannot decide: the source, preceded by the
    /// interpreter's own versions of some functions.
    program: String,
    /// Variables that the expression reads and does not bind itself, including `states`.
    names: BTreeSet<String>,
}

impl Expression {
    /// Parses an expression. The error is a text that says why the expression is refused.
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        let found = scan::scan(source)?;
        let arena = Bump::new();
        JsonAta::new(source, &arena).map_err(|error| format!("does not parse: {error}"))?;
        let program = functions::program(source, &found.functions);
        let source = source.trim().to_owned();
        Ok(Self { plain: Plain::read(&source), source, program, names: found.variables })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Returns the variables that the expression reads and does not bind itself.
    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Evaluates the expression. `None` is JSONata's "nothing" (undefined).
    pub(crate) fn evaluate(&self, names: &dyn Names) -> Result<Option<Value>, String> {
        match self.plain.as_ref().map(|plain| plain.evaluate(names)) {
            Some(Ok(value)) => Ok(value),
            None | Some(Err(plain::Unsure)) => self.by_the_crate(names),
        }
    }

    fn by_the_crate(&self, names: &dyn Names) -> Result<Option<Value>, String> {
        let arena = Bump::new();
        let parsed = JsonAta::new(&self.program, &arena).map_err(|error| error.to_string())?;
        functions::register(&parsed);
        for name in &self.names {
            if let Some(value) = names.value(name) {
                parsed.assign_var(name, values::to_term(&arena, value));
            }
        }
        let term: &Term<'_> =
            parsed.evaluate_timeboxed(None, Some(DEPTH_MAX), None).map_err(|error| error.to_string())?;
        values::from_term(term)
    }
}

/// Returns true if `name` is a function of the language. A variable must not shadow one.
pub(crate) fn is_function(name: &str) -> bool {
    functions::SUPPORTED.contains(&name)
}

#[cfg(test)]
#[path = "jsonata/tests.rs"]
mod tests;
