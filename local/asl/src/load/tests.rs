//! Tests every way in which a definition can be refused, with the state and field that the error
//! names.

#[path = "tests/levels.rs"]
mod levels;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::LoadError;
use crate::model::Machine;

fn load(definition: &Value) -> Result<Machine, LoadError> {
    Machine::load("m", &definition.to_string(), &BTreeMap::new())
}

/// Returns a machine with one Task `S`, changed by `patch`; null removes a field.
fn task(patch: &Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": { "FunctionName": "f", "Payload": {} },
        "End": true,
    });
    merge(&mut state, patch);
    machine(&state)
}

fn machine(state: &Value) -> Value {
    json!({ "QueryLanguage": "JSONata", "StartAt": "S", "States": { "S": state } })
}

fn merge(target: &mut Value, patch: &Value) {
    for (key, value) in patch.as_object().unwrap() {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(key);
        } else {
            target[key] = value.clone();
        }
    }
}

#[track_caller]
fn refused(definition: &Value, state: &str, field: &str, problem: &str) {
    let error = load(definition).unwrap_err();
    assert_eq!((error.state.as_str(), error.field.as_str()), (state, field), "{error}");
    assert!(error.problem.contains(problem), "{error}");
}

#[test]
fn the_top_level_says_jsonata_and_nothing_unknown() {
    let mut definition = machine(&json!({ "Type": "Succeed" }));
    assert!(load(&definition).is_ok());
    definition["Version"] = json!("1.0");
    refused(&definition, "(top level)", "Version", "not supported");
    merge(&mut definition, &json!({ "Version": null, "QueryLanguage": "JSONPath" }));
    refused(&definition, "(top level)", "QueryLanguage", "JSONPath");
    merge(&mut definition, &json!({ "QueryLanguage": null }));
    refused(&definition, "(top level)", "QueryLanguage", "required");
    merge(&mut definition, &json!({ "QueryLanguage": "JSONata", "TimeoutSeconds": 0 }));
    refused(&definition, "(top level)", "TimeoutSeconds", "from 1");
    merge(&mut definition, &json!({ "TimeoutSeconds": null, "StartAt": "T" }));
    refused(&definition, "(top level)", "StartAt", "no state T");
    merge(&mut definition, &json!({ "StartAt": "S", "States": {} }));
    refused(&definition, "(top level)", "States", "at least one");
}

#[test]
fn a_definition_is_json_in_which_each_key_stands_once() {
    let load = |text: &str| Machine::load("m", text, &BTreeMap::new()).unwrap_err();
    assert!(load("{").problem.contains("cannot be read"));
    let twice =
        r#"{"QueryLanguage":"JSONata","StartAt":"S","States":{"S":{"Type":"Succeed"},"S":{"Type":"Fail"}}}"#;
    assert!(load(twice).problem.contains("S stands twice"));
    assert!(load("[]").problem.contains("object"));
    assert!(load(&" ".repeat(1024 * 1024 + 1)).problem.contains("1 MB"));
}

#[test]
fn every_substitution_is_used_and_every_use_is_substituted() {
    let definition =
        task(&json!({ "Arguments": { "FunctionName": "${Fn}", "Payload": "{% ${N} + 1 %}" } })).to_string();
    let load = |names: &[(&str, &str)]| {
        let names = names.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Machine::load("m", &definition, &names)
    };
    let machine = load(&[("Fn", "arn:f"), ("N", "2")]).unwrap();
    assert_eq!(machine.states()[0].function.as_deref(), Some("arn:f"));
    let missing = load(&[("Fn", "arn:f")]).unwrap_err();
    assert_eq!(missing.field, "States.S.Arguments.Payload");
    assert!(missing.problem.contains("${N} is missing"));
    assert!(
        load(&[("Fn", "f"), ("N", "2"), ("O", "")]).unwrap_err().problem.contains("${O} is used nowhere")
    );
}

