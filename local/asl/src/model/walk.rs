//! Reads a state whatever its type: its error handling, its transitions, its inner levels and its
//! expressions of `Output` and `Assign`.

use super::{Body, Handling, Level, Next, State, StateKind, Yields};

impl State {
    pub(crate) fn kind(&self) -> StateKind {
        match &self.body {
            Body::Task(_) => StateKind::Task,
            Body::Choice(_) => StateKind::Choice,
            Body::Wait { .. } => StateKind::Wait,
            Body::Pass { .. } => StateKind::Pass,
            Body::Map(_) => StateKind::Map,
            Body::Parallel(_) => StateKind::Parallel,
            Body::Succeed => StateKind::Succeed,
            Body::Fail { .. } => StateKind::Fail,
        }
    }

    /// Returns Retry and Catch, for the types that have them.
    pub(crate) fn handling(&self) -> Option<&Handling> {
        match &self.body {
            Body::Task(task) => Some(&task.handling),
            Body::Map(map) => Some(&map.handling),
            Body::Parallel(parallel) => Some(&parallel.handling),
            Body::Choice(_) | Body::Wait { .. } | Body::Pass { .. } | Body::Succeed | Body::Fail { .. } => {
                None
            }
        }
    }

    /// Returns `Next` or `End`, for the types that have one.
    pub(crate) fn next(&self) -> Option<&Next> {
        match &self.body {
            Body::Task(task) => Some(&task.next),
            Body::Map(map) => Some(&map.next),
            Body::Parallel(parallel) => Some(&parallel.next),
            Body::Wait { next, .. } | Body::Pass { next } => Some(next),
            Body::Choice(_) | Body::Succeed | Body::Fail { .. } => None,
        }
    }

    /// Lists the levels inside the state, with the field that defines each.
    pub(crate) fn inner_levels(&self) -> Vec<(String, &Level)> {
        match &self.body {
            Body::Map(map) => vec![("ItemProcessor".to_owned(), &map.processor)],
            Body::Parallel(parallel) => {
                let branches = parallel.branches.iter().enumerate();
                branches.map(|(index, branch)| (format!("Branches[{index}]"), branch)).collect()
            }
            Body::Task(_)
            | Body::Choice(_)
            | Body::Wait { .. }
            | Body::Pass { .. }
            | Body::Succeed
            | Body::Fail { .. } => Vec::new(),
        }
    }

    /// Lists every state that this one can lead to, in the order `Next`, rules, `Default`,
    /// catchers.
    pub(crate) fn successors(&self) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        if let Some(Next::To(next)) = self.next() {
            found.push(("Next".to_owned(), next.as_str()));
        }
        if let Body::Choice(choice) = &self.body {
            for (index, rule) in choice.rules.iter().enumerate() {
                found.push((format!("Choices[{index}].Next"), rule.next.as_str()));
            }
            if let Some(default) = &choice.default {
                found.push(("Default".to_owned(), default.as_str()));
            }
        }
        for (index, catcher) in
            self.handling().map(|handling| handling.catch.iter()).into_iter().flatten().enumerate()
        {
            found.push((format!("Catch[{index}].Next"), catcher.next.as_str()));
        }
        found
    }

    /// Lists every `Output` and `Assign` of the state, its rules and its catchers, with the prefix
    /// of the field.
    pub(crate) fn all_yields(&self) -> Vec<(String, &Yields)> {
        let mut found = vec![(String::new(), &self.yields)];
        if let Body::Choice(choice) = &self.body {
            found.extend(
                choice
                    .rules
                    .iter()
                    .enumerate()
                    .map(|(index, rule)| (format!("Choices[{index}]."), &rule.yields)),
            );
        }
        if let Some(handling) = self.handling() {
            found.extend(
                handling
                    .catch
                    .iter()
                    .enumerate()
                    .map(|(index, catcher)| (format!("Catch[{index}]."), &catcher.yields)),
            );
        }
        found
    }
}
