//! From a history that breaks a promise to one with fewer deeds that still does.

use crate::deeds::Story;
use crate::direction::Mischief;
use crate::theatre::play;

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