#[test]
fn a_state_is_of_a_known_type_with_the_fields_of_that_type() {
    let fields = [
        (json!({ "Type": "Activity", "End": true }), "Type"),
        (json!({ "End": true }), "Type"),
        (json!({ "Type": "Pass", "End": true, "Result": 1 }), "Result"),
        (json!({ "Type": "Pass", "End": true, "InputPath": "$" }), "InputPath"),
        (json!({ "Type": "Pass", "End": true, "Retry": [] }), "Retry"),
        (json!({ "Type": "Wait", "End": true, "Timestamp": "2026-01-01T00:00:00Z" }), "Seconds"),
        (json!({ "Type": "Wait", "End": true, "Seconds": 1, "Timestamp": "x" }), "Timestamp"),
        (json!({ "Type": "Wait", "End": true, "Seconds": -1 }), "Seconds"),
        (json!({ "Type": "Wait", "End": true, "Seconds": "5" }), "Seconds"),
        (json!({ "Type": "Succeed", "End": true }), "End"),
        (json!({ "Type": "Succeed", "Assign": {} }), "Assign"),
        (json!({ "Type": "Fail", "Output": 1 }), "Output"),
        (json!({ "Type": "Pass" }), "Next"),
        (json!({ "Type": "Pass", "Next": "S", "End": true }), "End"),
        (json!({ "Type": "Pass", "End": false }), "End"),
        (json!({ "Type": "Pass", "End": true, "Comment": 1 }), "Comment"),
        (json!({ "Type": "Pass", "End": true, "QueryLanguage": "JSONata" }), "QueryLanguage"),
        (json!({ "Type": "Pass", "Next": "T" }), "Next"),
    ];
    for (state, field) in fields {
        assert_eq!(load(&machine(&state)).unwrap_err().field, field, "{state}");
    }
    assert_eq!(load(&machine(&json!([]))).unwrap_err().problem, "must be an object");
}

#[test]
fn a_task_names_an_integration_and_all_its_arguments() {
    refused(
        &task(&json!({ "Resource": "arn:aws:lambda:eu-west-1:1:function:f" })),
        "S",
        "Resource",
        "not supported",
    );
    refused(
        &task(&json!({ "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken" })),
        "S",
        "Resource",
        "not",
    );
    refused(&task(&json!({ "Arguments": null })), "S", "Arguments", "required");
    refused(&task(&json!({ "Arguments": "{% $states.input %}" })), "S", "Arguments", "object");
    refused(&task(&json!({ "Arguments": { "FunctionName": "f" } })), "S", "Arguments.Payload", "required");
    let extra = json!({ "Arguments": { "FunctionName": "f", "Payload": 1, "Qualifier": "1" } });
    refused(&task(&extra), "S", "Arguments.Qualifier", "not supported");
    refused(&task(&json!({ "TimeoutSeconds": "{% 5 %}" })), "S", "TimeoutSeconds", "whole number");
    refused(&task(&json!({ "HeartbeatSeconds": 5 })), "S", "HeartbeatSeconds", "not supported");
    assert!(load(&task(&json!({ "Resource": "arn:aws-us-gov:states:::lambda:invoke" }))).is_ok());
    let start = json!({ "Resource": "arn:aws:states:::states:startExecution", "Arguments": { "StateMachineArn": "m", "Input": {}, "Name": "n" } });
    assert!(load(&task(&start)).is_ok());
}

#[test]
fn expressions_must_be_whole_parse_and_use_assigned_variables() {
    let payload =
        |text: &str| task(&json!({ "Arguments": { "FunctionName": "f", "Payload": { "a": [text] } } }));
    let field = "Arguments.Payload.a[0]";
    refused(&payload("{% 1 + %}"), "S", field, "does not parse");
    refused(&payload(" {% 1 %}"), "S", field, "whole string");
    refused(&payload("{% 1 %} s"), "S", field, "whole string");
    refused(&payload("{% $now() %}"), "S", field, "$now()");
    refused(&payload("{% $job.id %}"), "S", "Arguments.Payload", "no state assigns $job");
    assert!(load(&payload("100 %")).is_ok());
}

