//! The numbers that cite facts about AWS, such as `[2.11]`, against the entries of `docs/aws-facts.md`, both ways.

use crate::repository::SourceFile;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// The page that has an entry for every number.
pub const PAGE: &str = "docs/aws-facts.md";

/// The words that an entry may use for its certainty.
const CERTAINTIES: [&str; 4] = ["documented", "seen in public code", "inferred", "not verified"];

/// The number of a fact: a section of the page and a place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct FactNumber {
    section: u8,
    place: u8,
}

impl FactNumber {
    /// Reads a section from 1 to 9 and a place from 1 to 99. `1.0`, `1.05` and `0.1` are other numbers.
    fn read(text: &str) -> Option<Self> {
        let (section, place) = text.split_once('.')?;
        Some(Self { section: whole(section, 1)?, place: whole(place, 2)? })
    }
}

impl fmt::Display for FactNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.section, self.place)
    }
}

/// Reads a number of a few digits, the first of which is not zero.
fn whole(text: &str, digits_max: usize) -> Option<u8> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = text.len() <= digits_max && !text.starts_with('0');
    if is_number && is_short { text.parse().ok() } else { None }
}

/// Expands what stands in a pair of brackets: numbers and ranges of one section, separated by `, `.
fn expand(list: &str) -> Option<Vec<FactNumber>> {
    let mut numbers = Vec::new();
    for item in list.split(", ") {
        let (from, to) = item.split_once('-').unwrap_or((item, item));
        let (from, to) = (FactNumber::read(from)?, FactNumber::read(to)?);
        if from.section != to.section || from.place > to.place {
            return None;
        }
        numbers.extend((from.place..=to.place).map(|place| FactNumber { place, ..from }));
    }
    Some(numbers)
}

/// Where a kind of file has prose. Numbers in code cite nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    /// Everywhere but in blocks and spans of code.
    Markdown,
    /// In comments, and in strings after a word.
    Rust,
    /// In strings after a word.
    Json,
    /// In comments, and in values after a word.
    Yaml,
    /// In comments that start with `#`.
    Script,
}

impl Language {
    fn of(path: &str) -> Self {
        match Path::new(path).extension().and_then(|extension| extension.to_str()) {
            Some("md") => Self::Markdown,
            Some("rs") => Self::Rust,
            Some("json") => Self::Json,
            Some("yaml" | "yml" | "txt") => Self::Yaml,
            _ => Self::Script,
        }
    }

    /// Checks whether a bracket may open a citation, by what the line has before it.
    fn is_prose(self, before: &str) -> bool {
        match self {
            Self::Markdown => is_outside_code(before),
            Self::Rust => {
                let comment = before.split_once("//");
                comment.is_some_and(|(_, text)| is_outside_code(text))
                    || (is_in_string(before) && is_after_word(before))
            }
            Self::Json => is_in_string(before) && is_after_word(before),
            Self::Yaml => is_in_hash_comment(before) || is_after_word(before),
            Self::Script => is_in_hash_comment(before),
        }
    }
}

fn is_outside_code(before: &str) -> bool {
    before.matches('`').count().is_multiple_of(2)
}

fn is_in_string(before: &str) -> bool {
    !before.replace("\\\"", "").matches('"').count().is_multiple_of(2)
}

/// A list of numbers in YAML or JSON follows `: `, `- ` or `, `; a citation follows a word.
fn is_after_word(before: &str) -> bool {
    let word = before.strip_suffix(' ').and_then(|before| before.chars().next_back());
    word.is_some_and(|last| last.is_alphanumeric() || [')', '`'].contains(&last))
}

fn is_in_hash_comment(before: &str) -> bool {
    let mut hashes = before.match_indices('#').map(|(at, _)| before.split_at(at));
    let comment =
        hashes.find(|(code, _)| code.chars().next_back().is_none_or(|last| [' ', '\t'].contains(&last)));
    comment.is_some_and(|(_, text)| is_outside_code(text))
}

/// Checks whether a text after a bracket begins as a citation does: with a number, and then the end of the line, of the brackets
/// or of the number. So a list that goes on wrongly, or on the next line, is found.
fn begins_as_citation(text: &str) -> bool {
    let end = text.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let goes_on = rest.chars().next().is_none_or(|next| [']', ',', '-'].contains(&next));
    goes_on && FactNumber::read(number).is_some()
}

