//! The work of one iteration of the Map `ForEachDomain`: one user in one target.

use crate::{target::Target, user::User};
use serde::{Deserialize, Serialize};

/// Version of the inputs that the state machines pass to the functions (`version` in each payload).
///
/// It increases when a newer function would misread an input from an older state machine:
/// executions outlive an update, and a redriven one keeps its old definition [5.20].
pub const INPUT_VERSION: u64 = 5;

/// The trigger of an execution. It is evidence for the ledger, never an instruction: no step does
/// what the event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The event's name (`AddMemberToGroup`), or the reason that the operator gave.
    pub reason: String,
    /// CloudTrail's id of the event, if an event was the trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Key of the sweep whose list of removals somebody approved. It is a place to look at, and proves
    /// nothing: the ledger says what is on the list, and whether it is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
}

/// One user in one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Name of the Step Functions execution. It is the session name in CloudTrail and the author of
    /// ledger entries.
    pub execution: String,
    /// The user to check.
    pub user: User,
    /// The domain to check.
    pub target: Target,
    /// Trigger of the execution.
    pub cause: Cause,
}
