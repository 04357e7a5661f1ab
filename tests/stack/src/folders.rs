//! Where the repository and its target directory are, and how several test processes share what is made there.

use anyhow::{Context as _, Result};
use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

/// The root of the repository.
pub fn root() -> &'static Path {
    // This package is tests/stack of the repository.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// Cargo's target directory. Whoever moves it with `CARGO_TARGET_DIR` moves our things along.
pub fn target() -> PathBuf {
    let moved = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(moved)
}

/// Where a program writes its log, by its name.
pub fn log(name: &str) -> Result<PathBuf> {
    let folder = target().join("stack/logs");
    fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    Ok(folder.join(format!("{name}.log")))
}

/// Runs `work` while no other process does work of the same name.
pub fn alone<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let folder = target().join("stack");
    fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    let path = folder.join(format!("{name}.lock"));
    let lock = File::create(&path).with_context(|| format!("could not create {}", path.display()))?;
    lock.lock().with_context(|| format!("could not lock {}", path.display()))?;
    let result = work();
    drop(lock);
    result
}

/// Tells a waiting user what takes so long. Written to standard error itself: what a test prints is shown only if it fails.
pub fn tell(line: &str) {
    // A closed standard error is no reason to fail.
    drop(writeln!(std::io::stderr(), "stack: {line}"));
}
