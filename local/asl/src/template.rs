//! A field that may contain `{% expressions %}`: JSON in which each string is either a literal or
//! one JSONata expression.

use serde_json::Value;

use crate::jsonata::{Expression, Names};

/// A field before evaluation.
#[derive(Debug, Clone)]
pub(crate) enum Template {
    /// A number, a boolean, null, or a string without an expression.
    Literal(Value),
    /// A string that is one `{% expression %}`.
    Expression(Expression),
    /// A list, evaluated member by member.
    Array(Vec<Template>),
    /// An object, evaluated entry by entry.
    Object(Vec<(String, Template)>),
}

/// An expression that failed, with the field that contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unevaluated {
    pub(crate) location: String,
    pub(crate) cause: String,
}

impl Template {
    /// Parses a field. The error is the path inside the field and the problem.
    pub(crate) fn parse(value: &Value) -> Result<Self, (String, String)> {
        Ok(match value {
            Value::String(text) => return Self::parse_text(text).map_err(|problem| (String::new(), problem)),
            Value::Array(members) => {
                let members = members.iter().enumerate();
                Self::Array(
                    members
                        .map(|(index, member)| Self::parse_inside(&format!("[{index}]"), member))
                        .collect::<Result<_, _>>()?,
                )
            }
            Value::Object(entries) => {
                let entry = |(key, entry): (&String, &Value)| {
                    Self::parse_inside(&format!(".{key}"), entry).map(|template| (key.clone(), template))
                };
                Self::Object(entries.iter().map(entry).collect::<Result<_, _>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Literal(value.clone()),
        })
    }

    fn parse_inside(place: &str, value: &Value) -> Result<Self, (String, String)> {
        Self::parse(value).map_err(|(rest, problem)| (format!("{place}{rest}"), problem))
    }

    fn parse_text(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix("{%").and_then(|rest| rest.strip_suffix("%}"));
        match inner {
            Some(source) => Ok(Self::Expression(Expression::parse(source)?)),
            None if text.trim_start().starts_with("{%") || text.trim_end().ends_with("%}") => {
                Err("an expression must be the whole string, from {% to %}".to_owned())
            }
            None => Ok(Self::Literal(Value::String(text.to_owned()))),
        }
    }

    /// Evaluates the field. `field` is its name in errors.
    pub(crate) fn evaluate(&self, field: &str, names: &dyn Names) -> Result<Value, Unevaluated> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expression(expression) => evaluate(expression, field, names),
            Self::Array(members) => members
                .iter()
                .enumerate()
                .map(|(index, member)| member.evaluate(&format!("{field}[{index}]"), names))
                .collect(),
            Self::Object(entries) => entries
                .iter()
                .map(|(key, entry)| Ok((key.clone(), entry.evaluate(&format!("{field}/{key}"), names)?)))
                .collect::<Result<serde_json::Map<_, _>, _>>()
                .map(Value::Object),
        }
    }

    /// Lists all expressions in the field.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Expression(expression) => vec![expression],
            Self::Array(members) => members.iter().flat_map(Self::expressions).collect(),
            Self::Object(entries) => entries.iter().flat_map(|(_, entry)| entry.expressions()).collect(),
        }
    }

    /// Formats the field for diagrams and tables: the literal, or the expression without its
    /// braces. Lists and objects are abbreviated.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Literal(Value::String(text)) => text.clone(),
            Self::Literal(value) => value.to_string(),
            Self::Expression(expression) => expression.source().to_owned(),
            Self::Array(_) => "[...]".to_owned(),
            Self::Object(_) => "{...}".to_owned(),
        }
    }
}

/// Evaluates one expression. JSONata's "nothing" is an error [5.14].
fn evaluate(expression: &Expression, field: &str, names: &dyn Names) -> Result<Value, Unevaluated> {
    let problem = match expression.evaluate(names) {
        Ok(Some(value)) => return Ok(value),
        Ok(None) => "returned nothing (undefined).".to_owned(),
        Err(problem) => format!("threw an error: {problem}"),
    };
    let source = expression.source();
    let cause = format!("The JSONata expression '{source}' specified for the field '{field}' {problem}");
    Err(Unevaluated { location: field.to_owned(), cause })
}
