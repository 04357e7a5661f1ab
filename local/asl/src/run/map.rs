//! Prepares a Map's items and assembles its result; [`super::level`] runs the inner states between
//! the two. The first iteration that fails fails the Map.

use serde_json::Value;

use super::bindings::{Bindings, unexpected};
use super::failure::{Failure, Stop};
use super::join::Broken;
use super::limits;
use super::past::{Iterations, Past};
use super::record::Place;
use super::scope::Scope;
use super::visit::Visit;
use crate::history::HistoryKind;
use crate::host::Host;
use crate::model::Map;

/// Maximum concurrency of an inline Map, also used if `MaxConcurrency` is 0 or missing. Source: the
/// AWS guide to the Map state.
const CONCURRENCY_MAX: usize = 40;

/// A Map whose items are known, or a Parallel whose arguments are known.
pub(super) struct Begun {
    pub(super) places: Vec<Place>,
    pub(super) limit: usize,
    inputs: Vec<Value>,
    pasts: Option<Iterations>,
}

impl Begun {
    /// Takes the progress from before a redrive. If there is none, records `started`.
    pub(super) fn new<H: Host>(
        visit: &Visit<'_, '_, '_, H>,
        (places, inputs): (Vec<Place>, Vec<Value>),
        limit: usize,
        started: HistoryKind,
    ) -> Result<Self, Stop> {
        let pasts = visit.take_items();
        if pasts.is_none() {
            visit.record(started)?;
        }
        Ok(Self { places, limit, inputs, pasts })
    }

    /// Returns the point from which an iteration or a branch runs.
    pub(super) fn past(&self, index: usize) -> Past {
        let past = self.pasts.as_ref().and_then(|pasts| pasts.get(index).cloned().flatten());
        past.unwrap_or_else(|| Past::start(self.inputs[index].clone()))
    }
}

/// Evaluates the items, the inputs of the iterations and the concurrency limit.
pub(super) fn begin<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    map: &Map,
    scope: &Scope<'_>,
) -> Result<Begun, Stop> {
    let places = places(visit, map, scope)?;
    let inputs = places
        .iter()
        .map(|place| iteration_input(visit, map, scope, place))
        .collect::<Result<Vec<_>, _>>()?;
    let limit = concurrency(visit, map, scope)?;
    let started = HistoryKind::MapStarted { length: places.len() };
    Begun::new(visit, (places, inputs), limit, started)
}

/// Returns the outputs in the order of the items: `$states.result`.
pub(super) fn end<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    places: &[Place],
    outcome: Result<Vec<Value>, Broken<Stop>>,
) -> Result<Value, Stop> {
    if let Err(Broken { error: Stop::Failed(_), dropped }) = &outcome {
        for index in dropped {
            let aborted = HistoryKind::IterationAborted { index: *index };
            visit.run.record(&places[*index], &visit.state.name, aborted)?;
        }
    }
    let failed = |Failure { error, cause }| HistoryKind::MapFailed { error, cause };
    joined(visit, outcome, HistoryKind::MapSucceeded, failed)
}

/// Joins the outputs into one payload, and records the end of the Map or the Parallel.
pub(super) fn joined<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    outcome: Result<Vec<Value>, Broken<Stop>>,
    succeeded: HistoryKind,
    failed: impl Fn(Failure) -> HistoryKind,
) -> Result<Value, Stop> {
    let what = format!("the result of the state {}", visit.state.name);
    let joined = outcome.map_err(|broken| broken.error).and_then(|outputs| {
        let result = Value::Array(outputs);
        limits::check(&what, &result)?;
        Ok(result)
    });
    match &joined {
        Ok(_) => visit.record(succeeded)?,
        Err(Stop::Failed(failure)) => visit.record(failed(failure.clone()))?,
        Err(Stop::Halted(_)) => {}
    }
    joined
}

/// Returns one place per item.
fn places<H: Host>(visit: &Visit<'_, '_, '_, H>, map: &Map, scope: &Scope<'_>) -> Result<Vec<Place>, Stop> {
    let items = match &map.items {
        None => visit.input.as_array().cloned().ok_or_else(|| {
            let cause = format!("The input of the state {} is not a list of items.", visit.state.name);
            Stop::from(Failure::new(super::failure::QUERY, cause))
        })?,
        Some(template) => match visit.known(visit.bindings(scope).evaluate("Items", template))? {
            Value::Array(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                visit.known(Err(unexpected("Items", template, "an array")))?
            }
        },
    };
    let place = |(index, item)| {
        let mut iteration = visit.place.iteration.clone();
        iteration.push((visit.state.name.clone(), index));
        Place { iteration, item: Some((index, item)) }
    };
    Ok(items.into_iter().enumerate().map(place).collect())
}

/// Returns `ItemSelector` evaluated for an item, or the item itself.
fn iteration_input<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    map: &Map,
    scope: &Scope<'_>,
    place: &Place,
) -> Result<Value, Stop> {
    let input = match &map.item_selector {
        None => place.item.as_ref().map(|(_, item)| item.clone()).unwrap_or_default(),
        Some(selector) => {
            let bindings = Bindings::new(&visit.input, visit.about(place), scope);
            visit.known(bindings.evaluate("ItemSelector", selector))?
        }
    };
    limits::check(&format!("the input of an iteration of the state {}", visit.state.name), &input)?;
    Ok(input)
}

fn concurrency<H: Host>(visit: &Visit<'_, '_, '_, H>, map: &Map, scope: &Scope<'_>) -> Result<usize, Stop> {
    let Some(template) = &map.max_concurrency else { return Ok(CONCURRENCY_MAX) };
    let field = "MaxConcurrency";
    let value = visit.known(visit.bindings(scope).evaluate(field, template))?;
    let limit = value.as_u64().and_then(|limit| usize::try_from(limit).ok());
    let limit = visit.known(limit.ok_or_else(|| unexpected(field, template, "a whole number from 0")))?;
    Ok(if limit == 0 { CONCURRENCY_MAX } else { limit.min(CONCURRENCY_MAX) })
}
