//! The work that one iteration of the state machine's Map does: one user in one target.

use crate::{target::Target, user::User};
use serde::{Deserialize, Serialize};

/// The version of the inputs that the state machines hand to the functions (`version` in each payload). It counts up when an input that an
/// older state machine wrote would mean something else to a newer function: executions outlive an update, and a redriven one keeps its old
/// definition [5.20].
pub const INPUT_VERSION: u64 = 3;

/// What set an execution off. It is evidence for the ledger, never an instruction: no step does "what the event says".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The event's name (`AddMemberToGroup`) or the words of the operator who started the execution.
    pub reason: String,
    /// CloudTrail's id of the event, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
}

/// One user in one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Name of the Step Functions execution: the session name in CloudTrail, and the author of ledger entries.
    pub execution: String,
    /// Who.
    pub user: User,
    /// Where.
    pub target: Target,
    /// Why anybody looked.
    pub cause: Cause,
}
