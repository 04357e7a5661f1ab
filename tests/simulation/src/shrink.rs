//! From a history that breaks a promise to one with fewer deeds that still does.

use crate::deeds::Story;
use crate::direction::Mischief;
use crate::exhaustive::{Summary, Trial};
use crate::theatre::{Played, play};
use std::fmt::Write;

/// Leaves out deeds, large runs of them first, as long as a promise is still broken.
pub fn shrink(story: &Story, mischief: Mischief) -> Story {
    let breaks = |story: &Story| !play(story, mischief).broken.is_empty();
    let mut story = story.clone();
    let mut chunk = story.deeds.len().div_ceil(2).max(1);
    loop {
        let mut smaller = false;
        let mut from = 0;
        while from < story.deeds.len() {
            let mut without = story.clone();
            without.deeds.drain(from..(from + chunk).min(without.deeds.len()));
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
        .map(|Trial { name, story, mischief }| report(name, story, *mischief, &play(story, *mischief)));
    let (count, runs) = (summary.broken.len(), summary.runs);
    format!("{count} of {runs} histories broke a promise. {}", told.unwrap_or_default())
}

/// What a person needs of a history that broke a promise: what was broken, the fewest deeds that still break one, every call of these, and the
/// line that plays it again.
pub fn report(name: &str, story: &Story, mischief: Mischief, played: &Played) -> String {
    let mut text = format!("{name} broke:\n");
    let mut line = |said: &str| writeln!(text, "{said}").expect("writing to a text does not fail");
    played.broken.iter().for_each(|broken| line(&format!("  {broken}")));
    let few = shrink(story, mischief);
    line(&format!("with fewer deeds ({} of {}), and {mischief:?}:", few.deeds.len(), story.deeds.len()));
    for (at, deed) in &few.deeds {
        line(&format!("{:>10.3} s  {deed:?}", at.as_secs_f64()));
    }
    line("every call of these:");
    for call in play(&few, mischief).calls {
        line(&format!("  {} {call}", call.scope.as_deref().unwrap_or("-")));
    }
    if let Some(seed) = name.strip_prefix("seed ") {
        line(&format!("replay: cargo sim -- --seed {seed}"));
    }
    text
}
