//! The files of the repository, as the checks see them.

use anyhow::{Context as _, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders of the root that hold nothing we wrote.
const FOREIGN: [&str; 2] = [".git", "target"];

/// A text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path from the root, with `/` between the parts.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The root of the repository.
pub fn root() -> &'static Path {
    // This package is tests/tidy of the repository.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// Every text file, sorted by path. What is not UTF-8 is no text.
pub fn files() -> Result<Vec<SourceFile>> {
    let mut paths = Vec::new();
    collect(root(), &mut paths)?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        let name = path.strip_prefix(root()).context("a file outside the root")?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile { path: name.to_string_lossy().replace('\\', "/"), text });
        }
    }
    Ok(files)
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let kind = entry.file_type()?;
        let foreign = folder == root() && FOREIGN.iter().any(|foreign| name == *foreign);
        if foreign {
            // In a worktree of git, `.git` is a file.
            continue;
        }
        if kind.is_dir() && name != "__pycache__" {
            collect(&entry.path(), into)?;
        } else if kind.is_file() {
            into.push(entry.path());
        }
    }
    Ok(())
}
