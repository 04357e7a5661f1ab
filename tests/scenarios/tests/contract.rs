//! The contract between the state machines and the functions: every error name means the same on both sides, is known to both, and is
//! handled where it can arise.

use crate::every_scenario;
use crate::played::{folder, play_with};
use asl::{Machine, Resource, StateInfo, StateKind};
use contract::catalogue;
use harness::deployment::{LAMBDA_ERRORS, machine, sweep};
use harness::functions::resource_of;
use harness::report::Entry;
use harness::steps;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// Names that AWS gives to errors of a Lambda task that a retry may cure [5.12, 5.15, 5.16].
fn passing_of_aws() -> impl Iterator<Item = &'static str> {
    LAMBDA_ERRORS.into_iter().chain(["States.Timeout"])
}

/// Those of them that an invocation may end with after it has begun [5.15, 5.16].
fn may_have_begun() -> impl Iterator<Item = &'static str> {
    passing_of_aws().filter(|name| *name != "Lambda.TooManyRequestsException")
}

/// Names that end the whole execution, and why that is right.
const FATAL: [(&str, &str, &str); 32] = [
    (
        "ResolveIdentity",
        "InvalidInput",
        "nothing is known yet, and the input has to be mended by whoever started",
    ),
    ("ResolveIdentity", "ResolveIdentity.UserUnknown", "nothing is known yet, and an operator has mistyped"),
    ("ResolveIdentity", "Misconfigured", "nothing is known yet; the installation has to be mended"),
    ("ResolveIdentity", "Internal", "nothing is known yet; the alarm has to ring"),
    ("ResolveIdentity", "Throttled", "retried for minutes before; nothing was changed"),
    ("ResolveIdentity", "Transient", "retried before; nothing was changed"),
    (
        "Summarize",
        "Summarize.DomainsFailed",
        "its purpose: the execution shows red, and every target is done by then",
    ),
    (
        "Summarize",
        "Summarize.HeldBack",
        "its purpose: what failed waits for an approval, or for another hour",
    ),
    ("Summarize", "Paused", "its purpose: an operator has stopped everything, and resumes later"),
    ("ResolveIdentity", "Paused", "its purpose: an operator has stopped everything, and resumes later"),
    ("StartSweep", "Paused", "its purpose: an operator has stopped everything; nothing is removed"),
    ("StartSweep", "InvalidInput", "the input has to be mended by whoever started"),
    ("StartSweep", "StartSweep.NothingToApprove", "an operator has approved what is not there"),
    ("StartSweep", "StartSweep.NotASuccessor", "an input was copied; the true successor is named"),
    ("StartSweep", "Misconfigured", "nothing is removed; the installation has to be mended"),
    ("StartSweep", "Internal", "nothing is removed; the alarm has to ring"),
    ("StartSweep", "Throttled", "retried before; nothing is removed, and the next sweep begins anew"),
    ("StartSweep", "Transient", "retried before; nothing is removed, and the next sweep begins anew"),
    ("SweepPage", "Paused", "its purpose: an operator has stopped everything; nothing is removed"),
    ("SweepPage", "SweepPage.GroupUnknown", "an operator has mistyped"),
    (
        "SweepPage",
        "SweepPage.AnotherSweep",
        "retried for hours before; nothing is read, and the next sweep comes",
    ),
    ("SweepPage", "SweepPage.RemovalsNotAllowed", "its purpose: nobody has allowed them"),
    ("SweepPage", "Misconfigured", "nothing is removed; the installation has to be mended"),
    ("SweepPage", "Internal", "nothing is removed; the alarm has to ring"),
    ("SweepPage", "Throttled", "retried before; nothing is removed, and the next sweep begins anew"),
    ("SweepPage", "Transient", "retried before; nothing is removed, and the next sweep begins anew"),
    ("CheckRemovals", "CheckRemovals.OverLimit", "its purpose: an operator has to look first"),
    ("CheckRemovals", "CheckRemovals.ImplausibleRead", "its purpose: an operator has to look first"),
    ("CheckRemovals", "Misconfigured", "nothing is removed; the installation has to be mended"),
    ("CheckRemovals", "Internal", "nothing is removed; the alarm has to ring"),
    ("CheckRemovals", "Throttled", "retried before; nothing is removed, and the next sweep begins anew"),
    ("CheckRemovals", "Transient", "retried before; nothing is removed, and the next sweep begins anew"),
];

