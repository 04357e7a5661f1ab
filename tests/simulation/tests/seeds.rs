//! A fixed set of histories drawn from seeds. More of them: `cargo sim -- --seeds 100000`.

use simulation::draw::{drawn, story};
use simulation::exhaustive::{Trial, play_all};
use simulation::runner::play;
use simulation::shrink::first_broken;

#[test]
fn a_fixed_set_of_histories_keeps_every_promise() {
    let trials: Vec<Trial> = (0..300).map(drawn).collect();
    let summary = play_all(&trials, 2, false);
    assert!(summary.broken.is_empty(), "{}", first_broken(&trials, &summary));
}

#[test]
fn a_seed_plays_the_same_to_the_letter() {
    for seed in [3, 14, 159] {
        let once = || {
            let (story, fault_plan) = story(seed);
            let calls = play(&story, fault_plan).calls;
            calls.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let first = once();
        assert!(first.len() > 20, "seed {seed}");
        assert_eq!(first, once(), "seed {seed}");
    }
}
