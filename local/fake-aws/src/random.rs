//! Randomness in the emulated AWS: one seed, and a separate stream for every label. An additional
//! draw in one place does not change what other places draw.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// The seed and the streams drawn from so far. Clones share them.
#[derive(Debug, Clone)]
pub struct Random {
    seed: u64,
    streams: Arc<Mutex<BTreeMap<String, ChaCha8Rng>>>,
}

impl Random {
    /// Creates the source of randomness for a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, streams: Arc::default() }
    }

    /// Returns the seed, for the line that replays a run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns a whole number within the range, both ends included, from the stream of this label.
    /// The bias of the remainder is below one in a thousand million for the ranges that tests use.
    pub fn within(&self, label: &str, range: RangeInclusive<u64>) -> u64 {
        let span = range.end().saturating_sub(*range.start());
        let draw = self.draw(label);
        range.start() + span.checked_add(1).map_or(draw, |width| draw % width)
    }

    /// Returns a duration within the range, in whole milliseconds, which is the resolution of the
    /// clock.
    pub fn millis(&self, label: &str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.within(label, range))
    }

    /// Returns true with a probability of `per_mille` in a thousand.
    pub fn chance(&self, label: &str, per_mille: u64) -> bool {
        self.within(label, 0..=999) < per_mille
    }

    /// Returns a fraction from 0 up to, but not including, 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds exactly")]
    pub fn share(&self, label: &str) -> f64 {
        self.within(label, 0..=(1 << 53) - 1) as f64 / (1_u64 << 53) as f64
    }

    /// Returns text of the given length over an alphabet of single-byte letters.
    pub fn text(&self, label: &str, alphabet: &str, length: usize) -> String {
        let letters = alphabet.as_bytes();
        let last = u64::try_from(letters.len().saturating_sub(1)).unwrap_or(0);
        let pick =
            |_| usize::try_from(self.within(label, 0..=last)).map_or('?', |at| char::from(letters[at]));
        (0..length).map(pick).collect()
    }

    fn draw(&self, label: &str) -> u64 {
        let mut streams = self.locked();
        let fresh = || ChaCha8Rng::from_seed(Sha256::digest(format!("{}/{label}", self.seed)).into());
        streams.entry(label.to_owned()).or_insert_with(fresh).next_u64()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<String, ChaCha8Rng>> {
        self.streams.lock().expect("no draw can fail while it holds the lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(random: &Random, label: &str) -> Vec<u64> {
        (0..8).map(|_| random.within(label, 0..=u64::MAX)).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_draws_other_numbers() {
        assert_eq!(first(&Random::new(7), "wire"), first(&Random::new(7), "wire"));
        assert_ne!(first(&Random::new(7), "wire"), first(&Random::new(8), "wire"));
    }

    #[test]
    fn drawing_in_one_place_does_not_shift_another() {
        let (busy, calm) = (Random::new(7), Random::new(7));
        first(&busy, "faults");
        assert_eq!(first(&busy, "wire"), first(&calm, "wire"));
    }

    #[test]
    fn a_draw_stays_within_both_ends_and_reaches_them() {
        let random = Random::new(1);
        let drawn: Vec<u64> = (0..200).map(|_| random.within("ends", 5..=8)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&5), Some(&8)));
    }
}
