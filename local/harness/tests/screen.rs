//! Tests the output on the screen: one line per execution, colours only where they are wanted, and
//! no line wider than the screen.

mod common;

use common::{command, outcome, ran, scenario};
use serde_json::Value;
use std::process::Command;

/// The style of data that cannot be restored: bright white on red.
const LOUD: &str = "\u{1b}[1m\u{1b}[97m\u{1b}[41m";

/// Returns the rows of executions, which have a mark.
fn rows(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.contains(" ✓ ") || line.contains(" ✗ ")).collect()
}

fn last(said: &str) -> &str {
    said.lines().last().unwrap_or_default()
}

#[test]
fn each_execution_is_one_line_under_the_story() {
    let (_, json, _) = ran(&["--json"]);
    let run: Value = serde_json::from_str(&json).expect("it is JSON");
    let executions = run["executions"].as_array().expect("it has executions").len();
    let (code, said, _) = ran(&[]);
    assert_eq!((code, rows(&said).len()), (0, executions));
    let mut lines = said.lines().skip_while(|line| !line.starts_with("Maria joins the admins as well"));
    lines.next().expect("the story has this heading");
    let row: Vec<&str> = lines.next().expect("a line follows").split_whitespace().collect();
    assert!(row[0].starts_with('+') && row[2] == "s", "it says when it began and how long it took: {row:?}");
    assert_eq!(
        row[3..].join(" "),
        "maria-lopez joins studio-admins ✓ changeRole d-research; create d-finance"
    );
    assert!(said.contains("· Omar opens a space of his own"), "what starts nothing is told as well");
    assert!(!said.contains("PollProfile"), "states are shown with -v only");
}

#[test]
fn each_execution_for_some_of_many_domains_has_its_line() {
    let domains: Vec<String> =
        (0..9).map(|number| format!("{{ target: 222233334444/eu-west-1/d-{number} }}")).collect();
    let row = |number: u8| {
        format!(
            "{{ group: many, target: 222233334444/eu-west-1/d-{number}, executionRoleArn: 'arn:aws:iam::222233334444:role/R' }}"
        )
    };
    let text = format!(
        "name: many\ndirectory:\n  groups: [{{ id: 14f83478-a061-708f-8de4-000000000001, name: many }}]\n  users: [{{ id: \
         04c8e458-a021-702e-f9d1-000000000001, name: ana }}]\ndomains: [{}]\nmappings: [{}]\ntimeline: [{{ join: {{ user: \
         ana, group: many }} }}]\n",
        domains.join(", "),
        (0..9).map(row).collect::<Vec<_>>().join(", ")
    );
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("many.yaml");
    std::fs::write(&file, text).expect("the folder of tests can be written");
    let (code, said, complaints) = ran(&["run", &file.to_string_lossy()]);
    assert_eq!((code, complaints.as_str()), (0, ""));
    for (row, domains) in rows(&said).iter().zip(["d-0, d-1, d-2", "d-3, d-4, d-5", "d-6, d-7, d-8"]) {
        assert!(row.ends_with(&format!("✓ create {domains}")), "{said}");
    }
    assert_eq!(last(&said), "3 executions, nothing was expected");
}

#[test]
fn verbose_shows_timelines_and_when_they_began() {
    let (code, said, _) = ran(&["-v"]);
    assert_eq!(code, 0);
    for part in [
        "two accounts and Regions ── 2026-11-23 09:00:00 ── SUCCEEDED in",
        "PollProfile",
        "(waits 10 s",
        "retry 1 after",
        "AWS calls\n",
        "DescribeUserProfile",
    ] {
        assert!(said.contains(part), "{part}");
    }
}

