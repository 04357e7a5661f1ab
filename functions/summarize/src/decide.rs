//! Pure functions that combine the targets' outcomes.

use crate::{Input, Outcome, Output, StoppedBy, SummarizeError, count};
use contract::assignment::Assignment;
use contract::user::User;
use serde_json::Value;

/// Returns one summary, or one failure that names every failed target. A redriven execution
/// continues with its old data, possibly weeks old; after a failed target it has repeated only this
/// step [5.18]. So it starts again, whatever the results.
pub(crate) fn summarize(input: Input) -> Result<Output, SummarizeError> {
    let counted = count::counted(&input);
    let stopped_by = stopped_by(&input);
    let Input { user, reason, results, problems, redriven, .. } = input;
    let of_targets = results.iter().filter_map(failure);
    let of_problems = problems.iter().map(|problem| format!("{} ({})", problem.error, problem.cause));
    let failures: Vec<String> = of_targets.chain(of_problems).collect();
    let details = failures.join("; ");
    let failed = failures.len();
    let all = results.len() + problems.len();
    match (redriven, failed) {
        (true, 0) => Err(SummarizeError::Redriven { so_far: summary(&reason, &results) }),
        (true, _) => Err(SummarizeError::Redriven { so_far: details }),
        (false, 0) => Ok(Output { summary: summary(&reason, &results), results, counted }),
        (false, _) => {
            let who = who(user);
            Err(SummarizeError::DomainsFailed { failed, all, who, details, stopped_by, counted })
        }
    }
}

/// Returns what has stopped the domains that failed.
fn stopped_by(input: &Input) -> StoppedBy {
    let failed = input.results.iter().filter(|outcome| outcome.error.is_some());
    let (mut paused, mut held_back, mut others) = (0_usize, 0_usize, input.problems.len());
    for outcome in failed {
        match outcome {
            outcome if count::is_paused(outcome) => paused += 1,
            outcome if count::is_held_back(outcome) => held_back += 1,
            _ => others += 1,
        }
    }
    match (paused, held_back, others) {
        (1.., _, 0) => StoppedBy::Pause,
        (0, 1.., 0) => StoppedBy::Limits,
        (0, 0, 0) | (_, _, 1..) => StoppedBy::Failures,
    }
}

fn who(user: Option<User>) -> String {
    let name = user.map(|user| user.user_name.unwrap_or_else(|| user.user_id.to_string()));
    name.map(|name| format!(" for {name}")).unwrap_or_default()
}

fn failure(outcome: &Outcome) -> Option<String> {
    let error = outcome.error.as_ref()?;
    let cause = outcome.cause.as_deref().unwrap_or("no cause given");
    // Extracts the message of a function's error. Lambda wraps it in JSON.
    let said = serde_json::from_str::<Value>(cause).ok();
    let said = said.as_ref().and_then(|json| json["errorMessage"].as_str()).unwrap_or(cause);
    Some(format!("{}: {error} ({said})", outcome.target))
}

