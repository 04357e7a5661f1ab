//! The command as people type it, for the tests of what it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The command in the repository's root, in a plain environment: no terminal, and no wish for colours or widths.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.args(arguments).current_dir(repository()).stdin(Stdio::null());
    for wish in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(wish);
    }
    command
}

/// How a command exits, and what it prints on its two outputs.
pub(crate) fn outcome(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

/// The same for the command with these arguments.
pub(crate) fn ran(arguments: &[&str]) -> (i32, String, String) {
    outcome(&mut command(arguments))
}

/// A scenario file of a small emulated AWS, with these lines behind it.
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
