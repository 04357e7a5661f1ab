//! A fast path for the expressions that make up most of a state machine (`$plan.action = 'remove'`,
//! `$plans + 1`, a path). The crate parses the expression and copies every variable it names into
//! an arena, which takes a hundred times as long. Any expression or value that is not clearly plain
//! is left to the crate, so there is only one definition of JSONata.

use serde_json::Value;

use super::{Names, values};

/// A plain expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Plain {
    /// A single path or literal.
    One(Atom),
    /// `a = b`, or several of these joined by `and`.
    Equal(Vec<(Atom, Atom)>),
    /// `a + b`.
    Sum(Atom, Atom),
    /// `a & b & c`.
    Joined(Vec<Atom>),
}

/// An operand.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Atom {
    /// `$name.field.field`
    Path(String, Vec<String>),
    /// A string without escapes, a whole number, or `null`, `true` or `false`.
    Literal(Value),
}

/// A value is not plain: the crate must evaluate the expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsure;

impl Plain {
    /// Parses an expression; returns `None` if it is not plain.
    pub(super) fn read(source: &str) -> Option<Self> {
        let source = source.trim();
        if let Some(parts) = split(source, " & ") {
            return parts.into_iter().map(Atom::read).collect::<Option<_>>().map(Self::Joined);
        }
        if let Some(parts) = split(source, " + ") {
            let [left, right] = <[&str; 2]>::try_from(parts).ok()?;
            return Some(Self::Sum(Atom::read(left)?, Atom::read(right)?));
        }
        let parts = split(source, " and ").unwrap_or_else(|| vec![source]);
        if let [one] = parts[..]
            && let Some(atom) = Atom::read(one)
        {
            return Some(Self::One(atom));
        }
        let equal = |part: &str| {
            let [left, right] = <[&str; 2]>::try_from(split(part, " = ")?).ok()?;
            Some((Atom::read(left)?, Atom::read(right)?))
        };
        parts.into_iter().map(equal).collect::<Option<_>>().map(Self::Equal)
    }

    /// Evaluates the expression to the same value as the crate. `None` is JSONata's "nothing".
    pub(super) fn evaluate(&self, names: &dyn Names) -> Result<Option<Value>, Unsure> {
        match self {
            Self::One(atom) => Ok(atom.find(names)?.map(values::through)),
            Self::Equal(pairs) => {
                for (left, right) in pairs {
                    if !equal(left.find(names)?, right.find(names)?)? {
                        return Ok(Some(Value::Bool(false)));
                    }
                }
                Ok(Some(Value::Bool(true)))
            }
            Self::Sum(left, right) => Ok(Some(Value::from(left.whole(names)? + right.whole(names)?))),
            Self::Joined(atoms) => {
                let mut joined = String::new();
                for atom in atoms {
                    joined.push_str(atom.find(names)?.and_then(Value::as_str).ok_or(Unsure)?);
                }
                Ok(Some(Value::String(joined)))
            }
        }
    }
}

impl Atom {
    fn read(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix('$') {
            let mut names = path.split('.').map(|name| is_name(name).then(|| name.to_owned()));
            let first = names.next()??;
            return names.collect::<Option<_>>().map(|fields| Self::Path(first, fields));
        }
        let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        Some(Self::Literal(match (quoted, text) {
            (Some(inner), _) => Value::from(Some(inner).filter(|inner| !inner.contains(['\'', '\\']))?),
            (None, "null") => Value::Null,
            (None, "true") => Value::Bool(true),
            (None, "false") => Value::Bool(false),
            (None, digits) => Value::from(digits.parse::<u32>().ok().filter(|it| it.to_string() == digits)?),
        }))
    }

    /// Returns a whole number of at most 2^52, so that a sum of two is still exact as a double.
    fn whole(&self, names: &dyn Names) -> Result<i64, Unsure> {
        let number = self.find(names)?.and_then(Value::as_i64);
        number.filter(|number| number.unsigned_abs() <= 1 << 52).ok_or(Unsure)
    }

    /// Looks up the operand's value. A list on the path is [`Unsure`], because JSONata maps the
    /// rest of the path over its members.
    fn find<'v>(&'v self, names: &'v dyn Names) -> Result<Option<&'v Value>, Unsure> {
        let (name, fields) = match self {
            Self::Literal(value) => return Ok(Some(value)),
            Self::Path(name, fields) => (name, fields),
        };
        let (first, fields) = match fields.split_first() {
            Some((member, rest)) if name == "states" => (names.of_states(member), rest),
            Some(_) | None => (names.value(name), fields.as_slice()),
        };
        fields.iter().try_fold(first, |found, field| field_of(found, field))
    }
}

/// Returns a field of a value; [`Unsure`] if the value is a list.
fn field_of<'v>(value: Option<&'v Value>, field: &str) -> Result<Option<&'v Value>, Unsure> {
    match value {
        Some(Value::Object(entries)) => Ok(entries.get(field)),
        Some(Value::Array(_)) => Err(Unsure),
        None | Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => Ok(None),
    }
}

/// Compares two values; [`Unsure`] if either is a list or an object.
fn equal(left: Option<&Value>, right: Option<&Value>) -> Result<bool, Unsure> {
    let (Some(left), Some(right)) = (left, right) else { return Ok(false) };
    match (left, right) {
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => Err(Unsure),
        (Value::Number(left), Value::Number(right)) => Ok(left.as_f64() == right.as_f64()),
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => Ok(left == right),
    }
}

/// Splits the source at an operator outside quotes; `None` if the operator does not occur there.
fn split<'s>(source: &'s str, operator: &str) -> Option<Vec<&'s str>> {
    let mut parts = vec![];
    let mut begin = 0;
    for (at, _) in source.match_indices(operator) {
        let is_quoted = source[..at].matches('\'').count() % 2 == 1;
        if at >= begin && !is_quoted {
            parts.push(source[begin..at].trim());
            begin = at + operator.len();
        }
    }
    parts.push(source[begin..].trim());
    (parts.len() > 1).then_some(parts)
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|next| next.is_ascii_alphanumeric() || next == '_')
        && !matches!(text, "and" | "or" | "in" | "null" | "true" | "false" | "function")
}
