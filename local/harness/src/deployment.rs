//! The deployment: functions, state machines and emulated AWS combined, on which executions run one
//! after the other or concurrently.

mod concurrency;
mod groups;
mod keeping;
mod names;
mod others;
mod redrive;
mod started;

pub use others::WithOthers;
pub use started::StartedExecution;

use crate::deployment::concurrency::Concurrency;
use crate::deployment::groups::Groups;
use crate::deployment::keeping::Keeping;
use crate::deployment::names::Names;
use crate::functions::{Functions, step_of};
use crate::report::{Entry, Execution, Invocation};
use crate::scenario::{BadScenario, Scenario};
use crate::setting;
use asl::{
    Ended, HistoryEvent, Host, Machine, Resource, Sleep, Start, StartRefused, Status, TaskCall, TaskError,
};
use contract::failure::Failure;
use fake_aws::services::executions::Ending;
use fake_aws::{Clock, FakeAws, FakeAwsSettings, scoped};
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;

/// Definition of the state machine `access`.
pub const ACCESS: &str = include_str!("../../../statemachine/access.asl.json");

/// Definition of the state machine `sweep`.
pub const SWEEP: &str = include_str!("../../../statemachine/sweep.asl.json");

const MACHINE_PREFIX: &str = "arn:aws:states:us-east-1:111122223333:stateMachine:";
const FUNCTION_PREFIX: &str = "arn:aws:lambda:us-east-1:111122223333:function:";

/// The functions and state machines, deployed on an emulated AWS.
pub struct Deployment {
    /// The emulated AWS that everything runs on.
    pub aws: FakeAws,
    functions: Functions,
    machine: Rc<Machine>,
    sweep: Rc<Machine>,
    keeping: Keeping,
    groups: Groups,
    started: Cell<u32>,
    /// Executions that other executions have started, in the order of their starts.
    asked: RefCell<Vec<StartedExecution>>,
    /// The functions that run.
    concurrency: Concurrency,
    /// Notifies waiting tasks of a new entry in `asked`.
    noted: Notify,
    /// Names that are taken, per state machine.
    names: Names,
    /// Executions that were stopped and not collected yet.
    stopped: RefCell<Vec<Execution>>,
}

thread_local! {
    /// `access` and `sweep`, loaded once per thread: a simulation builds thousands of deployments.
    static MACHINES: (Rc<Machine>, Rc<Machine>) = (Rc::new(machine()), Rc::new(sweep()));
}

/// Loads `access` with the function names of the deployment.
pub fn machine() -> Machine {
    load("access", ACCESS)
}

/// Loads `sweep` with the function names of the deployment.
pub fn sweep() -> Machine {
    load("sweep", SWEEP)
}

fn load(machine: &str, text: &str) -> Machine {
    Machine::load(machine, text, &names(text)).expect("the committed state machine loads: a test says so too")
}

/// Returns the substitution for each `${Name}` in a definition.
pub fn names(text: &str) -> BTreeMap<String, String> {
    let all = text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    let value = |name: &str| match name.strip_suffix("Arn") {
        Some(state @ ("Access" | "Sweep")) => format!("{MACHINE_PREFIX}{state}"),
        Some(state) => format!("{FUNCTION_PREFIX}{}", step_of(state)),
        None if name == "AssignGroups" => "true".to_owned(),
        None => "aws".to_owned(),
    };
    all.map(|name| (name.to_owned(), value(name))).collect()
}

/// Returns the names of all functions that the state machines invoke.
pub fn function_names() -> BTreeSet<String> {
    let all = [ACCESS, SWEEP].map(names).into_iter().flat_map(BTreeMap::into_values);
    all.filter_map(|arn| arn.strip_prefix(FUNCTION_PREFIX).map(str::to_owned)).collect()
}

/// Errors that a task gets from Lambda although the function may have run [5.15, 5.16].
pub const LAMBDA_ERRORS: [&str; 8] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
];

