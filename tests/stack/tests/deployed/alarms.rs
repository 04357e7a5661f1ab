//! `MiniStack` refuses alarms on metric math ("Properties.Metrics (metric math) is not supported"), which CloudFormation documents for
//! `AWS::CloudWatch::Alarm`. In the deployed copy of the template such an alarm watches a single metric, so that it is there under its name;
//! what it says in AWS is held by the linter.

/// What stands in the place of `Metrics`.
const SINGLE: [&str; 4] = [
    "      Namespace: StudioAccess/Steps",
    "      MetricName: Failures",
    "      Period: 300",
    "      Statistic: Sum",
];

/// The template with a single metric in each alarm that computes with several.
pub(crate) fn plain(template: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut within = false;
    for line in template.lines() {
        let deeper = line.is_empty() || line.starts_with("       ");
        within = within && deeper;
        if line == "      Metrics:" {
            within = true;
            lines.extend(SINGLE);
        } else if !within {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn only_metric_math_alarms_become_single_metric_alarms() {
    let template = "  One:\n    Properties:\n      Threshold: 1\n      Metrics:\n        - Id: a\n          Stat: Sum\n\n  Two:\n    Type: X\n";
    let wanted =
        ["  One:\n    Properties:\n      Threshold: 1\n", &SINGLE.join("\n"), "\n  Two:\n    Type: X\n"];
    assert_eq!(plain(template), wanted.concat());
}
