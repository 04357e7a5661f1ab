//! Renders a small machine that contains every shape.

use std::collections::BTreeMap;

use serde_json::json;

use super::{mermaid, table};
use crate::model::Machine;

fn machine() -> Machine {
    let definition = json!({
        "QueryLanguage": "JSONata", "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 30,
                "Arguments": { "FunctionName": "${Ask}", "Payload": "{% $states.input %}" },
                "Retry": [{ "ErrorEquals": ["Throttled"], "IntervalSeconds": 2, "MaxAttempts": 5, "MaxDelaySeconds": 60, "JitterStrategy": "FULL" }],
                "Catch": [{ "ErrorEquals": ["Refused"], "Next": "Broken" }], "Next": "Ready"
            },
            "Ready": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input.\"is\" > 1 %}", "Next": "Each" }], "Default": "Later" },
            "Later": { "Type": "Wait", "Seconds": 20, "Next": "Ask" },
            "Each": {
                "Type": "Map", "Items": "{% $states.input %}", "Next": "Note",
                "ItemProcessor": { "StartAt": "One", "States": { "One": { "Type": "Wait", "Seconds": "{% $states.input %}", "End": true } } }
            },
            "Note": { "Type": "Pass", "Next": "Both" },
            "Both": {
                "Type": "Parallel", "End": true,
                "Branches": [
                    { "StartAt": "Left", "States": { "Left": { "Type": "Pass", "Next": "Middle" }, "Middle": { "Type": "Pass", "End": true } } },
                    { "StartAt": "Right", "States": { "Right": { "Type": "Wait", "Seconds": 5, "End": true } } }
                ]
            },
            "Broken": { "Type": "Fail", "Error": "Broken" }
        }
    });
    let substitutions = BTreeMap::from([("Ask".to_owned(), "ask-function".to_owned())]);
    Machine::load("m", &definition.to_string(), &substitutions).unwrap()
}

#[test]
fn the_flowchart_shows_each_kind_in_its_shape_and_errors_dotted() {
    let expected = r#"flowchart TD
    start([Start])
    s0[["Ask"]]
    s1{"Ready"}
    subgraph s2["Each: for each item"]
        s3("One<br/>$states.input")
    end
    s4["Note"]
    subgraph s5["Both: in parallel"]
        subgraph s5b0["branch 1"]
            s6["Left"]
            s7["Middle"]
        end
        subgraph s5b1["branch 2"]
            s8("Right<br/>5 s")
        end
    end
    s9("Later<br/>20 s")
    s10{{"Broken"}}
    start --> s0
    done([End])
    s0 --> s1
    s0 -.->|"Refused"| s10
    s1 --> s2
    s1 --> s9
    s2 --> s4
    s4 --> s5
    s5 --> done
    s6 --> s7
    s9 --> s0
"#;
    assert_eq!(mermaid(&machine()), expected);
}

#[test]
fn the_table_has_a_row_per_state_in_reading_order() {
    let expected = "\
| state | kind | function | waits/timeouts | further retries | catches -> next |
|---|---|---|---|---|---|
| Ask | Task | ask-function | at most 30 s | Throttled: 5 times, 2 s x 2.0, at most 60 s, jitter | Refused -> Broken |
| Ready | Choice |  |  |  |  |
| Each | Map |  |  |  |  |
| Each / One | Wait |  | waits `$states.input` |  |  |
| Note | Pass |  |  |  |  |
| Both | Parallel |  |  |  |  |
| Both / Left | Pass |  |  |  |  |
| Both / Middle | Pass |  |  |  |  |
| Both / Right | Wait |  | waits 5 s |  |  |
| Later | Wait |  | waits 20 s |  |  |
| Broken | Fail |  |  |  |  |
";
    assert_eq!(table(&machine()), expected);
}

#[test]
fn the_states_of_the_branches_follow_their_parallel() {
    let states = machine().states();
    let at = states.iter().position(|state| state.name == "Both").unwrap();
    assert_eq!(states[at].inner_starts, ["Left", "Right"]);
    let inner: Vec<_> =
        states[at + 1..at + 4].iter().map(|state| (state.name.as_str(), &state.path, state.branch)).collect();
    let path = vec!["Both".to_owned()];
    assert_eq!(inner, [("Left", &path, Some(0)), ("Middle", &path, Some(0)), ("Right", &path, Some(1))]);
    assert!(states.iter().all(|state| state.branch.is_some() == (state.path == path)));
}

const THROTTLED: &str = r#"{"ErrorEquals": ["Throttled"]}"#;

#[test]
fn what_most_tasks_share_stands_above_the_table() {
    let task = |next: &str, retry: &str| {
        format!(
            r#"{{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", {next},
              "Arguments": {{"FunctionName": "arn:aws:lambda:x:1:function:f", "Payload": 1}},
              "Retry": [{retry}],
              "Catch": [{{"ErrorEquals": ["States.ALL"], "Next": "Broken"}}]}}"#
        )
    };
    let definition = format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{"A": {}, "B": {}, "C": {}, "Broken": {{"Type": "Fail"}}}}}}"#,
        task(r#""Next": "B""#, THROTTLED),
        task(r#""Next": "C""#, THROTTLED),
        task(r#""End": true"#, r#"{"ErrorEquals": ["Other"]}"#)
    );
    let machine = Machine::load("m", &definition, &BTreeMap::new()).unwrap();
    let table = table(&machine);
    assert!(
        table.starts_with("Unless its row says otherwise, a task is retried on:\n\n- Throttled: 3 times"),
        "{table}"
    );
    assert!(table.contains("| A | Task | f |  |  | States.ALL -> Broken |"), "{table}");
    assert!(table.contains("<br>not on Throttled |"), "{table}");
}

#[test]
fn what_three_of_many_tasks_share_has_a_letter() {
    let slow = r#"{"ErrorEquals": ["Throttled"], "IntervalSeconds": 9}"#;
    let next = ["B", "C", "D", "E", "F", "G", "Done"];
    let states = "ABCDEFG".chars().zip(next).map(|(name, next)| {
        let retry = if name > 'D' { slow } else { THROTTLED };
        format!(
            r#""{name}": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "{next}",
              "Arguments": {{"FunctionName": "arn:aws:lambda:x:1:function:f", "Payload": 1}}, "Retry": [{retry}]}}"#
        )
    });
    let states = states.collect::<Vec<_>>().join(", ");
    let definition = format!(
        r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{{states}, "Done": {{"Type": "Succeed"}}}}}}"#
    );
    let table = table(&Machine::load("m", &definition, &BTreeMap::new()).unwrap());
    assert!(
        table.contains("instead of the usual rule for the same error:\n\n- (a) Throttled: 3 times, 9 s"),
        "{table}"
    );
    assert!(table.contains("| D | Task | f |  |  |  |\n| E | Task | f |  | (a) |  |"), "{table}");
}

#[test]
fn draws_a_single_branch_as_a_block_with_its_catchers() {
    let definition = r#"{"QueryLanguage": "JSONata", "StartAt": "Work", "States": {
        "Work": {"Type": "Parallel", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}],
            "Branches": [{"StartAt": "Try", "States": {"Try": {"Type": "Pass", "End": true}}}]},
        "Undo": {"Type": "Pass", "End": true}}}"#;
    let picture = mermaid(&Machine::load("m", definition, &BTreeMap::new()).unwrap());
    assert!(picture.contains("    subgraph s0[\"Work: try\"]\n        s1[\"Try\"]\n    end\n"), "{picture}");
    assert!(picture.contains("s0 -.->|\"States.ALL\"| s2"), "{picture}");
}
