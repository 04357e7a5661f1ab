//! The catalogue of error names against the pages that say what an operator does about them.

use std::collections::BTreeSet;

/// Names without a page, pages without a name, and pages that do not speak of their name.
pub fn mismatches<'a>(
    names: impl IntoIterator<Item = &'a str>,
    pages: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let names: BTreeSet<_> = names.into_iter().collect();
    let mut described = BTreeSet::new();
    let mut findings = Vec::new();
    for (page, text) in pages {
        described.insert(page);
        if text.lines().next() != Some(&format!("# {page}")) {
            findings.push(format!("docs/errors/{page}.md: the heading must be `# {page}`"));
        }
    }
    findings.extend(names.difference(&described).map(|name| format!("docs/errors/{name}.md is missing")));
    findings.extend(
        described
            .difference(&names)
            .map(|page| format!("docs/errors/{page}.md: no such error in the catalogue")),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_needs_a_page_and_every_page_a_name() {
        assert_eq!(mismatches(["A"], [("A", "# A\n")]), Vec::<String>::new());
        assert_eq!(mismatches(["A", "B"], [("A", "# A\n")]), ["docs/errors/B.md is missing"]);
        assert_eq!(mismatches([], [("A", "# A\n")]), ["docs/errors/A.md: no such error in the catalogue"]);
        assert_eq!(
            mismatches(["A"], [("A", "# Something else\n")]),
            ["docs/errors/A.md: the heading must be `# A`"]
        );
    }
}