fn summary(reason: &str, results: &[Outcome]) -> String {
    if results.is_empty() {
        return format!("nothing to do: {reason}");
    }
    let lines = results.iter().map(|outcome| {
        let problem = outcome.assignment.and_then(Assignment::problem);
        let problem = problem.map(|problem| format!(" ({problem})")).unwrap_or_default();
        format!("{}: {}{problem}", outcome.target, outcome.action)
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::failure::Failure;
    use serde_json::json;

    fn input(results: &Value, problems: &Value) -> Input {
        let input =
            json!({"reason": "two domains", "results": results, "problems": problems, "redriven": false});
        serde_json::from_value(input).unwrap()
    }

    #[test]
    fn all_is_well_when_nothing_failed() {
        let output = summarize(input(&json!([{"target": "a/b/c", "action": "create"}]), &json!([]))).unwrap();
        assert_eq!(output.summary, "a/b/c: create");
    }

    #[test]
    fn a_group_that_could_not_be_assigned_is_told_and_fails_nothing() {
        let told = |assignment: &str| {
            let results = json!([{"target": "a/b/c", "action": "create", "assignment": assignment}]);
            summarize(input(&results, &json!([]))).unwrap().summary
        };
        assert_eq!(told("made"), "a/b/c: create");
        assert_eq!(told("present"), "a/b/c: create");
        assert!(
            told("notPermitted")
                .starts_with("a/b/c: create (studio-access has no permission to assign the group")
        );
        assert!(told("noApplication").contains("domain's own console page"));
        assert!(told("quotaReached").contains("quota"));
        assert!(told("notRequired").contains("does not require an assignment"));
    }

    #[test]
    fn nobody_concerned_is_a_good_end() {
        assert_eq!(summarize(input(&json!([]), &json!([]))).unwrap().summary, "nothing to do: two domains");
    }

    #[test]
    fn one_failure_names_target_error_and_cause() {
        let cause =
            json!({"errorType": "UnmanagedProfile", "errorMessage": "the profile is not ours"}).to_string();
        let results = json!([{"target": "a/b/c", "action": "create"}, {"target": "d/e/f", "action": "failed", "error": "UnmanagedProfile", "cause": cause}]);
        let failure = Failure::from(summarize(input(&results, &json!([]))).unwrap_err());
        assert_eq!(failure.name, "Summarize.DomainsFailed");
        assert_eq!(
            failure.message,
            "1 of 2 domains failed; the others succeeded: d/e/f: UnmanagedProfile (the profile is not ours)"
        );
    }

    #[test]
    fn limits_and_a_pause_have_names_if_nothing_else_failed() {
        let name = |errors: &[&str], problems: Value| {
            let results: Vec<Value> = errors
                .iter()
                .map(|error| json!({"target": "a/b/c", "action": "failed", "error": error}))
                .collect();
            Failure::from(summarize(input(&results.into(), &problems)).unwrap_err()).name
        };
        assert_eq!(name(&["TooManySuspensions", "TooManyDeletions"], json!([])), "Summarize.HeldBack");
        // Errors of Lambda and Step Functions are in no catalogue.
        for other in ["States.Timeout", "Sandbox.Timedout", "UnmanagedProfile"] {
            assert_eq!(name(&["TooManySuspensions", other], json!([])), "Summarize.DomainsFailed", "{other}");
        }
        let problem = json!([{"error": "InvalidMapping", "cause": "no target"}]);
        assert_eq!(name(&["TooManySuspensions"], problem.clone()), "Summarize.DomainsFailed");
        assert_eq!(name(&["Paused", "TooManySuspensions"], json!([])), "Paused");
        assert_eq!(name(&["Paused", "UnmanagedProfile"], json!([])), "Summarize.DomainsFailed");
        assert_eq!(name(&["Paused"], problem), "Summarize.DomainsFailed");
    }

    #[test]
    fn a_failure_names_the_user_or_the_id_of_a_deleted_user() {
        let told = |user: &Value| {
            let user = serde_json::from_value(user.clone()).unwrap();
            let failed = json!([{"target": "d/e/f", "action": "failed", "error": "UnmanagedProfile"}]);
            Failure::from(summarize(Input { user, ..input(&failed, &json!([])) }).unwrap_err()).message
        };
        let known = json!({"storeId": "d-906716eb24", "userId": "04c8e458-a021-702e-f9d1-7f430ff2c752", "status": "gone"});
        assert!(
            told(&known).contains(" failed for 04c8e458-a021-702e-f9d1-7f430ff2c752;"),
            "{}",
            told(&known)
        );
        let mut named = known;
        named["userName"] = "ana@example.com".into();
        assert!(told(&named).contains(" failed for ana@example.com;"), "{}", told(&named));
    }

    #[test]
    fn a_redriven_execution_checks_everything_again() {
        let said = |results: &Value, problems: &Value| {
            let input = Input { redriven: true, ..input(results, problems) };
            let Failure { name, message } = Failure::from(summarize(input).unwrap_err());
            assert_eq!(name, "Summarize.Redriven");
            message
        };
        let failed = json!([{"target": "d/e/f", "action": "failed", "error": "UnmanagedProfile"}]);
        assert!(said(&failed, &json!([])).contains("d/e/f: UnmanagedProfile"));
        assert!(
            said(&json!([{"target": "a/b/c", "action": "create"}]), &json!([])).contains("a/b/c: create")
        );
        let problem = json!([{"error": "InvalidMapping", "cause": "no target"}]);
        assert!(said(&json!([]), &problem).contains("InvalidMapping"));
    }

    #[test]
    fn what_could_not_be_tried_fails_the_execution_too() {
        let problems = json!([{"error": "InvalidMapping", "cause": "no target"}]);
        let failure = Failure::from(summarize(input(&json!([]), &problems)).unwrap_err());
        assert!(failure.message.contains("InvalidMapping (no target)"), "{}", failure.message);
    }
}
