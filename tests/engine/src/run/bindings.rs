//! What the expressions of a state can name: `$states` and the variables in scope.

use serde_json::{Map, Value};

use super::failure::Failure;
use super::scope::Scope;
use crate::template::{Template, Unevaluated};

/// The values at one moment of a state's visit. All expressions evaluated with it see the same, which is why `Assign` and `Output` run
/// as if in parallel [5.14].
pub(super) struct Bindings<'v> {
    states: Value,
    scope: &'v Scope<'v>,
}

impl<'v> Bindings<'v> {
    pub(super) fn new(input: &Value, context: Value, scope: &'v Scope<'v>) -> Self {
        let mut states = Map::new();
        states.insert("input".to_owned(), input.clone());
        states.insert("context".to_owned(), context);
        Self { states: Value::Object(states), scope }
    }

    /// Adds `$states.result`.
    pub(super) fn with_result(mut self, result: &Value) -> Self {
        self.states["result"] = result.clone();
        self
    }

    /// Adds `$states.errorOutput`.
    pub(super) fn with_error(mut self, failure: &Failure) -> Self {
        self.states["errorOutput"] = failure.output();
        self
    }

    pub(super) fn evaluate(&self, field: &str, template: &Template) -> Result<Value, Unevaluated> {
        template
            .evaluate(field, &|name| if name == "states" { Some(&self.states) } else { self.scope.get(name) })
    }
}

/// An expression that gave another kind of value than its field needs.
pub(super) fn unexpected(field: &str, template: &Template, expected: &str) -> Unevaluated {
    let cause = format!(
        "The JSONata expression '{}' specified for the field '{field}' returned an unexpected result type. Expected {expected}.",
        template.text(),
    );
    Unevaluated { location: field.to_owned(), cause }
}
