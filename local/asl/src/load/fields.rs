//! Reads an object of the definition field by field. A field that no reader has taken by the end is
//! refused by name as unsupported.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::LoadError;
use crate::template::Template;

/// The fields of one object that have not been read yet.
pub(super) struct Fields<'d> {
    state: String,
    prefix: String,
    left: BTreeMap<&'d str, &'d Value>,
}

impl<'d> Fields<'d> {
    /// Creates a reader for `value`, which belongs to `state`. `prefix` is the path of `value`
    /// inside the state, with a dot at the end.
    pub(super) fn new(state: &str, prefix: &str, value: &'d Value) -> Result<Self, LoadError> {
        let Some(object) = value.as_object() else {
            let field = if prefix.is_empty() { "(itself)" } else { prefix.trim_end_matches('.') };
            return Err(LoadError::new(state, field, "must be an object"));
        };
        let left = object.iter().map(|(key, value)| (key.as_str(), value)).collect();
        Ok(Self { state: state.to_owned(), prefix: prefix.to_owned(), left })
    }

    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// Returns the path of a field, as used in errors.
    pub(super) fn path(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    pub(super) fn wrong(&self, field: &str, problem: impl Into<String>) -> LoadError {
        LoadError::new(&self.state, self.path(field), problem)
    }

    pub(super) fn take(&mut self, field: &str) -> Option<&'d Value> {
        self.left.remove(field)
    }

    pub(super) fn required(&mut self, field: &str) -> Result<&'d Value, LoadError> {
        self.take(field).ok_or_else(|| self.wrong(field, "is required"))
    }

    pub(super) fn text(&mut self, field: &str) -> Result<Option<String>, LoadError> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.wrong(field, "must be a string")),
        }
    }

    pub(super) fn required_text(&mut self, field: &str) -> Result<String, LoadError> {
        self.text(field)?.ok_or_else(|| self.wrong(field, "is required"))
    }

    pub(super) fn whole(
        &mut self,
        field: &str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, LoadError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let (least, most) = (range.start(), range.end());
        let number = value.as_u64().filter(|number| range.contains(number));
        let wrong = || self.wrong(field, format!("must be a whole number from {least} to {most}"));
        number.ok_or_else(wrong).map(Some)
    }

    pub(super) fn template(&mut self, field: &str) -> Result<Option<Template>, LoadError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let parsed = Template::parse(value);
        parsed.map(Some).map_err(|(place, problem)| self.wrong(&format!("{field}{place}"), problem))
    }

    pub(super) fn required_template(&mut self, field: &str) -> Result<Template, LoadError> {
        self.template(field)?.ok_or_else(|| self.wrong(field, "is required"))
    }

    /// Reads a list that must not be empty if it is present.
    pub(super) fn list(&mut self, field: &str) -> Result<Vec<&'d Value>, LoadError> {
        match self.take(field) {
            None => Ok(Vec::new()),
            Some(Value::Array(members)) if !members.is_empty() => Ok(members.iter().collect()),
            Some(_) => Err(self.wrong(field, "must be a list with at least one member")),
        }
    }

    /// Refuses fields that have not been read.
    pub(super) fn finish(self) -> Result<(), LoadError> {
        match self.left.keys().next() {
            Some(unknown) => Err(self.wrong(unknown, "is not supported here")),
            None => Ok(()),
        }
    }
}
