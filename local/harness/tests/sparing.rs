//! Tests that a sparing deployment shows the same as any other and stores nothing, so that a run of
//! any length fits into memory.

use fake_aws::services::studio::LostVolume;
use fake_aws::{Bodies, Clock, FakeAws, FakeAwsSettings, run_virtual};
use harness::deployment::Deployment;
use harness::play::{Audience, play_on};
use harness::report::{DeadLetter, Execution, Report};
use harness::scenario::Scenario;
use harness::{setting, show};
use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Stores what is shown, and the largest number of calls that the emulated AWS stores when an
/// execution ends.
#[derive(Default)]
struct Listener<'a> {
    shown: RefCell<Vec<String>>,
    most: Cell<usize>,
    aws: Option<&'a FakeAws>,
}

impl Audience for Listener<'_> {
    fn happened(&self, _: &str, _: Duration) {}

    fn ended(&self, execution: &Execution, _: usize) {
        self.shown.borrow_mut().push(show::execution(execution));
        let kept = self.aws.map_or(0, |aws| aws.calls().len());
        self.most.set(self.most.get().max(kept));
    }

    fn undeliverable(&self, _: &DeadLetter) {}

    fn lost(&self, _: &LostVolume) {}
}

/// Plays the tour. Returns the report, what was shown, and the largest number of stored calls.
fn tour(sparing: bool) -> (Report, Vec<String>, usize) {
    let scenario = Scenario::tour();
    let epoch = setting::beginning(&scenario).expect("the tour has a beginning");
    run_virtual(async {
        let settings = FakeAwsSettings::new(scenario.seed, Clock::virtual_from(epoch));
        let bodies = if sparing { Bodies::Neither } else { Bodies::All };
        let aws = FakeAws::new(FakeAwsSettings { bodies, ..settings });
        let deployment = Deployment::build_in(aws, &scenario).await.expect("the tour can be played");
        let deployment = if sparing { deployment.sparing() } else { deployment };
        let listener = Listener { aws: Some(&deployment.aws), ..Listener::default() };
        let report =
            play_on(&deployment, &scenario, scenario.seed, &listener).await.expect("the tour is played");
        let (shown, most) = (listener.shown.take(), listener.most.get());
        (report, shown, most)
    })
}

#[test]
fn a_sparing_stage_shows_the_same_and_keeps_nothing() {
    let ((whole, shown, kept), (spared, same, spared_calls)) = (tour(false), tour(true));
    assert!(kept > 500, "{kept} calls");
    assert!(spared_calls < 10, "each call is dropped with the invocation that made it: {spared_calls}");
    assert_eq!(shown, same);
    assert_eq!(whole.tallies, spared.tallies);
    assert_eq!((whole.studio, whole.grants), (spared.studio, spared.grants));
    let whole_calls: usize = whole.tallies.values().map(|tally| tally.all).sum();
    assert_eq!((whole.calls.len(), spared.calls.len()), (whole_calls, 0));
    for execution in &spared.executions {
        assert!(execution.entries.is_empty() && execution.input.is_null() && execution.output.is_none());
    }
    assert_eq!(whole.disappointments, spared.disappointments);
}
