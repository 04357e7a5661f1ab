//! What our own interpreter does with the scenarios, in a form that another interpreter can be asked to repeat.

use anyhow::{Context as _, Result};
use asl::{HistoryEvent, HistoryKind, Resource, Status};
use fake_aws::{Clock, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Nobody, play};
use harness::report::{Entry, Execution};
use harness::scenario::{Scenario, TOUR};
use harness::setting;
use serde_json::{Value, json};
use stack::folders;
use std::collections::BTreeMap;
use std::fs;

/// An execution of ours.
pub(crate) struct Recorded {
    /// The scenario and the step, for people.
    pub(crate) title: String,
    /// `Access` or `Sweep`.
    pub(crate) machine: &'static str,
    /// What happened.
    pub(crate) execution: Execution,
}

/// Every execution of every scenario, and sweeps of the tour's directory.
pub(crate) fn all() -> Result<Vec<Recorded>> {
    let mut all = Vec::new();
    for entry in
        fs::read_dir(folders::root().join("tests/scenarios/files")).context("could not read the scenarios")?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            all.extend(accesses(&name, &Scenario::read(&path)?)?);
        }
    }
    let tour = Scenario::parse(TOUR, "the tour")?;
    all.extend(accesses("tour", &tour)?);
    all.extend(sweeps(tour)?);
    all.sort_by(|one, other| one.title.cmp(&other.title));
    Ok(all)
}

fn accesses(name: &str, scenario: &Scenario) -> Result<Vec<Recorded>> {
    let epoch = setting::beginning(scenario)?;
    let report =
        run_virtual(async { play(scenario, scenario.seed, Clock::virtual_from(epoch), &Nobody).await })?;
    // Sweeps of a timeline are executions of the other machine; `sweeps` has some.
    let executions = report.executions.into_iter().filter(|execution| execution.machine == "Access");
    let recorded = executions.map(|execution| Recorded {
        title: format!("{name}: {}", execution.name),
        machine: "Access",
        execution,
    });
    Ok(recorded.collect())
}

/// A sweep that finds everybody, one that looks at a group, and one that is asked for nonsense.
fn sweeps(mut tour: Scenario) -> Result<Vec<Recorded>> {
    for user in &mut tour.directory.users {
        user.groups.push("studio-analysts".to_owned());
    }
    let group = tour.directory.groups.first().context("the tour has no groups")?.id.clone();
    let epoch = setting::beginning(&tour)?;
    run_virtual(async {
        let deployment = Deployment::build(&tour, tour.seed, Clock::virtual_from(epoch)).await?;
        let mut all = Vec::new();
        let inputs = [
            ("whole", deployment.scheduled("of-the-schedule")),
            ("group", json!({"group": group})),
            ("nonsense", json!({"grope": 7})),
        ];
        for (name, input) in inputs {
            let execution = deployment.sweep(name, input).await?;
            all.push(Recorded { title: format!("sweep: {name}"), machine: "Sweep", execution });
        }
        Ok(all)
    })
}

impl Recorded {
    /// For the other interpreter.
    pub(crate) fn for_repetition(&self) -> Value {
        json!({
            "title": self.title,
            "machine": self.machine,
            "name": self.execution.name,
            "input": self.execution.input,
            "tasks": self.tasks(),
            "states": self.states(),
            "end": self.end(),
        })
    }

    fn events(&self) -> impl Iterator<Item = &HistoryEvent> {
        self.execution.entries.iter().filter_map(|entry| match entry {
            Entry::Event(event) => Some(event),
            Entry::Invoked(_) => None,
        })
    }

    /// What was asked of each function, and what came of it.
    fn tasks(&self) -> Vec<Value> {
        let mut under_way = BTreeMap::new();
        let mut tasks = Vec::new();
        for HistoryEvent { kind, state, iteration, .. } in self.events() {
            let place = (state, iteration);
            if let HistoryKind::TaskScheduled {
                resource: Resource::LambdaInvoke, function, payload, ..
            } = kind
            {
                under_way.insert(place, (function.rsplit(':').next(), payload));
            } else if let Some(came) = outcome(kind)
                && let Some((function, payload)) = under_way.remove(&place)
            {
                let mut task = json!({"function": function, "payload": payload});
                for (member, value) in came {
                    task[member] = value;
                }
                tasks.push(task);
            }
        }
        tasks
    }

    /// The states outside of any Map, with their inputs.
    fn states(&self) -> Vec<Value> {
        let outside = self.events().filter(|event| event.iteration.is_empty());
        let entered = outside.filter_map(|event| {
            let HistoryKind::StateEntered { input, .. } = &event.kind else { return None };
            Some(json!({"name": event.state, "input": input}))
        });
        entered.collect()
    }

    /// Status, error, cause and output.
    fn end(&self) -> Value {
        let failed = self.execution.status != Status::Succeeded;
        json!({
            "status": self.execution.status_word(),
            "output": self.execution.output,
            "error": self.execution.error.as_ref().filter(|_| failed),
            "cause": self.execution.cause.as_ref().filter(|_| failed),
        })
    }
}

/// What a function answered, as members of the recorded task.
fn outcome(kind: &HistoryKind) -> Option<Vec<(&'static str, Value)>> {
    if let HistoryKind::TaskSucceeded { result } = kind {
        return Some(vec![("answer", result["Payload"].clone())]);
    }
    let HistoryKind::TaskFailed { error, cause } = kind else { return None };
    let said: Value = serde_json::from_str(cause).unwrap_or_default();
    let message = said["errorMessage"].as_str().unwrap_or(cause);
    Some(vec![("error", error.as_str().into()), ("message", message.into())])
}
