//! Tests the checks of levels and inner levels: Map, Parallel, names of states, and variables.

use serde_json::{Value, json};

use super::{load, machine, merge, refused};

/// Returns a machine with a Map `S` that has one inner state, changed by `patch`.
fn map(patch: &Value) -> Value {
    let mut state = json!({
        "Type": "Map",
        "Items": "{% [1] %}",
        "ItemProcessor": { "ProcessorConfig": { "Mode": "INLINE" }, "StartAt": "I", "States": { "I": { "Type": "Succeed" } } },
        "End": true,
    });
    merge(&mut state, patch);
    machine(&state)
}

fn processor(states: &Value) -> Value {
    map(&json!({ "ItemProcessor": { "StartAt": "I", "States": states } }))
}

#[test]
fn a_map_must_be_inline_and_its_states_are_checked_too() {
    assert!(load(&map(&json!({}))).is_ok());
    let mode = |mode: &str| json!({ "ItemProcessor": { "ProcessorConfig": { "Mode": mode }, "StartAt": "I", "States": { "I": { "Type": "Succeed" } } } });
    refused(&map(&mode("DISTRIBUTED")), "S", "ItemProcessor.ProcessorConfig.Mode", "DISTRIBUTED");
    refused(&map(&json!({ "ItemReader": {} })), "S", "ItemReader", "not supported");
    refused(&map(&json!({ "ToleratedFailureCount": 1 })), "S", "ToleratedFailureCount", "not supported");
    refused(&map(&json!({ "Items": 3 })), "S", "Items", "list");
    refused(&map(&json!({ "MaxConcurrency": "4" })), "S", "MaxConcurrency", "whole number");
    refused(&map(&json!({ "ItemProcessor": null })), "S", "ItemProcessor", "required");
    refused(&processor(&json!({ "I": { "Type": "Pass", "Next": "S" } })), "I", "Next", "no state S here");
    refused(&processor(&json!({ "J": { "Type": "Succeed" } })), "S", "ItemProcessor.StartAt", "no state I");
}

#[test]
fn state_names_are_unique_and_every_state_is_reachable() {
    let same = map(&json!({ "ItemProcessor": { "StartAt": "S", "States": { "S": { "Type": "Succeed" } } } }));
    refused(&same, "S", "(name)", "twice");
    let mut lonely = machine(&json!({ "Type": "Succeed" }));
    lonely["States"]["T"] = json!({ "Type": "Pass", "Next": "S" });
    refused(&lonely, "T", "(name)", "cannot be reached");
    refused(
        &processor(&json!({ "I": { "Type": "Succeed" }, "J": { "Type": "Succeed" } })),
        "J",
        "(name)",
        "reached",
    );
    let mut long = machine(&json!({ "Type": "Pass", "Next": "x" }));
    long["States"]["x".repeat(81)] = json!({ "Type": "Succeed" });
    assert!(load(&long).unwrap_err().problem.contains("80 characters"));
}

#[test]
fn a_map_cannot_assign_outer_variables_or_leak_its_own() {
    let outer = |inner: &Value, output: &str| {
        let mut definition = processor(&json!({ "I": inner }));
        merge(&mut definition["States"]["S"], &json!({ "Assign": { "seen": 1 }, "Output": output }));
        definition
    };
    let pass = |assign: &str| json!({ "Type": "Pass", "Assign": { assign: "{% $seen %}" }, "End": true });
    assert!(load(&outer(&pass("mine"), "{% $seen %}")).is_ok());
    refused(&outer(&pass("seen"), "{% $seen %}"), "I", "Assign.seen", "outside S");
    refused(&outer(&pass("mine"), "{% $mine %}"), "S", "Output", "no state assigns $mine");
}

#[test]
fn assigned_names_are_words_that_hide_nothing() {
    let assign = |name: &str| machine(&json!({ "Type": "Pass", "End": true, "Assign": { name: 1 } }));
    assert!(load(&assign("job_1")).is_ok());
    refused(&assign("states"), "S", "Assign.states", "reserved");
    refused(&assign("count"), "S", "Assign.count", "hide the function");
    refused(&assign("a-b"), "S", "Assign.a-b", "not the name");
    refused(&assign("a.$"), "S", "Assign.a.$", "not the name");
}

fn branch(states: &Value) -> Value {
    json!({ "StartAt": "I", "States": states })
}

/// Returns a machine with a Parallel `S` that has two branches, changed by `patch`.
fn parallel(patch: &Value) -> Value {
    let mut state = json!({
        "Type": "Parallel",
        "Branches": [
            branch(&json!({ "I": { "Type": "Succeed" } })),
            { "Comment": "c", "QueryLanguage": "JSONata", "StartAt": "J", "States": { "J": { "Type": "Succeed" } } },
        ],
        "End": true,
    });
    merge(&mut state, patch);
    machine(&state)
}

#[test]
fn a_parallel_needs_branches_and_takes_no_other_fields() {
    assert!(load(&parallel(&json!({ "Comment": "c", "Arguments": { "n": "{% 1 %}" } }))).is_ok());
    refused(&parallel(&json!({ "Branches": null })), "S", "Branches", "required");
    refused(&parallel(&json!({ "Branches": [] })), "S", "Branches", "at least one");
    refused(&parallel(&json!({ "Branches": {} })), "S", "Branches", "list");
    refused(&parallel(&json!({ "End": null })), "S", "Next", "required");
    refused(&parallel(&json!({ "Arguments": "{% 1 + %}" })), "S", "Arguments", "does not parse");
    for field in ["MaxConcurrency", "TimeoutSeconds", "Parameters", "ResultSelector", "ItemSelector"] {
        refused(&parallel(&json!({ field: 1 })), "S", field, "not supported");
    }
}

