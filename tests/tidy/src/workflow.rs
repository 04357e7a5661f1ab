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

/// Task states that carry neither the name of their step nor a name beside the state that does, and steps that no state invokes.
pub fn misnamed(tasks: &[Task], steps: &BTreeSet<String>) -> Vec<String> {
    let mut findings = Vec::new();
    let named: BTreeSet<String> = tasks.iter().map(|task| kebab(&task.state)).collect();
    for task in tasks {
        let name = task.substitution.as_deref().and_then(|name| name.strip_suffix("Arn"));
        let step = name.map(kebab).filter(|step| steps.contains(step));
        match step {
            None => findings.push(format!("{}: {:?} is no step", task.state, task.substitution)),
            Some(step) if step == kebab(&task.state) => {}
            // A step may be invoked a second time for another purpose, which the state's own name tells.
            Some(step) if named.contains(&step) && !steps.contains(&kebab(&task.state)) => {}
            Some(step) => findings.push(format!("{}: invokes {step}, which is another name", task.state)),
        }
    }
    let idle = steps.difference(&named).filter(|step| !NO_STEPS.contains(&step.as_str()));
    findings.extend(idle.map(|step| format!("functions/{step}: no state is named for it")));
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
        let both = steps(&["list-apps", "delete-app"]);
        let [list, delete] = [task("ListApps", "ListAppsArn"), task("DeleteApp", "DeleteAppArn")];
        assert_eq!(misnamed(&[list.clone(), delete.clone()], &both), Vec::<String>::new());
        let wrong = misnamed(&[list, task("DeleteApp", "ListAppsArn")], &both);
        assert_eq!(wrong, ["DeleteApp: invokes list-apps, which is another name"]);
        assert_eq!(misnamed(&[delete], &steps(&[])), ["DeleteApp: Some(\"DeleteAppArn\") is no step"]);
    }

    #[test]
    fn a_second_state_of_a_step_has_a_name_of_its_own() {
        let [first, second] = [task("AssumeRole", "AssumeRoleArn"), task("CheckDomain", "AssumeRoleArn")];
        assert_eq!(misnamed(&[first, second.clone()], &steps(&["assume-role"])), Vec::<String>::new());
        assert_eq!(misnamed(&[second], &steps(&["assume-role"])).len(), 2);
    }

    #[test]
    fn a_step_that_no_state_invokes_is_found() {
        assert_eq!(misnamed(&[], &steps(&["list-apps"])), ["functions/list-apps: no state is named for it"]);
    }
}
