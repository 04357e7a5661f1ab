//! Reads the request of an AWS JSON service: checks every constraint of its model and reports all
//! violations at once. The texts are those of the real services, because users search for them and
//! some callers match on them.

use crate::service::Refusal;
use serde_json::{Map, Value};

/// Constraint of a text member, as the service's model states it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// Pattern of the model, for the message.
    pub(crate) pattern: &'static str,
    /// The pattern as code. It has to match the whole text.
    pub(crate) holds: fn(&str) -> bool,
    /// Minimum length in characters.
    pub(crate) shortest: usize,
    /// Maximum length in characters.
    pub(crate) longest: usize,
}

/// Returns the service's refusal of a request that violates its model.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("ValidationException", message)
}

/// A request, or a structure inside one, while it is read. Violations are collected until
/// [`Request::close`].
#[derive(Debug)]
#[must_use]
pub(crate) struct Request<'a> {
    members: Option<&'a Map<String, Value>>,
    path: String,
    faults: Vec<String>,
    misfit: Option<Refusal>,
}

impl<'a> Request<'a> {
    /// Opens the body of a request. Members that are not in `known` are violations.
    pub(crate) fn open(body: &'a Value, known: &[&str]) -> Self {
        Self::at(body, String::new(), known)
    }

    fn at(value: &'a Value, path: String, known: &[&str]) -> Self {
        let members = value.as_object();
        let mut request = Self { members, path, faults: Vec::new(), misfit: None };
        if members.is_none() && !value.is_null() {
            request.misfit = Some(misfit("structure"));
        }
        for (member, given) in members.into_iter().flatten() {
            if !known.contains(&member.as_str()) {
                let at = request.place(member);
                request.fault(given, &at, "Member must be one that the operation knows");
            }
        }
        request
    }

    /// Ends the reading. Refuses the request if there was any violation.
    pub(crate) fn close(self) -> Result<(), Refusal> {
        if let Some(misfit) = self.misfit {
            return Err(misfit);
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        let (count, plural) = (self.faults.len(), if self.faults.len() == 1 { "" } else { "s" });
        Err(invalid(format!("{count} validation error{plural} detected: {}", self.faults.join("; "))))
    }

    /// Reads a required text. A missing one is returned as an empty text, and then refused by
    /// [`Request::close`].
    pub(crate) fn text(&mut self, member: &str, rule: &Rule) -> &'a str {
        self.require(member);
        self.optional(member, rule).unwrap_or_default()
    }

