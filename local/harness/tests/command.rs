//! Tests the output and the exit code of the command.

mod common;

use common::{command, ran, repository, scenario};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

#[test]
fn without_a_word_it_plays_the_tour_and_says_what_to_try_next() {
    let (code, said, complaints) = ran(&[]);
    assert_eq!((code, complaints.as_str()), (0, ""));
    for part in ["The tour", "Profiles in the end", "What to try next"] {
        assert!(said.contains(part), "{part}");
    }
    assert!(!said.contains("NOT AS EXPECTED"));
    let last = said.lines().last().expect("it prints something");
    assert_eq!(last, "23 executions, all as expected; 1 volume destroyed");
}

#[test]
fn json_output_is_the_whole_run_and_nothing_else() {
    let (code, said, _) = ran(&["--json", "--seed", "3"]);
    let run: Value = serde_json::from_str(&said).expect("the output is JSON");
    assert_eq!((code, &run["seed"]), (0, &Value::from(3)));
    let course = run["executions"][0]["course"].as_array().expect("an execution has a course");
    assert!(
        course.iter().any(
            |entry| entry["payload"]["Payload"]["job"].is_object() || entry["payload"]["job"].is_object()
        )
    );
    assert!(course.iter().any(|entry| entry["calls"][0]["request"].is_object()));
    for secret in ["\"SessionToken\": ", "\"SecretAccessKey\": "] {
        let shown: Vec<&str> = said
            .split(secret)
            .skip(1)
            .map(|rest| rest.split(',').next().unwrap_or_default().trim())
            .collect();
        assert!(
            !shown.is_empty() && shown.iter().all(|value| value.starts_with("\"(secret)\"")),
            "{secret}{shown:?}"
        );
    }
}

#[test]
fn every_sample_event_can_be_started_alone() {
    let events = std::fs::read_dir(repository().join("events")).expect("there are samples");
    let mut files: Vec<PathBuf> = events.map(|entry| entry.expect("it is listed").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    assert!(files.len() >= 10);
    for file in files {
        let (code, said, complaints) = ran(&["event", &file.to_string_lossy()]);
        assert_eq!((code, complaints.as_str()), (0, ""), "{}", file.display());
        let line = said.lines().nth(1).unwrap_or_default();
        assert!(
            said.starts_with("the event\n") || said.contains("\nthe event\n"),
            "{}: {said}",
            file.display()
        );
        assert!(said.contains(" ✓ ") && !said.contains(" ✗ "), "{}: {line}", file.display());
    }
}

#[test]
fn refuses_invalid_scenarios_and_reports_unmet_expectations() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, text, code, expected) in [
        ("unknown.yaml", "name: x\ndirectory: {}\ntimelin: []\n", 2, "unknown field `timelin`"),
        (
            "nobody.yaml",
            "name: x\ndirectory: {}\ntimeline: [{join: {user: a, group: b}}]\n",
            2,
            "nobody.yaml:3:26: there is no user \"a\"",
        ),
        ("two.yaml", "name: x\ndirectory: {}\ntimeline: [{wait: 1s, start: {}}]\n", 2, "write one a step"),
        (
            "wrong.yaml",
            "name: x\ndirectory: {}\ntimeline: [{start: {}, expect: {status: SUCCEEDED}}]\n",
            1,
            "the status should be SUCCEEDED",
        ),
    ] {
        let file = folder.join(name);
        std::fs::write(&file, text).expect("the folder of tests can be written");
        let (was, said, complaints) = ran(&["run", &file.to_string_lossy()]);
        assert_eq!(was, code, "{name}: {said}{complaints}");
        assert!(format!("{said}{complaints}").contains(expected), "{name}: {said}{complaints}");
    }
    assert_eq!(ran(&["run", "nowhere.yaml"]).0, 2);
    assert_eq!(ran(&["--realtime=0"]).0, 2);
}

#[test]
fn no_time_and_no_rate_of_a_scenario_makes_it_panic() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let steps = "[{wait: 700d}, {wait: 700d}]";
    for (number, (text, expected)) in [
        ("start: '9999-12-31T23:59:00Z'", "start: 9999-12-31T23:59:00Z is too early, or too late"),
        ("start: '1969-12-31T23:59:59Z'", "the years from 1970 to 9999"),
        (&format!("start: '9996-01-01T00:00:00Z'\ntimeline: {steps}"), "the years from 1970 to 9999"),
        ("start: tomorrow", "start: "),
        ("timeline: [{wait: 99999999999d}]", "is longer than 730d"),
        ("timeline: [{at: 9999999999999999999s, start: {}}]", "is longer than 730d"),
        ("studio: {createProfile: 800d}", "is longer than 730d"),
        ("faults: [{on: 'sts:*', effect: delay, delay: 1000000h}]", "is longer than 730d"),
        ("limits: [{on: 'sts:*', perSecond: 0}]", "a rate is a number above 0"),
        ("limits: [{on: 'sts:*', perSecond: -1}]", "a rate is a number above 0"),
        ("limits: [{on: 'sts:*', perSecond: .nan}]", "a rate is a number above 0"),
        ("limits: [{on: 'sts:*', perSecond: .inf}]", "a rate is a number above 0"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = folder.join(format!("time-{number}.yaml"));
        std::fs::write(&file, format!("name: x\ndirectory: {{}}\n{text}\n")).expect("it can be written");
        let (code, said, complaints) = ran(&["run", &file.to_string_lossy()]);
        assert_eq!(code, 2, "{text}: {said}{complaints}");
        assert!(complaints.contains(expected) && !complaints.contains("panicked"), "{text}: {complaints}");
    }
    let late = folder.join("late.yaml");
    let steps = "[{wait: 700d}, {start: {}, expect: {status: FAILED}}]";
    std::fs::write(
        &late,
        format!("name: x\ndirectory: {{}}\nstart: '9996-12-31T00:00:00Z'\ntimeline: {steps}\n"),
    )
    .expect("it can be written");
    assert_eq!(ran(&["run", &late.to_string_lossy()]).0, 0, "late, but within what a clock shows");
}

