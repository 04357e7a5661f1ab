//! The log line of an invocation: the step, the execution, the user, the target and the result.
//! Metrics are part of the line, in CloudWatch's embedded metric format, so that each count comes
//! with its context. The functions are pure.

use contract::failure::Failure;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Returns the ids of execution, sweep, user and target in a payload. The log has ids only: no
/// names, no input and no output of a step.
pub(crate) fn about(payload: &Value) -> Map<String, Value> {
    let job = &payload["job"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let target = match (text(&job["target"]["account"]), text(&job["target"]["region"])) {
        (Some(account), Some(region)) => {
            text(&job["target"]["domainId"]).map(|domain| format!("{account}/{region}/{domain}"))
        }
        _ => None,
    };
    let known = [
        ("execution", text(&job["execution"]).or_else(|| text(&payload["execution"]))),
        ("sweep", text(&payload["progress"]["sweep"])),
        ("user", text(&job["user"]["userId"]).or_else(|| text(&payload["user"]["userId"]))),
        ("target", target),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
}

/// Returns the line. A failure is counted by its name (metric `Failures`, dimension `Error`), in
/// addition to the step's own metrics.
pub(crate) fn line(
    step: &str,
    about: Map<String, Value>,
    result: Result<&Value, &Failure>,
    metric: Option<Value>,
    now: Duration,
) -> Value {
    let mut line = about;
    line.insert("step".to_owned(), step.into());
    if let Some(Value::Object(counted)) = metric {
        line.extend(counted);
    }
    match result {
        Ok(answer) => {
            line.insert("level".to_owned(), "INFO".into());
            line.insert("message".to_owned(), "done".into());
            // Only the first step's output has the user of the execution.
            if let Some(user) = answer["user"]["userId"].as_str() {
                line.entry("user").or_insert_with(|| user.into());
            }
        }
        Err(failure) => {
            line.insert("level".to_owned(), "ERROR".into());
            line.insert("message".to_owned(), "failed".into());
            line.insert("cause".to_owned(), failure.message.as_str().into());
            line.insert("Error".to_owned(), failure.name.into());
            line.insert("Failures".to_owned(), 1.into());
            count_failure(line.entry("_aws").or_insert_with(|| json!({})), now);
        }
    }
    Value::Object(line)
}

fn count_failure(aws: &mut Value, now: Duration) {
    if aws["CloudWatchMetrics"].is_null() {
        aws["CloudWatchMetrics"] = json!([]);
        aws["Timestamp"] = u64::try_from(now.as_millis()).unwrap_or_default().into();
    }
    if let Value::Array(directives) = &mut aws["CloudWatchMetrics"] {
        directives.push(json!({"Namespace": "StudioAccess/Steps", "Dimensions": [["Error"]],
            "Metrics": [{"Name": "Failures", "Unit": "Count"}]}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_millis(1_700_000_000_123);

    fn payload() -> Value {
        json!({"version": 4, "externalId": "secret", "job": {"execution": "run-1",
            "user": {"userId": "04c8e458", "userName": "ana@example.com"},
            "target": {"account": "222233334444", "region": "eu-west-1", "domainId": "d-abc"}}})
    }

    #[test]
    fn a_line_names_step_execution_user_and_target_by_id_only() {
        let line = line("plan-access", about(&payload()), Ok(&json!({"action": "keep"})), None, NOW);
        let expected = json!({"step": "plan-access", "execution": "run-1", "user": "04c8e458",
            "target": "222233334444/eu-west-1/d-abc", "level": "INFO", "message": "done"});
        assert_eq!(line, expected);
    }

    #[test]
    fn the_step_that_finds_the_user_tells_who_it_is() {
        let about = about(&json!({"execution": "run-1", "input": {"userName": "ana@example.com"}}));
        let line = line("resolve-identity", about, Ok(&json!({"user": {"userId": "04c8e458"}})), None, NOW);
        assert_eq!((&line["execution"], &line["user"]), (&json!("run-1"), &json!("04c8e458")));
    }

    #[test]
    fn a_failure_is_counted_by_name_on_its_log_line() {
        let failure = Failure { name: "LeaseHeld", message: "at work".into() };
        let line = line("acquire-lease", about(&payload()), Err(&failure), None, NOW);
        assert_eq!((&line["Error"], &line["Failures"]), (&json!("LeaseHeld"), &json!(1)));
        assert_eq!((&line["cause"], &line["level"]), (&json!("at work"), &json!("ERROR")));
        let directive = json!({"Namespace": "StudioAccess/Steps", "Dimensions": [["Error"]], "Metrics": [{"Name": "Failures", "Unit": "Count"}]});
        assert_eq!(
            line["_aws"],
            json!({"Timestamp": 1_700_000_000_123_u64, "CloudWatchMetrics": [directive]})
        );
    }

    #[test]
    fn what_a_step_counts_of_its_failure_is_counted_beside_it() {
        let own =
            json!({"Blocked": 2, "_aws": {"Timestamp": 5, "CloudWatchMetrics": [{"Namespace": "Own"}]}});
        let failure = Failure { name: "Summarize.DomainsFailed", message: "two".into() };
        let line = line("summarize", Map::new(), Err(&failure), Some(own), NOW);
        assert_eq!(
            (&line["Blocked"], &line["Failures"], &line["_aws"]["Timestamp"]),
            (&json!(2), &json!(1), &json!(5))
        );
        assert_eq!(line["_aws"]["CloudWatchMetrics"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_payload_of_any_shape_is_about_what_it_says() {
        assert_eq!(about(&json!([1, 2])), Map::new());
        assert_eq!(about(&json!({"job": "x", "user": 7, "progress": {"sweep": "s-1"}}))["sweep"], "s-1");
    }
}
