//! What operators write into the table of controls.

use crate::model::User;
use crate::names::user_id;
use fake_aws::FakeAws;
use harness::setting::{CONTROLS, delete_row, put_row};
use serde_json::Map;

/// Writes the control that pauses everything, or deletes it.
pub(crate) async fn set_pause(aws: &FakeAws, paused: bool) {
    set(aws, "pause", "all", paused).await;
}

/// Writes the control that holds what a user has, or deletes it.
pub(crate) async fn set_hold(aws: &FakeAws, user: User, held: bool) {
    set(aws, "hold", &user_id(user), held).await;
}

async fn set(aws: &FakeAws, pk: &str, sk: &str, is_there: bool) {
    let key = Map::from_iter([("pk".to_owned(), pk.into()), ("sk".to_owned(), sk.into())]);
    let done =
        if is_there { put_row(aws, CONTROLS, &key).await } else { delete_row(aws, CONTROLS, &key).await };
    done.expect("an operator may write the table");
}
