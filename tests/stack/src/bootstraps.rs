//! The `bootstrap` of every step, built the way that a deployment builds it.

use crate::{folders, python::Python};
use anyhow::{Context as _, Result, anyhow, ensure};
use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, sync::OnceLock};

/// The steps: the folders under `functions`.
pub fn steps() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folders::root().join("functions")).context("could not read functions/")? {
        let entry = entry.context("could not read functions/")?;
        if entry.path().join("Cargo.toml").exists() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Builds every step, once per process, and tells where each `bootstrap` is. A build that failed stays failed.
pub fn built() -> Result<&'static BTreeMap<String, PathBuf>> {
    static BUILT: OnceLock<Result<BTreeMap<String, PathBuf>, String>> = OnceLock::new();
    let work = || build("lambda", &[]);
    let built =
        BUILT.get_or_init(|| folders::alone("bootstraps", work).map_err(|error| format!("{error:#}")));
    built.as_ref().map_err(|why| anyhow!("{why}"))
}

/// The same as they are deployed: optimised and stripped. That takes some twenty minutes the first time.
pub fn released() -> Result<BTreeMap<String, PathBuf>> {
    folders::alone("bootstraps", || build("lambda-release", &["--release"]))
}

fn build(into: &str, further: &[&str]) -> Result<BTreeMap<String, PathBuf>> {
    let steps = steps()?;
    let into = folders::target().join(into);
    for name in &steps {
        // An old bootstrap must not pass for one that was built now. Absent is as good.
        drop(fs::remove_file(into.join(name).join("bootstrap")));
    }
    folders::tell(&format!("cargo lambda builds {} steps (minutes the first time)", steps.len()));
    let mut command = command(&steps)?;
    let output = command.arg("--lambda-dir").arg(&into).args(further).output();
    let output = output.context("could not run cargo lambda")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo lambda build failed: {}\n{said}", output.status);
    folders::tell("the bootstraps are built");
    steps
        .into_iter()
        .map(|name| {
            let path = into.join(&name).join("bootstrap");
            ensure!(path.is_file(), "cargo lambda made no bootstrap for {name}\n{said}");
            Ok((name, path))
        })
        .collect()
}

/// The build, in the debug profile as it is: the release profile, with its link-time optimisation, takes several times as long and
/// would show nothing more here. `--compiler cargo` needs no cross-compiler for the machine's own architecture. The target
/// directory is the shared one, so that macros and build scripts are not compiled again; the outer cargo holds no lock while tests run.
fn command(steps: &[String]) -> Result<Command> {
    let mut command = Command::new("cargo");
    command
        .current_dir(folders::root())
        .env("PATH", Python::ready()?.search_path()?)
        .args(["lambda", "build", "--compiler", "cargo", "--skip-target-check", "--locked"])
        .args(steps.iter().flat_map(|name| ["--package", name.as_str()]));
    for (name, _) in std::env::vars_os() {
        // What the outer cargo tells this test about itself is none of the inner one's business.
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
            .iter()
            .any(|start| name.to_string_lossy().starts_with(start))
        {
            command.env_remove(name);
        }
    }
    Ok(command)
}
