//! What operators write into the table of controls.

use fake_aws::FakeAws;
use harness::setting::{CONTROLS, delete_row, put_row};
use serde_json::Map;

/// Writes the control that pauses everything, or deletes it.
pub(crate) async fn set_pause(aws: &FakeAws, paused: bool) {
    let key = Map::from_iter([("pk".to_owned(), "pause".into()), ("sk".to_owned(), "all".into())]);
    let done =
        if paused { put_row(aws, CONTROLS, &key).await } else { delete_row(aws, CONTROLS, &key).await };
    done.expect("an operator may write the table");
}
