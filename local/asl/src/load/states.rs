//! Reads the states, with one reader per type. Each reader takes only the fields that the language
//! allows for its type.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::fields::Fields;
use super::{LoadError, NAME_CHARS_MAX, SECONDS_MAX, handling, yields};
use crate::model::{Body, Choice, Level, Map, Next, Parallel, Rule, State, Task, Yields};
use crate::template::Template;
use crate::terms::Resource;

/// Reads `StartAt` and `States`.
pub(super) fn level(fields: &mut Fields<'_>) -> Result<Level, LoadError> {
    let start_at = fields.required_text("StartAt")?;
    let Some(object) = fields.required("States")?.as_object().filter(|states| !states.is_empty()) else {
        return Err(fields.wrong("States", "must be an object with at least one state"));
    };
    let mut states = BTreeMap::new();
    for (name, value) in object {
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(LoadError::new(name, "(name)", "must have 1 to 80 characters"));
        }
        states.insert(name.clone(), state(name, value)?);
    }
    if !states.contains_key(&start_at) {
        return Err(fields.wrong("StartAt", format!("there is no state {start_at} here")));
    }
    Ok(Level { start_at, states })
}

fn state(name: &str, value: &Value) -> Result<State, LoadError> {
    let mut fields = Fields::new(name, "", value)?;
    let kind = fields.required_text("Type")?;
    let comment = fields.text("Comment")?;
    let body = match kind.as_str() {
        "Task" => Body::Task(Box::new(task(&mut fields)?)),
        "Choice" => Body::Choice(choice(&mut fields)?),
        "Wait" => Body::Wait { seconds: seconds(&mut fields)?, next: next(&mut fields)? },
        "Pass" => Body::Pass { next: next(&mut fields)? },
        "Map" => Body::Map(Box::new(map(&mut fields)?)),
        "Parallel" => Body::Parallel(Box::new(parallel(&mut fields)?)),
        "Succeed" => Body::Succeed,
        "Fail" => Body::Fail { error: fields.template("Error")?, cause: fields.template("Cause")? },
        other => return Err(fields.wrong("Type", format!("{other} is not supported"))),
    };
    let yields = match &body {
        Body::Fail { .. } => Yields::default(),
        Body::Succeed => Yields { output: fields.template("Output")?, ..Yields::default() },
        Body::Task(_)
        | Body::Choice(_)
        | Body::Wait { .. }
        | Body::Pass { .. }
        | Body::Map(_)
        | Body::Parallel(_) => yields::read(&mut fields)?,
    };
    fields.finish()?;
    Ok(State { name: name.to_owned(), comment, yields, body })
}

fn next(fields: &mut Fields<'_>) -> Result<Next, LoadError> {
    match (fields.text("Next")?, fields.take("End")) {
        (Some(next), None) => Ok(Next::To(next)),
        (None, Some(Value::Bool(true))) => Ok(Next::End),
        (None, Some(_)) => Err(fields.wrong("End", "must be true")),
        (Some(_), Some(_)) => Err(fields.wrong("End", "excludes Next")),
        (None, None) => Err(fields.wrong("Next", "is required, unless the state has End")),
    }
}

fn task(fields: &mut Fields<'_>) -> Result<Task, LoadError> {
    let resource = resource(fields)?;
    let arguments = fields.required("Arguments")?;
    let mut inner = Fields::new(fields.state(), &format!("{}.", fields.path("Arguments")), arguments)?;
    let (function, payload, name) = match resource {
        Resource::LambdaInvoke => {
            (inner.required_template("FunctionName")?, inner.required_template("Payload")?, None)
        }
        Resource::StartExecution => (
            inner.required_template("StateMachineArn")?,
            inner.required_template("Input")?,
            inner.template("Name")?,
        ),
    };
    inner.finish()?;
    let timeout = fields.whole("TimeoutSeconds", 1..=SECONDS_MAX)?.map(Duration::from_secs);
    let handling = handling::read(fields)?;
    Ok(Task { resource, function, payload, name, timeout, handling, next: next(fields)? })
}

