//! Figures as tables, for people and for `docs/performance.md`.

use crate::burst::Figures;
use crate::cost::Cost;
use comfy_table::Table;

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table
}

/// What each thing that happens to a person costs.
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
