//! A fake Lambda Runtime API on loopback, and a bootstrap that runs behind it as it would run in Lambda.

mod http;

use anyhow::{Context as _, Result, bail};
use http::{Request, answer, read_request};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::BufReader,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The function answered.
    Response(Value),
    /// The function failed: what the state machine sees as `Error` and `Cause`.
    Error {
        /// `errorType`.
        name: String,
        /// `errorMessage`.
        message: String,
    },
    /// The function refused to start at all.
    InitError(Value),
}

/// The side that talks to the bootstrap: what it asks for, and what it reported.
struct Api {
    invocations: Mutex<Receiver<Value>>,
    outcomes: Sender<Outcome>,
    stopped: AtomicBool,
}

/// A bootstrap that runs until this is dropped.
pub struct Runtime {
    child: Child,
    api: Arc<Api>,
    address: SocketAddr,
    invocations: Option<Sender<Value>>,
    outcomes: Receiver<Outcome>,
    log: PathBuf,
}

/// Longer than any step takes, shorter than anybody waits.
const TIMEOUT: Duration = Duration::from_mins(1);

impl Runtime {
    /// Starts a bootstrap with Lambda's own variables and the given ones, and nothing of this process's environment. `label` tells
    /// apart the logs of several runtimes of one function.
    pub fn start(
        function: &str,
        label: &str,
        bootstrap: &Path,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("could not listen on loopback")?;
        let address = listener.local_addr().context("the listener has no address")?;
        let (invocations, queue) = channel();
        let (report, outcomes) = channel();
        let api = Arc::new(Api {
            invocations: Mutex::new(queue),
            outcomes: report,
            stopped: AtomicBool::new(false),
        });
        let shared = Arc::clone(&api);
        thread::spawn(move || accept(&listener, &shared));

        let log = crate::folders::log(&format!("{function}-{label}"))?;
        let output = File::create(&log).with_context(|| format!("could not create {}", log.display()))?;
        let child = Command::new(bootstrap)
            .env_clear()
            .envs(lambda_variables(function, address))
            .envs(settings)
            .stdin(Stdio::null())
            .stderr(output.try_clone().context("could not share the log")?)
            .stdout(output)
            .spawn()
            .with_context(|| format!("could not start {}", bootstrap.display()))?;
        Ok(Self { child, api, address, invocations: Some(invocations), outcomes, log })
    }

    /// Invokes the function and waits for its outcome.
    pub fn invoke(&mut self, input: Value) -> Result<Outcome> {
        let queue = self.invocations.as_ref().context("the runtime is being stopped")?;
        queue.send(input).context("the fake Runtime API has ended")?;
        let step = Duration::from_millis(200);
        let mut waited = Duration::ZERO;
        while waited < TIMEOUT {
            match self.outcomes.recv_timeout(step) {
                Ok(outcome) => return Ok(outcome),
                Err(RecvTimeoutError::Timeout) => waited += step,
                Err(RecvTimeoutError::Disconnected) => bail!("the fake Runtime API has ended"),
            }
            if let Some(status) = self.child.try_wait().context("could not ask for the bootstrap's state")? {
                bail!("the bootstrap ended without an answer: {status}\n{}", self.log());
            }
        }
        bail!("no answer in {TIMEOUT:?}\n{}", self.log())
    }

    /// What the function has written to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Each of these may find its work already done.
        drop(self.child.kill());
        drop(self.child.wait());
        self.api.stopped.store(true, Ordering::SeqCst);
        drop(self.invocations.take());
        drop(TcpStream::connect(self.address));
    }
}

/// What Lambda sets for every function.
fn lambda_variables(function: &str, api: SocketAddr) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("AWS_LAMBDA_RUNTIME_API", api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ])
}

fn accept(listener: &TcpListener, api: &Arc<Api>) {
    for stream in listener.incoming() {
        if api.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { return };
        let api = Arc::clone(api);
        // A connection that breaks off shows as a missing outcome.
        thread::spawn(move || drop(converse(&stream, &api)));
    }
}

/// Answers the requests of one connection until the bootstrap closes it.
fn converse(stream: &TcpStream, api: &Api) -> Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        match handle(&request, api)? {
            Some(invocation) => answer(stream, "200 OK", &invocation_headers(), &invocation.to_string())?,
            None => answer(stream, "202 Accepted", &[], "{}")?,
        }
    }
    Ok(())
}

/// The Runtime API itself: an invocation to hand out, or a report taken.
fn handle(request: &Request, api: &Api) -> Result<Option<Value>> {
    let path = request.path.strip_prefix("/2018-06-01/runtime/").context("not a path of the Runtime API")?;
    if path == "invocation/next" {
        let queue = api.invocations.lock().ok().context("another connection has failed")?;
        return queue.recv().map(Some).context("nothing more to invoke");
    }
    let outcome = if path == "init/error" {
        Outcome::InitError(request.json()?)
    } else if path.ends_with("/response") {
        Outcome::Response(request.json()?)
    } else if path.ends_with("/error") {
        let body = request.json()?;
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        Outcome::Error { name: text("errorType"), message: text("errorMessage") }
    } else {
        bail!("the Runtime API has no {path}");
    };
    api.outcomes.send(outcome).context("nobody waits for the outcome")?;
    Ok(None)
}

/// The deadline is far away and fixed: no step depends on it.
fn invocation_headers() -> [(&'static str, &'static str); 4] {
    [
        ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:111122223333:function:step"),
        ("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
    ]
}
