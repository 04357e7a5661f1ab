//! Compares the results with the expectations of a scenario. Each difference is one sentence.

use crate::report::{DeadLetter, Execution, Report};
use crate::scenario::{Expectation, ProfileExpectation, StepExpectation};

/// Returns the differences for one step, whose execution started `started` others. `others` are the
/// executions for further domains of the same user: what they did counts as done by the first, and
/// the first of all that did not succeed is the one that counts.
pub fn of_step(
    expected: &StepExpectation,
    ended: &Result<Execution, DeadLetter>,
    others: &[Execution],
    started: usize,
) -> Vec<String> {
    let (title, status, error, cause, actions) = match ended {
        Ok(execution) => {
            let all = || std::iter::once(execution).chain(others);
            let told = all().find(|one| one.status_word() != "SUCCEEDED").unwrap_or(execution);
            (
                &execution.title,
                told.status_word(),
                told.error.clone().unwrap_or_default(),
                told.cause.clone().unwrap_or_default(),
                all().flat_map(Execution::actions).collect(),
            )
        }
        Err(letter) => (&letter.title, "DEAD_LETTER", String::new(), letter.why.clone(), Vec::new()),
    };
    let mut found = Vec::new();
    let mut differ = |what: &str, wanted: &str, was: &str| {
        found.push(format!("{title:?}: {what} should be {wanted}, but is {was}"));
    };
    if let Some(wanted) = expected.status.as_deref().filter(|wanted| *wanted != status) {
        differ("the status", wanted, &format!("{status} ({error} {cause})"));
    }
    if let Some(wanted) = expected.error.as_deref().filter(|wanted| *wanted != error) {
        differ("the error", wanted, &error);
    }
    if let Some(wanted) = expected.cause.as_deref().filter(|wanted| !cause.contains(wanted)) {
        differ("the cause", &format!("something with {wanted:?}"), &cause);
    }
    if let Some(wanted) = expected.actions.as_ref().filter(|wanted| **wanted != actions) {
        differ("the actions", &wanted.join(", "), &actions.join(", "));
    }
    if let Some(wanted) = expected.started.filter(|wanted| *wanted != started) {
        differ("the number of executions that it starts", &wanted.to_string(), &started.to_string());
    }
    found
}

/// Returns the differences for the final state.
pub fn of_end(expected: &Expectation, report: &Report) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(wanted) = &expected.profiles {
        found.extend(profiles(wanted, report));
    }
    if let Some(wanted) = &expected.spaces {
        let mut wanted = wanted.clone();
        let mut there: Vec<String> = report.studio.spaces.iter().map(|space| space.name.clone()).collect();
        wanted.sort();
        there.sort();
        if wanted != there {
            found.push(format!("the spaces should be {wanted:?}, but are {there:?}"));
        }
    }
    if let Some(wanted) = expected.assignments.as_ref().filter(|wanted| **wanted != report.assignments) {
        found.push(format!("the assignments should be {wanted:?}, but are {:?}", report.assignments));
    }
    let count = |what: &str, wanted: Option<usize>, there: usize| {
        let differs = wanted.filter(|wanted| *wanted != there);
        differs.map(|wanted| format!("{what}: should be {wanted}, but are {there}"))
    };
    found.extend(count("destroyed volumes", expected.lost_volumes, report.studio.lost_volumes.len()));
    found.extend(count("dead letters", expected.dead_letters, report.dead_letters.len()));
    for (operation, wanted) in &expected.calls {
        let (service, name) = operation.split_once(':').unwrap_or((operation, ""));
        let tally = report.tallies.get(&(service.to_owned(), name.to_owned()));
        let there = tally.map(|tally| tally.all).unwrap_or_default();
        found.extend(count(&format!("calls of {operation}"), Some(*wanted), there));
    }
    found
}

fn profiles(wanted: &[ProfileExpectation], report: &Report) -> Vec<String> {
    let there: Vec<ProfileExpectation> = report
        .studio
        .profiles
        .iter()
        .map(|profile| ProfileExpectation {
            target: format!("{}/{}/{}", profile.place.account, profile.place.region, profile.place.domain_id),
            user: profile.sso_user.clone().unwrap_or_default(),
            role: last_part(&profile.effective_role),
        })
        .collect();
    let show = |p: &ProfileExpectation| format!("{} in {} with {}", p.user, p.target, p.role);
    let missing = wanted
        .iter()
        .filter(|wanted| !there.contains(wanted))
        .map(|p| format!("a profile is missing: {}", show(p)));
    let extra = there
        .iter()
        .filter(|there| !wanted.contains(there))
        .map(|p| format!("a profile should not be there: {}", show(p)));
    missing.chain(extra).collect()
}

/// Returns the name at the end of a role's ARN.
pub fn last_part(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}
