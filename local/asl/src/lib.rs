//! An interpreter of Amazon States Language, in the JSONata dialect only: exactly the fields our machines use. Whatever else a definition
//! says is refused when it is loaded, by state and field, so that a file which runs here means the same in the cloud. The interpreter knows no
//! AWS service and no step of ours: every effect, every wait and every draw of chance goes through a [`Host`].
//!
//! Load a [`Machine`], then [`execute`] it on a host. Dropping the future that `execute` returns aborts the execution; what the host has
//! recorded by then is complete, because each event carries the inputs and outputs of its state. So an execution that ended badly can be
//! taken up again from its history alone: see [`redrive`].

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
