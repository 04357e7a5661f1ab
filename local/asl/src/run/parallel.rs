//! Prepares the branches of a Parallel and joins their outputs; [`super::level`] runs the states of
//! the branches between the two. The first branch that fails fails the Parallel with its own error:
//! `States.BranchFailed` is reserved by the language and not reported. AWS writes no events for the
//! start and the end of a branch.

use serde_json::Value;

use super::failure::{Failure, Stop};
use super::join::Broken;
use super::limits;
use super::map::{self, Begun};
use super::record::Place;
use super::scope::Scope;
use super::visit::Visit;
use crate::history::HistoryKind;
use crate::host::Host;
use crate::model::Parallel;

/// Evaluates the arguments, which are the input of every branch. All branches run at once.
pub(super) fn begin<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    parallel: &Parallel,
    scope: &Scope<'_>,
) -> Result<Begun, Stop> {
    let input = match &parallel.arguments {
        None => visit.input.clone(),
        Some(arguments) => visit.known(visit.bindings(scope).evaluate("Arguments", arguments))?,
    };
    limits::check(&format!("the arguments of the state {}", visit.state.name), &input)?;
    let branches = parallel.branches.len();
    let places = (0..branches).map(|index| place(visit, index)).collect();
    let started = HistoryKind::ParallelStarted { branches };
    Begun::new(visit, (places, vec![input; branches]), branches, started)
}

/// Returns the outputs in the order of the branches: `$states.result`.
pub(super) fn end<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    outcome: Result<Vec<Value>, Broken<Stop>>,
) -> Result<Value, Stop> {
    let failed = |Failure { error, cause }| HistoryKind::ParallelFailed { error, cause };
    map::joined(visit, outcome, HistoryKind::ParallelSucceeded, failed)
}

/// Returns the place of a branch. Its context object has the item of the Map around the Parallel,
/// if there is one, because a branch has no item of its own.
fn place<H: Host>(visit: &Visit<'_, '_, '_, H>, index: usize) -> Place {
    let mut place = visit.place.clone();
    place.iteration.push((visit.state.name.clone(), index));
    place
}
