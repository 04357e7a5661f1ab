//! Every call of every case meets every kind of fault; every function is repeated; every execution is stopped at every state and run again.

use simulation::{cases, exhaustive};

#[test]
fn no_single_fault_breaks_a_promise() {
    let trials: Vec<_> =
        cases::all().iter().flat_map(|(name, story)| exhaustive::trials(name, story)).collect();
    let summary = exhaustive::play_all(&trials, 2, &|_| ());
    assert_eq!(summary.runs, trials.len());
    let shown: Vec<_> = summary.broken.iter().take(20).collect();
    assert!(
        summary.broken.is_empty(),
        "{} of {} runs broke a promise: {shown:#?}",
        summary.broken.len(),
        summary.runs
    );
}
