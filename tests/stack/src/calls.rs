//! AWS as boto3 sees it: one Python process that makes the calls of a test.

use crate::{folders, python::Python};
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{Mutex, PoisonError},
};

/// A caller with its own endpoint and credentials.
pub struct Calls(Mutex<Running>);

struct Running {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Why AWS said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The error's code.
    pub code: String,
    /// What is said about it.
    pub message: String,
}

impl Calls {
    /// Somebody whose environment is exactly this one.
    pub fn from(environment: &BTreeMap<String, String>) -> Result<Self> {
        let mut child = Python::ready()?
            .program("python")
            .arg(folders::root().join("tests/stack/python/calls.py"))
            .env_clear()
            .envs(environment)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not run python")?;
        let requests = child.stdin.take().context("calls.py has no standard input")?;
        let answers = BufReader::new(child.stdout.take().context("calls.py has no standard output")?);
        Ok(Self(Mutex::new(Running { child, requests, answers })))
    }

    /// Calls an operation, named as boto3 names it, and expects an answer.
    pub fn call(&self, service: &str, operation: &str, parameters: &Value) -> Result<Value> {
        match self.attempt(service, operation, parameters)? {
            Ok(answer) => Ok(answer),
            Err(Refused { code, message }) => bail!("{service} {operation}: {code}: {message}"),
        }
    }

    /// Calls an operation that may be refused.
    pub fn attempt(
        &self,
        service: &str,
        operation: &str,
        parameters: &Value,
    ) -> Result<Result<Value, Refused>> {
        let request = json!({"service": service, "operation": operation, "parameters": parameters});
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(running.requests, "{request}").context("calls.py has ended")?;
        let mut line = String::new();
        running.answers.read_line(&mut line).context("calls.py has ended")?;
        let said: Value = serde_json::from_str(&line)
            .with_context(|| format!("calls.py did not answer {service} {operation}"))?;
        let text = |name: &str| said["refused"][name].as_str().unwrap_or_default().to_owned();
        Ok(match said.get("answer") {
            Some(answer) => Ok(answer.clone()),
            None => Err(Refused { code: text("Code"), message: text("Message") }),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Either may find its work already done.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
