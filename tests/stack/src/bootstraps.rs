//! The binary of every step, and how a deployment builds it.

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

/// Builds every step, once per process, and returns where each binary is. A build that failed stays failed.
///
/// It is a plain build of the whole workspace, because that has the features that `cargo test` has: what the tests have compiled is not
/// compiled again. The outer cargo holds no lock while tests run.
pub fn built() -> Result<&'static BTreeMap<String, PathBuf>> {
    static BUILT: OnceLock<Result<BTreeMap<String, PathBuf>, String>> = OnceLock::new();
    let work = || {
        folders::tell("cargo builds the steps");
        run(cargo().args(["build", "--workspace", "--bins", "--locked"]))?;
        found(|step| folders::target().join("debug").join(step))
    };
    let built =
        BUILT.get_or_init(|| folders::alone("bootstraps", work).map_err(|error| format!("{error:#}")));
    built.as_ref().map_err(|why| anyhow!("{why}"))
}

/// Builds every step with `cargo lambda` as it is deployed: optimised and stripped. That takes some twenty minutes the first time.
pub fn released() -> Result<BTreeMap<String, PathBuf>> {
    folders::alone("bootstraps", || {
        let steps = steps()?;
        folders::tell(&format!("cargo lambda builds {} steps (twenty minutes the first time)", steps.len()));
        lambda("lambda-release", &["--release"], &steps)?;
        found(|step| folders::target().join("lambda-release").join(step).join("bootstrap"))
    })
}

/// Builds one step with `cargo lambda` in the debug profile, and returns where its `bootstrap` is.
pub fn one(step: &str) -> Result<PathBuf> {
    folders::alone("bootstraps", || {
        folders::tell(&format!("cargo lambda builds {step}"));
        lambda("lambda", &[], &[step.to_owned()])?;
        let path = folders::target().join("lambda").join(step).join("bootstrap");
        ensure!(path.is_file(), "cargo lambda made no {}", path.display());
        Ok(path)
    })
}

/// `--compiler cargo` needs no cross-compiler for the machine's own architecture. The target directory is the shared one, so that macros
/// and build scripts are not compiled again.
fn lambda(into: &str, further: &[&str], steps: &[String]) -> Result<()> {
    let into = folders::target().join(into);
    for step in steps {
        // An old bootstrap must not pass for one that was built now. Absent is as good.
        drop(fs::remove_file(into.join(step).join("bootstrap")));
    }
    let mut command = cargo();
    command
        .env("PATH", Python::ready()?.search_path()?)
        .args(["lambda", "build", "--compiler", "cargo", "--skip-target-check", "--locked"])
        .args(steps.iter().flat_map(|name| ["--package", name.as_str()]))
        .arg("--lambda-dir")
        .arg(into)
        .args(further);
    run(&mut command)
}

fn found(path: impl Fn(&str) -> PathBuf) -> Result<BTreeMap<String, PathBuf>> {
    let step = |step: String| {
        let path = path(&step);
        ensure!(path.is_file(), "there is no {}", path.display());
        Ok((step, path))
    };
    steps()?.into_iter().map(step).collect()
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().context("could not run cargo")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the build of the steps failed: {}\n{said}", output.status);
    Ok(())
}

/// Cargo at the root, without what the outer cargo tells this test about itself.
fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(folders::root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(name);
        }
    }
    command
}