/// The treatment of one attempt at a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Injection {
    /// Invokes the function and delivers its answer.
    Play,
    /// Invokes the function twice with the same payload and delivers the second answer.
    Twice,
    /// Invokes the function and loses its answer: the task fails with this error of the Lambda
    /// service.
    LoseAnswer(&'static str),
    /// Invokes the function and never answers: the task ends by its own time limit.
    NoAnswer,
    /// Invokes the function, whose process ends after this time if the function has not returned.
    Exit(Duration),
}

/// Injects faults into an execution and observes its history.
pub trait Injector {
    /// Decides how to treat an attempt at a task. `scope` is the scope that the emulated AWS's
    /// calls carry.
    fn inject(&self, call: &TaskCall, scope: &str) -> Injection;
    /// Observes an event of the history.
    fn recorded(&self, event: &HistoryEvent);
}

/// An injector that injects nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoInjection;

impl Injector for NoInjection {
    fn inject(&self, _: &TaskCall, _: &str) -> Injection {
        Injection::Play
    }

    fn recorded(&self, _: &HistoryEvent) {}
}

impl Deployment {
    /// Builds the scenario's emulated AWS and deploys the functions and state machines on it.
    pub async fn build(scenario: &Scenario, seed: u64, clock: Clock) -> Result<Self, BadScenario> {
        Self::build_in(FakeAws::new(FakeAwsSettings::new(seed, clock)), scenario).await
    }

    /// Like [`Deployment::build`], on an emulated AWS that is still empty.
    pub async fn build_in(aws: FakeAws, scenario: &Scenario) -> Result<Self, BadScenario> {
        let aws = setting::build_in(aws, scenario).await?;
        let functions = Functions::open(&aws, setting::environment(scenario));
        Ok(Self {
            aws,
            functions,
            machine: MACHINES.with(|machines| Rc::clone(&machines.0)),
            sweep: MACHINES.with(|machines| Rc::clone(&machines.1)),
            keeping: Keeping::Everything,
            groups: Groups::of(scenario),
            started: Cell::new(0),
            asked: RefCell::default(),
            concurrency: Concurrency::default(),
            noted: Notify::new(),
            names: Names::default(),
            stopped: RefCell::default(),
        })
    }

    /// Replaces the definition of `access`, as a stack update does. Later executions and redrives
    /// use it.
    pub fn update(&mut self, access: &str) {
        self.machine = Rc::new(load("access", access));
    }

    /// Returns the most functions that have run at the same time.
    pub fn most_at_once(&self) -> usize {
        self.concurrency.most()
    }

    /// Returns the names of the deployed functions.
    pub fn functions(&self) -> impl Iterator<Item = &'static str> {
        self.functions.names()
    }

    /// Invokes one function as Lambda would; `None` if there is no function of that name.
    pub async fn invoke(&self, function: &str, payload: Value) -> Option<Result<Value, Failure>> {
        match self.functions.invoke(function, payload) {
            Some(running) => Some(running.await),
            None => None,
        }
    }

    /// Starts an execution of `access` with this input and runs it to its end.
    pub async fn execute(&self, title: &str, input: Value) -> Result<Execution, StartRefused> {
        self.execute_with(title, input, &NoInjection).await
    }

    /// Like [`Deployment::execute`], with an injector.
    pub async fn execute_with(
        &self,
        title: &str,
        input: Value,
        injector: &dyn Injector,
    ) -> Result<Execution, StartRefused> {
        let name = self.next_name(title);
        self.run(("Access", &self.machine), name, title, input, injector).await
    }

    /// Returns a unique name for the next execution, derived from its title.
    fn next_name(&self, title: &str) -> String {
        let number = self.started.get() + 1;
        self.started.set(number);
        format!("{number:04}-{}", slug(title))
    }

    async fn run(
        &self,
        (kind, machine): (&str, &Machine),
        name: String,
        title: &str,
        input: Value,
        injector: &dyn Injector,
    ) -> Result<Execution, StartRefused> {
        self.names.run(&format!("{MACHINE_PREFIX}{kind}"), &name, &input, self.aws.clock().now())?;
        let fresh = Execution {
            machine: kind.to_owned(),
            name,
            title: title.to_owned(),
            began: self.aws.clock().now(),
            took: Duration::ZERO,
            input,
            status: Status::Aborted,
            output: None,
            error: None,
            cause: None,
            entries: Vec::new(),
        };
        let performance = Performance::begin(self, injector, kind, fresh);
        let ended = asl::execute(machine, &performance, performance.start_of(kind)).await?;
        self.names.closed(&format!("{MACHINE_PREFIX}{kind}"), &performance.name, self.aws.clock().now());
        Ok(performance.over(ended))
    }
}

