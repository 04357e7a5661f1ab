//! Tests the interpreter on a host with a paused clock, with one file per part of the language.

#![expect(clippy::needless_pass_by_value, reason = "the helpers take what json! makes, in place")]

mod errors;
mod host;
mod limits;
mod maps;
mod parallels;
mod redrive;
mod states;
