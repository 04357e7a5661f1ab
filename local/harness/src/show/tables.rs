//! The world in the end, as tables.

use crate::expect::last_part;
use crate::report::Report;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The final profiles, what else is worth knowing, and whether all was as expected.
pub fn finale(report: &Report) -> String {
    let mut text = String::new();
    let mut section = |title: &str, body: &str| {
        writeln!(text, "\n{title}\n{body}").expect("writing to a String cannot fail");
    };
    section("Profiles in the end", &profiles(report).to_string());
    if !report.studio.spaces.is_empty() {
        section("Spaces in the end", &spaces(report).to_string());
    }
    if !report.assignments.is_empty() {
        section("Who may open a profile", &assignments(report).to_string());
    }
    section("The ledger", &ledger(report).to_string());
    section("AWS calls", &calls(report).to_string());
    if !report.dead_letters.is_empty() {
        let letters = report
            .dead_letters
            .iter()
            .map(|letter| format!("  {} ({} bytes): {}", letter.title, letter.bytes, letter.why));
        section("Dead letters", &letters.collect::<Vec<_>>().join("\n"));
    }
    if !report.disappointments.is_empty() {
        let lines = report.disappointments.iter().map(|line| format!("  {line}"));
        section("NOT AS EXPECTED", &lines.collect::<Vec<_>>().join("\n"));
    }
    text
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table
}

fn profiles(report: &Report) -> Table {
    let mut table = table(&["account", "Region", "domain", "profile", "directory user", "role", "status"]);
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

fn spaces(report: &Report) -> Table {
    let mut table = table(&["domain", "space", "owner", "sharing", "status"]);
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

fn assignments(report: &Report) -> Table {
    let mut table = table(&["application of", "groups assigned"]);
    for (target, groups) in &report.assignments {
        table.add_row([target.as_str(), &groups.join(", ")]);
    }
    table
}

fn ledger(report: &Report) -> Table {
    let mut table = table(&["user", "domain", "status", "role", "group", "EFS uid", "spaces"]);
    for grant in &report.grants {
        let text = |name: &str| grant[name].as_str().unwrap_or("-").to_owned();
        let spaces = grant["spaces"]
            .as_array()
            .map(|list| list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
        table.add_row([
            shortened(&text("userName")),
            grant["target"]["domainId"].as_str().unwrap_or("-").to_owned(),
            text("status"),
            last_part(&text("roleArn")),
            text("groupName"),
            text("homeEfsUid"),
            spaces.filter(|list| !list.is_empty()).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    table
}

fn calls(report: &Report) -> Table {
    let mut counts: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for call in &report.calls {
        let (all, refused) = counts.entry((&call.service, &call.operation)).or_default();
        *all += 1;
        *refused += usize::from(call.outcome != world::Outcome::Ok);
    }
    let mut table = table(&["service", "operation", "calls", "refused"]);
    for ((service, operation), (all, refused)) in counts {
        let refused = if refused == 0 { String::new() } else { refused.to_string() };
        table.add_row([service.to_owned(), operation.to_owned(), all.to_string(), refused]);
    }
    table
}

/// A user name may have 128 characters and a profile name 63; a table that fits a screen may not. Cut in the middle, because the end of a
/// profile name is what tells it from others. `--json` has them whole.
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
