//! Rows that name a group by its id, and rows that match nothing: who is told, and in which words.

use crate::played::{play, read};
use crate::sweep::{asked, on_deployment};
use serde_json::{Value, json};

const WITHOUT_SUFFIX: &str = "ad-group-name-without-suffix.yaml";
const OF_ROW: &str = "; did you mean \"studio-admins@corp.example.com\"?";
const OF_GROUP: &str = "group \"studio-research-readers@corp.example.com\" does not follow the naming \
    convention; did you mean \"studio-research-readers\"?";

#[test]
fn a_row_matches_its_group_by_every_form_of_the_id() {
    let played = play("row-with-prefixed-group-id.yaml");
    let role = |user| played.profile(user).role.clone().unwrap();
    assert_eq!(role("ana@example.com"), "arn:aws:iam::222233334444:role/studio/Admins");
    assert_eq!(role("ben@example.com"), "arn:aws:iam::222233334444:role/studio/Readers");
}

#[test]
fn an_outcome_asks_whether_a_near_group_was_meant() {
    let played = play(WITHOUT_SUFFIX);
    let summaries: Vec<&str> = played
        .report
        .executions
        .iter()
        .map(|execution| execution.output.as_ref().unwrap()["summary"].as_str().unwrap())
        .collect();
    let row = format!("row \"studio-admins\" matches no group of the user{OF_ROW}");
    assert!(summaries[0].ends_with(&row), "{}", summaries[0]);
    assert!(summaries[1].ends_with(OF_GROUP), "{}", summaries[1]);
    assert!(!summaries[1].contains("studio-admins"), "a row that is not near is not named");
}

#[test]
fn a_sweep_of_everyone_reports_rows_that_match_nothing() {
    on_deployment(&read(WITHOUT_SUFFIX), async |deployment| {
        let swept = deployment.sweep("first", json!({})).await.unwrap();
        let output = swept.output.unwrap();
        let row = format!("row \"studio-admins\" matches no group of the directory{OF_ROW}");
        assert_eq!(output["unmatched"], json!([row, OF_GROUP]));
        assert_eq!(
            (&output["found"]["rowsUnmatched"], &output["found"]["groupsNearConvention"]),
            (&json!(1), &json!(1))
        );
        assert!(output["summary"].as_str().unwrap().contains("1 mapping rows match no group"));
        assert_eq!(asked(deployment), Vec::<Value>::new());
        let group = deployment.sweep("second", json!({"group": "studio-admins"})).await.unwrap();
        let cause = group.cause.unwrap();
        assert_eq!(group.error.as_deref(), Some("SweepPage.GroupUnknown"));
        assert!(cause.contains("did you mean") && cause.contains("studio-admins@corp"), "{cause}");
    });
}

#[test]
fn a_sweep_tells_of_an_id_that_is_none() {
    on_deployment(&read("row-with-prefixed-group-id.yaml"), async |deployment| {
        let swept = deployment.sweep("first", json!({})).await.unwrap();
        let output = swept.output.unwrap();
        assert_eq!(output["found"]["rowsUnmatched"], 1, "the others match by their ids");
        assert!(output["unmatched"][0].as_str().unwrap().contains("resembles a group id but is not one"));
        let id = "906716eb24-14f83478-a061-708f-8de4-000000000002";
        let of_one = deployment.sweep("second", json!({"group": id})).await.unwrap().output.unwrap();
        assert_eq!(of_one["found"].get("rowsUnmatched"), None, "a sweep of one group compares no rows");
    });
}
