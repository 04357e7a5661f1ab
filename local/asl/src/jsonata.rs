//! The one place where JSONata is evaluated. An expression is read when the machine loads, so that what it names and calls is known and
//! what the interpreter cannot promise (the clock, chance, the order of an object's keys) is refused then. A plain one (see [`plain`]) is
//! evaluated as it was read. Any other is parsed again at each evaluation, because a parsed expression is tied to the arena of its values.
//!
//! One gap is known: the crate joins an object to a string (`&`) in an order of keys that changes from run to run. Write `$string(object)`.

mod functions;
mod plain;
mod scan;
mod values;

use std::collections::BTreeSet;

use bumpalo::Bump;
use jsonata_rs::{JsonAta, Value as Term};
use plain::Plain;
use serde_json::Value;

/// Nested evaluations beyond this are an error and not an exhausted stack.
const DEPTH_MAX: usize = 80;

/// What the variables of an expression stand for.
pub(crate) trait Names {
    /// The value of a variable, `states` among them.
    fn value(&self, name: &str) -> Option<&Value>;

    /// One member of `$states`: most expressions want no more of it, so that it need not be put together.
    fn of_states(&self, member: &str) -> Option<&Value>;
}

/// A JSONata expression that is known to parse.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    /// As the definition has it, without the `{% %}`.
    source: String,
    /// The expression itself, if it is a plain one.
    plain: Option<Plain>,
    /// What is evaluated otherwise: the source behind the interpreter's own versions of some functions.
    program: String,
    /// The variables it reads and does not bind itself, `states` among them.
    names: BTreeSet<String>,
}

impl Expression {
    /// Reads an expression, or says why it cannot be used.
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

    /// The variables it reads and does not bind itself.
    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// The value of the expression, `None` if it gives nothing.
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

/// Whether `name` is a function of the language, which a variable must not hide.
pub(crate) fn is_function(name: &str) -> bool {
    functions::SUPPORTED.contains(&name)
}

#[cfg(test)]
#[path = "jsonata/tests.rs"]
mod tests;
