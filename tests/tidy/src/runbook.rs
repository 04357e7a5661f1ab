//! The alarms of the hub template against the sections of `docs/operating.md` that say what a person does about them, both ways.

use std::collections::BTreeSet;

/// The alarms of a template: the names of the resources of that type.
pub fn alarms(template: &str) -> BTreeSet<&str> {
    let lines: Vec<&str> = template.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[1] == "    Type: AWS::CloudWatch::Alarm")
        .filter_map(|pair| pair[0].strip_prefix("  ")?.strip_suffix(':'))
        .collect()
}

/// Alarms without a section, sections without an alarm, alarms that do not say where theirs is, and alarms that the dashboard does not show.
pub fn mismatches(template: &str, page: &str) -> Vec<String> {
    let alarms = alarms(template);
    let chapter = page.split_once("\n## The alarms\n").map_or("", |(_, rest)| rest);
    let chapter = chapter.split("\n## ").next().unwrap_or_default();
    let sections: BTreeSet<&str> = chapter.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let mut findings: Vec<String> = Vec::new();
    findings.extend(alarms.difference(&sections).map(|name| format!("docs/operating.md: no section {name}")));
    findings.extend(sections.difference(&alarms).map(|name| format!("docs/operating.md: no alarm {name}")));
    for name in &alarms {
        let address = format!("docs/operating.md#{}\n", name.to_ascii_lowercase());
        if !template.contains(&address) {
            findings.push(format!("template.yaml: {name} does not say {address:?}"));
        }
        if !template.contains(&format!("\"${{{name}.Arn}}\"")) {
            findings.push(format!("template.yaml: the dashboard does not show {name}"));
        }
    }
    findings
}

/// Errors of the catalogue to whose page the runbook shows no way.
pub fn unreachable<'a>(names: impl IntoIterator<Item = &'a str>, page: &str) -> Vec<String> {
    let missing = names.into_iter().filter(|name| !page.contains(&format!("[{name}](errors/{name}.md)")));
    missing.map(|name| format!("docs/operating.md: no way to errors/{name}.md")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\n  Broken:\n    Type: AWS::CloudWatch::Alarm\n        docs/operating.md#broken\n  Queue:\n    Type: AWS::SQS::Queue\n \"${Broken.Arn}\"\n";

    #[test]
    fn an_alarm_and_its_section_belong_together() {
        let page = "# X\n\n## The alarms\n\n### Broken\n\n## Look\n\n### Elsewhere\n";
        assert_eq!(mismatches(TEMPLATE, page), Vec::<String>::new());
        let found = mismatches(TEMPLATE, "# X\n\n## The alarms\n\n### Other\n");
        assert_eq!(found, ["docs/operating.md: no section Broken", "docs/operating.md: no alarm Other"]);
    }

    #[test]
    fn an_alarm_says_where_its_section_is_and_the_dashboard_shows_it() {
        let page = "# X\n\n## The alarms\n\n### Broken\n";
        let bare = TEMPLATE.replace("#broken", "").replace("${Broken.Arn}", "");
        assert_eq!(mismatches(&bare, page).len(), 2);
    }

    #[test]
    fn an_error_without_a_way_to_its_page_is_found() {
        assert_eq!(unreachable(["A"], "see [A](errors/A.md)"), Vec::<String>::new());
        assert_eq!(
            unreachable(["A", "A.B"], "see [A](errors/A.md)"),
            ["docs/operating.md: no way to errors/A.B.md"]
        );
    }
}
