//! One sweep of all users works at a time: two would read the directory at half the rate each, and
//! start the same users twice. A sweep of one group is short, and works beside them.

use super::Sweeps;
use crate::error::AwsError;
use serde_json::{Value, json};

/// Time in seconds after which a sweep that does not go on has lost its turn: longer than a page and
/// the wait after it may take.
const TURN_SECONDS: u64 = 1_500;

/// The place of the turn, and its sort key.
const RUNNING: &str = "running";
const EVERYBODY: &str = "everybody";

/// The sweep of all users that is at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtWork {
    /// Its key.
    pub sweep: String,
    /// ARN of the execution that made its last page.
    pub execution: String,
}

impl Sweeps {
    /// Takes the turn of a sweep of all users, or keeps it for another page. Returns the sweep that has
    /// it, if it is another one.
    pub async fn take_turn(&self, own: &AtWork) -> Result<Option<AtWork>, AwsError> {
        let free = "attribute_not_exists(#owner) OR #owner = :owner OR #until < :at";
        if self.mark(RUNNING, EVERYBODY, free, &self.turn_of(own, "")).await? {
            return Ok(None);
        }
        let note = self.notes(RUNNING, EVERYBODY, None, 1).await?.pop();
        let text = |name| {
            let text = note.as_ref().and_then(|(_, note)| note.get(name)).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Ok(Some(AtWork { sweep: text("owner"), execution: text("execution") }))
    }

    /// Takes the turn from a sweep whose execution has ended. Returns `false` if somebody else has it by
    /// now.
    pub async fn take_turn_of(&self, own: &AtWork, ended: &AtWork) -> Result<bool, AwsError> {
        let turn = self.turn_of(own, &ended.execution);
        self.mark(RUNNING, EVERYBODY, "#execution = :before", &turn).await
    }

    /// Gives the turn back, if the sweep has it.
    pub async fn end_turn(&self, sweep: &str) -> Result<(), AwsError> {
        let set = json!({"owner": sweep, "until": 0});
        self.mark(RUNNING, EVERYBODY, "#owner = :owner", &set).await.map(drop)
    }

    /// Returns the note of a turn. `before`: the execution from which it is taken.
    fn turn_of(&self, AtWork { sweep, execution }: &AtWork, before: &str) -> Value {
        let now = self.now();
        json!({"owner": sweep, "execution": execution, "before": before, "until": now + TURN_SECONDS, "at": now})
    }
}