    /// Reads an optional text.
    pub(crate) fn optional(&mut self, member: &str, rule: &Rule) -> Option<&'a str> {
        let given = self.get(member)?;
        let at = self.place(member);
        self.check(given, &at, rule)
    }

    /// Reads an optional word of an enumeration.
    pub(crate) fn choice(&mut self, member: &str, words: &[&str]) -> Option<&'a str> {
        let given = self.get(member)?;
        let word = self.fit(given.as_str(), "String")?;
        if !words.contains(&word) {
            let at = self.place(member);
            self.fault(given, &at, &format!("Member must satisfy enum value set: [{}]", words.join(", ")));
        }
        Some(word)
    }

    /// Reads an optional number from `least` to `most`.
    pub(crate) fn number(&mut self, member: &str, least: u64, most: u64) -> Option<usize> {
        let given = self.get(member)?;
        let number = self.fit(given.as_i64(), "Integer")?;
        let at = self.place(member);
        match u64::try_from(number) {
            Ok(number) if number > most => {
                self.fault(given, &at, &format!("Member must have value less than or equal to {most}"));
            }
            Ok(number) if number >= least => return usize::try_from(number).ok(),
            _ => self.fault(given, &at, &format!("Member must have value greater than or equal to {least}")),
        }
        None
    }

    /// Reads an optional list of `least` to `most` items.
    pub(crate) fn list(&mut self, member: &str, least: usize, most: usize) -> Option<&'a [Value]> {
        let given = self.get(member)?;
        let list = self.fit(given.as_array(), "list")?;
        let at = self.place(member);
        if list.len() > most {
            self.fault(given, &at, &format!("Member must have length less than or equal to {most}"));
        }
        if list.len() < least {
            self.fault(given, &at, &format!("Member must have length greater than or equal to {least}"));
        }
        Some(list)
    }

    /// Reads an optional list of texts.
    pub(crate) fn texts(&mut self, member: &str, (least, most): (usize, usize), rule: &Rule) -> Vec<&'a str> {
        let list = self.list(member, least, most).unwrap_or_default();
        let at = self.place(member);
        let numbered = list.iter().enumerate();
        numbered.filter_map(|(i, item)| self.check(item, &format!("{at}.{}.member", i + 1), rule)).collect()
    }

    /// Reads an optional list of structures, each with `read`.
    pub(crate) fn structures<T>(
        &mut self,
        member: &str,
        (least, most): (usize, usize),
        known: &[&str],
        mut read: impl FnMut(&mut Request<'a>) -> T,
    ) -> Vec<T> {
        let list = self.list(member, least, most).unwrap_or_default();
        let at = self.place(member);
        let mut read_items = Vec::with_capacity(list.len());
        for (i, item) in list.iter().enumerate() {
            let mut inner = Request::at(item, format!("{at}.{}.member", i + 1), known);
            read_items.push(read(&mut inner));
            self.absorb(inner);
        }
        read_items
    }

    /// Reads an optional structure with `read`.
    pub(crate) fn structure<T>(
        &mut self,
        member: &str,
        known: &[&str],
        read: impl FnOnce(&mut Request<'a>) -> T,
    ) -> Option<T> {
        let mut inner = Request::at(self.get(member)?, self.place(member), known);
        let result = read(&mut inner);
        self.absorb(inner);
        Some(result)
    }

    /// Records a violation if a required member is missing.
    pub(crate) fn require(&mut self, member: &str) {
        if self.get(member).is_none() {
            let at = self.place(member);
            self.faults
                .push(format!("Value null at '{at}' failed to satisfy constraint: Member must not be null"));
        }
    }

    /// Returns a member as it was sent. JSON's null counts as missing.
    pub(crate) fn get(&self, member: &str) -> Option<&'a Value> {
        self.members?.get(member).filter(|value| !value.is_null())
    }

    fn check(&mut self, given: &'a Value, at: &str, rule: &Rule) -> Option<&'a str> {
        let text = self.fit(given.as_str(), "String")?;
        let length = text.chars().count();
        if !(rule.holds)(text) {
            self.fault(
                given,
                at,
                &format!("Member must satisfy regular expression pattern: {}", rule.pattern),
            );
        }
        if length > rule.longest {
            self.fault(given, at, &format!("Member must have length less than or equal to {}", rule.longest));
        }
        if length < rule.shortest {
            self.fault(
                given,
                at,
                &format!("Member must have length greater than or equal to {}", rule.shortest),
            );
        }
        Some(text)
    }

    fn fit<T>(&mut self, value: Option<T>, wanted: &str) -> Option<T> {
        if value.is_none() {
            self.misfit.get_or_insert_with(|| misfit(wanted));
        }
        value
    }

    fn fault(&mut self, given: &Value, at: &str, constraint: &str) {
        let given = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
        self.faults.push(format!("Value '{given}' at '{at}' failed to satisfy constraint: {constraint}"));
    }

    fn absorb(&mut self, inner: Request<'a>) {
        self.faults.extend(inner.faults);
        self.misfit = self.misfit.take().or(inner.misfit);
    }

    /// Returns the path of a member as the services write it: `tags.1.member.key`.
    fn place(&self, member: &str) -> String {
        let mut letters = member.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let dot = if self.path.is_empty() { "" } else { "." };
        format!("{}{dot}{}{}", self.path, first.into_iter().collect::<String>(), letters.as_str())
    }
}

/// Returns the refusal of JSON of the wrong type. The service's parser refuses it before any
/// constraint is checked.
fn misfit(wanted: &str) -> Refusal {
    Refusal::new("SerializationException", format!("the value can not be converted to a {wanted}"))
}
