//! Binds the names that a state's expressions can use: `$states` and the variables in scope.

use std::cell::OnceCell;

use serde_json::{Map, Value};

use super::failure::Failure;
use super::record::About;
use super::scope::Scope;
use crate::host::Host;
use crate::jsonata::Names;
use crate::template::{Template, Unevaluated};

/// The values at one moment of a state's visit. All expressions evaluated with it see the same
/// values, which is why `Assign` and `Output` behave as if they ran in parallel [5.14]. Members of
/// `$states` are built only when an expression reads them.
pub(super) struct Bindings<'v, 'r, H> {
    input: &'v Value,
    result: Option<&'v Value>,
    error: Option<Value>,
    about: About<'v, 'r, H>,
    context: OnceCell<Value>,
    states: OnceCell<Value>,
    scope: &'v Scope<'v>,
}

impl<'v, 'r, H: Host> Bindings<'v, 'r, H> {
    pub(super) fn new(input: &'v Value, about: About<'v, 'r, H>, scope: &'v Scope<'v>) -> Self {
        let (context, states) = (OnceCell::new(), OnceCell::new());
        Self { input, result: None, error: None, about, context, states, scope }
    }

    /// Adds `$states.result`.
    pub(super) fn with_result(self, result: &'v Value) -> Self {
        Self { result: Some(result), ..self }
    }

    /// Adds `$states.errorOutput`.
    pub(super) fn with_error(self, failure: &Failure) -> Self {
        Self { error: Some(failure.output()), ..self }
    }

    pub(super) fn evaluate(&self, field: &str, template: &Template) -> Result<Value, Unevaluated> {
        template.evaluate(field, self)
    }
}

impl<H: Host> Names for Bindings<'_, '_, H> {
    fn value(&self, name: &str) -> Option<&Value> {
        if name != "states" {
            return self.scope.get(name);
        }
        Some(self.states.get_or_init(|| {
            let members = ["input", "context", "result", "errorOutput"];
            let known = |member: &str| Some((member.to_owned(), self.of_states(member)?.clone()));
            Value::Object(members.into_iter().filter_map(known).collect::<Map<_, _>>())
        }))
    }

    fn of_states(&self, member: &str) -> Option<&Value> {
        match member {
            "input" => Some(self.input),
            "context" => Some(self.context.get_or_init(|| self.about.context())),
            "result" => self.result,
            "errorOutput" => self.error.as_ref(),
            _ => None,
        }
    }
}

/// Returns the error for an expression whose value has the wrong type for its field.
pub(super) fn unexpected(field: &str, template: &Template, expected: &str) -> Unevaluated {
    let cause = format!(
        "The JSONata expression '{}' specified for the field '{field}' returned an unexpected result type. Expected {expected}.",
        template.text(),
    );
    Unevaluated { location: field.to_owned(), cause }
}
