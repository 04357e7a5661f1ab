//! From a history that breaks a promise to one with fewer operations that still does.

use crate::exhaustive::{Summary, Trial};
use crate::injector::FaultPlan;
use crate::operations::Story;
use crate::runner::{Played, play};
use std::fmt::Write;

/// Leaves out operations, large runs of them first, as long as a promise is still broken.
pub fn shrink(story: &Story, fault_plan: FaultPlan) -> Story {
    let breaks = |story: &Story| !play(story, fault_plan).broken.is_empty();
    let mut story = story.clone();
    let mut chunk = story.operations.len().div_ceil(2).max(1);
    loop {
        let mut smaller = false;
        let mut from = 0;
        while from < story.operations.len() {
            let mut without = story.clone();
            without.operations.drain(from..(from + chunk).min(without.operations.len()));
            if breaks(&without) {
                story = without;
                smaller = true;
            } else {
                from += chunk;
            }
        }
        if chunk == 1 && !smaller {
            return story;
        }
        chunk = (chunk / 2).max(1);
    }
}

/// How many of these trials broke a promise, and [`report`] of the first one.
pub fn first_broken(trials: &[Trial], summary: &Summary) -> String {
    let broken = |trial: &&Trial| summary.broken.iter().any(|(name, _)| *name == trial.name);
    let told = trials
        .iter()
        .find(broken)
        .map(|Trial { name, story, fault_plan }| report(name, story, *fault_plan, &play(story, *fault_plan)));
    let (count, runs) = (summary.broken.len(), summary.runs);
    format!("{count} of {runs} histories broke a promise. {}", told.unwrap_or_default())
}

/// What an operator needs of a history that broke a promise: what was broken, the fewest operations that still break one, every call of these, and the
/// line that plays it again.
pub fn report(name: &str, story: &Story, fault_plan: FaultPlan, played: &Played) -> String {
    let mut text = format!("{name} broke:\n");
    let mut line = |said: &str| writeln!(text, "{said}").expect("writing to a text does not fail");
    played.broken.iter().for_each(|broken| line(&format!("  {broken}")));
    let few = shrink(story, fault_plan);
    line(&format!(
        "with fewer operations ({} of {}), and {fault_plan:?}:",
        few.operations.len(),
        story.operations.len()
    ));
    for (at, operation) in &few.operations {
        line(&format!("{:>10.3} s  {operation:?}", at.as_secs_f64()));
    }
    line("every call of these:");
    for call in play(&few, fault_plan).calls {
        line(&format!("  {} {call}", call.scope.as_deref().unwrap_or("-")));
    }
    if let Some(seed) = name.strip_prefix("seed ") {
        line(&format!("replay: cargo sim -- --seed {seed}"));
    }
    text
}
