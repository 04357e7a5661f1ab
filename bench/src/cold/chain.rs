//! The whole onboarding with every function cold: the committed state machine on our interpreter, each function under an emulator of its own that is
//! started when the state machine invokes it for the first time.

use super::subject::{SPEED, Subject, timed};
use anyhow::{Result, anyhow, ensure};
use asl::{HistoryEvent, Host, Sleep, Start, Status, TaskCall, TaskError};
use fake_aws::Clock;
use harness::deployment::machine;
use serde_json::{Value, json};
use stack::emulator::Emulator;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// What the chain took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chain {
    /// Functions that were started.
    pub(crate) functions: usize,
    /// Invocations, the repeated looks at Studio included.
    pub(crate) invocations: usize,
    /// All invocations together, cold starts included; without the state machine's waits.
    pub(crate) took: Duration,
}

struct Deployment<'a> {
    subjects: &'a BTreeMap<String, Subject>,
    running: RefCell<BTreeMap<String, Emulator>>,
    chain: RefCell<Chain>,
    clock: Clock,
}

impl Deployment<'_> {
    fn ask(&self, call: &TaskCall) -> Result<Value> {
        let name = call.function.rsplit(':').next().unwrap_or_default();
        let mut running = self.running.borrow_mut();
        if !running.contains_key(name) {
            let subject = self.subjects.get(name).ok_or_else(|| anyhow!("there is no {name}"))?;
            running.insert(name.to_owned(), subject.emulated()?);
            self.chain.borrow_mut().functions += 1;
        }
        let (answer, took) = timed(&running[name], &call.payload)?;
        let mut chain = self.chain.borrow_mut();
        chain.invocations += 1;
        chain.took += took;
        Ok(answer)
    }
}

impl Host for Deployment<'_> {
    async fn invoke(&self, call: &TaskCall) -> Result<Value, TaskError> {
        let lost =
            |error: anyhow::Error| TaskError { error: "Lambda.Unknown".into(), cause: format!("{error:#}") };
        let answer = self.ask(call).map_err(lost)?;
        match answer["errorType"].as_str() {
            Some(error) => Err(TaskError { error: error.to_owned(), cause: answer.to_string() }),
            None => Ok(answer),
        }
    }

    async fn sleep(&self, duration: Duration, reason: Sleep) {
        match reason {
            Sleep::Wait | Sleep::Backoff { .. } => self.clock.sleep(duration).await,
            Sleep::TaskTimeout | Sleep::ExecutionTimeout => std::future::pending().await,
        }
    }

    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn jitter(&self) -> f64 {
        0.5
    }

    fn record(&self, _: &HistoryEvent) {}
}

/// Runs the state machine for an event.
pub(crate) fn run(subjects: &BTreeMap<String, Subject>, event: Value) -> Result<Chain> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        // As fast as the emulated AWS's.
        let clock = Clock::scaled(Clock::real().now(), SPEED);
        let deployment =
            Deployment { subjects, running: RefCell::default(), chain: RefCell::default(), clock };
        let machine_arn = "arn:aws:states:us-east-1:111122223333:stateMachine:Access".to_owned();
        let arn = format!("{}:cold", machine_arn.replace("stateMachine", "execution"));
        let start = Start { name: "cold".to_owned(), arn, machine_arn, input: event };
        let ended =
            asl::execute(&machine(), &deployment, start).await.map_err(|error| anyhow!("{error:?}"))?;
        ensure!(ended.status == Status::Succeeded, "{:?} {:?}", ended.error, ended.cause);
        let actions = ended.output.unwrap_or_default();
        ensure!(actions["results"][0]["action"] == json!("create"), "{actions}");
        Ok(deployment.chain.take())
    })
}