#[test]
fn verbose_folds_rounds_that_repeat() {
    let slow = scenario(
        "slow",
        "studio: { createProfile: 13m }\ntimeline: [{ join: { user: ana, group: admins }, expect: { status: SUCCEEDED } }]",
    );
    let (code, said, complaints) = ran(&["-v", "run", &slow]);
    assert_eq!((code, complaints.as_str()), (0, ""));
    let polls = said.lines().filter(|line| line.contains("PollProfile")).count();
    let fold = said.lines().find(|line| line.contains("the 2 rows above, until +"));
    let fold = fold.unwrap_or_else(|| panic!("nothing is folded: {said}"));
    let times: usize = fold.split("x ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
    assert!(times > 4 && polls < 6, "{polls} polls are shown, {times} folded");
}

#[test]
fn no_line_is_wider_than_the_screen() {
    for width in ["80", "120"] {
        for arguments in [&[][..], &["-v"], &["event", "events/remove-member-from-group.json"]] {
            let (code, said, _) = outcome(command(arguments).env("COLUMNS", width));
            assert_eq!(code, 0);
            let room = width.parse::<usize>().unwrap();
            let wide: Vec<&str> =
                said.lines().filter(|line| textwrap::core::display_width(line) > room).collect();
            assert!(wide.is_empty(), "{arguments:?}, {width} columns: {wide:#?}");
        }
    }
    let (_, free, _) = ran(&["-v"]);
    assert!(free.lines().any(|line| line.chars().count() > 200), "into a file nothing is cut or wrapped");
}

#[test]
fn colour_stands_where_it_is_wanted() {
    let coloured = |set: &[(&str, &str)]| {
        let mut command = command(&[]);
        command.envs(set.iter().copied());
        outcome(&mut command).1.contains('\u{1b}')
    };
    assert!(!coloured(&[]), "no terminal");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

/// Python program that runs a command on a pseudo-terminal of 72 columns and prints its output.
const TERMINAL: &str = "
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 72, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
try:
    while read := os.read(terminal, 65536):
        os.write(1, read)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";

#[test]
fn a_terminal_has_colour_and_its_own_width() {
    let on_terminal = |no_color: Option<&str>| {
        let mut python = Command::new("python3");
        python.args(["-c", TERMINAL, env!("CARGO_BIN_EXE_local")]).env("TERM", "xterm");
        for wish in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            python.env_remove(wish);
        }
        python.envs(no_color.map(|value| ("NO_COLOR", value)));
        let (code, said, complaints) = outcome(&mut python);
        assert_eq!((code, complaints.as_str()), (0, ""));
        said
    };
    let said = on_terminal(None);
    assert!(said.contains("\u{1b}[1mThe tour"), "{}", &said[..200]);
    let widest = said.lines().map(|line| textwrap::core::display_width(line.trim_end())).max();
    assert!(widest.is_some_and(|widest| (60..=72).contains(&widest)), "{widest:?}");
    assert!(!on_terminal(Some("1")).contains('\u{1b}'));
}

#[test]
fn a_destroyed_volume_is_the_loudest_line() {
    let (_, said, _) = outcome(command(&[]).env("CLICOLOR_FORCE", "1"));
    let loud: Vec<&str> = said.lines().filter(|line| line.contains(LOUD)).collect();
    assert_eq!(loud.len(), 2, "when it happens, and above the summary: {loud:?}");
    assert!(
        loud[0].contains(
            "! LOST FOR GOOD: 5 GB, the volume of the space marias-scratch of maria-lopez in d-finance (333344445555/us-west-2)"
        ),
        "{loud:?}"
    );
    let at = said.lines().position(|line| line == loud[0]).unwrap();
    let before = said.lines().nth(at - 1).unwrap();
    assert!(before.contains("leaves studio-admins"), "it follows the execution that did it: {before}");
    let (_, quiet, _) = ran(&["run", "tests/scenarios/files/onboarding.yaml"]);
    assert!(!quiet.contains("LOST") && !last(&quiet).contains("destroyed"));
}

#[test]
fn the_ledger_shows_account_and_region() {
    let (_, said, _) = ran(&[]);
    let ledger = said.split("\nThe ledger\n").nth(1).expect("there is a ledger");
    let header = ledger.lines().nth(1).expect("the table has a header");
    assert!(header.contains("account") && header.contains("Region"), "{header}");
    assert!(ledger.lines().any(|row| row.contains("333344445555") && row.contains("us-west-2")), "{ledger}");
}

#[test]
fn a_fault_that_struck_nothing_is_told() {
    let faults = "faults: [{ on: 'sagemaker:DeleteSpace', effect: throttle }, { on: 'sts:AssumeRole', effect: throttle }]";
    let file = scenario(
        "idle",
        &format!(
            "{faults}\ntimeline: [{{ join: {{ user: ana, group: admins }}, expect: {{ actions: [create] }} }}]"
        ),
    );
    let (code, said, _) = ran(&["run", &file]);
    assert_eq!(code, 0);
    assert!(said.contains("Faults that struck nothing\n  throttle on sagemaker:DeleteSpace\n"), "{said}");
    assert_eq!(last(&said), "1 execution, all as expected; 1 fault struck nothing");
    let (_, json, _) = ran(&["run", "--json", &file]);
    let run: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(run["idleFaults"], serde_json::json!(["throttle on sagemaker:DeleteSpace"]));
}

#[test]
fn the_summary_is_the_last_line() {
    let wrong = scenario("wrong-status", "timeline: [{ start: {}, expect: { status: SUCCEEDED } }]");
    let (code, said, _) = ran(&["run", &wrong]);
    assert_eq!((code, last(&said)), (1, "1 execution, 1 expectation not met"));
    assert!(said.contains("NOT AS EXPECTED\n  \"an input\": the status should be SUCCEEDED"), "{said}");
    let large = format!(
        "timeline: [{{ start: {{ text: '{}' }}, expect: {{ status: DEAD_LETTER }} }}]",
        "x".repeat(300_000)
    );
    let (code, said, _) = ran(&["run", &scenario("letter", &large)]);
    assert_eq!((code, last(&said)), (0, "0 executions, 1 dead letter, all as expected"));
}
