//! `Output` and `Assign` of a state, a choice rule or a catcher.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::{LoadError, NAME_CHARS_MAX};
use crate::jsonata;
use crate::model::Yields;

/// Reads `Output` and `Assign`.
pub(super) fn read(fields: &mut Fields<'_>) -> Result<Yields, LoadError> {
    let output = fields.template("Output")?;
    let mut assign = BTreeMap::new();
    if let Some(value) = fields.take("Assign") {
        let mut inner = Fields::new(fields.state(), &format!("{}.", fields.path("Assign")), value)?;
        for name in value.as_object().into_iter().flat_map(serde_json::Map::keys) {
            check_variable(name).map_err(|problem| inner.wrong(name, problem))?;
            assign.insert(name.clone(), inner.required_template(name)?);
        }
        inner.finish()?;
    }
    Ok(Yields { output, assign })
}

fn check_variable(name: &str) -> Result<(), &'static str> {
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|next| next.is_ascii_alphanumeric() || next == '_');
    match name {
        "states" => Err("is reserved"),
        _ if !is_word || name.chars().count() > NAME_CHARS_MAX => Err("is not the name of a variable"),
        _ if jsonata::is_function(name) => Err("would hide the function of that name"),
        _ => Ok(()),
    }
}
