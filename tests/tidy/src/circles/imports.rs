//! Which paths the text of a Rust file names: those of its `use` declarations, and those in its code.

use std::collections::{BTreeMap, BTreeSet};

/// The segments of a path.
type Path = Vec<String>;

/// What a file imports.
pub(super) struct Imports {
    /// Every path that the file uses, as it is written.
    pub(super) used: BTreeSet<Path>,
    /// The names that `use` brings into the file, with their paths.
    pub(super) names: BTreeMap<String, Path>,
}

/// Reads a file.
pub(super) fn imports(text: &str) -> Imports {
    let tokens = tokens(&without_tests(text));
    let (mut used, mut names, mut passed_on) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
    let (mut code, mut at) = (BTreeSet::new(), 0);
    while at < tokens.len() {
        if tokens[at] == "use" {
            let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(tokens.len() - at);
            let public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            let mut found = Vec::new();
            tree(&tokens[at + 1..end], &[], &mut found);
            for (name, path) in found {
                if public {
                    passed_on.insert(name.clone(), path.clone());
                } else {
                    used.insert(path.clone());
                }
                names.insert(name, path);
            }
            at = end;
        } else if is_word(&tokens[at]) {
            let path = chain(&tokens[at..]);
            at += path.len() * 2 - 1;
            code.extend(path.first().cloned());
            used.extend((path.len() > 1).then_some(path));
        } else {
            at += 1;
        }
    }
    used.extend(passed_on.into_iter().filter(|(name, _)| code.contains(name)).map(|(_, path)| path));
    Imports { used, names }
}

/// The text without its comments and without the tests at its end.
fn without_tests(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Words, `::`, and every other character by itself.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in text.chars() {
        let word = character.is_alphanumeric() || character == '_';
        match tokens.last_mut() {
            Some(last) if (word && in_word) || (character == ':' && last == ":") => last.push(character),
            _ if character.is_whitespace() => {}
            _ => tokens.push(character.to_string()),
        }
        in_word = word;
    }
    tokens
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The path that the tokens begin with.
fn chain(tokens: &[String]) -> Path {
    let mut path = vec![tokens[0].clone()];
    for pair in tokens[1..].chunks_exact(2) {
        if pair[0] != "::" || !is_word(&pair[1]) {
            break;
        }
        path.push(pair[1].clone());
    }
    path
}

/// The names and paths of a `use` tree.
fn tree(tokens: &[String], before: &[String], found: &mut Vec<(String, Path)>) {
    let mut path = before.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => {}
            "{" => {
                let inside = &tokens[at + 1..tokens.len() - 1];
                branches(inside).for_each(|branch| tree(branch, &path, found));
                return;
            }
            "as" => {
                found.extend(tokens.get(at + 1).map(|name| (name.clone(), path)));
                return;
            }
            "self" if !path.is_empty() => {}
            part => path.push(part.to_owned()),
        }
        at += 1;
    }
    found.extend(path.last().cloned().map(|name| (name, path)));
}

/// The branches between the commas of a tree's braces.
fn branches(tokens: &[String]) -> impl Iterator<Item = &[String]> {
    let mut depth = 0_usize;
    tokens.split(move |token| {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token == ","
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(text: &str) -> Vec<String> {
        imports(text).used.into_iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn reads_a_tree_of_imports() {
        let text = "use crate::{a::{self, B}, c as d};\nuse std::fmt;";
        assert_eq!(used(text), ["crate::a", "crate::a::B", "crate::c", "std::fmt"]);
        assert_eq!(imports(text).names["d"], ["crate", "c"]);
    }

    #[test]
    fn reads_paths_in_code_and_no_single_words() {
        assert_eq!(used("fn f(x: super::X) -> y::Z<u8> { g(x) }"), ["super::X", "y::Z"]);
    }

    #[test]
    fn counts_a_re_export_only_where_the_file_uses_it() {
        assert!(used("pub use a::B;").is_empty());
        assert!(used("pub(crate) use a::B;").is_empty());
        assert_eq!(used("pub use a::B;\nfn f(_: B) {}"), ["a::B"]);
    }
}
