//! From the targets' outcomes to one: pure.

use crate::{Input, Outcome, Output, TargetsFailed};
use serde_json::Value;

/// One summary, or one failure that names every target that failed.
pub(crate) fn conclude(input: Input) -> Result<Output, TargetsFailed> {
    let Input { because, results, problems } = input;
    let of_targets = results.iter().filter_map(failure);
    let of_problems = problems.iter().map(|problem| format!("{} ({})", problem.error, problem.cause));
    let failures: Vec<String> = of_targets.chain(of_problems).collect();
    if failures.is_empty() {
        return Ok(Output { summary: summary(&because, &results), results });
    }
    let all = results.len() + problems.len();
    Err(TargetsFailed { failed: failures.len(), all, details: failures.join("; ") })
}

fn failure(outcome: &Outcome) -> Option<String> {
    let error = outcome.error.as_ref()?;
    let cause = outcome.cause.as_deref().unwrap_or("no cause given");
    // Lambda wraps the message of a function's error in JSON; the person wants the message.
    let said = serde_json::from_str::<Value>(cause).ok();
    let said = said.as_ref().and_then(|json| json["errorMessage"].as_str()).unwrap_or(cause);
    Some(format!("{}: {error} ({said})", outcome.target))
}

fn summary(because: &str, results: &[Outcome]) -> String {
    if results.is_empty() {
        return format!("nothing to do: {because}");
    }
    let lines = results.iter().map(|outcome| format!("{}: {}", outcome.target, outcome.action));
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Failure;
    use serde_json::json;

    fn input(results: &Value, problems: &Value) -> Input {
        serde_json::from_value(json!({"because": "two domains", "results": results, "problems": problems}))
            .unwrap()
    }

    #[test]
    fn all_is_well_when_nothing_failed() {
        let output = conclude(input(&json!([{"target": "a/b/c", "action": "create"}]), &json!([]))).unwrap();
        assert_eq!(output.summary, "a/b/c: create");
    }

    #[test]
    fn nobody_concerned_is_a_good_end() {
        assert_eq!(conclude(input(&json!([]), &json!([]))).unwrap().summary, "nothing to do: two domains");
    }

    #[test]
    fn one_failure_names_target_error_and_cause() {
        let cause = json!({"errorType": "Unowned", "errorMessage": "the profile is not ours"}).to_string();
        let results = json!([{"target": "a/b/c", "action": "create"}, {"target": "d/e/f", "action": "failed", "error": "Unowned", "cause": cause}]);
        let failure = Failure::from(conclude(input(&results, &json!([]))).unwrap_err());
        assert_eq!(failure.name, "Conclude.TargetsFailed");
        assert_eq!(
            failure.message,
            "1 of 2 could not be brought in order; the others were: d/e/f: Unowned (the profile is not ours)"
        );
    }

    #[test]
    fn what_could_not_be_tried_fails_the_execution_too() {
        let problems = json!([{"error": "InvalidMapping", "cause": "no target"}]);
        let failure = Failure::from(conclude(input(&json!([]), &problems)).unwrap_err());
        assert!(failure.message.contains("InvalidMapping (no target)"), "{}", failure.message);
    }
}
