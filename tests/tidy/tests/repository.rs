//! The repository as it is, under every check of this package.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, process::Command};
use tidy::{
    circles, citations, errors, features, licences, machines,
    manifests::{self, Manifest},
    repository::{self, SourceFile},
    runbook, sources, words, workflow,
};

/// Fails with all findings, one a line.
fn nothing_in(findings: impl IntoIterator<Item = String>) -> Result<()> {
    let findings: Vec<_> = findings.into_iter().collect();
    ensure!(findings.is_empty(), "{} finding(s):\n{}", findings.len(), findings.join("\n"));
    Ok(())
}

fn every_file(check: impl Fn(&SourceFile) -> Vec<String>) -> Result<()> {
    let files = repository::files()?;
    ensure!(files.iter().any(|file| file.path == "Cargo.toml"), "the repository was not found");
    nothing_in(files.iter().flat_map(check))
}

fn text_of(path: &str) -> Result<String> {
    std::fs::read_to_string(repository::root().join(path)).with_context(|| format!("could not read {path}"))
}

fn members() -> Result<Vec<Manifest>> {
    repository::files()?
        .iter()
        .filter_map(|file| Some((file.path.strip_suffix("/Cargo.toml")?, file)))
        .map(|(folder, file)| Manifest::read(folder, &file.text))
        .collect()
}

fn steps() -> Result<Vec<Manifest>> {
    let mut steps = members()?;
    steps.retain(|manifest| manifest.folder.starts_with("functions/"));
    ensure!(!steps.is_empty(), "there are no steps");
    Ok(steps)
}

#[test]
fn no_rust_file_is_too_long() -> Result<()> {
    every_file(|file| sources::too_long(file).into_iter().collect())
}

#[test]
fn no_name_of_a_test_is_too_long() -> Result<()> {
    every_file(sources::long_names)
}

#[test]
fn every_rust_file_says_why_it_exists() -> Result<()> {
    every_file(|file| sources::without_header(file).into_iter().collect())
}

#[test]
fn nothing_is_unfinished() -> Result<()> {
    every_file(sources::unfinished)
}

#[test]
fn no_file_knows_the_paths_of_one_machine() -> Result<()> {
    every_file(sources::private_paths)
}

#[test]
fn versions_stand_in_the_root_manifest_only() -> Result<()> {
    nothing_in(members()?.iter().flat_map(manifests::own_versions))
}

/// `cargo local -- --json` is how all pages write it. With dashes in the alias as well, the command would be handed those of the page, and read what
/// follows them as no option.
#[test]
fn command_aliases_leave_the_dashes_to_the_user() -> Result<()> {
    let config: toml::Table = text_of(".cargo/config.toml")?.parse()?;
    let aliases = config.get("alias").and_then(toml::Value::as_table).context("there are no commands")?;
    ensure!(aliases.contains_key("local"), "there is no `cargo local`");
    nothing_in(aliases.iter().filter_map(|(name, command)| {
        let own = command.as_str().is_none_or(|command| command.split(' ').any(|word| word == "--"));
        own.then(|| format!("`cargo {name} -- --option` does not get its option: {command}"))
    }))
}

#[test]
fn a_step_has_one_name_as_folder_package_and_binary() -> Result<()> {
    let root = text_of("Cargo.toml")?.parse()?;
    nothing_in(steps()?.iter().flat_map(|step| manifests::misnamed_step(&root, step)))
}

#[test]
fn dependencies_point_one_way() -> Result<()> {
    let root = text_of("Cargo.toml")?.parse()?;
    let members = members()?;
    nothing_in(manifests::wrong_arrows(&members, &manifests::our_names(&root, &members)))
}

#[test]
fn files_of_one_crate_import_each_other_in_no_circle() -> Result<()> {
    nothing_in(circles::circles(&repository::files()?))
}

#[test]
fn each_deliberate_mistake_has_its_place_in_the_product() -> Result<()> {
    let script = repository::root().join("tests/simulation/bugs/run.py");
    let checked =
        Command::new("python3").arg(script).arg("--check").output().context("could not run python3")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    ensure!(checked.status.success(), "{}{}", text(&checked.stdout), text(&checked.stderr));
    Ok(())
}

