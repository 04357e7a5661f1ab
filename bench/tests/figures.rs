//! The figures can be made again, and the page that shows them is true.

use bench::burst::{Burst, run};
use bench::costs::{Cost, SIZES, Size, costs};
use bench::flood::{self, Flood};
use bench::removals::{self, Removals};
use bench::tables;
use std::time::Duration;

#[test]
fn a_burst_beyond_the_studio_rate_loses_no_user() {
    // The last few of a small crowd are lucky or not, so three crowds are measured.
    let ratios = [58, 60, 62].map(|users| {
        let burst = Burst {
            users,
            groups: 12,
            memberships: 5,
            rows: 20,
            accounts: 1,
            creations_per_second: 0.5,
            starts_per_second: 150.0,
        };
        let figures = run(burst, &|_| ()).unwrap();
        assert_eq!((figures.provided, figures.failed), (users, 0), "{figures:?}");
        assert!(figures.creations_throttled > 0, "the limit was never met: {figures:?}");
        figures.ratio()
    });
    // Virtual time: the same on every machine.
    assert!(ratios.iter().sum::<f64>() / 3.0 < 3.0, "{ratios:?}");
}

#[test]
fn counting_makes_removals_at_most_a_tenth_longer() {
    let removals = Removals { users: 60, within: Duration::from_secs(20) };
    let figures = removals::run(removals, &|_| ()).unwrap();
    let [counted, uncounted] = [&figures.counted, &figures.uncounted];
    assert_eq!((counted.failed, counted.left, uncounted.left), (0, 0, 0), "{figures:?}");
    assert!(counted.calls > uncounted.calls, "nothing was counted: {figures:?}");
    assert!(figures.ratio() < 1.1, "{figures:?}");
}

/// A call that creeps back fails here; one that has its reason is in the page from then on.
#[test]
fn the_page_shows_current_costs_for_every_directory_size() {
    let page = include_str!("../../docs/performance.md");
    let all: Vec<(Size, Vec<Cost>)> = SIZES.iter().map(|size| (*size, costs(*size).unwrap())).collect();
    let smallest = &all[0].1;
    for table in [tables::of_costs(smallest), tables::of_identity_store(smallest), tables::of_sizes(&all)] {
        assert!(page.contains(&table.to_string()), "docs/performance.md should have this table:\n{table}");
    }
}

#[test]
fn a_user_in_many_groups_costs_only_a_few_more_reads() {
    let [none, hundred, many] =
        [(0, 1), (100, 1), (900, 1)].map(|(groups, rows)| costs(Size { groups, rows }).unwrap());
    for ((none, hundred), many) in none.iter().zip(&hundred).zip(&many) {
        assert_eq!(
            (none.transitions, none.invocations),
            (many.transitions, many.invocations),
            "{}",
            none.title
        );
        let looks = none.identity_store.get("ListGroupMembershipsForMember").copied().unwrap_or_default();
        // A hundred and one groups are two pages of memberships, and two of names.
        assert!(
            hundred.calls <= none.calls + 2 * looks + 1,
            "{}: {} {}",
            none.title,
            none.calls,
            hundred.calls
        );
        assert!(
            many.calls <= none.calls + (9 + 9 + 4) * looks + 4,
            "{}: {} {}",
            none.title,
            none.calls,
            many.calls
        );
        assert_eq!(
            none.identity_store.get("DescribeUser"),
            many.identity_store.get("DescribeUser"),
            "{}",
            none.title
        );
    }
}

#[test]
fn irrelevant_events_delay_a_relevant_one_by_seconds_only() {
    let flood = Flood { events: 600, per_second: 100.0, groups: 6 };
    let figures = flood::run(flood, &|_| ()).unwrap();
    assert_eq!(figures.failed, 0, "{figures:?}");
    // The events that come before the first answer ask for the name of the group as well.
    assert!(figures.identity_store < 6 * 15, "{figures:?}");
    assert!(figures.among_seconds < figures.alone_seconds + 5.0, "{figures:?}");
    assert!(figures.calls_each < 3.6, "{figures:?}");
}
