//! What may stand in a file: length, header, no unfinished work, no path of somebody's machine.

use crate::repository::SourceFile;

/// No Rust file is longer.
pub const LINES_MAX: usize = 500;

/// No function has a longer name. The long ones are names of tests, which must stay readable in a list.
pub const NAME_MAX: usize = 60;

/// Signs of work that was put off. Written in halves, so that this file does not find itself.
const UNFINISHED: [&str; 5] = [
    concat!("to", "do!("),
    concat!("un", "implemented!("),
    concat!("#[ig", "nore"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
];

/// Beginnings of absolute paths that are right on one machine only.
const PRIVATE_PATHS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Paths that look private and are facts of AWS: the home folder inside Studio.
const PUBLIC_PATHS: [&str; 1] = [concat!("/ho", "me/sagemaker-user")];

/// Rust files over the limit.
pub fn too_long(file: &SourceFile) -> Option<String> {
    let lines = file.text.lines().count();
    (is_rust(file) && lines > LINES_MAX).then(|| format!("{}: {lines} lines, at most {LINES_MAX}", file.path))
}

/// Rust files that do not say why they exist.
pub fn without_header(file: &SourceFile) -> Option<String> {
    (is_rust(file) && !file.text.starts_with("//! "))
        .then(|| format!("{}: must start with a line `//! ...` that says why it exists", file.path))
}

/// Functions whose names are over the limit.
pub fn long_names(file: &SourceFile) -> Vec<String> {
    let functions = file.text.split("fn ").skip(1).filter(|_| is_rust(file));
    let names = functions.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
    let long = names.filter(|name| name.len() > NAME_MAX);
    long.map(|name| format!("{}: {name}: {} characters, at most {NAME_MAX}", file.path, name.len())).collect()
}

/// Lines with unfinished work, in any text file.
pub fn unfinished(file: &SourceFile) -> Vec<String> {
    lines_with(file, &UNFINISHED, &[], "unfinished work")
}

/// Lines with a path that exists on one machine only, in any text file.
pub fn private_paths(file: &SourceFile) -> Vec<String> {
    lines_with(file, &PRIVATE_PATHS, &PUBLIC_PATHS, "a path of one machine")
}

fn is_rust(file: &SourceFile) -> bool {
    std::path::Path::new(&file.path).extension().is_some_and(|extension| extension == "rs")
}

fn lines_with(file: &SourceFile, wanted: &[&str], allowed: &[&str], what: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let line = allowed.iter().fold(line.to_owned(), |line, allowed| line.replace(allowed, ""));
        if let Some(found) = wanted.iter().find(|word| stands_alone(&line, word)) {
            findings.push(format!("{}:{}: {what}: {found}", file.path, index + 1));
        }
    }
    findings
}

/// Whether the word occurs and is no end of a longer one: `network/` holds no absolute path.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at]
            .ends_with(|before: char| before.is_alphanumeric() || ['.', '}', '~', '_', '-'].contains(&before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_file_of_one_line_too_many_is_found() {
        let text = "x\n".repeat(LINES_MAX);
        assert_eq!(too_long(&file("a.rs", &text)), None);
        assert!(too_long(&file("a.rs", &format!("{text}x\n"))).is_some());
        assert_eq!(too_long(&file("a.md", &format!("{text}x\n"))), None);
    }

    #[test]
    fn a_name_of_one_character_too_many_is_found() {
        let text = |length: usize| format!("fn {}() {{}}\n", "x".repeat(length));
        assert_eq!(long_names(&file("a.rs", &text(NAME_MAX))), Vec::<String>::new());
        assert_eq!(long_names(&file("a.rs", &format!("{0}{0}", text(NAME_MAX + 1)))).len(), 2);
        assert_eq!(long_names(&file("a.md", &text(NAME_MAX + 1))), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_does_not_say_why_it_exists_is_found() {
        assert_eq!(without_header(&file("a.rs", "//! Why.\n")), None);
        assert!(without_header(&file("a.rs", "use std::fs;\n")).is_some());
        assert!(without_header(&file("a.rs", "//!\n")).is_some());
    }

    #[test]
    fn unfinished_work_is_found_in_any_language() {
        assert_eq!(unfinished(&file("a.rs", "let mastodon = 1;")), Vec::<String>::new());
        for word in UNFINISHED {
            assert_eq!(
                unfinished(&file("a.py", &format!("x = 1\n# {word} later"))),
                [format!("a.py:2: unfinished work: {word}")]
            );
        }
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_relative_one_is_not() {
        for path in PRIVATE_PATHS {
            assert_eq!(private_paths(&file("a.md", &format!("see `{path}x`"))).len(), 1, "{path}");
            assert_eq!(private_paths(&file("a.md", &format!("see `docs{path}x`"))).len(), 0, "{path}");
        }
        assert_eq!(private_paths(&file("a.md", PUBLIC_PATHS[0])).len(), 0);
    }
}