/// Step Functions' own answer to a start by a name that is taken [5.6].
const TAKEN: &str = "StepFunctions.ExecutionAlreadyExistsException";

pub(crate) fn root() -> PathBuf {
    folder().join("../..")
}

fn source(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The function that a Task invokes.
fn function(state: &StateInfo) -> Option<String> {
    state.function.as_ref().map(|arn| arn.rsplit(':').next().unwrap_or_default().to_owned())
}

/// The states of both machines. No two have the same name.
pub(crate) fn states() -> Vec<StateInfo> {
    let states = [machine(), sweep()].iter().flat_map(Machine::states).collect::<Vec<_>>();
    let names: BTreeSet<&String> = states.iter().map(|state| &state.name).collect();
    assert_eq!(names.len(), states.len());
    states
}

/// The tasks that are steps of ours.
fn tasks_of(machine: &Machine) -> Vec<StateInfo> {
    let ours = |state: &StateInfo| state.resource == Some(Resource::LambdaInvoke);
    machine.states().into_iter().filter(ours).collect()
}

/// The same, of both machines.
fn tasks() -> Vec<StateInfo> {
    let tasks: Vec<StateInfo> = [machine(), sweep()].iter().flat_map(tasks_of).collect();
    assert!(tasks.len() >= 20, "the machines have more tasks than these");
    tasks
}

/// The tasks that start executions.
fn starts() -> Vec<StateInfo> {
    states().into_iter().filter(|state| state.resource == Some(Resource::StartExecution)).collect()
}

/// The names that a state retries or catches.
pub(crate) fn handled(state: &StateInfo) -> impl Iterator<Item = &String> {
    let retried = state.retries.iter().flat_map(|retry| &retry.errors);
    retried.chain(state.catches.iter().flat_map(|catch| &catch.errors))
}

pub(crate) fn known(name: &str) -> bool {
    catalogue::ALL.iter().any(|entry| entry.name == name)
}

/// The failures that a function's header lists.
pub(crate) fn declared(function: &str) -> BTreeSet<String> {
    let text = source(&format!("functions/{function}/src/lib.rs"));
    let from =
        text.split_once("//! Failures:").unwrap_or_else(|| panic!("{function} declares no failures")).1;
    let list = from.split_once("//! Undo:").unwrap_or_else(|| panic!("{function} has no line Undo")).0;
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// All source text of a folder, unit tests in files of their own excepted.
fn sources(folder: &str) -> String {
    let mut text = String::new();
    let mut left = vec![root().join(folder)];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    text
}

/// The catalogue's constants by the names that they stand for.
fn constants() -> BTreeMap<String, String> {
    let text = source("shared/contract/src/catalogue.rs");
    let lines = text.lines().filter_map(|line| line.trim().strip_suffix("\";")?.split_once(" = \""));
    lines.map(|(constant, name)| (constant.to_owned(), name.to_owned())).collect()
}

#[test]
fn the_committed_machine_loads() {
    assert_eq!(machine().states()[0].name, "ResolveIdentity");
}

#[test]
fn every_name_that_the_machine_handles_exists() {
    for state in states() {
        for name in handled(&state) {
            if state.resource == Some(Resource::StartExecution) && name == TAKEN {
                continue;
            }
            let awss_own = passing_of_aws().chain(["States.ALL", "States.TaskFailed"]).any(|own| own == name);
            assert!(known(name) || awss_own, "{}: nobody raises {name}", state.name);
        }
    }
}

#[test]
fn every_declared_error_is_catalogued_and_handled_or_fatal() {
    let states = states();
    for task in tasks() {
        let around = states.iter().filter(|state| task.path.contains(&state.name));
        let catchers: Vec<&String> = std::iter::once(&task)
            .chain(around)
            .flat_map(|state| &state.catches)
            .flat_map(|catch| &catch.errors)
            .collect();
        for name in declared(&function(&task).unwrap()) {
            assert!(known(&name), "{}: {name} is not in the catalogue", task.name);
            let caught = catchers.iter().any(|caught| **caught == name || *caught == "States.ALL");
            let fatal =
                FATAL.iter().any(|(state, error, _)| (*state, *error) == (task.name.as_str(), name.as_str()));
            assert!(
                caught != fatal,
                "{}: {name} is {}",
                task.name,
                if fatal { "caught, and listed as fatal" } else { "handled nowhere" }
            );
        }
    }
}

#[test]
fn what_is_fatal_on_purpose_can_happen() {
    for (state, name, _) in FATAL {
        let task = tasks()
            .into_iter()
            .find(|task| task.name == state)
            .unwrap_or_else(|| panic!("{state} is no task"));
        assert!(declared(&function(&task).unwrap()).contains(name), "{state} never raises {name}");
    }
}

#[test]
fn every_name_that_is_caught_for_itself_can_arise_there() {
    let states = states();
    for state in states.iter().filter(|state| !state.catches.is_empty()) {
        let inside = |task: &&StateInfo| task.name == state.name || task.path.contains(&state.name);
        let raised: BTreeSet<String> =
            tasks().iter().filter(inside).flat_map(|task| declared(&function(task).unwrap())).collect();
        for name in state.catches.iter().flat_map(|catch| &catch.errors).filter(|name| known(name)) {
            assert!(raised.contains(name), "{}: nothing inside raises {name}", state.name);
        }
    }
}

#[test]
fn a_function_declares_every_name_that_its_error_type_mentions() {
    let constants = constants();
    assert_eq!(constants.len(), catalogue::ALL.len());
    for task in tasks() {
        let function = function(&task).unwrap();
        // A decision may name an error as data; what is raised is named where the step's error type is.
        let files = ["lib.rs", "error.rs"]
            .map(|file| root().join("functions").join(&function).join("src").join(file));
        let text: String = files.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
        let declared = declared(&function);
        for (constant, name) in &constants {
            assert!(
                !text.contains(&format!("catalogue::{constant}")) || declared.contains(name),
                "{function} raises {name}, but its header does not say so"
            );
        }
    }
}

#[test]
fn every_name_of_the_catalogue_can_be_raised() {
    let text =
        ["functions", "shared/contract/src", "shared/aws/src", "shared/step/src"].map(sources).concat();
    for (constant, name) in constants() {
        let raised = text.contains(&format!("catalogue::{constant}"));
        assert!(raised, "nothing raises {name}");
    }
}

#[test]
fn a_refusal_is_never_retried() {
    let retried = ["Throttled", "Transient", "ProfileBusy", "LeaseHeld", "SweepPage.AnotherSweep"];
    for task in tasks() {
        for name in task.retries.iter().flat_map(|retry| &retry.errors) {
            let ours_and_passing = retried.contains(&name.as_str());
            let awss_own = passing_of_aws().any(|own| own == name);
            assert!(ours_and_passing || awss_own, "{}: {name} must not be retried", task.name);
        }
    }
}

#[test]
fn what_passes_by_itself_is_retried_wherever_it_can_arise() {
    for task in tasks() {
        let retried: BTreeSet<&String> = task.retries.iter().flat_map(|retry| &retry.errors).collect();
        for name in declared(&function(&task).unwrap()) {
            let passing = ["Throttled", "Transient", "ProfileBusy", "LeaseHeld"].contains(&name.as_str());
            assert!(!passing || retried.contains(&name), "{}: {name} is not retried", task.name);
        }
        for name in passing_of_aws() {
            assert!(retried.contains(&name.to_owned()), "{}: {name} is not retried", task.name);
        }
    }
}

/// The states that change something in Studio for a user.
const CHANGING: [&str; 6] =
    ["CreateProfile", "DeleteApp", "DeleteProfile", "DeleteSpace", "UpdateProfile", "WithdrawRole"];

#[test]
fn every_task_has_a_timeout_and_every_retry_jitter_and_a_cap() {
    for task in tasks() {
        assert!(task.timeout.is_some(), "{} may take for ever", task.name);
        for retry in &task.retries {
            // After a lost invocation of a step that changes something in Studio, its last change may
            // still come: no retry before that.
            let is_lost = retry.errors.iter().any(|error| may_have_begun().any(|begun| begun == error));
            let waits = is_lost && CHANGING.contains(&task.name.as_str());
            assert_eq!(waits, !retry.full_jitter, "{}: {:?} come in waves", task.name, retry.errors);
            assert!(!waits || retry.interval_seconds > 65, "{}: {:?}", task.name, retry.errors);
            assert!(
                retry.backoff_rate <= 1.0 || retry.max_delay_seconds.is_some(),
                "{}: {:?} wait without bound",
                task.name,
                retry.errors
            );
        }
    }
}

#[test]
fn starts_are_retried_and_a_repeated_start_is_no_failure() {
    let starts = starts();
    assert_eq!(starts.len(), 3, "of a sweep, of access, of a successor");
    for start in starts {
        assert!(start.timeout.is_some(), "{} may take for ever", start.name);
        let first = &start.retries[0];
        assert_eq!((&first.errors[..], first.max_attempts), (&[TAKEN.to_owned()][..], 0), "{}", start.name);
        let retried = start.retries[1..].iter().flat_map(|retry| &retry.errors);
        assert_eq!(retried.collect::<Vec<_>>(), ["States.TaskFailed", "States.Timeout"], "{}", start.name);
        assert!(start.retries.iter().all(|retry| retry.full_jitter && retry.max_delay_seconds.is_some()));
        assert!(start.catches.iter().any(|catch| catch.errors == [TAKEN]), "{}", start.name);
    }
}

#[test]
fn every_task_is_a_step_or_a_start() {
    let tasks_and_starts = tasks().len() + starts().len();
    assert_eq!(states().iter().filter(|state| state.kind == StateKind::Task).count(), tasks_and_starts);
}

/// The lines of one resource of the template.
fn resource(template: &str, name: &str) -> String {
    let from =
        template.split_once(&format!("\n  {name}:\n")).unwrap_or_else(|| panic!("no resource {name}")).1;
    let own = from.lines().take_while(|line| line.is_empty() || line.starts_with("   "));
    own.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_state_waits_ten_seconds_longer_than_its_function_may_take() {
    let template = source("template.yaml");
    let seconds = |text: &str, indent: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(indent)?.strip_prefix("Timeout: "));
        line.map(|seconds| seconds.parse().unwrap())
    };
    let usual = seconds(&template, "    ").expect("the globals have a timeout");
    for task in tasks() {
        let function = resource_of(&function(&task).unwrap());
        let own = seconds(&resource(&template, &function), "      ").unwrap_or(usual);
        assert!(own <= 900, "{}: more than Lambda allows [5.35]", task.name);
        assert_eq!(task.timeout.map(|timeout| timeout.as_secs()), Some(own + 10), "{}", task.name);
    }
}

#[test]
fn every_substitution_of_a_machine_is_made_by_the_template() {
    let template = source("template.yaml");
    for (name, file) in [("Access", "access"), ("Sweep", "sweep")] {
        let text = source(&format!("statemachine/{file}.asl.json"));
        let used = text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        let resource = resource(&template, name);
        let made = resource.split_once("DefinitionSubstitutions:\n").unwrap().1;
        let made = made.lines().map_while(|line| line.strip_prefix("        ")?.split_once(':'));
        assert_eq!(used.collect::<BTreeSet<_>>(), made.map(|(name, _)| name).collect::<BTreeSet<_>>());
    }
}

#[test]
fn every_function_is_invoked_by_the_state_of_its_name() {
    let mut invoked: BTreeSet<String> = tasks().iter().filter_map(function).collect();
    let listed: BTreeSet<String> = steps::names().into_iter().map(|(step, _)| step.to_owned()).collect();
    assert_eq!(invoked, listed);
    // No step of a workflow: EventBridge invokes it when an execution has ended.
    invoked.insert("notify".to_owned());
    let folders = fs::read_dir(root().join("functions")).unwrap();
    let there: BTreeSet<String> =
        folders.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(invoked, there);
}

#[test]
fn no_function_ever_raised_a_name_that_it_does_not_declare() {
    let mut met: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, scenario) in every_scenario::all() {
        let played = play_with(&scenario, scenario.seed);
        for entry in played.report.executions.iter().flat_map(|execution| &execution.entries) {
            if let Entry::Invoked(invocation) = entry {
                met.entry(invocation.function.clone()).or_default().extend(invocation.error.clone());
            }
        }
    }
    let all: BTreeSet<String> = tasks().iter().filter_map(function).collect();
    assert_eq!(met.len(), all.len(), "every function of both machines has its scenario");
    for (function, names) in met {
        let surprising: Vec<&String> =
            names.iter().filter(|name| !declared(&function).contains(*name)).collect();
        assert_eq!(surprising, Vec::<&String>::new(), "{function}");
    }
}