#[test]
fn no_retired_word_comes_back() -> Result<()> {
    nothing_in(words::retired(&repository::files()?))
}

#[test]
fn every_task_state_is_called_like_its_step() -> Result<()> {
    let mut tasks = Vec::new();
    for file in repository::files()?.iter().filter(|file| file.path.ends_with(".asl.json")) {
        let definition: Value = serde_json::from_str(&file.text).with_context(|| file.path.clone())?;
        tasks.extend(workflow::tasks(&definition));
    }
    let steps: BTreeSet<_> =
        steps()?.iter().map(|step| step.folder.trim_start_matches("functions/").to_owned()).collect();
    nothing_in(workflow::misnamed(&tasks, &steps))
}

#[test]
fn every_error_has_a_page_and_every_page_an_error() -> Result<()> {
    let files = repository::files()?;
    let pages = files.iter().filter_map(|file| {
        Some((file.path.strip_prefix("docs/errors/")?.strip_suffix(".md")?, file.text.as_str()))
    });
    nothing_in(errors::mismatches(contract::catalogue::ALL.iter().map(|entry| entry.name), pages))
}

#[test]
fn every_citation_resolves_and_every_fact_is_cited() -> Result<()> {
    nothing_in(citations::mismatches(&repository::files()?))
}

#[test]
fn the_runbook_has_every_alarm_and_links_every_error_page() -> Result<()> {
    let (template, page) = (text_of("template.yaml")?, text_of("docs/operating.md")?);
    ensure!(!runbook::alarms(&template).is_empty(), "template.yaml has no alarms");
    nothing_in(runbook::mismatches(&template, &page))?;
    nothing_in(runbook::unreachable(contract::catalogue::ALL.iter().map(|entry| entry.name), &page))
}

/// The sample policies of the three roles: no approver approves for another, nobody writes the ledger, and the writes of an operator do not reach approvals.
#[test]
fn each_sample_policy_allows_only_what_its_role_needs() -> Result<()> {
    let page = text_of("docs/operating.md")?;
    let statements = |role: &str| -> Result<Vec<Value>> {
        let block =
            runbook::commands_of(&page, &format!("<!-- {role} -->\n```json\n")).context("no policy")?;
        let policy: Value = serde_json::from_str(&block)?;
        Ok(policy["Statement"].as_array().context("a list")?.clone())
    };
    let mut keys = Vec::new();
    for role in ["reader", "operator", "approver"] {
        for statement in statements(role)? {
            let writes = statement["Action"].to_string().contains("PutItem");
            assert!(role != "reader" || !writes, "a reader writes nothing");
            if writes {
                assert!(statement["Resource"].to_string().contains("Controls"), "{role}: {statement}");
                assert_eq!(statement["Condition"]["Null"]["dynamodb:LeadingKeys"], "false", "{role}");
                keys.push(
                    statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"].clone(),
                );
            }
        }
    }
    assert_eq!(keys, [json!(["pause", "hold"]), json!(["suspend", "approval#${aws:userid}"])]);
    Ok(())
}

