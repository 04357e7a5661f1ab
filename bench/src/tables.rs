//! Figures as tables, for people and for `docs/performance.md`.

use crate::burst::Figures;
use crate::costs::{Cost, Size};
use crate::flood::Figures as Flooded;
use crate::removals::{Figures as Removed, Side};
use crate::sweep::figures::Figures as SweepFigures;
use comfy_table::Table;
use std::collections::BTreeSet;

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table
}

/// What each thing that happens to a user costs, a row for each.
pub fn of_costs(costs: &[Cost]) -> Table {
    let mut table = table();
    table.set_header([
        "",
        "transitions",
        "invocations",
        "calls",
        "in sequence",
        "Identity Store",
        "tables",
        "read units",
        "write units",
        "in functions",
        "a thousand",
    ]);
    for cost in costs {
        table.add_row([
            cost.title.clone(),
            cost.transitions.to_string(),
            cost.invocations.to_string(),
            cost.calls.to_string(),
            cost.in_sequence.map_or_else(|| "-".to_owned(), |calls| calls.to_string()),
            cost.identity_store.values().sum::<usize>().to_string(),
            cost.tables.to_string(),
            units(cost.units.read),
            units(cost.units.write),
            format!("{:.1} s", cost.function_seconds),
            format!("{:.2} USD", cost.usd_per_thousand),
        ]);
    }
    table
}

/// Calls of the Identity Store by operation, a row for each thing that happens.
pub fn of_identity_store(costs: &[Cost]) -> Table {
    let operations: BTreeSet<&String> = costs.iter().flat_map(|cost| cost.identity_store.keys()).collect();
    let mut table = table();
    table.set_header(std::iter::once("").chain(operations.iter().map(|operation| operation.as_str())));
    for cost in costs {
        let calls = |operation: &&String| {
            cost.identity_store.get(*operation).copied().unwrap_or_default().to_string()
        };
        table.add_row(std::iter::once(cost.title.clone()).chain(operations.iter().map(calls)));
    }
    table
}

/// How calls and read units depend on the sizes of directory and mapping, a row for each size.
pub fn of_sizes(all: &[(Size, Vec<Cost>)]) -> Table {
    let mut table = table();
    let titles = all.first().map(|(_, costs)| costs.as_slice()).unwrap_or_default();
    let heads = ["other groups".to_owned(), "rows".to_owned()];
    table.set_header(heads.into_iter().chain(titles.iter().map(|cost| cost.title.clone())));
    for (size, costs) in all {
        let cells = costs.iter().map(|cost| format!("{}, {} RU", cost.calls, units(cost.units.read)));
        table.add_row([size.groups.to_string(), size.rows.to_string()].into_iter().chain(cells));
    }
    table
}

/// Capacity units, with half units where there are any.
fn units(units: f64) -> String {
    if units.fract() == 0.0 { format!("{units:.0}") } else { format!("{units:.1}") }
}

/// What the sweep of a large directory took, a column for each case.
pub fn of_sweeps(all: &[SweepFigures]) -> Table {
    let mut table = table();
    table.set_header(std::iter::once("").chain(all.iter().map(|figures| figures.case.as_str())));
    let mut row = |name: &str, cell: &dyn Fn(&SweepFigures) -> String| {
        table.add_row(std::iter::once(name.to_owned()).chain(all.iter().map(cell)));
    };
    row("time in the emulated AWS", &|f| format!("{:.0} s", f.took_seconds));
    row("best that the limits allow", &|f| format!("{:.0} s ({})", f.best_seconds, f.decided_by));
    row("ratio", &|f| format!("{:.2}", f.ratio()));
    row("`access` started", &|f| f.started.to_string());
    row("executions of the sweep", &|f| f.executions.to_string());
    row("most events in one history (of 25,000)", &|f| f.most_events.to_string());
    row("largest payload (of 262,144 bytes)", &|f| f.largest_payload.to_string());
    row("longest invocation (of 890 s)", &|f| format!("{:.1} s", f.longest_function_seconds));
    row("invocations of functions", &|f| f.invocations.to_string());
    row("calls of AWS", &|f| f.all_calls().to_string());
    row("of these throttled", &|f| f.calls.values().map(|(_, throttled)| throttled).sum::<u64>().to_string());
    table
}

/// What came of a burst, or of a first sweep with all that it starts.
pub fn of_crowd(what: &str, figures: &Figures) -> Table {
    let mut table = table();
    table.set_header([format!("{} users {what}", figures.users), String::new()]);
    let mut row = |name: &str, cell: String| {
        table.add_row([name.to_owned(), cell]);
    };
    row("time until the last has ended", format!("{:.0} s", figures.took_seconds));
    row("best that the limits allow", format!("{:.0} s ({})", figures.best_seconds, figures.decided_by));
    row("ratio", format!("{:.2}", figures.ratio()));
    row("users with the profile that is due", figures.provided.to_string());
    row("executions that did not end well", figures.failed.to_string());
    row(
        "calls of `CreateUserProfile`, throttled ones",
        format!("{}, {}", figures.creations, figures.creations_throttled),
    );
    let share = 100 * figures.throttled / figures.calls.max(1);
    row("calls of AWS, throttled ones", format!("{}, {} ({share} %)", figures.calls, figures.throttled));
    row("most functions at the same time", figures.most_at_once.to_string());
    table
}

/// What a flood of events that concern nobody does to one that matters.
pub fn of_flood(figures: &Flooded) -> Table {
    let mut table = table();
    table.set_header([
        format!("{} events, {:.0} a second", figures.events, figures.per_second),
        String::new(),
    ]);
    let mut row = |name: &str, cell: String| {
        table.add_row([name.to_owned(), cell]);
    };
    row("the event that matters, alone", format!("{:.1} s", figures.alone_seconds));
    row("the same among the others", format!("{:.1} s", figures.among_seconds));
    row("the longest of the others", format!("{:.1} s", figures.longest_seconds));
    row("calls of AWS for each of the others", format!("{:.2}", figures.calls_each));
    row("calls of the Identity Store for all of them", figures.identity_store.to_string());
    row("throttled calls", figures.throttled.to_string());
    row("executions that did not end well", figures.failed.to_string());
    table
}

/// What counting costs thousands of removals.
pub fn of_removals(figures: &Removed) -> Table {
    let mut table = table();
    table.set_header([format!("{} users leave", figures.users), "counted".into(), "counted before".into()]);
    let mut row = |name: &str, cell: &dyn Fn(&Side) -> String| {
        table.add_row([name.to_owned(), cell(&figures.counted), cell(&figures.uncounted)]);
    };
    row("time until the last has ended", &|side| format!("{:.0} s", side.took_seconds));
    row("mean time of an execution", &|side| format!("{:.2} s", side.mean_seconds));
    row("longest execution", &|side| format!("{:.1} s", side.longest_seconds));
    row("calls of AWS", &|side| side.calls.to_string());
    row("transactions that DynamoDB cancelled", &|side| side.cancelled.to_string());
    row("executions that did not end well", &|side| side.failed.to_string());
    row("profiles that are left", &|side| side.left.to_string());
    table.add_row(["ratio of the mean times".to_owned(), format!("{:.2}", figures.ratio()), "1".to_owned()]);
    table
}
