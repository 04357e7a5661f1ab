//! An interpreter of Amazon States Language in the JSONata dialect, limited to the fields that our
//! state machines use. Any other field is refused when the definition is loaded, with its state and
//! path, so a definition that runs here means the same on AWS. The interpreter knows no AWS service
//! and no step: all effects, waits and random numbers go through a [`Host`].
//!
//! Load a [`Machine`], then [`execute`] it on a host. Dropping the future that `execute` returns
//! aborts the execution. What the host has recorded by then is complete, because each event carries
//! the inputs and outputs of its state. An execution that did not succeed can therefore be
//! continued from its history alone: see [`redrive`].

pub mod diagram;
mod history;
mod host;
mod inspect;
mod jsonata;
mod load;
mod model;
mod run;
mod template;
mod terms;

pub use history::{HistoryEvent, HistoryKind};
pub use host::{Host, Sleep, TaskCall, TaskError};
pub use inspect::{CatchInfo, Edge, RetryInfo, StateInfo};
pub use load::LoadError;
pub use model::{Machine, StateKind};
pub use run::{Ended, RedriveRefused, Start, StartRefused, execute, redrive};
pub use terms::{Iteration, Resource, Status};
