//! Keeps a process to a share of one CPU, as Lambda does by memory [5.41]: it may compute so long in each period of twenty milliseconds, and is
//! stopped for the rest of it.

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::time::ClockId;
use nix::unistd::Pid;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Memory of a function with one whole CPU, in MB [5.41].
const WHOLE: f64 = 1_769.0;

const PERIOD: Duration = Duration::from_millis(20);

/// Time between two looks at what the process has used.
const LOOK: Duration = Duration::from_micros(250);

/// The share of a CPU that Lambda gives a function with so much memory, in MB.
pub(crate) fn of(memory: u32) -> f64 {
    (f64::from(memory) / WHOLE).min(1.0)
}

/// A script that becomes `program` on a share of a CPU, in a folder of its own.
pub(crate) fn script(folder: &Path, program: &Path, share: f64) -> Result<PathBuf> {
    let ourselves = std::env::current_exe().context("this program does not know where it is")?;
    let text = format!(
        "{} keep-to-share $$ {share} </dev/null >/dev/null 2>&1 &\nexec {}\n",
        ourselves.display(),
        program.display()
    );
    bootstrap(folder, &text)
}

/// Writes a bootstrap that is a script, in a folder of its own.
pub(crate) fn bootstrap(folder: &Path, commands: &str) -> Result<PathBuf> {
    fs::create_dir_all(folder).context("could not create a folder")?;
    let script = folder.join("bootstrap");
    fs::write(&script, format!("#!/bin/sh\n{commands}")).context("could not write the script")?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
        .context("could not make it executable")?;
    Ok(script)
}

/// Keeps a process to its share until it ends. What it has used too much in one period is missing in the next ones.
#[expect(clippy::disallowed_methods, reason = "what is shared here is the machine's own time")]
pub fn keep(process: i32, share: f64) -> Result<()> {
    let pid = Pid::from_raw(process);
    let (began, quota) = (Instant::now(), PERIOD.mul_f64(share));
    let (mut period, mut allowed, mut is_stopped) = (0, quota, false);
    while let Some(used) = used(pid) {
        let now =
            u32::try_from(began.elapsed().as_nanos() / PERIOD.as_nanos()).context("it ran for too long")?;
        while period < now {
            // What was not used is lost; what was used too much is owed.
            allowed = allowed.min(used) + quota;
            period += 1;
        }
        let is_due = used >= allowed;
        if is_due != is_stopped {
            let signal = if is_due { Signal::SIGSTOP } else { Signal::SIGCONT };
            if kill(pid, signal).is_err() {
                break;
            }
            is_stopped = is_due;
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// The time that all threads of a process have computed; `None` if it has ended.
fn used(process: Pid) -> Option<Duration> {
    ClockId::pid_cpu_clock_id(process).and_then(ClockId::now).ok().map(Duration::from)
}
