//! What the `Cargo.toml` files promise: versions in one place, one name per step, and dependencies that point one way only.

use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// The manifest of one member of the workspace.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its folder from the root, such as `functions/summarize`.
    pub folder: String,
    /// Its content.
    pub table: Table,
}

impl Manifest {
    /// Reads a manifest from its text.
    pub fn read(folder: &str, text: &str) -> Result<Self> {
        let table = text.parse().with_context(|| format!("{folder}/Cargo.toml is not TOML"))?;
        Ok(Self { folder: folder.to_owned(), table })
    }

    /// The last part of the folder's path.
    fn folder_name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    /// All dependencies of the kinds asked for, those for one platform included.
    fn dependencies(&self, kinds: &[&str]) -> Vec<(&str, &Value)> {
        let platforms =
            self.table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        std::iter::once(&self.table)
            .chain(platforms.filter_map(Value::as_table))
            .flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)))
            .filter_map(Value::as_table)
            .flat_map(|table| table.iter().map(|(name, value)| (name.as_str(), value)))
            .collect()
    }

    /// The names of the dependencies of the kinds asked for.
    fn dependency_names(&self, kinds: &[&str]) -> BTreeSet<&str> {
        self.dependencies(kinds).into_iter().map(|(name, _)| name).collect()
    }
}

const SHIPPED: [&str; 2] = ["dependencies", "build-dependencies"];
const EVERY_KIND: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// Dependencies with a version of their own: versions stand in the root's manifest, once.
pub fn own_versions(manifest: &Manifest) -> Vec<String> {
    manifest
        .dependencies(&EVERY_KIND)
        .into_iter()
        .filter(|(_, value)| value.get("workspace").and_then(Value::as_bool) != Some(true))
        .map(|(name, _)| format!("{}/Cargo.toml: {name} must be `{name}.workspace = true`", manifest.folder))
        .collect()
}

/// Steps whose folder, package, binary and entry in the root's manifest are not one name.
pub fn misnamed_step(root: &Table, manifest: &Manifest) -> Vec<String> {
    let expected = manifest.folder_name();
    let package =
        manifest.table.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
    let binaries: Vec<_> = manifest
        .table
        .get("bin")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|binary| binary.get("name").and_then(Value::as_str))
        .collect();
    let listed = our_entry(root, expected);
    let mut findings = Vec::new();
    if package != Some(expected) {
        findings.push(format!("{}: the package must be called {expected}", manifest.folder));
    }
    if binaries != [expected] {
        findings.push(format!("{}: the one binary must be called {expected}", manifest.folder));
    }
    if listed != Some(manifest.folder.as_str()) {
        findings.push(format!("Cargo.toml: [workspace.dependencies] must list {expected} with its path"));
    }
    findings
}

fn our_entry<'a>(root: &'a Table, name: &str) -> Option<&'a str> {
    root.get("workspace")?.get("dependencies")?.get(name)?.get("path")?.as_str()
}

/// Our own packages: those that the root's manifest lists with a path, and those that have a folder.
pub fn our_names<'a>(root: &'a Table, manifests: &'a [Manifest]) -> BTreeSet<&'a str> {
    let listed =
        root.get("workspace").and_then(|workspace| workspace.get("dependencies")).and_then(Value::as_table);
    let with_path = listed.into_iter().flatten().filter(|(_, value)| value.get("path").is_some());
    with_path.map(|(name, _)| name.as_str()).chain(manifests.iter().map(Manifest::folder_name)).collect()
}

/// Dependencies that point the wrong way: `contract <- aws <- functions -> step`, the contract knows no AWS and no runtime,
/// the emulated AWS and the interpreter know nothing of ours, functions never know each other.
pub fn wrong_arrows(manifests: &[Manifest], ours: &BTreeSet<&str>) -> Vec<String> {
    let mut findings = Vec::new();
    for manifest in manifests {
        let (layer, _) = manifest.folder.split_once('/').unwrap_or((manifest.folder.as_str(), ""));
        let shipped = manifest.dependency_names(&SHIPPED);
        let every = manifest.dependency_names(&EVERY_KIND);
        let used = |names: BTreeSet<&str>, may: &[&str]| {
            names
                .into_iter()
                .filter(|name| ours.contains(name) && !may.contains(name))
                .map(str::to_owned)
                .collect()
        };
        let wrong: Vec<String> = match (layer, manifest.folder_name()) {
            ("shared", "contract") => every
                .into_iter()
                .filter(|name| ours.contains(name) || is_aws_or_runtime(name))
                .map(str::to_owned)
                .collect(),
            ("shared", _) => used(shipped, &["contract"]),
            ("functions", _) => {
                let steps = manifests.iter().filter(|other| other.folder.starts_with("functions/"));
                let steps: BTreeSet<_> = steps.map(Manifest::folder_name).collect();
                let mut wrong: Vec<_> = every.intersection(&steps).map(|name| (*name).to_owned()).collect();
                wrong.extend(used(&shipped - &steps, &["contract", "aws", "step"]));
                wrong
            }
            ("local", "fake-aws" | "asl") => used(every, &[]),
            _ => Vec::new(),
        };
        findings.extend(wrong.iter().map(|name| format!("{} must not depend on {name}", manifest.folder)));
    }
    findings
}

fn is_aws_or_runtime(name: &str) -> bool {
    name.starts_with("aws-") || name.starts_with("tokio") || name.starts_with("lambda")
}

#[cfg(test)]
mod tests;
