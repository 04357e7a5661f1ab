//! The figures can be made again, and the page that shows them is true.

use bench::burst::{Burst, run};
use bench::costs::costs;
use bench::tables;

#[test]
fn nobody_is_lost_in_a_burst_that_studio_lets_in_a_few_at_a_time() {
    let burst = Burst { people: 60, creations_per_second: 0.5, starts_per_second: 150.0 };
    let figures = run(burst, &|_| ()).unwrap();
    assert_eq!((figures.provided, figures.failed), (60, 0), "{figures:?}");
    assert!(figures.creations_throttled > 0, "the limit was never met: {figures:?}");
    // Virtual time: the same on every machine.
    assert!(figures.ratio() < 3.0, "{figures:?}");
}

#[test]
fn the_page_shows_what_a_person_costs_now() {
    let page = include_str!("../../docs/performance.md");
    let table = tables::of_costs(&costs().unwrap()).to_string();
    assert!(page.contains(&table), "docs/performance.md should have this table:\n{table}");
}
