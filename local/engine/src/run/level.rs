//! A run of states, from the level's start to one of its ends.

use serde_json::Value;

use super::failure::Stop;
use super::past::{At, Past};
use super::record::Run;
use super::scope::Scope;
use super::visit::{Step, Visit};
use crate::history::Iteration;
use crate::host::Host;
use crate::model::Level;

/// Where in the machine a level runs: in which Map iterations, and on which item of the innermost.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) iteration: Vec<Iteration>,
    pub(super) item: Option<(usize, Value)>,
}

/// Runs from where the past leaves off: at the level's start, or, after a redrive, in the middle.
pub(super) async fn run<H: Host>(
    run: &Run<'_, H>,
    level: &Level,
    past: Past,
    scope: &mut Scope<'_>,
    place: &Place,
) -> Result<Value, Stop> {
    scope.assign(past.variables);
    let mut visit = match past.at {
        At::Start(input) => Visit::enter(run, level.state(&level.start_at), place, input)?,
        At::Inside(stay) => Visit::again(run, level.state(&stay.state), place, stay)?,
        At::Left(output) => return Ok(output),
    };
    loop {
        visit = match visit.run(scope).await? {
            Step::To(next, output) => Visit::enter(run, level.state(next), place, output)?,
            Step::End(output) => return Ok(output),
        }
    }
}