/// Converts a title into a part of an execution's name. CloudWatch requires ASCII [5.5].
fn slug(title: &str) -> String {
    let words: String =
        title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(60).collect()
}

/// One execution on the deployment. Dropping it before the execution ends stops the execution.
struct Performance<'a> {
    deployment: &'a Deployment,
    injector: &'a dyn Injector,
    /// The execution without its entries; `None` once it has ended.
    execution: Option<Execution>,
    /// True once the execution runs. A start or a redrive may be refused.
    runs: Cell<bool>,
    name: String,
    arn: String,
    invocations: Cell<u32>,
    entries: RefCell<Vec<Entry>>,
}

impl<'a> Performance<'a> {
    /// Prepares a new execution, or one that continues with its earlier entries.
    fn begin(
        deployment: &'a Deployment,
        injector: &'a dyn Injector,
        kind: &str,
        mut execution: Execution,
    ) -> Self {
        let entries = std::mem::take(&mut execution.entries);
        let invoked = entries.iter().filter(|entry| matches!(entry, Entry::Invoked(_))).count();
        let name = execution.name.clone();
        let arn = format!("arn:aws:states:us-east-1:111122223333:execution:{kind}:{name}");
        Self {
            deployment,
            injector,
            execution: Some(execution),
            runs: Cell::new(false),
            name,
            arn,
            invocations: Cell::new(u32::try_from(invoked).unwrap_or(u32::MAX)),
            entries: RefCell::new(entries),
        }
    }

    fn start_of(&self, kind: &str) -> Start {
        let input = self.execution.as_ref().map(|execution| execution.input.clone());
        Start {
            name: self.name.clone(),
            arn: self.arn.clone(),
            machine_arn: format!("{MACHINE_PREFIX}{kind}"),
            input: input.unwrap_or_default(),
        }
    }

    /// Completes the execution.
    fn over(mut self, ended: Ended) -> Execution {
        let execution = self.execution.take().expect("an execution ends once");
        self.ended(match ended.status {
            Status::Succeeded => Ending::Succeeded,
            Status::Failed => Ending::Failed,
            Status::TimedOut => Ending::TimedOut,
            Status::Aborted => Ending::Aborted,
        });
        let Ended { status, output, error, cause, .. } = ended;
        let took = self.now().duration_since(execution.began).unwrap_or_default();
        Execution { took, status, output, error, cause, entries: self.entries.take(), ..execution }
    }

    fn ended(&self, ending: Ending) {
        self.deployment.aws.executions(|all| all.ended(&self.arn, ending, self.now()));
    }
}