fn resource(fields: &mut Fields<'_>) -> Result<Resource, LoadError> {
    let arn = fields.required_text("Resource")?;
    let integration =
        arn.strip_prefix("arn:").and_then(|rest| rest.split_once(':')).map(|(_, integration)| integration);
    match integration {
        Some("states:::lambda:invoke") => Ok(Resource::LambdaInvoke),
        Some("states:::states:startExecution") => Ok(Resource::StartExecution),
        _ => Err(fields.wrong("Resource", format!("{arn} is not supported"))),
    }
}

fn seconds(fields: &mut Fields<'_>) -> Result<Template, LoadError> {
    let template = fields.required_template("Seconds")?;
    let is_usable = match &template {
        Template::Expression(_) => true,
        Template::Literal(value) => value.as_u64().is_some_and(|seconds| seconds <= SECONDS_MAX),
        Template::Array(_) | Template::Object(_) => false,
    };
    if is_usable {
        Ok(template)
    } else {
        Err(fields.wrong("Seconds", format!("must be a whole number from 0 to {SECONDS_MAX}, or {{% %}}")))
    }
}

fn choice(fields: &mut Fields<'_>) -> Result<Choice, LoadError> {
    let values = fields.list("Choices")?;
    if values.is_empty() {
        return Err(fields.wrong("Choices", "is required"));
    }
    let mut rules = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        let mut inner = Fields::new(fields.state(), &format!("Choices[{index}]."), value)?;
        inner.text("Comment")?;
        let condition = inner.required_template("Condition")?;
        if !matches!(condition, Template::Expression(_)) {
            return Err(inner.wrong("Condition", "must be {% an expression %}"));
        }
        rules.push(Rule { condition, next: inner.required_text("Next")?, yields: yields::read(&mut inner)? });
        inner.finish()?;
    }
    Ok(Choice { rules, default: fields.text("Default")? })
}

fn map(fields: &mut Fields<'_>) -> Result<Map, LoadError> {
    let items = fields.template("Items")?;
    if matches!(items, Some(Template::Literal(_) | Template::Object(_))) {
        return Err(fields.wrong("Items", "must be a list or {% an expression %}"));
    }
    let item_selector = fields.template("ItemSelector")?;
    let max_concurrency = fields.template("MaxConcurrency")?;
    if let Some(Template::Literal(value)) = &max_concurrency
        && !value.is_u64()
    {
        return Err(fields.wrong("MaxConcurrency", "must be a whole number or {% an expression %}"));
    }
    let processor = fields.required("ItemProcessor")?;
    let mut inner = Fields::new(fields.state(), "ItemProcessor.", processor)?;
    inner.text("Comment")?;
    if let Some(config) = inner.take("ProcessorConfig") {
        let mut config = Fields::new(fields.state(), "ItemProcessor.ProcessorConfig.", config)?;
        match config.required_text("Mode")?.as_str() {
            "INLINE" => config.finish()?,
            other => return Err(config.wrong("Mode", format!("{other} is not supported"))),
        }
    }
    let processor = level(&mut inner)?;
    inner.finish()?;
    let handling = handling::read(fields)?;
    Ok(Map { items, item_selector, max_concurrency, processor, handling, next: next(fields)? })
}

fn parallel(fields: &mut Fields<'_>) -> Result<Parallel, LoadError> {
    let values = fields.list("Branches")?;
    if values.is_empty() {
        return Err(fields.wrong("Branches", "is required"));
    }
    let mut branches = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        let mut inner = Fields::new(fields.state(), &format!("Branches[{index}]."), value)?;
        inner.text("Comment")?;
        if let Some(other) = inner.text("QueryLanguage")?.filter(|language| language != "JSONata") {
            return Err(inner.wrong("QueryLanguage", format!("{other} is not supported")));
        }
        branches.push(level(&mut inner)?);
        inner.finish()?;
    }
    let arguments = fields.template("Arguments")?;
    let handling = handling::read(fields)?;
    Ok(Parallel { arguments, branches, handling, next: next(fields)? })
}
