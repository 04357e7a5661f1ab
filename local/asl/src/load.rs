//! Loads the text of a definition into a [`Machine`], or reports the first problem with its state
//! and field.

mod check;
mod fields;
mod handling;
mod states;
mod text;
mod yields;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::Machine;
use fields::Fields;

/// Maximum length of the name of a state or variable, in characters.
const NAME_CHARS_MAX: usize = 80;

/// State named in errors that belong to no state.
const TOP: &str = "(top level)";
/// Maximum size of a definition [5.2].
const DEFINITION_BYTES_MAX: usize = 1024 * 1024;
/// Longest time that the language can express, in seconds.
const SECONDS_MAX: u64 = 99_999_999;

/// The reason why a definition was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("state {state}, field {field}: {problem}")]
pub struct LoadError {
    /// Name of the state, or `(top level)`.
    pub state: String,
    /// Field, with its path inside the state.
    pub field: String,
    /// Problem with the field.
    pub problem: String,
}

impl LoadError {
    fn new(state: &str, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { state: state.to_owned(), field: field.into(), problem: problem.into() }
    }
}

impl Machine {
    /// Loads a definition. `name` becomes `$states.context.StateMachine.Name`. Each `${Name}` in a
    /// string is replaced by its substitution.
    ///
    /// # Errors
    ///
    /// Returns the first problem found. A substitution that is missing or unused is a problem too.
    pub fn load(
        name: &str,
        definition: &str,
        substitutions: &BTreeMap<String, String>,
    ) -> Result<Self, LoadError> {
        if definition.len() > DEFINITION_BYTES_MAX {
            return Err(LoadError::new(TOP, "definition", "is larger than 1 MB"));
        }
        let mut value = text::read(definition)?;
        text::substitute(&mut value, substitutions)?;
        let mut fields = Fields::new(TOP, "", &value)?;
        let comment = fields.text("Comment")?;
        match fields.text("QueryLanguage")?.as_deref() {
            Some("JSONata") => {}
            Some(other) => return Err(fields.wrong("QueryLanguage", format!("{other} is not supported"))),
            None => return Err(fields.wrong("QueryLanguage", "is required, and must be JSONata")),
        }
        let timeout = fields.whole("TimeoutSeconds", 1..=SECONDS_MAX)?.map(Duration::from_secs);
        let root = states::level(&mut fields)?;
        fields.finish()?;
        let machine = Self { name: name.to_owned(), comment, timeout, root };
        check::check(&machine)?;
        Ok(machine)
    }
}

#[cfg(test)]
#[path = "load/tests.rs"]
mod tests;
