//! Other people's servers on loopback, which end with this process however it ends.

use crate::{folders, python::Python};
use anyhow::{Context as _, Result, bail};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::Duration,
};

/// How long a server may take to listen. None takes more than a few seconds.
const TIMEOUT: Duration = Duration::from_mins(2);

/// A server that runs until this is dropped.
pub(crate) struct Guarded {
    child: Child,
    log: PathBuf,
}

impl Guarded {
    /// Starts a program with these variables and nothing of this process's environment, and waits until it listens.
    pub(crate) fn start(
        python: &Python,
        program: &[&Path],
        variables: &BTreeMap<String, String>,
        address: SocketAddr,
        log: &Path,
    ) -> Result<Self> {
        let output = File::create(log).with_context(|| format!("could not create {}", log.display()))?;
        let child = Command::new(python.path_of("python"))
            .arg(folders::root().join("tests/stack/python/guard.py"))
            .args(program)
            .env_clear()
            .envs(variables)
            .stdin(Stdio::piped())
            .stderr(output.try_clone().context("could not share the log")?)
            .stdout(output)
            .spawn()
            .context("could not run python")?;
        let mut started = Self { child, log: log.to_owned() };
        started.wait_until_it_listens(address)?;
        Ok(started)
    }

    fn wait_until_it_listens(&mut self, address: SocketAddr) -> Result<()> {
        let step = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        while waited < TIMEOUT {
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait().context("could not ask for the server's state")? {
                bail!("the server ended at once: {status}\n{}", self.log());
            }
            thread::sleep(step);
            waited += step;
        }
        bail!("the server does not listen after {TIMEOUT:?}\n{}", self.log())
    }

    /// What it has written to its log so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The guard sees its standard input close, and ends everything.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// The first port that is given, and how many there are. They lie below those that the kernel gives to whoever asks for any
/// (from 32768 on Linux, from 49152 on macOS), so that no connection of another test takes one before its server listens.
const PORTS: (u16, u16) = (12_000, 18_000);

/// An address of loopback where nobody listens, and that no other caller in this process gets.
pub(crate) fn free_address() -> Result<SocketAddr> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let (first, count) = PORTS;
    // Processes begin at different places, so that two of them rarely try the same port at the same time.
    let begin = u16::try_from(process::id() % u32::from(count)).context("the count of ports is wrong")?;
    for _ in 0..count {
        let given = GIVEN.fetch_add(1, Ordering::Relaxed) % count;
        let port = first + (begin + given) % count;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().context("the listener has no address");
        }
    }
    bail!("every port from {first} to {} is taken", first + count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_address_is_given_twice_nor_by_the_kernel() -> Result<()> {
        let given = (0..500).map(|_| free_address()).collect::<Result<BTreeSet<_>>>()?;
        assert_eq!(given.len(), 500);
        let kernel_begins = 32_768;
        assert!(given.iter().all(|address| address.port() < kernel_begins), "{given:?}");
        Ok(())
    }
}