#[test]
fn served_the_world_answers_on_loopback() {
    let mut serving =
        command(&["serve", "--port", "0"]).stdout(Stdio::piped()).spawn().expect("the command starts");
    let printed = serving.stdout.take().expect("its output is piped");
    let address = BufReader::new(printed).lines().find_map(|line| {
        let line = line.expect("it prints UTF-8");
        line.strip_prefix("export AWS_ENDPOINT_URL=http://").map(str::to_owned)
    });
    let address = address.expect("it prints where it listens");
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let mut stream = TcpStream::connect(&address).expect("it listens");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    serving.kill().expect("it runs until it is ended");
    serving.wait().expect("it has ended");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"aws\":\"ready\""), "{answer}");
}

#[test]
fn an_option_counts_on_either_side_of_its_command() {
    for arguments in [["--json", "--seed", "3", "tour"], ["tour", "--json", "--seed", "3"]] {
        let (code, said, _) = ran(&arguments);
        let run: Value = serde_json::from_str(&said).expect("the output is JSON");
        assert_eq!((code, &run["seed"]), (0, &Value::from(3)), "{arguments:?}");
    }
}

#[test]
fn an_option_that_a_command_ignores_is_refused() {
    for option in ["--seed=3", "--json", "-v", "--realtime"] {
        for words in [&["serve", "--port", "0"][..], &["schema"]] {
            let behind: Vec<&str> = words.iter().copied().chain([option]).collect();
            let (code, said, complaints) = ran(&behind);
            assert_eq!((code, said.as_str()), (2, ""), "{behind:?}: {complaints}");
            let before: Vec<&str> = std::iter::once(option).chain(words.iter().copied()).collect();
            let (code, said, complaints) = ran(&before);
            assert_eq!((code, said.as_str()), (2, ""), "{before:?}: {complaints}");
            assert!(complaints.contains("has no use for --"), "{before:?}: {complaints}");
        }
    }
    for twice in [&["--json", "-v"][..], &["--json", "tour", "-v"]] {
        assert_eq!(ran(twice).0, 2, "{twice:?}");
    }
}

#[test]
fn wrong_references_are_refused_before_anything_is_played() {
    let file = scenario(
        "references",
        "timeline:\n  - join: { user: ana, group: admins }\n  - leave: { user: anna, group: admins }\n  - fault: { on: \
         'sagemaker:DeleteUserProfil', effect: throttle }\n  - { at: 10s, start: {} }\n  - { at: 5s, start: {} }",
    );
    let (code, said, complaints) = ran(&["run", &file]);
    assert_eq!((code, said.as_str()), (2, ""), "nothing is played");
    let found: Vec<&str> = complaints.lines().collect();
    assert_eq!(found[0], format!("error: {file}:9:20: there is no user \"anna\" in the directory"));
    assert!(found[1].starts_with(&format!("{file}:10:18: sagemaker has no operation \"DeleteUserProfil\"")));
    assert!(found[2].starts_with(&format!("{file}:12:11: at goes backwards")), "{complaints}");
    assert_eq!(found.len(), 3);
}

#[test]
fn a_moment_that_has_passed_already_is_an_error() {
    let file = scenario(
        "late-step",
        "timeline:\n  - join: { user: ana, group: admins }\n  - wait: 1s\n  - { at: 2s, start: { userName: ana } }",
    );
    let (code, _, complaints) = ran(&["run", &file]);
    assert_eq!(code, 2, "the join takes longer than two seconds");
    assert!(complaints.contains("step 3 of the timeline: at goes backwards: the steps before it have taken"));
}

#[test]
fn the_sample_of_the_documents_plays_as_expected() {
    let page = std::fs::read_to_string(repository().join("docs/scenarios.md")).expect("the page is there");
    let sample = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample.yaml");
    std::fs::write(&file, sample.expect("the page has a sample")).expect("it can be written");
    let (code, said, complaints) = ran(&["run", &file.to_string_lossy()]);
    assert_eq!((code, complaints.as_str()), (0, ""), "{said}");
    assert_eq!(said.lines().last(), Some("2 executions, all as expected"));
}