#[test]
fn a_branch_has_a_start_and_states_and_no_other_fields() {
    let with = |patch: &Value| {
        let mut definition = parallel(&json!({}));
        merge(&mut definition["States"]["S"]["Branches"][1], patch);
        definition
    };
    assert!(load(&with(&json!({}))).is_ok());
    refused(&parallel(&json!({ "Branches": [1] })), "S", "Branches[0]", "object");
    refused(&with(&json!({ "StartAt": null })), "S", "Branches[1].StartAt", "required");
    refused(&with(&json!({ "StartAt": "I" })), "S", "Branches[1].StartAt", "no state I here");
    refused(&with(&json!({ "States": {} })), "S", "Branches[1].States", "at least one");
    refused(&with(&json!({ "QueryLanguage": "JSONPath" })), "S", "Branches[1].QueryLanguage", "JSONPath");
    refused(&with(&json!({ "TimeoutSeconds": 9 })), "S", "Branches[1].TimeoutSeconds", "not supported");
}

#[test]
fn a_branch_is_a_level_of_its_own() {
    let second = |states: &Value| {
        let first = branch(&json!({ "I": { "Type": "Succeed" } }));
        parallel(&json!({ "Branches": [first, { "StartAt": "J", "States": states }] }))
    };
    for elsewhere in ["S", "I"] {
        let leaves = second(&json!({ "J": { "Type": "Pass", "Next": elsewhere } }));
        refused(&leaves, "J", "Next", &format!("no state {elsewhere} here"));
    }
    let lonely = second(&json!({ "J": { "Type": "Succeed" }, "K": { "Type": "Succeed" } }));
    refused(&lonely, "K", "(name)", "cannot be reached from S's Branches[1].StartAt");
    let twice = second(&json!({ "J": { "Type": "Pass", "Next": "I" }, "I": { "Type": "Succeed" } }));
    refused(&twice, "I", "(name)", "twice");
}

fn assigns(name: &str) -> Value {
    json!({ "Type": "Pass", "Assign": { name: 1 }, "End": true })
}

/// Returns two machines `A`, `S`, `Z`. `S` is a Map or a Parallel around the state `I`.
fn both(inner: &Value) -> [Value; 2] {
    let level = branch(&json!({ "I": inner }));
    let around = |state: Value| {
        let first = json!({ "Type": "Pass", "Next": "S" });
        let last = json!({ "Type": "Pass", "End": true });
        json!({ "QueryLanguage": "JSONata", "StartAt": "A", "States": { "A": first, "S": state, "Z": last } })
    };
    [
        around(json!({ "Type": "Map", "Items": [1], "ItemProcessor": level, "Next": "Z" })),
        around(json!({ "Type": "Parallel", "Branches": [level], "Next": "Z" })),
    ]
}

#[test]
fn inner_and_outer_variables_have_different_names() {
    for definition in both(&assigns("x")) {
        assert!(load(&definition).is_ok());
        for outer in ["A", "S", "Z"] {
            let mut definition = definition.clone();
            definition["States"][outer]["Assign"] = json!({ "x": 1 });
            refused(&definition, "I", "Assign.x", "outside S");
        }
        let mut caught = definition.clone();
        caught["States"]["S"]["Catch"] = json!([{ "ErrorEquals": ["E"], "Next": "Z", "Assign": { "x": 1 } }]);
        refused(&caught, "I", "Assign.x", "outside S");
    }
}

#[test]
fn the_levels_between_do_not_hide_a_variable() {
    let inner = json!({ "Type": "Map", "Items": [1], "End": true,
        "ItemProcessor": { "StartAt": "M", "States": { "M": assigns("x") } } });
    for mut definition in both(&inner) {
        assert!(load(&definition).is_ok());
        definition["States"]["Z"]["Assign"] = json!({ "x": 1 });
        refused(&definition, "M", "Assign.x", "outside I");
    }
}

#[test]
fn a_variable_is_read_only_in_its_level_and_inside() {
    for mut definition in both(&assigns("x")) {
        definition["States"]["Z"]["Output"] = json!("{% $x %}");
        refused(&definition, "Z", "Output", "no state assigns $x");
    }
    for mut definition in both(&json!({ "Type": "Pass", "Output": "{% $x %}", "End": true })) {
        refused(&definition, "I", "Output", "no state assigns $x");
        definition["States"]["A"]["Assign"] = json!({ "x": 1 });
        assert!(load(&definition).is_ok());
    }
    refused(&parallel(&json!({ "Arguments": { "n": "{% $x %}" } })), "S", "Arguments", "no state assigns $x");
}

#[test]
fn branches_may_use_the_same_name_and_do_not_share_it() {
    let with = |second: &Value| {
        let first = branch(&json!({ "I": assigns("x") }));
        parallel(&json!({ "Branches": [first, { "StartAt": "J", "States": { "J": second } }] }))
    };
    assert!(load(&with(&assigns("x"))).is_ok());
    let reads = with(&json!({ "Type": "Pass", "Output": "{% $x %}", "End": true }));
    refused(&reads, "J", "Output", "no state assigns $x");
}
