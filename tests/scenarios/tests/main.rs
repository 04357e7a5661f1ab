//! What the whole workflow does, in sentences: the committed state machine and the real functions, played in the emulated AWS from the scenario
//! files beside this folder. Each promise has a test here that fails when the code breaks it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that cannot go on has failed its test")]

mod played;

mod onboarding;

mod accounts;
mod mapping;
mod names;
mod near;

mod grace;
mod history;
mod lease;
mod leaving;
mod offboarding;
mod ownership;
mod privileges;
mod redrive;
mod role_first;
mod running_apps;
mod still_entitled;

mod adoption;
mod assignments;
mod bad_input;
mod begun_before;
mod covered;
mod crowd;
mod documents;
mod domains;
mod events;
mod faults;
mod gathered;
mod history_limit;
mod hold;
mod idempotent;
mod many_groups;
mod not_knowing;
mod notices;
mod pages;
mod passing;
mod pasted;
mod pause;
mod refusals;
mod removal_limit;
mod renames;
mod steps;
mod sweep;
mod swept;
mod tags;

mod contract;
mod every_scenario;
mod golden;
