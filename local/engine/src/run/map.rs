//! A Map's attempt: one run of its inner states per item, each in a scope of its own. The first iteration that fails fails the Map.

use serde_json::Value;

use super::bindings::{Bindings, unexpected};
use super::failure::{Failure, Stop};
use super::join::{Boxed, Broken, join_in_order};
use super::level::{self, Place};
use super::limits;
use super::past::{At, Past};
use super::scope::Scope;
use super::visit::Visit;
use crate::history::HistoryKind;
use crate::host::Host;
use crate::model::Map;

/// How many iterations of an inline Map run at a time at most, and if `MaxConcurrency` is 0 or missing: the guide to the state says so.
const CONCURRENCY_MAX: usize = 40;

/// Runs the iterations and gives their outputs in the order of the items: `$states.result`.
pub(super) async fn iterate<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    map: &Map,
    scope: &Scope<'_>,
) -> Result<Value, Stop> {
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
    let make = |index: usize| -> Boxed<'_, Result<Value, Stop>> {
        let past = pasts.as_ref().and_then(|pasts| pasts.get(index).cloned().flatten());
        let past = past.unwrap_or_else(|| Past::start(inputs[index].clone()));
        Box::pin(iteration(visit, map, scope, &places[index], past))
    };
    match join_in_order(places.len(), limit, make).await {
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

/// Writes that the Map has failed.
fn failed<H: Host>(visit: &Visit<'_, '_, '_, H>, failure: Failure) -> Result<Stop, Stop> {
    let Failure { error, cause } = failure.clone();
    visit.record(HistoryKind::MapFailed { error, cause })?;
    Ok(failure.into())
}

/// One place per item.
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

/// What `ItemSelector` makes of an item, or the item itself.
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

async fn iteration<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    map: &Map,
    scope: &Scope<'_>,
    place: &Place,
    past: Past,
) -> Result<Value, Stop> {
    let index = place.item.as_ref().map_or(0, |(index, _)| *index);
    let record = |kind| visit.run.record(place, &visit.state.name, kind);
    match &past.at {
        At::Start(input) => record(HistoryKind::IterationStarted { index, input: input.clone() })?,
        At::Inside(_) => {}
        At::Left(output) => return Ok(output.clone()),
    }
    let mut inner = Scope::inside(scope);
    match level::run(visit.run, &map.processor, past, &mut inner, place).await {
        Ok(output) => {
            record(HistoryKind::IterationSucceeded { index })?;
            Ok(output)
        }
        Err(Stop::Failed(failure)) => {
            let Failure { error, cause } = failure.clone();
            record(HistoryKind::IterationFailed { index, error, cause })?;
            Err(failure.into())
        }
        Err(halted @ Stop::Halted(_)) => Err(halted),
    }
}
