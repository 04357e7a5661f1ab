//! Runs a level of states from its start to one of its ends. The inner states of a Map are a level
//! too, and so are those of a branch of a Parallel: all functions that call each other recursively
//! are in this module.

use serde_json::Value;

use super::failure::{Failure, Stop};
use super::join::{Boxed, join_in_order};
use super::past::{At, Past};
use super::record::{Place, Run};
use super::retry::Retries;
use super::scope::Scope;
use super::visit::{Step, Visit, Yielded};
use super::{map, parallel, task};
use crate::history::HistoryKind;
use crate::host::{Host, Sleep};
use crate::model::{Body, Handling, Level, Map, Next, Parallel};

/// Runs a level from `past`: from its start, or from the middle after a redrive.
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

impl<'m, H: Host> Visit<'_, '_, 'm, H> {
    /// Runs a state according to its type, with the retries that its Retry allows.
    async fn run(&self, scope: &mut Scope<'_>) -> Result<Step<'m>, Stop> {
        match &self.state.body {
            Body::Task(task) => self.handled(scope, &task.handling, &task.next).await,
            Body::Map(map) => self.handled(scope, &map.handling, &map.next).await,
            Body::Parallel(parallel) => self.handled(scope, &parallel.handling, &parallel.next).await,
            Body::Choice(choice) => self.choose(scope, choice),
            Body::Wait { seconds, next } => {
                self.wait(scope, seconds).await?;
                self.go(scope, next)
            }
            Body::Pass { next } => self.go(scope, next),
            Body::Succeed => self.go(scope, &Next::End),
            Body::Fail { error, cause } => Err(self.fail(scope, error.as_ref(), cause.as_ref())?),
        }
    }

    /// Runs a state with Retry and Catch.
    async fn handled(
        &self,
        scope: &mut Scope<'_>,
        handling: &'m Handling,
        next: &'m Next,
    ) -> Result<Step<'m>, Stop> {
        let mut retries = Retries::new(&handling.retry);
        loop {
            let failure = match self.attempt(scope).await {
                Ok(yielded) => return self.leave(scope, yielded, next),
                Err(Stop::Failed(failure)) => failure,
                Err(halted @ Stop::Halted(_)) => return Err(halted),
            };
            let Some(delay) = retries.plan(&failure, || self.run.host.jitter()) else {
                return self.catch(scope, handling, failure);
            };
            let attempt = self.retries.get() + 1;
            self.record(HistoryKind::RetryPlanned { error: failure.error, delay, attempt })?;
            self.run.host.sleep(delay, Sleep::Backoff { attempt }).await;
            self.retries.set(attempt);
        }
    }

    /// Makes one attempt: arguments, call, `Output` and `Assign`. An expression that fails on the
    /// result is an error of the attempt, so it is retried and caught like one.
    async fn attempt(&self, scope: &Scope<'_>) -> Result<Yielded, Stop> {
        let result = match &self.state.body {
            Body::Task(task) => task::call(self, task, scope).await?,
            Body::Map(map) => iterate(self, map, scope).await?,
            Body::Parallel(parallel) => branch_out(self, parallel, scope).await?,
            Body::Choice(_) | Body::Wait { .. } | Body::Pass { .. } | Body::Succeed | Body::Fail { .. } => {
                self.input.clone()
            }
        };
        let bindings = self.bindings(scope).with_result(&result);
        self.yielded(scope, "", &self.state.yields, &bindings, &result)
    }
}

/// Runs a Map's iterations, each in a scope of its own.
async fn iterate<H: Host>(visit: &Visit<'_, '_, '_, H>, map: &Map, scope: &Scope<'_>) -> Result<Value, Stop> {
    let begun = map::begin(visit, map, scope)?;
    let make = |index: usize| -> Boxed<'_, Result<Value, Stop>> {
        Box::pin(iteration(visit, map, scope, &begun.places[index], begun.past(index)))
    };
    map::end(visit, &begun.places, join_in_order(begun.places.len(), begun.limit, make).await)
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
    match inside(visit, &map.processor, scope, place, past).await {
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

/// Runs a Parallel's branches, each in a scope of its own.
async fn branch_out<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    parallel: &Parallel,
    scope: &Scope<'_>,
) -> Result<Value, Stop> {
    let begun = parallel::begin(visit, parallel, scope)?;
    let make = |index: usize| -> Boxed<'_, Result<Value, Stop>> {
        Box::pin(inside(visit, &parallel.branches[index], scope, &begun.places[index], begun.past(index)))
    };
    parallel::end(visit, join_in_order(begun.places.len(), begun.limit, make).await)
}

/// Runs an inner level in a scope of its own.
async fn inside<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    level: &Level,
    outer: &Scope<'_>,
    place: &Place,
    past: Past,
) -> Result<Value, Stop> {
    let mut scope = Scope::inside(outer);
    run(visit.run, level, past, &mut scope, place).await
}
