//! Keeps retired identifiers from coming back: the words of the field took their place (see "Words" in `ARCHITECTURE.md`).

use crate::repository::SourceFile;
use std::collections::BTreeMap;

/// A retired identifier, and the one to use.
const RETIRED: [(&str, &str); 67] = [
    ("AskDomain", "CheckDomain"),
    ("AskDomains", "CheckDomains"),
    ("BadAsk", "BadSweepInput"),
    ("ByTheBook", "NoInjection"),
    ("CeilingReached", "OverLimit"),
    ("CloseSweep", "FinishSweep"),
    ("Conclude", "Summarize"),
    ("Cue", "Injection"),
    ("Deed", "Operation"),
    ("Director", "Injector"),
    ("DomainTold", "DomainChecked"),
    ("GoOnElsewhere", "ContinueAsNew"),
    ("GoesOn", "Continued"),
    ("Heard", "ParsedEvent"),
    ("InputOutdated", "UnsupportedInputVersion"),
    ("IsAnyoneConcerned", "HasDomains"),
    ("IsItOurTurn", "IsLeaseAcquired"),
    ("JudgeRemovals", "CheckRemovals"),
    ("LookAgain", "Redriven"),
    ("Mischief", "FaultPlan"),
    ("NoNameLeft", "NoFreeName"),
    ("NotBelieved", "ImplausibleRead"),
    ("OfGroup", "GroupRules"),
    ("OfUser", "UserGrants"),
    ("OpenSweep", "StartSweep"),
    ("Pace", "RateLimit"),
    ("Person", "User"),
    ("Prompter", "FaultSchedule"),
    ("REMOVAL_CEILING_COUNT", "SUSPENSION_LIMIT_PER_HOUR"),
    ("REMOVAL_CEILING_PERCENT", "SUSPENSION_LIMIT_PERCENT"),
    ("REMOVAL_CEILING_PER_HOUR", "SUSPENSION_LIMIT_PER_HOUR"),
    ("REMOVAL_LIMIT_COUNT", "SUSPENSION_LIMIT_PER_HOUR"),
    ("REMOVAL_LIMIT_PERCENT", "SUSPENSION_LIMIT_PERCENT"),
    ("REMOVAL_LIMIT_PER_HOUR", "SUSPENSION_LIMIT_PER_HOUR"),
    ("ReconcileStateMachine", "SweepStateMachine"),
    ("ReconcileTargets", "ForEachDomain"),
    ("RemovalCeilingCount", "SuspensionLimitPerHour"),
    ("RemovalCeilingPerHour", "SuspensionLimitPerHour"),
    ("RemovalCeilingPercent", "SuspensionLimitPercent"),
    ("RemovalLimitCount", "SuspensionLimitPerHour"),
    ("RemovalLimitPerHour", "SuspensionLimitPerHour"),
    ("RemovalLimitPercent", "SuspensionLimitPercent"),
    ("Standing", "MatchedMappings"),
    ("StillToRemove", "RemovalOutdated"),
    ("TargetsFailed", "DomainsFailed"),
    ("Theatre", "Runner"),
    ("Told", "ExecutionOutcome"),
    ("TookTooLong", "Timeout"),
    ("Unowned", "UnmanagedProfile"),
    ("Unsettled", "TooManyReplans"),
    ("WhatNext", "NextPhase"),
    ("Whom", "Subject"),
    ("close-sweep", "finish-sweep"),
    ("close_sweep", "finish_sweep"),
    ("deed", "operation"),
    ("director", "injector"),
    ("gateway", "aws"),
    ("judge-removals", "check-removals"),
    ("judge_removals", "check_removals"),
    ("lets_go", "may_delete"),
    ("mischief", "fault_plan"),
    ("open-sweep", "start-sweep"),
    ("open_sweep", "start_sweep"),
    ("person", "user, or operator"),
    ("prompter", "fault_schedule"),
    ("reconcile", "sweep"),
    ("theatre", "runner"),
];

/// Where retired words may stand: history, and facts in the words of their sources.
fn is_exempt(path: &str) -> bool {
    path == "CHANGELOG.md"
        || path == "docs/aws-facts.md"
        || path == "tests/tidy/src/words.rs"
        || path.starts_with("docs/decisions/")
}

/// Finds each retired identifier that a file uses as a whole word, with the word to use.
pub fn retired(files: &[SourceFile]) -> Vec<String> {
    let successors = BTreeMap::from(RETIRED);
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !is_exempt(&file.path)) {
        for (number, line) in file.text.lines().enumerate() {
            findings.extend(words(line).filter_map(|word| {
                let new = successors.get(word)?;
                Some(format!("{}:{}: use {new} for {word}", file.path, number + 1))
            }));
        }
    }
    findings
}

/// Splits a line into identifiers, and into the names of packages and folders, which may have hyphens.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let hyphenated = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
    hyphenated.flat_map(|name| {
        let parts = name.split('-');
        std::iter::once(name).filter(|name| name.contains('-')).chain(parts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        retired(&[SourceFile { path: path.to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn finds_retired_words_with_file_line_and_successor() {
        let text = "use contract::job;\nfn f(person: &Person) {}\n";
        let expected = ["a.rs:2: use user, or operator for person", "a.rs:2: use User for Person"];
        assert_eq!(found("a.rs", text), expected);
        assert_eq!(found("b.yaml", "Name: close-sweep\n"), ["b.yaml:1: use finish-sweep for close-sweep"]);
    }

    #[test]
    fn leaves_longer_words_and_history_alone() {
        assert_eq!(
            found("a.rs", "let personal = Gateways::impersonate(conclusion);\n"),
            Vec::<String>::new()
        );
        assert_eq!(found("CHANGELOG.md", "`Conclude` is `Summarize`\n"), Vec::<String>::new());
    }
}
