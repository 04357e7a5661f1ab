//! What counts as a citation, and what is found. Samples have braces for brackets, so that this file does not cite them itself.

use super::*;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.replace('{', "[").replace('}', "]") }
}

fn entry(number: &str, text: &str) -> String {
    format!("<a id=\"{number}\"></a>**{number}** {text}\n*Source:* a page. *Certainty:* documented.\n\n")
}

fn cited(path: &str, text: &str) -> Vec<String> {
    let found = of_file(&file(path, text)).into_iter();
    found
        .map(|(_, number)| number.map_or_else(|_| "unreadable".to_owned(), |number| number.to_string()))
        .collect()
}

#[test]
fn a_citation_and_its_entry_belong_together() {
    let page = file(PAGE, &(entry("1.8", "Late.") + &entry("1.9", "Unordered.")));
    let source = file("a.rs", "// An event may be late {1.8, 1.9}.\n");
    assert_eq!(mismatches(&[page, source]), Vec::<String>::new());
    assert_eq!(mismatches(&[]), ["docs/aws-facts.md is missing"]);
}

#[test]
fn a_dangling_citation_is_found() {
    let page = file(PAGE, &entry("1.8", "Late {1.7}."));
    let source = file("a.rs", "//! Why.\n\nfn a() {} // An event may be late {1.8, 2.1}.\n");
    assert_eq!(
        mismatches(&[page, source]),
        [
            "docs/aws-facts.md:1: docs/aws-facts.md has no entry 1.7",
            "a.rs:3: docs/aws-facts.md has no entry 2.1"
        ]
    );
}

#[test]
fn an_entry_that_nothing_else_cites_is_found() {
    let page = file(
        PAGE,
        &(entry("1.8", "Late {1.8}.") + &entry("1.9", "Unordered {1.10}.") + &entry("1.10", "Twice.")),
    );
    assert_eq!(
        mismatches(&[page]),
        ["docs/aws-facts.md: nothing cites 1.8", "docs/aws-facts.md: nothing cites 1.9"]
    );
}

#[test]
fn an_anchor_that_is_there_twice_or_out_of_order_is_found() {
    let page = file(PAGE, &["1.9", "1.10", "1.10", "1.8"].map(|number| entry(number, "x")).concat());
    let source = file("a.md", "{1.8-1.10}");
    assert_eq!(
        mismatches(&[page, source]),
        [
            "docs/aws-facts.md:7: the anchor 1.10 is there twice or out of order",
            "docs/aws-facts.md:10: the anchor 1.8 is there twice or out of order"
        ]
    );
}

#[test]
fn an_entry_without_source_or_certainty_is_found() {
    let source = file("a.md", "{1.1}");
    let page = |text: &str| file(PAGE, &format!("<a id=\"1.1\"></a>**1.1** x\n{text}\n"));
    let found = |text| mismatches(&[page(text), source.clone()]);
    assert_eq!(found("*Source:* a page. *Certainty:* seen in public\ncode."), Vec::<String>::new());
    assert_eq!(found("*Certainty:* inferred."), ["docs/aws-facts.md:1: 1.1 names no source"]);
    assert_eq!(found("*Source:* a page. *Certainty:* sure.").len(), 1);
    assert_eq!(found("").len(), 2);
}

#[test]
fn ranges_and_lists_are_expanded() {
    assert_eq!(
        cited("a.md", "See {1.8-1.10}, {3.6, 3.28} and {2.2-2.4, 5.1}."),
        ["1.8", "1.9", "1.10", "3.6", "3.28", "2.2", "2.3", "2.4", "5.1"]
    );
}

#[test]
fn a_citation_that_cannot_be_read_is_found() {
    for text in ["{3.12, M}", "{1.10-1.8}", "{1.8-2.1}", "{3.6,3.28}", "{3.6, 3.28", "{3.6,", "{3.6"] {
        assert_eq!(cited("a.rs", &format!("/// See {text}")), ["unreadable"], "{text}");
    }
    assert_eq!(cited("a.md", "{2.2}-{2.4}"), ["unreadable", "2.4"]);
    let page = file(PAGE, "");
    assert!(mismatches(&[page, file("a.md", "x\n{3.6,")])[0].starts_with("a.md:2: `[3.6,` cannot be read"));
}

#[test]
fn numbers_in_code_cite_nothing() {
    let samples = [
        ("a.rs", "assert_eq!(waits, {1.5, 2.5});"),
        ("a.rs", "for wait in {1.5, 2.5} { let text = \"x\"; }"),
        ("a.rs", "let list = \"{1.5, 2.5}\";"),
        ("a.rs", "/// Between `{1.5, 2.5}`."),
        ("a.json", "{\"a\": {1.5, 2.5}, \"b\": {1.5}}"),
        ("a.yaml", "a: {1.5, 2.5}\nb:\n  - {1.5}\n  - {{1.5}, {1.5}}"),
        ("a.toml", "a = {1.5, 2.5}"),
        ("a.py", "for wait in {1.5, 2.5}:"),
        ("run", "echo $# {1.5}"),
        ("a.md", "Such as `{1.5}`.\n\n```json\n{1.5, 2.5}\n```"),
    ];
    for (path, text) in samples {
        assert_eq!(cited(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn other_numbers_in_prose_cite_nothing() {
    for text in [
        "{0.1}", "{1.0}", "{1.05}", "{1.100}", "{12.1}", "{1}", "{0.1.0}", "{1.95.0}", "{1.5 GB}", "{x}",
        "{}",
    ] {
        assert_eq!(cited("a.md", &format!("See {text}.")), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn prose_is_found_in_every_kind_of_file() {
    let samples = [
        ("a.rs", "//! Twice {1.5}."),
        ("a.rs", "let a = {2.5}; // Twice {1.5}."),
        ("a.rs", "assert!(a, \"more than AWS allows {1.5}\");"),
        ("a.json", "\"Comment\": \"A history has {1.5} events.\","),
        ("a.yaml", "a: 1 # A trail {1.5}."),
        ("a.yaml", "Description: A trail (`x`) {1.5}"),
        ("a.toml", "# A trail {1.5}."),
        ("run", "x # A trail {1.5}."),
        ("a.md", "`x` and ({1.5})"),
        ("a.md", "```\nx\n```\n{1.5}"),
    ];
    for (path, text) in samples {
        assert_eq!(cited(path, text), ["1.5"], "{path}: {text}");
    }
}
