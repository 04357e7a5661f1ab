//! The operators' controls, in the table `Controls`. Functions only read it.

use super::item;
use super::table::{Table, failed, text};
use crate::error::{AwsError, Class};
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};
use serde_json::{Map, Value};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

const GET: &str = "dynamodb:GetItem Controls";

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
