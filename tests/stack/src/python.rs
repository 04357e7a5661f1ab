//! Pinned Python environments under the target directory, made once and found again by the hash of what each is made of.

use crate::folders;
use anyhow::{Context as _, Result, anyhow, ensure};
use sha2::{Digest as _, Sha256};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Written last: an environment without it is a torso and is made again.
const FINISHED: &str = "finished";

/// An environment, or why there is none.
type Made = OnceLock<Result<Python, String>>;

/// An environment that has every tool of one requirements file.
#[derive(Debug, Clone)]
pub struct Python {
    programs: PathBuf,
}

impl Python {
    /// The environment of `requirements.txt`, made now if nobody has made it before. A test that needs it fails if it cannot be made; it
    /// never skips.
    pub fn ready() -> Result<&'static Self> {
        static READY: Made = OnceLock::new();
        Self::once(&READY, "requirements.txt")
    }

    /// The same with `MiniStack`.
    pub fn ministack() -> Result<&'static Self> {
        static READY: Made = OnceLock::new();
        Self::once(&READY, "requirements-ministack.txt")
    }

    /// The same with AWS SAM CLI.
    pub fn sam() -> Result<&'static Self> {
        static READY: Made = OnceLock::new();
        Self::once(&READY, "requirements-sam.txt")
    }

    /// The same with AWS's Lambda runtime for Python, for the function of the AWS blog.
    pub fn blog() -> Result<&'static Self> {
        static READY: Made = OnceLock::new();
        Self::once(&READY, "requirements-blog.txt")
    }

    fn once(made: &'static Made, file: &str) -> Result<&'static Self> {
        let made = made.get_or_init(|| {
            let requirements = folders::root().join("tests/stack").join(file);
            Self::made_from(&requirements).map_err(|error| format!("{error:#}"))
        });
        made.as_ref().map_err(|why| anyhow!("{why}"))
    }

    /// The environment that holds exactly the packages of a requirements file.
    pub fn made_from(requirements: &Path) -> Result<Self> {
        let home = home_for(requirements)?;
        if !home.join(FINISHED).exists() {
            folders::alone("python", || make(&home, requirements))?;
        }
        Ok(Self { programs: home.join("bin") })
    }

    /// Where a program of the environment is.
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// A command that runs one of the environment's programs.
    pub fn program(&self, name: &str) -> Command {
        Command::new(self.path_of(name))
    }

    /// The search path with the environment's programs in front.
    pub fn search_path(&self) -> Result<OsString> {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&inherited));
        std::env::join_paths(folders).context("a folder of the search path has a separator in its name")
    }
}

/// Where the environment of a requirements file belongs.
fn home_for(requirements: &Path) -> Result<PathBuf> {
    let pins =
        fs::read(requirements).with_context(|| format!("could not read {}", requirements.display()))?;
    Ok(folders::target().join("python").join(fingerprint(&version()?, &pins)))
}

/// What the interpreter calls itself. Part of the fingerprint, as an environment does not survive a change of interpreter.
fn version() -> Result<Vec<u8>> {
    let output = Command::new("python3")
        .args(["-c", "import sys; print(sys.version)"])
        .output()
        .context("could not run python3, which these tests need (3.10 or later)")?;
    ensure!(output.status.success(), "python3 does not say its version: {}", output.status);
    Ok(output.stdout)
}

fn fingerprint(version: &[u8], pins: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::new().chain_update(version).chain_update([0]).chain_update(pins).finalize();
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

/// Makes the environment, unless another process has made it while this one waited for the lock.
fn make(home: &Path, requirements: &Path) -> Result<()> {
    if home.join(FINISHED).exists() {
        return Ok(());
    }
    if home.exists() {
        fs::remove_dir_all(home).with_context(|| format!("could not remove the torso {}", home.display()))?;
    }
    folders::tell(&format!("making the Python environment {} (once)", home.display()));
    run(
        Command::new("python3").args(["-m", "venv"]).arg(home),
        "python3 -m venv (on Debian the package python3-venv is needed)",
    )?;
    run(
        Command::new(home.join("bin/python"))
            .args(["-m", "pip", "install", "--no-input", "--no-deps", "--quiet", "--requirement"])
            .arg(requirements),
        "pip install",
    )?;
    fs::write(home.join(FINISHED), "").context("could not mark the Python environment as finished")?;
    folders::tell("the Python environment is ready");
    Ok(())
}

/// Runs a command to its end. Its output is shown only if it fails, and then it is the error.
fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = command.output().with_context(|| format!("could not run {what}"))?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{what} failed: {}\n{}", output.status, String::from_utf8_lossy(&said));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_pin_or_another_interpreter_is_another_environment() {
        let known = fingerprint(b"3.11", b"boto3==1");
        assert_eq!(known, fingerprint(b"3.11", b"boto3==1"));
        assert_ne!(known, fingerprint(b"3.11", b"boto3==2"));
        assert_ne!(known, fingerprint(b"3.12", b"boto3==1"));
    }

    #[test]
    fn a_failed_requirement_leaves_no_finished_environment() {
        let folder = folders::target().join("stack/unsatisfiable");
        fs::create_dir_all(&folder).unwrap();
        let requirements = folder.join("requirements.txt");
        fs::write(&requirements, "./no-such-folder-beside-this-file\n").unwrap();

        let error = Python::made_from(&requirements).unwrap_err().to_string();

        assert!(error.contains("pip install failed"), "{error}");
        assert!(!home_for(&requirements).unwrap().join(FINISHED).exists(), "a torso was marked as finished");
    }
}
