//! Plays scenario files and asks what came of them.

use asl::{HistoryEvent, HistoryKind};
use fake_aws::services::studio::ProfileRow;
use fake_aws::{CallRecord, Clock, FakeAws, Outcome, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Nobody, Play};
use harness::report::{Entry, Execution, Invocation, Report};
use harness::scenario::{Scenario, Step};
use harness::setting;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The folder of the scenario files.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Reads a scenario file of this folder.
pub(crate) fn read(file: &str) -> Scenario {
    Scenario::read(&folder().join("files").join(file)).unwrap_or_else(|error| panic!("{error}"))
}

/// Lets every row delete at once, as the published solution does.
pub(crate) fn without_grace(scenario: &mut Scenario) {
    for row in &mut scenario.mappings {
        row.insert("graceDays".to_owned(), Value::from(0));
    }
}

/// A scenario that was played.
pub(crate) struct Played {
    /// What it left behind.
    pub(crate) report: Report,
    /// Faults that were ordered and never struck: a scenario that never met its fault shows nothing.
    pub(crate) unspent: usize,
}

/// Plays a scenario file with its own seed; everything is as the file expects. What was played before is not played again: it would be the
/// same to the letter.
pub(crate) fn play(file: &str) -> Arc<Played> {
    static PLAYED: Mutex<BTreeMap<String, Arc<Played>>> = Mutex::new(BTreeMap::new());
    let known = PLAYED.lock().unwrap().get(file).cloned();
    let played = known.unwrap_or_else(|| {
        let scenario = read(file);
        let played = Arc::new(play_with(&scenario, scenario.seed));
        PLAYED.lock().unwrap().insert(file.to_owned(), Arc::clone(&played));
        played
    });
    played.as_expected(file);
    played
}

/// Plays a scenario.
pub(crate) fn play_with(scenario: &Scenario, seed: u64) -> Played {
    play_with_a_turn(scenario, seed, scenario.timeline.len(), |_| ())
}

/// Plays a scenario; before the step of this number something happens to the emulated AWS that a file cannot say.
pub(crate) fn play_with_a_turn(
    scenario: &Scenario,
    seed: u64,
    before: usize,
    turn: impl FnOnce(&FakeAws),
) -> Played {
    let epoch = setting::beginning(scenario).unwrap();
    let (head, tail) = scenario.timeline.split_at(before);
    let first = Scenario { timeline: head.to_vec(), expect: None, ..scenario.clone() };
    let second = Scenario { timeline: tail.to_vec(), ..scenario.clone() };
    run_virtual(async {
        let deployment = Deployment::build(scenario, seed, Clock::virtual_from(epoch)).await.unwrap();
        let mut report = act(&deployment, &first, seed).await;
        turn(&deployment.aws);
        let end = act(&deployment, &second, seed).await;
        report.executions.extend(end.executions);
        report.dead_letters.extend(end.dead_letters);
        report.disappointments.extend(end.disappointments);
        (report.calls, report.studio, report.grants) = (end.calls, end.studio, end.grants);
        Played { report, unspent: deployment.aws.unspent_faults().len() }
    })
}

async fn act(deployment: &Deployment, scenario: &Scenario, seed: u64) -> Report {
    let mut play = Play::on(deployment, scenario, &Nobody);
    play.steps(&scenario.timeline).await.unwrap_or_else(|error| panic!("{error}"));
    play.report(seed).await.unwrap()
}

impl Played {
    /// Fails unless everything was as the scenario expects.
    #[track_caller]
    pub(crate) fn as_expected(&self, name: &str) {
        let none: [&str; 0] = [];
        assert_eq!(self.report.disappointments, none, "{name} with seed {}", self.report.seed);
        assert_eq!(self.unspent, 0, "{name}: faults that never struck");
    }

    /// All calls of an operation (`sagemaker:ListApps`), in the order of their effects.
    pub(crate) fn calls(&self, operation: &str) -> Vec<&CallRecord> {
        let is = |call: &&CallRecord| format!("{}:{}", call.service, call.operation) == operation;
        self.report.calls.iter().filter(is).collect()
    }

    /// The calls of an operation that had their effect.
    pub(crate) fn done(&self, operation: &str) -> Vec<&CallRecord> {
        self.calls(operation).into_iter().filter(|call| call.outcome == Outcome::Ok).collect()
    }

    /// Where in the list of all calls the ones of this operation stand.
    pub(crate) fn positions(&self, operation: &str) -> Vec<usize> {
        let all = self.report.calls.iter().enumerate();
        let is = |call: &CallRecord| format!("{}:{}", call.service, call.operation) == operation;
        all.filter(|(_, call)| is(call)).map(|(at, _)| at).collect()
    }

    /// The execution of the step with this title.
    pub(crate) fn execution(&self, title: &str) -> &Execution {
        let found = self.report.executions.iter().find(|execution| execution.title == title);
        found.unwrap_or_else(|| panic!("no step is called {title:?}"))
    }

    /// The profile of a directory user; there is exactly one.
    pub(crate) fn profile(&self, user: &str) -> &ProfileRow {
        let mut theirs = self.report.studio.profiles.iter().filter(|p| p.sso_user.as_deref() == Some(user));
        let profile = theirs.next().unwrap_or_else(|| panic!("{user} has no profile"));
        assert!(theirs.next().is_none(), "{user} has several profiles");
        profile
    }

    /// The grant of a user, by user name; there is exactly one.
    pub(crate) fn grant(&self, user: &str) -> &Value {
        let mut theirs = self.report.grants.iter().filter(|grant| grant["userName"] == user);
        let grant = theirs.next().unwrap_or_else(|| panic!("{user} has no grant"));
        assert!(theirs.next().is_none(), "{user} has several grants");
        grant
    }
}

/// Every invocation of a function in an execution.
pub(crate) fn invocations<'a>(execution: &'a Execution, function: &str) -> Vec<&'a Invocation> {
    let invoked = execution.entries.iter().filter_map(|entry| match entry {
        Entry::Invoked(invocation) if invocation.function == function => Some(invocation),
        Entry::Invoked(_) | Entry::Event(_) => None,
    });
    invoked.collect()
}

/// The functions that an execution invoked, in order, each once.
pub(crate) fn functions(execution: &Execution) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for entry in &execution.entries {
        if let Entry::Invoked(invocation) = entry
            && !found.contains(&invocation.function.as_str())
        {
            found.push(&invocation.function);
        }
    }
    found
}

/// The names that catchers of an execution took, with the state that each led to.
pub(crate) fn caught(execution: &Execution) -> Vec<(&str, &str)> {
    let caught = execution.entries.iter().filter_map(|entry| match entry {
        Entry::Event(HistoryEvent { kind: HistoryKind::Caught { error, next }, .. }) => {
            Some((error.as_str(), next.as_str()))
        }
        Entry::Event(_) | Entry::Invoked(_) => None,
    });
    caught.collect()
}

/// A step of a timeline, written as in a file.
pub(crate) fn steps(yaml: &str) -> Vec<Step> {
    let text = format!("{{ name: x, directory: {{}}, timeline: {yaml} }}");
    Scenario::parse(&text, "steps of a test").unwrap_or_else(|error| panic!("{error}")).timeline
}