#[test]
fn the_commands_of_the_page_redrive_what_a_pause_has_stopped() -> Result<()> {
    let page = text_of("docs/operating.md")?;
    let commands = runbook::commands_of(&page, runbook::REDRIVE).context("no commands")?;
    let run = |name: &str, commands: &str| {
        runbook::redriven(commands, &Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    };
    let arn =
        |name: &str| format!("arn:aws:states:us-east-1:111122223333:execution:studio-access-access:{name}");
    assert_eq!(run("redrive", &commands)?, [arn("one"), arn("two")]);
    let hasty: String =
        commands.lines().filter(|line| !line.starts_with("until")).collect::<Vec<_>>().join("\n");
    assert_eq!(run("redrive-hasty", &hasty)?, Vec::<String>::new(), "a query takes its time");
    Ok(())
}

/// The commands that stop everything, run on a fake AWS. Each change that makes them weaker has to be
/// noticed, or the run shows nothing.
#[test]
fn stop_everything_stops_rules_sweeps_and_access() -> Result<()> {
    let page = text_of("docs/operating.md")?;
    let commands = runbook::commands_of(&page, runbook::STOP).context("no commands")?;
    let run = |name: &str, commands: &str| {
        runbook::stops_everything(commands, &Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    };
    nothing_in(run("stop", &commands)?)?;
    let (rules, rest) = commands.split_once('\n').context("one line")?;
    let both = r#"stop "$SWEEP"; stop "$ACCESS""#;
    let trusted = r#"sweeps=$(running "$SWEEP") && access=$(running "$ACCESS") && [ -z "$sweeps$access" ]"#;
    let weaker = [
        ("access-first", commands.replace(both, r#"stop "$ACCESS"; stop "$SWEEP""#)),
        ("access-only", commands.replace(both, r#"stop "$ACCESS""#)),
        ("sweeps-only", commands.replace(both, r#"stop "$SWEEP""#)),
        ("rules-last", format!("{rest}\n{rules}")),
        ("one-rule", commands.replacen("directory-changes sweep", "directory-changes", 1)),
        ("once", commands.replace("-lt 2", "-lt 1")),
        (
            "no-loop",
            commands.replace("while [ \"$empty\" -lt 2 ]; do", "if true; then").replace("  done", "  fi"),
        ),
        ("failed-list", commands.replace(trusted, r#"[ -z "$(running "$SWEEP")$(running "$ACCESS")" ]"#)),
        ("one-list", commands.replace(" && access=$(running \"$ACCESS\")", "")),
        ("first-page", commands.replace("--status-filter", "--max-items 50 --status-filter")),
    ];
    for (name, commands_then) in weaker {
        ensure!(commands_then != commands, "{name}: the commands do not have what this takes away");
        ensure!(!run(name, &commands_then)?.is_empty(), "{name} is not noticed");
    }
    Ok(())
}

#[test]
fn dependencies_are_permissive_and_from_the_public_registry() -> Result<()> {
    let deny = text_of("deny.toml")?.parse()?;
    let platforms = licences::listed(&deny, "graph", "targets")?;
    let output = Command::new(env!("CARGO"))
        .current_dir(repository::root())
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .args(platforms.iter().flat_map(|platform| ["--filter-platform", platform]))
        .output()
        .context("could not run cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));

    let packages = licences::packages(&serde_json::from_slice(&output.stdout)?)?;
    ensure!(packages.len() > 100, "cargo metadata knows of {} packages only", packages.len());
    let mut findings = licences::refused(&packages, &licences::listed(&deny, "licenses", "allow")?);
    findings.extend(licences::foreign(&packages));
    nothing_in(findings)
}

/// What a cargo command builds of others' crates: `selected` says for what.
fn tree(selected: &[&str]) -> Result<BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(repository::root())
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}|{f}"])
        .args(selected)
        .output()
        .context("could not run cargo tree")?;
    ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let built = features::built(&String::from_utf8(output.stdout)?);
    ensure!(built.len() > 100, "cargo tree knows of {} crates only", built.len());
    Ok(built)
}

/// `cargo local`, the Lambda binaries and `cargo test` share what they compile. Cargo builds a crate anew for each set of features.
#[test]
fn no_crate_is_built_twice_with_other_features() -> Result<()> {
    let tests = tree(&["--workspace", "--edges", "normal,build,dev"])?;
    for others in [&["--package", "harness"][..], &["--workspace"]] {
        let others = tree(&[others, &["--edges", "normal,build"]].concat())?;
        nothing_in(features::built_again(&others, &tests))?;
    }
    Ok(())
}

#[test]
fn each_rule_of_a_state_machine_stands_on_one_line() -> Result<()> {
    for path in ["statemachine/access.asl.json", "statemachine/sweep.asl.json"] {
        nothing_in(machines::findings(path, &text_of(path)?))?;
    }
    Ok(())
}

#[test]
fn the_story_of_the_workflow_can_be_told_along_its_graph() -> Result<()> {
    let shape = machines::Shape::of(&serde_json::from_str(&text_of("statemachine/access.asl.json")?)?);
    ensure!(shape.fits(&machines::MOST), "{shape:?} is more than {:?}", machines::MOST);
    Ok(())
}
