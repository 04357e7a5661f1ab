//! Formats the last line: the number of executions, whether all expectations were met, and what
//! needs attention.

use super::style::{BAD, GOOD, NOTE, styled};
use crate::report::Report;

/// Summarizes a run in one line.
pub fn summary(report: &Report) -> String {
    let wrong = report.disappointments.len();
    let verdict = match (report.expects, wrong) {
        (false, _) => "nothing was expected".to_owned(),
        (true, 0) => "all as expected".to_owned(),
        (true, 1) => "1 expectation not met".to_owned(),
        (true, many) => format!("{many} expectations not met"),
    };
    let letters = report.dead_letters.len();
    let all = [
        Some(counted(report.executions.len(), "execution", "executions")),
        (letters > 0).then(|| counted(letters, "dead letter", "dead letters")),
        Some(verdict),
    ];
    let text = all.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut line = styled(if wrong == 0 { GOOD } else { BAD }, &text);
    let lost = report.lost.len();
    if lost > 0 {
        line += &styled(BAD, &format!("; {} destroyed", counted(lost, "volume", "volumes")));
    }
    let idle = report.idle_faults.len();
    if idle > 0 {
        line += &styled(NOTE, &format!("; {} struck nothing", counted(idle, "fault", "faults")));
    }
    line
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
