//! The sources of events in the deployed copy. Only AWS may put events of its own, so the copy's rules take those of our tests.

use serde_json::{Value, json};

/// What the sources of AWS's events begin with. Only AWS itself may put such events.
pub(crate) const OF_AWS: &str = "aws.";
/// What the sources of our tests' events begin with.
pub(crate) const OF_TESTS: &str = "replay.";

/// The template with rules that take our tests' events instead of AWS's. All else of the patterns stays.
pub(crate) fn replayed(template: &str) -> String {
    let source = |prefix: &str| format!("source: [{{prefix: {prefix}}}]");
    template.replace(&source(OF_AWS), &source(OF_TESTS))
}

/// The pattern of a deployed rule as the real template has it.
pub(crate) fn of_aws(pattern: &Value) -> Value {
    let prefix = |prefix: &str| json!({"prefix": prefix});
    let mut pattern: Value = serde_json::from_str(pattern.as_str().unwrap_or_default()).unwrap_or_default();
    if pattern["source"] == json!([prefix(OF_TESTS)]) {
        pattern["source"] = json!([prefix(OF_AWS)]);
    }
    pattern.to_string().into()
}
