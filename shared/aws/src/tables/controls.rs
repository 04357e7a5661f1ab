//! The operators' controls, in the table `Controls`. Functions only read it.

use super::item;
use super::table::{List, Table, failed, pages, text};
use crate::error::{AwsError, Class};
use aws_types::SdkConfig;
use contract::group::key_of;
use contract::ids::UserId;
use contract::settings::{BadSetting, Env};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const GET: &str = "dynamodb:GetItem Controls";
const HOLDS: List =
    List { operation: "dynamodb:Query Controls", endless: "the list of holds does not end", max_pages: 1000 };

/// Partition key of the holds. The sort key is the id of the user.
const HOLD: &str = "hold";

/// Partition key of the suspensions that pass the limit. The sort key is the id of the user.
const SUSPEND: &str = "suspend";

/// A control that lifts a limit must end this soon after the moment of its use.
const LONGEST_LIFT: time::Duration = time::Duration::DAY;

/// Time for which a read that found no pause is believed.
const NO_PAUSE_TTL: Duration = Duration::from_secs(10);

/// The table of controls.
#[derive(Debug)]
pub struct Controls {
    table: Table,
    /// Start of the last read that found no pause.
    not_paused_at: Mutex<Option<SystemTime>>,
}

impl Controls {
    /// Opens the table in `CONTROLS_TABLE`.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { table: Table::open(sdk, env, "CONTROLS_TABLE")?, not_paused_at: Mutex::default() })
    }

    /// Opens the table like [`Controls::open`] if the variable is set: not every step needs it.
    pub fn open_if_set(sdk: &SdkConfig, env: &Env) -> Result<Option<Self>, BadSetting> {
        env.optional("CONTROLS_TABLE").map(|_| Self::open(sdk, env)).transpose()
    }

    /// Returns whether an operator holds what the user has: nothing of it is deleted.
    pub async fn is_on_hold(&self, user: &UserId) -> Result<bool, AwsError> {
        Ok(self.holds().await?.contains(&key_of(user.as_str())))
    }

    /// Reads all users on hold, consistently: the [`key_of`] each, because an operator may have written an id in
    /// any of its forms. There are few of them, so one call reads them all.
    pub async fn holds(&self) -> Result<BTreeSet<String>, AwsError> {
        let query = || self.table.client.query().table_name(&self.table.name).consistent_read(true);
        let ask = |start| {
            query()
                .key_condition_expression("pk = :hold")
                .expression_attribute_values(":hold", text(HOLD))
                .set_exclusive_start_key(start)
                .send()
        };
        let found = pages(&HOLDS, None, ask).await?;
        let user = |item: &Map<String, Value>| {
            let user = UserId::new(item.get("sk")?.as_str()?).ok()?;
            Some(key_of(user.as_str()))
        };
        Ok(found.iter().map(item::to_json).filter_map(|item| user(&item)).collect())
    }

    /// Returns whether an operator lets the suspension of this user pass the limit: the control says
    /// `until` when (RFC 3339), and that is within a day.
    pub async fn is_to_be_suspended(&self, user: &UserId) -> Result<bool, AwsError> {
        let Some(control) = self.control(SUSPEND, user.as_str()).await? else { return Ok(false) };
        Ok(is_valid(&control, self.table.clock.now().into()))
    }

    /// Returns whether an approver has approved this list of removals, with an end within a day. `approver`:
    /// their `aws:userid`. IAM lets everybody write approvals under their own id only.
    pub async fn is_approved(&self, list: &str, approver: &str) -> Result<bool, AwsError> {
        let control = self.control(&format!("approval#{approver}"), list).await?;
        Ok(control.is_some_and(|control| is_valid(&control, self.table.clock.now().into())))
    }

    /// Fails with [`Class::Paused`] if an operator has paused everything. Whatever has an effect calls this
    /// right before. `operation`: the call that is not sent then.
    pub async fn check_pause(&self, operation: &'static str) -> Result<(), AwsError> {
        let now = self.table.clock.now();
        let known = *self.not_paused_at.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_some_and(|at| now.duration_since(at).is_ok_and(|age| age <= NO_PAUSE_TTL)) {
            return Ok(());
        }
        let pause = self.control("pause", "all").await?;
        let not_paused_at = pause.is_none().then_some(now);
        *self.not_paused_at.lock().unwrap_or_else(PoisonError::into_inner) = not_paused_at;
        let Some(pause) = pause else { return Ok(()) };
        let reason = pause.get("reason").and_then(Value::as_str).unwrap_or("no reason given");
        Err(AwsError::new(operation, Class::Paused, format!("everything is paused: {reason}")))
    }

    /// Reads one control, consistently.
    async fn control(&self, pk: &str, sk: &str) -> Result<Option<Map<String, Value>>, AwsError> {
        let call = self.table.client.get_item().table_name(&self.table.name).consistent_read(true);
        let answer = call.key("pk", text(pk)).key("sk", text(sk)).send().await;
        let found = answer.map_err(|error| failed(GET, &error))?.item;
        Ok(found.as_ref().map(item::to_json))
    }
}

/// Returns whether a control that lifts a limit does so `at` this time.
fn is_valid(control: &Map<String, Value>, at: OffsetDateTime) -> bool {
    let until = control.get("until").and_then(Value::as_str);
    let until = until.and_then(|until| OffsetDateTime::parse(until, &Rfc3339).ok());
    until.is_some_and(|until| at < until && until <= at + LONGEST_LIFT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_control_that_lifts_a_limit_ends_within_a_day() {
        let at = time::macros::datetime!(2026-11-23 10:00 UTC);
        let is_valid = |control: &Value| is_valid(control.as_object().unwrap(), at);
        assert!(is_valid(&json!({"until": "2026-11-23T11:00:00Z"})));
        assert!(is_valid(&json!({"until": "2026-11-24T11:00:00+01:00"})));
        for until in ["2026-11-23T10:00:00Z", "2026-11-24T10:00:01Z", "soon", ""] {
            assert!(!is_valid(&json!({"until": until})), "{until}");
        }
        assert!(!is_valid(&json!({})) && !is_valid(&json!({"until": 1_795_428_000})));
    }
}
