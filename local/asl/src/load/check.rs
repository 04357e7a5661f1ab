//! Checks what a single field cannot show. Every transition leads to a state of the same level,
//! every state is reachable, and names are unique in the whole machine. An inner level may read
//! outer variables but must not assign them.

use std::collections::BTreeSet;

use super::{LoadError, TOP};
use crate::jsonata::Expression;
use crate::model::{Body, Level, Machine, State};
use crate::template::Template;

pub(super) fn check(machine: &Machine) -> Result<(), LoadError> {
    unique_names(&machine.root, &mut BTreeSet::new())?;
    edges(&machine.root, TOP, "StartAt")?;
    scopes(&machine.root, &BTreeSet::new())
}

fn unique_names<'m>(level: &'m Level, seen: &mut BTreeSet<&'m str>) -> Result<(), LoadError> {
    for (name, state) in &level.states {
        if !seen.insert(name) {
            return Err(LoadError::new(name, "(name)", "stands twice in the machine"));
        }
        if let Body::Map(map) = &state.body {
            unique_names(&map.processor, seen)?;
        }
    }
    Ok(())
}

fn edges(level: &Level, owner: &str, field: &str) -> Result<(), LoadError> {
    for state in level.states.values() {
        for (field, next) in state.successors() {
            if !level.states.contains_key(next) {
                return Err(LoadError::new(&state.name, field, format!("there is no state {next} here")));
            }
        }
    }
    let mut reached = BTreeSet::new();
    let mut left = vec![level.start_at.as_str()];
    while let Some(name) = left.pop() {
        if reached.insert(name) {
            left.extend(level.state(name).successors().into_iter().map(|(_, next)| next));
        }
    }
    for (name, state) in &level.states {
        if !reached.contains(name.as_str()) {
            let problem = format!("cannot be reached from {owner}'s {field}");
            return Err(LoadError::new(name, "(name)", problem));
        }
        if let Body::Map(map) = &state.body {
            edges(&map.processor, name, "ItemProcessor.StartAt")?;
        }
    }
    Ok(())
}

fn scopes(level: &Level, outer: &BTreeSet<&str>) -> Result<(), LoadError> {
    let mut visible = outer.clone();
    for state in level.states.values() {
        for (place, yields) in state.all_yields() {
            for name in yields.assign.keys() {
                if outer.contains(name.as_str()) {
                    let problem = "is a variable outside the Map, which no inner state may assign";
                    return Err(LoadError::new(&state.name, format!("{place}Assign.{name}"), problem));
                }
                visible.insert(name);
            }
        }
    }
    for state in level.states.values() {
        for (field, template) in templates(state) {
            let names = template.expressions().into_iter().flat_map(Expression::names);
            for name in names {
                if name != "states" && !visible.contains(name.as_str()) {
                    return Err(LoadError::new(&state.name, field, format!("no state assigns ${name}")));
                }
            }
        }
        if let Body::Map(map) = &state.body {
            scopes(&map.processor, &visible)?;
        }
    }
    Ok(())
}

/// Lists every template of a state with its field.
fn templates(state: &State) -> Vec<(String, &Template)> {
    let mut found: Vec<(String, &Template)> = Vec::new();
    match &state.body {
        Body::Task(task) => {
            found.push(("Arguments.FunctionName".to_owned(), &task.function));
            found.push(("Arguments.Payload".to_owned(), &task.payload));
            found.extend(task.name.iter().map(|name| ("Arguments.Name".to_owned(), name)));
        }
        Body::Choice(choice) => {
            let rules = choice.rules.iter().enumerate();
            found.extend(rules.map(|(index, rule)| (format!("Choices[{index}].Condition"), &rule.condition)));
        }
        Body::Wait { seconds, .. } => found.push(("Seconds".to_owned(), seconds)),
        Body::Map(map) => {
            found.extend(map.items.iter().map(|items| ("Items".to_owned(), items)));
            found.extend(map.item_selector.iter().map(|selector| ("ItemSelector".to_owned(), selector)));
            found.extend(map.max_concurrency.iter().map(|limit| ("MaxConcurrency".to_owned(), limit)));
        }
        Body::Fail { error, cause } => {
            found.extend(error.iter().map(|error| ("Error".to_owned(), error)));
            found.extend(cause.iter().map(|cause| ("Cause".to_owned(), cause)));
        }
        Body::Pass { .. } | Body::Succeed => {}
    }
    for (place, yields) in state.all_yields() {
        found.extend(yields.output.iter().map(|output| (format!("{place}Output"), output)));
        found.extend(yields.assign.iter().map(|(name, value)| (format!("{place}Assign.{name}"), value)));
    }
    found
}