/// Finds the numbers that a line cites, and the citations that cannot be read.
fn of_line(language: Language, line: &str) -> Vec<Result<FactNumber, String>> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices('[') {
        let (before, text) = (&line[..at], &line[at + 1..]);
        if !begins_as_citation(text) || !language.is_prose(before) {
            continue;
        }
        // A hyphen between two pairs of brackets hides all that lies between their numbers.
        let closed = text.split_once(']').filter(|(_, rest)| !rest.starts_with("-["));
        if let Some(numbers) = closed.and_then(|(list, _)| expand(list)) {
            found.extend(numbers.into_iter().map(Ok));
        } else {
            let list = text.split(']').next().unwrap_or_default();
            found.push(Err(format!(
                "`[{list}` cannot be read: write numbers with a comma and a space between them, \
                 or a range in one pair of brackets, on one line"
            )));
        }
    }
    found
}

/// Finds the citations of a file, each with its line.
fn of_file(file: &SourceFile) -> Vec<(usize, Result<FactNumber, String>)> {
    let language = Language::of(&file.path);
    let mut is_code_block = false;
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if language == Language::Markdown && line.trim_start().starts_with("```") {
            is_code_block = !is_code_block;
        }
        if !is_code_block {
            found.extend(of_line(language, line).into_iter().map(|number| (index + 1, number)));
        }
    }
    found
}

/// Finds the numbered anchors of the page, each with its line.
fn anchors(page: &str) -> Vec<(usize, FactNumber)> {
    let number = |rest: &str| FactNumber::read(rest.split_once("\"></a>")?.0);
    let lines = page.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            line.split("<a id=\"").skip(1).filter_map(number).map(move |number| (index + 1, number))
        })
        .collect()
}

/// Finds anchors that are out of order or there twice, and entries that name no source or no certainty.
fn wrong_entries(page: &str, anchors: &[(usize, FactNumber)]) -> Vec<String> {
    let mut findings = Vec::new();
    for pair in anchors.windows(2) {
        let [(_, previous), (line, number)] = pair else { continue };
        if number <= previous {
            findings.push(format!("{PAGE}:{line}: the anchor {number} is there twice or out of order"));
        }
    }
    for (line, number) in anchors {
        // An entry is one paragraph.
        let lines: Vec<_> = page.lines().skip(line - 1).take_while(|line| !line.is_empty()).collect();
        let entry = lines.join(" ");
        if !entry.contains("*Source:* ") {
            findings.push(format!("{PAGE}:{line}: {number} names no source"));
        }
        let certainty = entry.split_once("*Certainty:* ").map_or("", |(_, certainty)| certainty);
        if !CERTAINTIES.iter().any(|word| certainty.starts_with(word)) {
            findings.push(format!("{PAGE}:{line}: the certainty of {number} is none of {CERTAINTIES:?}"));
        }
    }
    findings
}

/// Numbers without an entry, entries that nothing else cites, citations that cannot be read, and entries that are not complete.
pub fn mismatches(files: &[SourceFile]) -> Vec<String> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return vec![format!("{PAGE} is missing")];
    };
    let anchors = anchors(&page.text);
    let known: BTreeSet<_> = anchors.iter().map(|(_, number)| *number).collect();
    let mut cited = BTreeSet::new();
    let mut findings = wrong_entries(&page.text, &anchors);
    for file in files {
        for (line, found) in of_file(file) {
            let entry = anchors.iter().rfind(|(start, _)| file.path == PAGE && *start <= line);
            match found {
                Ok(number) if !known.contains(&number) => {
                    findings.push(format!("{}:{line}: {PAGE} has no entry {number}", file.path));
                }
                // An entry that cites itself is not cited.
                Ok(number) if entry.is_some_and(|(_, own)| *own == number) => {}
                Ok(number) => {
                    cited.insert(number);
                }
                Err(problem) => findings.push(format!("{}:{line}: {problem}", file.path)),
            }
        }
    }
    findings.extend(known.difference(&cited).map(|number| format!("{PAGE}: nothing cites {number}")));
    findings
}

#[cfg(test)]
mod tests;
