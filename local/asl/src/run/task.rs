//! One attempt at a Task: its arguments, the call in a race with its timeout, and the result in the
//! shape of the integration.

use std::pin::pin;

use futures_util::future::{Either, select};
use serde_json::{Value, json};

use super::bindings::unexpected;
use super::failure::{Failure, Stop, TIMEOUT};
use super::limits;
use super::scope::Scope;
use super::visit::Visit;
use crate::history::HistoryKind;
use crate::host::{Host, Sleep, TaskCall};
use crate::model::Task;
use crate::template::Template;
use crate::terms::Resource;

/// Calls the task once and returns `$states.result`.
pub(super) async fn call<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    task: &Task,
    scope: &Scope<'_>,
) -> Result<Value, Stop> {
    let call = arguments(visit, task, scope)?;
    visit.record(HistoryKind::TaskScheduled {
        resource: call.resource,
        function: call.function.clone(),
        payload: call.payload.clone(),
        attempt: call.attempt,
        timeout: task.timeout,
    })?;
    visit.record(HistoryKind::TaskStarted)?;
    match raced(visit, task, &call).await {
        Ok(result) => {
            visit.record(HistoryKind::TaskSucceeded { result: result.clone() })?;
            Ok(result)
        }
        Err(failure) => {
            let Failure { error, cause } = failure.clone();
            visit.record(if error == TIMEOUT {
                HistoryKind::TaskTimedOut { error, cause }
            } else {
                HistoryKind::TaskFailed { error, cause }
            })?;
            Err(failure.into())
        }
    }
}

/// Races the call with the task's timeout. If both are ready at once, the result wins.
async fn raced<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    task: &Task,
    call: &TaskCall,
) -> Result<Value, Failure> {
    let host = visit.run.host;
    let invoked = Box::pin(host.invoke(call));
    let answer = match task.timeout {
        None => invoked.await,
        Some(limit) => match select(invoked, pin!(host.sleep(limit, Sleep::TaskTimeout))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => return Err(Failure::new(TIMEOUT, "")),
        },
    };
    let answer = answer?;
    let result = match call.resource {
        Resource::LambdaInvoke => {
            json!({ "ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200 })
        }
        Resource::StartExecution => answer,
    };
    limits::check(&format!("the result of the state {}", call.state), &result)?;
    Ok(result)
}

/// Evaluates the arguments. They are evaluated again for each attempt.
fn arguments<H: Host>(
    visit: &Visit<'_, '_, '_, H>,
    task: &Task,
    scope: &Scope<'_>,
) -> Result<TaskCall, Stop> {
    let bindings = visit.bindings(scope);
    let (function_field, payload_field) = match task.resource {
        Resource::LambdaInvoke => ("Arguments/FunctionName", "Arguments/Payload"),
        Resource::StartExecution => ("Arguments/StateMachineArn", "Arguments/Input"),
    };
    let text = |field: &str, template: &Template| {
        let value = visit.known(bindings.evaluate(field, template))?;
        let text = value.as_str().map(str::to_owned);
        visit.known(text.ok_or_else(|| unexpected(field, template, "a string")))
    };
    let function = text(function_field, &task.function)?;
    let name = task.name.as_ref().map(|template| text("Arguments/Name", template)).transpose()?;
    let payload = visit.known(bindings.evaluate(payload_field, &task.payload))?;
    let state = visit.state.name.clone();
    let all = json!({ "FunctionName": function, "Payload": payload });
    limits::check(&format!("the arguments of the state {state}"), &all)?;
    Ok(TaskCall {
        resource: task.resource,
        function,
        payload,
        name,
        state,
        iteration: visit.place.iteration.clone(),
        attempt: visit.retries.get(),
        execution: visit.run.start.arn.clone(),
    })
}
