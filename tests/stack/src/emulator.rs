//! AWS's own Lambda runtime interface emulator, as SAM CLI carries it, with one bootstrap inside.

use crate::{
    folders,
    guarded::{Guarded, free_address},
    python::Python,
};
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

/// Longer than any step takes, shorter than anybody waits.
const TIMEOUT: Duration = Duration::from_mins(1);

/// An emulator that runs until this is dropped, or this process ends.
pub struct Emulator {
    server: Guarded,
    address: SocketAddr,
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
        let log = folders::log(&format!("emulator-{function}-{label}"))?;
        let (here, there) = (address.to_string(), runtime_api.to_string());
        let addresses = ["--runtime-interface-emulator-address", &here, "--runtime-api-address", &there];
        let mut program = vec![emulator()?];
        program.extend(addresses.map(Path::new));
        program.push(bootstrap);
        let mut variables = settings.clone();
        variables.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), function.to_owned());
        Ok(Self { server: Guarded::start(Python::sam()?, &program, &variables, address, &log)?, address })
    }

    /// Invokes the function as a client of Lambda does. An error of the function is an answer too: `errorType` and `errorMessage`.
    pub fn invoke(&self, input: &Value) -> Result<Value> {
        let mut stream = TcpStream::connect(self.address).context("the emulator does not listen")?;
        stream.set_read_timeout(Some(TIMEOUT)).context("the connection takes no time limit")?;
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
        self.server.log()
    }
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
