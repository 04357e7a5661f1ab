//! State machines against the steps: one name in its spellings, state `ListApps`, substitution `${ListAppsArn}`, folder `list-apps`.

use serde_json::Value;
use std::collections::BTreeSet;

/// A state that invokes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The state's name.
    pub state: String,
    /// What stands between `${` and `}` in the function it invokes.
    pub substitution: Option<String>,
}

/// Every Task state that invokes a function, those inside a Map or Parallel included.
pub fn tasks(definition: &Value) -> Vec<Task> {
    let mut found = Vec::new();
    for (name, state) in definition["States"].as_object().into_iter().flatten() {
        let starts =
            state["Resource"].as_str().is_some_and(|resource| resource.ends_with(":states:startExecution"));
        if state["Type"] == "Task" && !starts {
            found.push(Task { state: name.clone(), substitution: substitution(state) });
        }
        found.extend(tasks(&state["ItemProcessor"]));
        found.extend(state["Branches"].as_array().into_iter().flatten().flat_map(tasks));
    }
    found
}

fn substitution(state: &Value) -> Option<String> {
    [&state["Arguments"]["FunctionName"], &state["Resource"]]
        .into_iter()
        .filter_map(Value::as_str)
        .find_map(|text| text.strip_prefix("${")?.strip_suffix('}'))
        .map(str::to_owned)
}

/// Functions that are no step of a workflow: EventBridge invokes them.
const NO_STEPS: [&str; 1] = ["notify"];

/// Task states that do not carry the name of their step, and steps that no state invokes.
pub fn misnamed(tasks: &[Task], steps: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let mut invoked = BTreeSet::new();
    for task in tasks {
        let step = kebab(&task.state);
        if task.substitution.as_deref() != Some(&format!("{}Arn", task.state)) {
            findings.push(format!(
                "{}: must invoke ${{{}Arn}}, not {:?}",
                task.state, task.state, task.substitution
            ));
        }
        if !steps.contains(&step) {
            findings.push(format!("{}: there is no functions/{step}", task.state));
        }
        invoked.insert(step);
    }
    let idle = steps.difference(&invoked).filter(|step| !NO_STEPS.contains(&step.as_str()));
    findings.extend(idle.map(|step| format!("functions/{step}: no state invokes it")));
    findings
}

/// `ListApps` as `list-apps`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn steps(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn task(state: &str, substitution: &str) -> Task {
        Task { state: state.to_owned(), substitution: Some(substitution.to_owned()) }
    }

    #[test]
    fn a_task_deep_inside_is_found_with_its_function() {
        let inner = json!({"States": {"ListApps": {"Type": "Task", "Arguments": {"FunctionName": "${ListAppsArn}"}}}});
        let definition = json!({"States": {
            "Targets": {"Type": "Map", "ItemProcessor": {"States": {
                "Both": {"Type": "Parallel", "Branches": [inner]},
                "Pause": {"Type": "Wait"}
            }}}
        }});
        assert_eq!(tasks(&definition), [task("ListApps", "ListAppsArn")]);
    }

    #[test]
    fn a_state_is_called_like_the_step_it_invokes() {
        assert_eq!(
            misnamed(&[task("ListApps", "ListAppsArn")], &steps(&["list-apps"])),
            Vec::<String>::new()
        );
        assert_eq!(misnamed(&[task("ListApps", "DeleteAppArn")], &steps(&["list-apps"])).len(), 1);
        assert_eq!(
            misnamed(&[task("ListApps", "ListAppsArn")], &steps(&[])),
            ["ListApps: there is no functions/list-apps"]
        );
    }

    #[test]
    fn a_step_that_no_state_invokes_is_found() {
        assert_eq!(misnamed(&[], &steps(&["list-apps"])), ["functions/list-apps: no state invokes it"]);
    }
}
