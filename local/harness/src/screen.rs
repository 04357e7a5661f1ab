//! Prints a run while it is played: one line for each execution below the titles of the steps, or
//! with `-v` its timeline.

use crate::print;
use fake_aws::services::studio::LostVolume;
use harness::play::Audience;
use harness::report::{DeadLetter, Execution};
use harness::scenario::{Scenario, Step};
use harness::show::{self, FAINT, HEADING, Names, View, styled, wrapped};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// An audience that prints to the screen.
pub(crate) struct Screen {
    view: View,
    began: SystemTime,
    names: Names,
    /// Titles set in the scenario. Generated titles are not printed, because they only repeat the
    /// line.
    told: BTreeSet<String>,
    /// Heading that was printed last.
    heading: RefCell<String>,
}

impl Screen {
    /// Creates the audience for a scenario that starts at `began`, with these steps.
    pub(crate) fn of(scenario: &Scenario, steps: &[Step], began: SystemTime, view: View) -> Self {
        let told = steps.iter().filter_map(|step| step.say.clone()).collect();
        Self { view, began, names: Names::of(scenario), told, heading: RefCell::default() }
    }

    fn wrapped(&self, text: &str) -> String {
        wrapped(text, self.view.width, "    ")
    }

    /// Prints a heading, unless it is the last one printed.
    fn head(&self, title: &str) {
        let same = self.heading.replace(title.to_owned()) == title;
        if !same && self.told.contains(title) {
            print(&styled(HEADING, &self.wrapped(title)));
        }
    }
}

impl Audience for Screen {
    fn happened(&self, title: &str, at: Duration) {
        self.heading.take();
        if self.view.verbose {
            print(&format!("{}\n", self.wrapped(&format!("·· {title} (+{} s)", at.as_secs()))));
        } else if self.told.contains(title) {
            print(&styled(FAINT, &self.wrapped(&format!("· {title}"))));
        }
    }

    fn ended(&self, execution: &Execution, started: usize) {
        if self.view.verbose {
            print(&show::wrapped_timeline(execution, self.view));
        } else {
            self.head(&execution.title);
            print(&show::line(execution, started, self.began, &self.names, self.view));
        }
    }

    fn undeliverable(&self, letter: &DeadLetter) {
        self.head(&letter.title);
        print(&show::dead_letter(letter, self.view));
    }

    fn lost(&self, volume: &LostVolume) {
        print(&show::lost(volume, self.view));
    }
}
