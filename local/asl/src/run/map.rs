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

/// A Map whose items are known.
pub(super) struct Begun {
    pub(super) places: Vec<Place>,
    pub(super) limit: usize,
    inputs: Vec<Value>,
    pasts: Option<Iterations>,
}

impl Begun {
    /// Returns the point from which an iteration runs.
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
    let pasts = visit.take_items();
    if pasts.is_none() {
        visit.record(HistoryKind::MapStarted { length: places.len() })?;
    }
    Ok(Begun { places, limit, inputs, pasts })
}

/// Returns the outputs in the order of the items: `$states.result`.
pub(super) fn end<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    places: &[Place],
    outcome: Result<Vec<Value>, Broken<Stop>>,
) -> Result<Value, Stop> {
    match outcome {
        Ok(outputs) => {
            let result = Value::Array(outputs);
            match limits::check(&format!("the result of the state {}", visit.state.name), &result) {
                Ok(()) => visit.record(HistoryKind::MapSucceeded).map(|()| result),
                Err(failure) => Err(failed(visit, failure)?),
            }
        }
        Err(Broken { error: Stop::Failed(failure), dropped }) => {
            for index in dropped {
                let place = &places[index];
                visit.run.record(place, &visit.state.name, HistoryKind::IterationAborted { index })?;
            }
            Err(failed(visit, failure)?)
        }
        Err(Broken { error: halted @ Stop::Halted(_), .. }) => Err(halted),
    }
}

/// Records that the Map has failed.
fn failed<H: Host>(visit: &Visit<'_, '_, '_, H>, failure: Failure) -> Result<Stop, Stop> {
    let Failure { error, cause } = failure.clone();
    visit.record(HistoryKind::MapFailed { error, cause })?;
    Ok(failure.into())
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
