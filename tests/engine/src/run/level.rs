//! A run of states, from the level's start to one of its ends.

use serde_json::Value;

use super::failure::Stop;
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

pub(super) async fn run<H: Host>(
    run: &Run<'_, H>,
    level: &Level,
    mut input: Value,
    scope: &mut Scope<'_>,
    place: &Place,
) -> Result<Value, Stop> {
    let mut name = level.start_at.as_str();
    loop {
        let visit = Visit::enter(run, level.state(name), place, input)?;
        match visit.run(scope).await? {
            Step::To(next, output) => {
                name = next;
                input = output;
            }
            Step::End(output) => return Ok(output),
        }
    }
}
