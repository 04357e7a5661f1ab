//! One sweep of a company on the deployment, successors included, with everything that is measured on the way.

use crate::deployed::deployed;
use crate::sweep::company::{Case, Company, Size};
use crate::sweep::figures::{Figures, PLANNED, best, count, seconds};
use anyhow::{Result, ensure};
use asl::{HistoryKind, Status};
use fake_aws::{FakeAws, run_virtual};
use harness::report::{Entry, Execution};
use harness::setting;
use serde_json::Value;
use std::time::Duration;

/// What came of it.
#[derive(Debug)]
pub struct Swept {
    /// What it cost.
    pub figures: Figures,
    /// Inputs of the executions that were started, in order.
    pub started: Vec<Value>,
    /// The company that was swept.
    pub company: Company,
}

/// Builds the company's emulated AWS and sweeps it. `tell` hears of each execution of the sweep when it has ended.
pub fn sweep(size: Size, case: Case, tell: &dyn Fn(&str)) -> Result<Swept> {
    let company = Company::found(size, case)?;
    let epoch = setting::beginning(&company.scenario)?;
    run_virtual(async {
        let deployment = deployed(&company.scenario, epoch).await?;
        company.open_books(&deployment.aws).await?;
        tell(&format!("{case}: the emulated AWS is built"));
        let mut measured = Measured::default();
        let (mut name, mut input) = ("first".to_owned(), deployment.scheduled("of-the-schedule"));
        loop {
            let execution = deployment.sweep(&name, input).await?;
            let Execution { status, error, cause, .. } = &execution;
            ensure!(*status == Status::Succeeded, "{name}: {error:?}: {cause:?}");
            measured.add(&execution);
            let started = deployment.asked();
            tell(&format!("{case}: {} started, {:.0} s", started.len(), measured.took.as_secs_f64()));
            match started.last().filter(|last| last.machine.ends_with(":Sweep") && last.name != name) {
                Some(last) => (name, input) = (last.name.clone(), last.input.clone()),
                None => break,
            }
        }
        let asked = deployment.asked().into_iter().filter(|asked| asked.machine.ends_with(":Access"));
        let started: Vec<Value> = asked.map(|asked| asked.input).collect();
        let figures = measured.figures(&company, (size, case), started.len(), &deployment.aws);
        Ok(Swept { figures, started, company })
    })
}

#[derive(Debug, Default)]
struct Measured {
    took: Duration,
    executions: usize,
    most_events: u64,
    largest_payload: usize,
    longest_function: Duration,
    invocations: usize,
}

impl Measured {
    fn add(&mut self, execution: &Execution) {
        self.took += execution.took;
        self.executions += 1;
        let mut events = 0;
        for entry in &execution.entries {
            match entry {
                Entry::Event(event) => {
                    events += u64::from(event.kind.counts());
                    self.largest_payload = self.largest_payload.max(payload(&event.kind));
                }
                Entry::Invoked(invocation) => {
                    self.invocations += 1;
                    self.longest_function = self.longest_function.max(invocation.took);
                }
            }
        }
        self.most_events = self.most_events.max(events);
    }

    fn figures(
        self,
        company: &Company,
        (size, case): (Size, Case),
        started: usize,
        aws: &FakeAws,
    ) -> Figures {
        let (best_seconds, decided_by) = best(company, size, started, PLANNED);
        Figures {
            case: case.to_string(),
            took_seconds: seconds(self.took),
            best_seconds,
            decided_by,
            started,
            executions: self.executions,
            most_events: self.most_events,
            largest_payload: self.largest_payload,
            longest_function_seconds: seconds(self.longest_function),
            invocations: self.invocations,
            calls: count(&aws.calls()),
        }
    }
}

/// Bytes of the data that an event carries.
fn payload(kind: &HistoryKind) -> usize {
    let data = if let HistoryKind::StateEntered { input, .. }
    | HistoryKind::ExecutionStarted { input }
    | HistoryKind::IterationStarted { input, .. } = kind
    {
        input
    } else if let HistoryKind::StateExited { output, .. } | HistoryKind::ExecutionSucceeded { output } = kind
    {
        output
    } else if let HistoryKind::TaskScheduled { payload, .. } = kind {
        payload
    } else if let HistoryKind::TaskSucceeded { result } = kind {
        result
    } else {
        return 0;
    };
    data.to_string().len()
}