impl Performance<'_> {
    /// Runs a function to its end or to its time limit. The function runs in a task of its own,
    /// because on Lambda it continues when nothing waits for it any more: stopping an execution
    /// does not stop the functions it has invoked.
    async fn perform(
        &self,
        function: &str,
        scope: &str,
        running: LocalBoxFuture<'static, Result<Value, Failure>>,
        exit: Option<Duration>,
    ) -> Result<Value, TaskError> {
        let Some(counted) = self.deployment.concurrency.begin() else {
            let cause = "Rate Exceeded.".to_owned();
            return Err(TaskError { error: "Lambda.TooManyRequestsException".to_owned(), cause });
        };
        let (clock, limit) = (self.deployment.aws.clock().clone(), exit.unwrap_or(time_limit(function)));
        let scope = scope.to_owned();
        let alone = async move {
            let _counted = counted;
            let timer = std::pin::pin!(clock.sleep(limit));
            match select(scoped(&scope, running).boxed_local(), timer).await {
                Either::Left((result, _)) => result.map_err(|failure| TaskError {
                    error: failure.name.to_owned(),
                    // Lambda passes this on to Step Functions: the two members that the runtime
                    // posted, as JSON text.
                    cause: json!({"errorType": failure.name, "errorMessage": failure.message}).to_string(),
                }),
                Either::Right(((), _)) if exit.is_some() => Err(TaskError {
                    error: "Runtime.ExitError".to_owned(),
                    cause: "Runtime exited with error: signal: killed".to_owned(),
                }),
                Either::Right(((), _)) => Err(TaskError {
                    error: "Sandbox.Timedout".to_owned(),
                    cause: format!("Task timed out after {}.00 seconds", limit.as_secs()),
                }),
            }
        };
        tokio::task::spawn_local(alone).await.expect("a function that panics ends the run")
    }
}

/// Returns the `Timeout` of a function, as set in the template.
fn time_limit(function: &str) -> Duration {
    Duration::from_secs(match function {
        "sweep-page" => 890,
        "check-removals" => 300,
        _ => 150,
    })
}

impl Drop for Performance<'_> {
    fn drop(&mut self) {
        if let Some(execution) = self.execution.take().filter(|_| self.runs.get()) {
            self.ended(Ending::Aborted);
            self.stopped(execution);
        }
    }
}

impl Host for Performance<'_> {
    async fn invoke(&self, call: &TaskCall) -> Result<Value, TaskError> {
        let number = self.invocations.get() + 1;
        self.invocations.set(number);
        if call.resource == Resource::StartExecution {
            return self.start(call);
        }
        let function = call.function.strip_prefix(FUNCTION_PREFIX).unwrap_or(&call.function);
        let Some(running) = self.deployment.functions.invoke(function, call.payload.clone()) else {
            let cause = format!("there is no function {function}");
            return Err(TaskError { error: "Lambda.ResourceNotFoundException".to_owned(), cause });
        };
        let scope = format!("{}#{number}", self.name);
        let began = self.now();
        let inject = self.injector.inject(call, &scope);
        let exit = if let Injection::Exit(after) = inject { Some(after) } else { None };
        let mut result = self.perform(function, &scope, running, exit).await;
        if inject == Injection::Twice
            && let Some(again) = self.deployment.functions.invoke(function, call.payload.clone())
        {
            result = self.perform(function, &scope, again, None).await;
        }
        if let Some(calls) = self.deployment.keeping.calls(&self.deployment.aws, &scope) {
            self.entries.borrow_mut().push(Entry::Invoked(Invocation {
                state: call.state.clone(),
                iteration: call.iteration.clone(),
                function: function.to_owned(),
                took: self.now().duration_since(began).unwrap_or_default(),
                ended: self.now(),
                error: result.as_ref().err().map(|failure| failure.error.clone()),
                calls,
            }));
        }
        if let Injection::LoseAnswer(error) = inject {
            let cause = "the answer was lost".to_owned();
            return Err(TaskError { error: error.to_owned(), cause });
        }
        if inject == Injection::NoAnswer {
            std::future::pending::<()>().await;
        }
        result
    }

    async fn sleep(&self, duration: Duration, _: Sleep) {
        self.deployment.aws.clock().sleep(duration).await;
    }

    fn now(&self) -> SystemTime {
        self.deployment.aws.clock().now()
    }

    fn jitter(&self) -> f64 {
        self.deployment.aws.random().share(&format!("jitter of {}", self.name))
    }

    fn record(&self, event: &HistoryEvent) {
        if !self.runs.replace(true) {
            self.deployment.aws.executions(|all| all.started(&self.arn, self.now()));
        }
        self.injector.recorded(event);
        if self.deployment.keeping.keeps(event) {
            self.entries.borrow_mut().push(Entry::Event(event.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_name_is_valid_whatever_the_title() {
        assert_eq!(slug("Ana joins (again): 山田@x"), "ana-joins-again-x");
    }
}
