//! Runs the command, for the tests of its output.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Returns the root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the command in the repository's root, without a terminal and without environment
/// variables for colours or widths.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(arguments).current_dir(repository()).stdin(Stdio::null());
    for wish in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(wish);
    }
    command
}

/// Runs a command and returns its exit code, standard output and standard error.
pub(crate) fn outcome(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

/// Runs the command with these arguments, like [`outcome`].
pub(crate) fn ran(arguments: &[&str]) -> (i32, String, String) {
    outcome(&mut command(arguments))
}

/// Writes a scenario file with a small emulated AWS, followed by `more`, and returns its path.
pub(crate) fn scenario(name: &str, more: &str) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    let text = format!(
        "name: {name}\ndirectory:\n  groups: [{{ id: 14f83478-a061-708f-8de4-000000000001, name: admins }}]\n  users: \
         [{{ id: 04c8e458-a021-702e-f9d1-000000000001, name: ana }}]\ndomains: [{{ target: 222233334444/eu-west-1/d-research \
         }}]\nmappings: [{{ group: admins, target: 222233334444/eu-west-1/d-research, executionRoleArn: \
         'arn:aws:iam::222233334444:role/studio/Admins' }}]\n{more}\n"
    );
    std::fs::write(&file, text).expect("the folder of tests can be written");
    file.to_string_lossy().into_owned()
}
