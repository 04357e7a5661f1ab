//! The alarms of the hub template against the sections of `docs/operating.md` that say what a user
//! does about them, both ways. And the commands that stop everything, run on a fake AWS CLI.

use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

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

/// Marks the block of commands that stop everything.
pub const STOP: &str = "<!-- stop: the tests run this block -->\n```console\n";

/// Marks the block of commands that redrive what a pause has stopped.
pub const REDRIVE: &str = "<!-- redrive: the tests run this block -->\n```console\n";

/// A fake `aws` of its own state.
const AWS: &str = include_str!("runbook/aws.sh");

/// A fake `sleep` that takes no time. It ends a loop that does not end: the shell that called it.
const SLEEP: &str = r#"#!/bin/bash
echo >> "$STATE/sleeps"
if [ "$(wc -l < "$STATE/sleeps")" -gt 12 ]; then kill "$PPID"; fi
"#;

/// A fake `aws` for the redrives: a query that takes its time and has found two executions. Its results are
/// lists of fields, and only a projection over them finds the names.
const LOGS: &str = r#"#!/bin/bash
case "$*" in
  *start-query*"--query queryId --output text"*) echo q-1 ;;
  *get-query-results*"q-1 --query status"*) echo >> "$STATE/asked"; [ "$(wc -l < "$STATE/asked")" -gt 2 ] && echo Complete || echo Running ;;
  *get-query-results*"q-1 --query results[*][?field=='execution'].value[] --output text") [ "$(wc -l < "$STATE/asked")" -gt 2 ] && printf 'one\ttwo\n' ;;
  "stepfunctions redrive-execution --execution-arn "*) echo "$4" >> "$STATE/redriven" ;;
  *) echo "unknown: $*" >> "$STATE/redriven" ;;
esac
"#;

/// Extracts the commands of a marked block, as somebody pastes them: without the prompt.
pub fn commands_of(page: &str, mark: &str) -> Option<String> {
    let block = page.split_once(mark)?.1.split_once("\n```")?.0;
    Some(block.lines().map(|line| line.strip_prefix("$ ").unwrap_or(line)).collect::<Vec<_>>().join("\n"))
}

/// Runs the commands that redrive what a pause has stopped. Returns the executions that were redriven.
pub fn redriven(commands: &str, folder: &Path) -> Result<Vec<String>> {
    install(folder, LOGS)?;
    let access = "arn:aws:states:us-east-1:111122223333:stateMachine:studio-access-access";
    let commands = format!("cd \"$STATE\"\n{commands}");
    paste(&commands, folder, &[("ACCESS", access), ("LOG", "log")])?;
    Ok(fs::read_to_string(folder.join("redriven")).unwrap_or_default().lines().map(str::to_owned).collect())
}

/// Runs commands on a fake AWS in which two rules and a sweep go on starting executions, lists lag
/// behind, and two of them fail. Returns what was done in the wrong order, and what still runs after
/// the last command.
pub fn stops_everything(commands: &str, folder: &Path) -> Result<Vec<String>> {
    install(folder, AWS)?;
    for path in
        ["rules/studio-access-directory-changes", "rules/studio-access-sweep", "access/before", "sweep/first"]
    {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        // Started long ago, so that the lists show it.
        fs::write(path, "-9\n")?;
    }
    let status = paste(commands, folder, &[("SWEEP", "sweep"), ("ACCESS", "access")])?;
    let mut findings: Vec<String> =
        fs::read_to_string(folder.join("log")).unwrap_or_default().lines().map(str::to_owned).collect();
    if !status.success() {
        findings.push(format!("the commands ended with {status}"));
    }
    for kind in ["rules", "sweep", "access"] {
        for left in fs::read_dir(folder.join(kind))? {
            findings.push(format!("still there: {kind}/{}", left?.file_name().display()));
        }
    }
    Ok(findings)
}

/// Runs commands with the fakes of a folder and with these variables, as somebody pastes them.
fn paste(commands: &str, folder: &Path, variables: &[(&str, &str)]) -> Result<ExitStatus> {
    let script = format!("export PATH=\"{}:$PATH\"\n{commands}", folder.join("bin").display());
    Command::new("bash")
        .args(["-c", &script])
        .env("STATE", folder)
        .envs(variables.iter().copied())
        .stdout(Stdio::null())
        .status()
        .context("could not run bash")
}

/// Puts a fake `aws` and a fake `sleep` into an empty folder.
fn install(folder: &Path, aws: &str) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for (name, text) in [("aws", aws), ("sleep", SLEEP)] {
        let path = folder.join("bin").join(name);
        fs::create_dir_all(folder.join("bin"))?;
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_the_marked_block_come_without_prompts() {
        let page = format!("x\n{STOP}$ while x; do\n    y\n  done\n```\nz");
        assert_eq!(commands_of(&page, STOP).as_deref(), Some("while x; do\n    y\n  done"));
        assert_eq!(commands_of("```console\n$ x\n```", STOP), None);
    }

    const TEMPLATE: &str = "\n  Broken:\n    Type: AWS::CloudWatch::Alarm\n        docs/operating.md#broken\n  Queue:\n    Type: AWS::SQS::Queue\n \"${Broken.Arn}\"\n";

    #[test]
    fn an_alarm_and_its_section_belong_together() {
        let page = "# X\n\n## The alarms\n\n### Broken\n\n## Look\n\n### Elsewhere\n";
        assert_eq!(mismatches(TEMPLATE, page), Vec::<String>::new());
        let found = mismatches(TEMPLATE, "# X\n\n## The alarms\n\n### Other\n");
        assert_eq!(found, ["docs/operating.md: no section Broken", "docs/operating.md: no alarm Other"]);
    }

    #[test]
    fn an_alarm_names_its_section_and_is_on_the_dashboard() {
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