#[test]
fn a_retrier_keeps_to_its_bounds() {
    let retry = |patch: &Value| {
        let mut retrier = json!({ "ErrorEquals": ["E"] });
        merge(&mut retrier, patch);
        task(&json!({ "Retry": [retrier] }))
    };
    assert!(load(&retry(&json!({ "MaxAttempts": 0, "MaxDelaySeconds": 31_622_400, "BackoffRate": 1, "JitterStrategy": "NONE" }))).is_ok());
    refused(&retry(&json!({ "ErrorEquals": null })), "S", "Retry[0].ErrorEquals", "required");
    refused(&retry(&json!({ "ErrorEquals": [] })), "S", "Retry[0].ErrorEquals", "at least one");
    refused(&retry(&json!({ "ErrorEquals": [1] })), "S", "Retry[0].ErrorEquals", "strings");
    refused(&retry(&json!({ "ErrorEquals": ["States.Mine"] })), "S", "Retry[0].ErrorEquals", "States.Mine");
    refused(&retry(&json!({ "IntervalSeconds": 0 })), "S", "Retry[0].IntervalSeconds", "from 1");
    refused(&retry(&json!({ "MaxAttempts": 100_000_000 })), "S", "Retry[0].MaxAttempts", "from 0");
    refused(&retry(&json!({ "BackoffRate": 0.9 })), "S", "Retry[0].BackoffRate", "1.0");
    refused(&retry(&json!({ "MaxDelaySeconds": 31_622_401 })), "S", "Retry[0].MaxDelaySeconds", "from 1");
    refused(&retry(&json!({ "JitterStrategy": "SOME" })), "S", "Retry[0].JitterStrategy", "FULL");
    refused(&retry(&json!({ "Jitter": 1 })), "S", "Retry[0].Jitter", "not supported");
}

#[test]
fn states_all_stands_alone_and_last_in_retry_and_catch() {
    let all = json!({ "ErrorEquals": ["States.ALL"], "Next": "S" });
    let one = json!({ "ErrorEquals": ["E"], "Next": "S" });
    let both = json!({ "ErrorEquals": ["States.ALL", "E"], "Next": "S" });
    refused(&task(&json!({ "Catch": [all, one] })), "S", "Catch[0].ErrorEquals", "alone, and last");
    refused(&task(&json!({ "Catch": [both] })), "S", "Catch[0].ErrorEquals", "alone, and last");
    refused(
        &task(&json!({ "Retry": [{ "ErrorEquals": ["States.ALL", "E"] }] })),
        "S",
        "Retry[0].ErrorEquals",
        "alone",
    );
    assert!(load(&task(&json!({ "Catch": [one, all] }))).is_ok());
    refused(&task(&json!({ "Catch": [{ "ErrorEquals": ["E"] }] })), "S", "Catch[0].Next", "required");
    refused(
        &task(&json!({ "Catch": [{ "ErrorEquals": ["E"], "Next": "T" }] })),
        "S",
        "Catch[0].Next",
        "no state T",
    );
    refused(
        &task(&json!({ "Catch": [{ "ErrorEquals": ["E"], "Next": "S", "ResultPath": "$" }] })),
        "S",
        "Catch[0].ResultPath",
        "not",
    );
}

#[test]
fn a_choice_has_rules_with_conditions_that_lead_somewhere() {
    let choice = |patch: &Value| {
        let mut state = json!({ "Type": "Choice", "Choices": [{ "Condition": "{% true %}", "Next": "S" }] });
        merge(&mut state, patch);
        machine(&state)
    };
    assert!(load(&choice(&json!({}))).is_ok());
    refused(&choice(&json!({ "Choices": null })), "S", "Choices", "required");
    refused(
        &choice(&json!({ "Choices": [{ "Condition": true, "Next": "S" }] })),
        "S",
        "Choices[0].Condition",
        "expression",
    );
    refused(
        &choice(&json!({ "Choices": [{ "Variable": "$.a", "Next": "S" }] })),
        "S",
        "Choices[0].Condition",
        "required",
    );
    refused(
        &choice(&json!({ "Choices": [{ "Condition": "{% true %}", "Next": "T" }] })),
        "S",
        "Choices[0].Next",
        "no state T",
    );
    refused(&choice(&json!({ "Default": "T" })), "S", "Default", "no state T");
    refused(&choice(&json!({ "End": true })), "S", "End", "not supported");
}
