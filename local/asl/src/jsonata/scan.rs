//! Scans an expression's tokens before it is parsed: the variables it reads, the functions it
//! calls, and any construct that the interpreter cannot evaluate faithfully. The crate's syntax
//! tree is not public, and some of its gaps are panics.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use super::functions::SUPPORTED;

/// Variables and functions that an expression refers to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) variables: BTreeSet<String>,
    pub(super) functions: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// `$name`, without the dollar.
    Variable(String),
    /// A field name or keyword.
    Name(String),
    /// A string, number, quoted name or regular expression.
    Value,
    /// A character of an operator or a bracket.
    Mark(char),
}

impl Word {
    /// Returns true if an operand ends here, so that a following operator is binary.
    fn ends_operand(&self) -> bool {
        match self {
            Self::Variable(_) | Self::Value => true,
            Self::Name(name) => !matches!(name.as_str(), "and" | "or" | "in"),
            Self::Mark(mark) => matches!(mark, ')' | ']' | '}'),
        }
    }
}

/// Scans the expression and refuses unsupported constructs.
pub(super) fn scan(source: &str) -> Result<Found, String> {
    let words = words(source);
    let bound = bound(&words);
    let mut found = Found::default();
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &words[index]);
        match word {
            Word::Mark(mark) => refuse_mark(*mark, before, words.get(index + 1))?,
            Word::Variable(name) if name == "$" => {
                return Err("$$ means nothing in a state machine; write $states.input".to_owned());
            }
            Word::Variable(name) if name.is_empty() || bound.contains(name) => {}
            Word::Variable(name) if SUPPORTED.contains(&name.as_str()) => {
                found.functions.insert(name.clone());
            }
            Word::Variable(name) if words.get(index + 1) == Some(&Word::Mark('(')) => {
                return Err(format!("calls ${name}(), which the interpreter does not support"));
            }
            Word::Variable(name) => {
                found.variables.insert(name.clone());
            }
            Word::Name(_) | Word::Value => {}
        }
    }
    Ok(found)
}

/// Refuses operators that make the crate panic, or whose result depends on an order that changes
/// between runs.
fn refuse_mark(mark: char, before: Option<&Word>, after: Option<&Word>) -> Result<(), String> {
    let is_prefix = !before.is_some_and(Word::ends_operand);
    let what = match mark {
        '%' if is_prefix => "the parent operator %",
        '*' if is_prefix => "the wildcards * and **",
        '|' => "the transform operator |...|",
        '?' if is_prefix && matches!(after, Some(Word::Mark(',' | ')'))) => "partial application f(?)",
        _ => return Ok(()),
    };
    Err(format!("uses {what}, which the interpreter does not support"))
}

/// Returns the variables that an expression binds itself: by `:=`, as parameters, or as `@$focus`
/// and `#$index`.
fn bound(words: &[Word]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut in_parameters = false;
    for (index, word) in words.iter().enumerate() {
        match word {
            Word::Name(name) if name == "function" || name == "λ" => in_parameters = true,
            Word::Mark(')') => in_parameters = false,
            Word::Variable(name) => {
                let is_assigned = words.get(index + 1) == Some(&Word::Mark(':'))
                    && words.get(index + 2) == Some(&Word::Mark('='));
                let is_focus = index > 0 && matches!(words[index - 1], Word::Mark('@' | '#'));
                if in_parameters || is_assigned || is_focus {
                    names.insert(name.clone());
                }
            }
            Word::Name(_) | Word::Value | Word::Mark(_) => {}
        }
    }
    names
}

fn words(source: &str) -> Vec<Word> {
    let mut left = source.chars().peekable();
    let mut words: Vec<Word> = Vec::new();
    while let Some(first) = left.next() {
        let word = match first {
            _ if first.is_whitespace() => continue,
            '"' | '\'' | '`' => {
                skip_until(&mut left, first, first != '`');
                Word::Value
            }
            '/' if left.peek() == Some(&'*') => {
                skip_comment(&mut left);
                continue;
            }
            '/' if !words.last().is_some_and(Word::ends_operand) => {
                skip_until(&mut left, '/', true);
                Word::Value
            }
            '$' if left.next_if_eq(&'$').is_some() => Word::Variable("$".to_owned()),
            '$' => Word::Variable(take_name(&mut left)),
            _ if first.is_ascii_digit() => {
                take_name(&mut left);
                Word::Value
            }
            _ if first.is_alphabetic() || first == '_' => {
                Word::Name(format!("{first}{}", take_name(&mut left)))
            }
            _ => Word::Mark(first),
        };
        words.push(word);
    }
    words
}

fn take_name(left: &mut Peekable<Chars<'_>>) -> String {
    let mut name = String::new();
    while let Some(next) = left.next_if(|next| next.is_alphanumeric() || *next == '_') {
        name.push(next);
    }
    name
}

fn skip_until(left: &mut Peekable<Chars<'_>>, end: char, has_escapes: bool) {
    while let Some(next) = left.next() {
        if next == end {
            return;
        }
        if next == '\\' && has_escapes {
            left.next();
        }
    }
}

fn skip_comment(left: &mut Peekable<Chars<'_>>) {
    let mut before = ' ';
    left.next();
    for next in left.by_ref() {
        if before == '*' && next == '/' {
            return;
        }
        before = next;
    }
}
