//! Checks what a single field cannot show. Every transition leads to a state of the same level,
//! every state is reachable, and names are unique in the whole machine. An inner level may read
//! outer variables but must not assign a variable of the same name, in whichever order the two
//! states run.

use std::collections::BTreeSet;

use super::{LoadError, TOP};
use crate::jsonata::Expression;
use crate::model::{Body, Level, Machine, State};
use crate::template::Template;

pub(super) fn check(machine: &Machine) -> Result<(), LoadError> {
    unique_names(&machine.root, &mut BTreeSet::new())?;
    edges(&machine.root, TOP, "StartAt")?;
    scopes(&machine.root, TOP, &BTreeSet::new())
}

fn unique_names<'m>(level: &'m Level, seen: &mut BTreeSet<&'m str>) -> Result<(), LoadError> {
    for (name, state) in &level.states {
        if !seen.insert(name) {
            return Err(LoadError::new(name, "(name)", "stands twice in the machine"));
        }
        for (_, inner) in state.inner_levels() {
            unique_names(inner, seen)?;
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
        for (field, inner) in state.inner_levels() {
            edges(inner, name, &format!("{field}.StartAt"))?;
        }
    }
    Ok(())
}

/// Checks the variables of a level. `owner` is the state around the level, and `outer` contains the
/// variables that any state of the levels around it assigns.
fn scopes(level: &Level, owner: &str, outer: &BTreeSet<&str>) -> Result<(), LoadError> {
    let mut visible = outer.clone();
    for state in level.states.values() {
        for (place, yields) in state.all_yields() {
            for name in yields.assign.keys() {
                if outer.contains(name.as_str()) {
                    let problem = format!("is a variable outside {owner}, so no state inside may assign it");
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
        for (_, inner) in state.inner_levels() {
            scopes(inner, &state.name, &visible)?;
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
        Body::Parallel(parallel) => {
            found.extend(parallel.arguments.iter().map(|arguments| ("Arguments".to_owned(), arguments)));
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
