//! Formats the final state of the emulated AWS as tables.

use super::View;
use super::style::{BAD, FAINT, HEADING, LOUD, NOTE, styled, wrapped};
use crate::expect::last_part;
use crate::report::{DeadLetter, Report};
use anstyle::Style;
use comfy_table::{ContentArrangement, Table, presets};
use fake_aws::services::studio::LostVolume;
use serde_json::Value;
use std::fmt::Write;

/// Formats the final state, what needs attention, and the expectations that were not met.
pub fn finale(report: &Report, view: View) -> String {
    let mut text = String::new();
    let mut section = |title: &str, body: &str| {
        let title = styled(HEADING, title);
        writeln!(text, "\n{title}\n{body}").expect("writing to a String cannot fail");
    };
    section("Profiles in the end", &profiles(report, view).to_string());
    if !report.studio.spaces.is_empty() {
        section("Spaces in the end", &spaces(report, view).to_string());
    }
    if !report.assignments.is_empty() {
        section("Who may open a profile", &assignments(report, view).to_string());
    }
    section("The ledger", &ledger(report, view).to_string());
    if view.verbose {
        section("AWS calls", &calls(report, view).to_string());
    } else {
        let all: usize = report.tallies.values().map(|tally| tally.all).sum();
        let refused: usize = report.tallies.values().map(|tally| tally.refused).sum();
        let line = format!("{all} AWS calls, {refused} of them refused; -v lists them");
        writeln!(text, "\n{}", styled(FAINT, &line)).expect("writing to a String cannot fail");
    }
    text + &noticed(report, view)
}

/// Formats what needs attention, one item per paragraph.
fn noticed(report: &Report, view: View) -> String {
    let letter = |letter: &DeadLetter| format!("{} ({} bytes): {}", letter.title, letter.bytes, letter.why);
    let lost = |lost: &LostVolume| format!("! {} GB of {} in {}", lost.size_gb, lost.owner, lost.space);
    let sections: [(&str, Style, Vec<String>); 4] = [
        ("Lost for good", LOUD, report.lost.iter().map(lost).collect()),
        ("Dead letters", NOTE, report.dead_letters.iter().map(letter).collect()),
        ("Faults that struck nothing", NOTE, report.idle_faults.clone()),
        ("NOT AS EXPECTED", BAD, report.disappointments.clone()),
    ];
    let mut text = String::new();
    for (title, style, lines) in sections.into_iter().filter(|(_, _, lines)| !lines.is_empty()) {
        writeln!(text, "\n{}", styled(style, title)).expect("writing to a String cannot fail");
        for line in lines {
            let line = wrapped(&format!("  {line}"), view.width, "    ");
            writeln!(text, "{line}").expect("writing to a String cannot fail");
        }
    }
    text
}

/// Creates an empty table that fits the width.
fn table(header: &[&str], view: View) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header);
    match view.width.and_then(|width| u16::try_from(width).ok()) {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

fn profiles(report: &Report, view: View) -> Table {
    let mut table =
        table(&["account", "Region", "domain", "profile", "directory user", "role", "status"], view);
    for profile in &report.studio.profiles {
        let place = &profile.place;
        table.add_row([
            place.account.clone(),
            place.region.clone(),
            place.domain_id.clone(),
            shortened(&profile.name),
            shortened(profile.sso_user.as_deref().unwrap_or("-")),
            last_part(&profile.effective_role),
            profile.status.to_owned(),
        ]);
    }
    table
}

fn spaces(report: &Report, view: View) -> Table {
    let mut table = table(&["domain", "space", "owner", "sharing", "status"], view);
    for space in &report.studio.spaces {
        table.add_row([
            space.place.domain_id.as_str(),
            &space.name,
            &space.owner,
            space.sharing.as_str(),
            space.status,
        ]);
    }
    table
}

fn assignments(report: &Report, view: View) -> Table {
    let mut table = table(&["application of", "groups assigned"], view);
    for (target, groups) in &report.assignments {
        table.add_row([target.as_str(), &groups.join(", ")]);
    }
    table
}

fn ledger(report: &Report, view: View) -> Table {
    let mut table =
        table(&["user", "account", "Region", "domain", "status", "role", "group", "EFS uid", "spaces"], view);
    for grant in &report.grants {
        let text = |name: &str| grant[name].as_str().unwrap_or("-").to_owned();
        let place = |name: &str| grant["target"][name].as_str().unwrap_or("-").to_owned();
        let spaces = grant["spaces"]
            .as_array()
            .map(|list| list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
        table.add_row([
            shortened(&text("userName")),
            place("account"),
            place("region"),
            place("domainId"),
            text("status"),
            last_part(&text("roleArn")),
            text("groupName"),
            text("homeEfsUid"),
            spaces.filter(|list| !list.is_empty()).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    table
}

fn calls(report: &Report, view: View) -> Table {
    let mut table = table(&["service", "operation", "calls", "refused"], view);
    for ((service, operation), tally) in &report.tallies {
        let refused = if tally.refused == 0 { String::new() } else { tally.refused.to_string() };
        table.add_row([service.clone(), operation.clone(), tally.all.to_string(), refused]);
    }
    table
}

/// Cuts a name in the middle: the end of a profile name distinguishes it from others. User names
/// may have 128 characters and profile names 63, too many for a table. `--json` prints them in
/// full.
fn shortened(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= 30 {
        return text.to_owned();
    }
    letters[..18].iter().chain(&['…']).chain(&letters[letters.len() - 11..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_the_end_that_tells_it_from_others() {
        assert_eq!(shortened("maria-lopez"), "maria-lopez");
        assert_eq!(shortened("OMAR-HADDAD-corp-example-com-a564c627"), "OMAR-HADDAD-corp-e…om-a564c627");
    }
}
