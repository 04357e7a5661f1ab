//! Figures as tables, for people and for `docs/performance.md`.

use crate::burst::Figures;
use crate::costs::Cost;
use crate::sweep::figures::Figures as SweepFigures;
use comfy_table::Table;

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table
}

/// What each thing that happens to a user costs.
pub fn of_costs(costs: &[Cost]) -> Table {
    let mut table = table();
    table.set_header(std::iter::once("").chain(costs.iter().map(|cost| cost.title.as_str())));
    let mut row = |name: &str, cell: &dyn Fn(&Cost) -> String| {
        table.add_row(std::iter::once(name.to_owned()).chain(costs.iter().map(cell)));
    };
    row("state transitions", &|cost| cost.transitions.to_string());
    row("invocations of functions", &|cost| cost.invocations.to_string());
    row("calls of AWS", &|cost| cost.calls.to_string());
    row("time in functions", &|cost| format!("{:.1} s", cost.function_seconds));
    row("price of a thousand", &|cost| format!("{:.2} USD", cost.usd_per_thousand));
    table
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

/// What came of a burst.
pub fn of_burst(figures: &Figures) -> Table {
    let mut table = table();
    table.set_header([format!("{} people join at once", figures.people), String::new()]);
    let mut row = |name: &str, cell: String| {
        table.add_row([name.to_owned(), cell]);
    };
    row("time until the last has ended", format!("{:.0} s", figures.took_seconds));
    row("best that the limit on creations allows", format!("{:.0} s", figures.best_seconds));
    row("ratio", format!("{:.2}", figures.ratio()));
    row("people with the profile that is due", figures.provided.to_string());
    row("executions that did not end well", figures.failed.to_string());
    row(
        "calls of `CreateUserProfile`, throttled ones",
        format!("{}, {}", figures.creations, figures.creations_throttled),
    );
    row("calls of AWS, throttled ones", format!("{}, {}", figures.calls, figures.throttled));
    table
}
