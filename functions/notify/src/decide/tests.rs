//! The messages as operators receive them.

use super::*;
use serde_json::json;

const ARN: &str = "arn:aws:states:us-east-1:111122223333:execution:studio-access-access:c2c0873b";
const SWEEP: &str = "arn:aws-us-gov:states:us-gov-west-1:111122223333:execution:studio-access-sweep:s1";

fn told(status: &str, error: Option<&str>, cause: Option<String>, input: &Value) -> ExecutionOutcome {
    let error = error.map(str::to_owned);
    ExecutionOutcome { status: status.to_owned(), error, cause, input: Some(input.to_string()) }
}

fn failed() -> ExecutionOutcome {
    let message = "1 of 2 domains failed for ana@example.com; the others succeeded: \
                   222233334444/eu-west-1/d-research: UnmanagedProfile (the profile \"ana\" is not ours)";
    let cause = json!({"errorType": "Summarize.DomainsFailed", "errorMessage": message}).to_string();
    let input = json!({"userName": "ana@example.com", "reason": "ticket 4711"});
    told("FAILED", Some("Summarize.DomainsFailed"), Some(cause), &input)
}

#[test]
fn a_failed_execution_tells_who_where_what_and_what_to_do() {
    let Notice { subject, text } = notice(ARN, &failed(), None).unwrap();
    assert_eq!(subject, "studio-access: an execution FAILED Summarize.DomainsFailed");
    let expected = "\
The access of one user in Amazon SageMaker Studio could not be corrected.

Who:    ana@example.com
Why:    ticket 4711
Where:  222233334444/eu-west-1/d-research
What:   Summarize.DomainsFailed: 1 of 2 domains failed for ana@example.com; the others succeeded: 222233334444/eu-west-1/d-research: UnmanagedProfile (the profile \"ana\" is not ours)
Look:   https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/arn:aws:states:us-east-1:111122223333:execution:studio-access-access:c2c0873b

What to do:
  UnmanagedProfile: docs/errors/UnmanagedProfile.md
  Summarize.DomainsFailed: docs/errors/Summarize.DomainsFailed.md
When the problem is fixed, redrive the execution in the console within 14 days, or start a new one with the same input. Nothing has to be undone first.";
    assert_eq!(text, expected);
}

#[test]
fn the_pages_are_addressed_where_they_can_be_read() {
    let Notice { text, .. } = notice(ARN, &failed(), Some("https://wiki.example.com/studio-access")).unwrap();
    assert!(
        text.contains(
            "  UnmanagedProfile: https://wiki.example.com/studio-access/errors/UnmanagedProfile.md\n"
        ),
        "{text}"
    );
}

#[test]
fn an_event_tells_the_id_and_what_happened() {
    let parameters = json!({"groupId": "14f83478-a061-708f-8de4-a3a2b99e9d89", "memberId": "04c8e458-a021-702e-f9d1-7f430ff2c752"});
    let event = json!({"detail": {"eventSource": "sso-directory.amazonaws.com", "eventName": "RemoveMemberFromGroup", "requestParameters": parameters}});
    let Notice { text, .. } = notice(ARN, &told("TIMED_OUT", None, None, &event), None).unwrap();
    assert!(text.contains("Who:    the user with the id 04c8e458-a021-702e-f9d1-7f430ff2c752\n"), "{text}");
    assert!(
        text.contains("Why:    RemoveMemberFromGroup\nWhere:  no Studio domain in particular\n"),
        "{text}"
    );
    assert!(
        text.contains("exceeded the time limit") && text.contains("docs/operating.md#accessfailed\n"),
        "{text}"
    );
}

#[test]
fn an_input_that_is_not_understood_is_not_repeated() {
    let odd = told("FAILED", Some("InvalidInput"), Some("no".into()), &json!({"password": "hunter2"}));
    let Notice { text, .. } = notice(ARN, &odd, None).unwrap();
    assert!(text.contains("docs/errors/InvalidInput.md") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_sweep_notice_names_the_sweep_and_links_its_partition() {
    let cause = json!({"errorMessage": "60 removals"}).to_string();
    let input = json!({"reason": "schedule"});
    let ceiling = told("FAILED", Some("CheckRemovals.OverLimit"), Some(cause), &input);
    let Notice { subject, text } = notice(SWEEP, &ceiling, None).unwrap();
    assert_eq!(subject, "studio-access: a sweep FAILED CheckRemovals.OverLimit");
    assert!(text.contains("Who:    all users\nWhy:    schedule\n"), "{text}");
    assert!(text.contains("https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?"), "{text}");
    let of_group = told("ABORTED", None, None, &json!({"group": "studio-admins"}));
    let Notice { text, .. } = notice(SWEEP, &of_group, None).unwrap();
    assert!(text.contains("Who:    all users in the group studio-admins\n"), "{text}");
    assert!(text.contains("it was stopped") && text.contains("docs/operating.md#sweepfailed\n"), "{text}");
}

#[test]
fn who_runs_again_or_came_to_a_good_end_is_not_told_of() {
    for status in ["RUNNING", "PENDING_REDRIVE", "SUCCEEDED"] {
        assert_eq!(notice(ARN, &told(status, None, None, &json!({})), None), None, "{status}");
    }
}

#[test]
fn a_limit_on_removals_or_a_pause_is_told_by_an_alarm_alone() {
    let ended = |error| told("FAILED", Some(error), Some("1 of 1 domains failed".into()), &json!({}));
    assert_eq!(notice(ARN, &ended("Summarize.HeldBack"), None), None);
    assert_eq!(notice(ARN, &ended("Paused"), None), None);
    assert_eq!(notice(SWEEP, &ended("Paused"), None), None);
    assert!(notice(ARN, &ended("Summarize.DomainsFailed"), None).is_some());
}

#[test]
fn a_subject_is_short_and_plain_whatever_the_error_is_called() {
    let odd = told("FAILED", Some(&"\u{fc}\n".repeat(90)), None, &json!({}));
    let Notice { subject, .. } = notice(ARN, &odd, None).unwrap();
    assert!(subject.len() == SUBJECT_MAX && subject.is_ascii() && !subject.contains('\n'), "{subject}");
}

#[test]
fn a_word_of_prose_is_not_taken_for_an_error() {
    let cause = "an Internal matter, NotTransient (really), and Transient (no answer)".to_owned();
    let Notice { text, .. } = notice(ARN, &told("FAILED", None, Some(cause), &json!({})), None).unwrap();
    assert!(text.contains("What to do:\n  Transient: docs/errors/Transient.md\nWhen"), "{text}");
}
