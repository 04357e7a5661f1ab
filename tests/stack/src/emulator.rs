//! AWS's own Lambda runtime interface emulator, as SAM CLI carries it, with one bootstrap inside.

use crate::{folders, python::Python};
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::OnceLock,
    thread,
    time::Duration,
};

/// Longer than any step takes, shorter than anybody waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// An emulator that runs until this is dropped, or this process ends.
pub struct Emulator {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Emulator {
    /// Starts a bootstrap with the given variables and nothing of this process's environment. `label` tells apart the logs of several
    /// emulators of one function.
    pub fn start(
        function: &str,
        label: &str,
        bootstrap: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let (address, runtime_api) = (free_address()?, free_address()?);
        let logs = folders::target().join("stack/logs");
        fs::create_dir_all(&logs).with_context(|| format!("could not create {}", logs.display()))?;
        let log = logs.join(format!("emulator-{function}-{label}.log"));
        let output = File::create(&log).with_context(|| format!("could not create {}", log.display()))?;
        let child = Python::sam()?
            .program("python")
            .arg(folders::root().join("tests/stack/python/guard.py"))
            .arg(emulator()?)
            .args(["--runtime-interface-emulator-address", &address.to_string()])
            .args(["--runtime-api-address", &runtime_api.to_string()])
            .arg(bootstrap)
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_NAME", function)
            .envs(settings)
            .stdin(Stdio::piped())
            .stderr(output.try_clone().context("could not share the log")?)
            .stdout(output)
            .spawn()
            .context("could not run python")?;
        let mut started = Self { child, address, log };
        started.wait_until_it_listens()?;
        Ok(started)
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let step = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            if TcpStream::connect(self.address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait().context("could not ask for the emulator's state")? {
                bail!("the emulator ended at once: {status}\n{}", self.log());
            }
            thread::sleep(step);
            waited += step;
        }
        bail!("the emulator does not listen after {PATIENCE:?}\n{}", self.log())
    }

    /// Invokes the function as a client of Lambda does. An error of the function is an answer too: `errorType` and `errorMessage`.
    pub fn invoke(&self, input: &Value) -> Result<Value> {
        let mut stream = TcpStream::connect(self.address).context("the emulator does not listen")?;
        stream.set_read_timeout(Some(PATIENCE)).context("the connection takes no time limit")?;
        let body = input.to_string();
        let head = format!(
            "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all([head, body].concat().as_bytes()).context("the emulator takes no request")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).with_context(|| format!("no answer\n{}", self.log()))?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
        ensure!(head.starts_with("HTTP/1.1 200"), "{answer}\n{}", self.log());
        serde_json::from_str(body).with_context(|| format!("not JSON: {body}\n{}", self.log()))
    }

    /// What emulator and function have written to their log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The guard sees its standard input close, and ends everything.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("could not listen on loopback")?;
    listener.local_addr().context("the listener has no address")
}

/// Where the emulator is, found once.
fn emulator() -> Result<&'static Path> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found);
    }
    let asked = Python::sam()?
        .program("python")
        .args(["-c", "import pathlib, samcli; print(pathlib.Path(samcli.__file__).parent)"])
        .output()
        .context("could not run python")?;
    ensure!(asked.status.success(), "SAM CLI is not installed: {}", String::from_utf8_lossy(&asked.stderr));
    let name = if cfg!(target_arch = "aarch64") { "aws-lambda-rie-arm64" } else { "aws-lambda-rie-x86_64" };
    let package = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
    let path = package.join("local/rapid").join(name);
    ensure!(path.is_file(), "SAM CLI does not carry {}", path.display());
    Ok(FOUND.get_or_init(|| path))
}
