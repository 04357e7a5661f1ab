//! Turns at the directory. An execution that was throttled by the Identity Store takes one before its
//! next attempt. The store answers 20 calls a second for each operation [2.11]; with thousands of
//! waiting executions, nearly all attempts would be throttled again. A turn costs one table call.

use super::item;
use super::remembered::FACT;
use super::table::{Table, failed, millis, number, span, text};
use crate::error::AwsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use aws_types::SdkConfig;
use contract::settings::{BadSetting, Env};
use std::time::Duration;

const READ: &str = "dynamodb:GetItem Grants (looks)";
const TAKE: &str = "dynamodb:UpdateItem Grants (looks)";

/// The partition key.
const LOOKS: &str = "turns#looks";

/// Time between two turns: ten in a second. Each user is looked at once more when something has been
/// recorded for them, and that look needs the other half of what the Identity Store answers.
const BETWEEN: Duration = Duration::from_millis(100);

/// Turns that nobody took in this time can still be taken.
const KEPT: Duration = Duration::from_secs(5);

/// If the next turn is not older than this, nearly every turn was taken, so others wait for the next ones.
const CROWDED: Duration = Duration::from_secs(1);

/// The turns, in the table `Grants`.
#[derive(Debug)]
pub struct Looks {
    table: Table,
}

impl Looks {
    /// Opens the table in `GRANTS_TABLE`.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { table: Table::open(sdk, env, "GRANTS_TABLE")? })
    }

    /// Takes a turn. Returns `false` if there is none at the moment.
    pub async fn take(&self) -> Result<bool, AwsError> {
        let now = millis(self.table.clock.now());
        let oldest = now.saturating_sub(span(KEPT));
        let next = self
            .update("SET nextAt = nextAt + :between", "nextAt BETWEEN :oldest AND :now")
            .expression_attribute_values(":oldest", number(oldest))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":between", number(span(BETWEEN)));
        match done(next).await? {
            Taken::Yes => return Ok(true),
            Taken::No { next_at } if next_at > now => return Ok(false),
            Taken::No { .. } => {}
        }
        // Nobody has taken a turn for a while. Only one finds it so.
        let first = self
            .update("SET nextAt = :next", "attribute_not_exists(nextAt) OR nextAt < :oldest")
            .expression_attribute_values(":oldest", number(oldest))
            .expression_attribute_values(":next", number(oldest + span(BETWEEN)));
        Ok(done(first).await? == Taken::Yes)
    }

    /// Returns whether executions wait for turns. A sweep then starts no more of them.
    pub async fn is_crowded(&self) -> Result<bool, AwsError> {
        let call = self.table.client.get_item().table_name(&self.table.name);
        let answer = call.key("pk", text(LOOKS)).key("sk", text(FACT)).send().await;
        let item = answer.map_err(|error| failed(READ, &error))?.item;
        let next_at = item.as_ref().map(item::to_json).and_then(|item| item.get("nextAt")?.as_u64());
        let recently = millis(self.table.clock.now()).saturating_sub(span(CROWDED));
        Ok(next_at.is_some_and(|next_at| next_at > recently))
    }

    fn update(&self, update: &str, condition: &str) -> UpdateItemFluentBuilder {
        let call = self.table.client.update_item().table_name(&self.table.name);
        let call = call.key("pk", text(LOOKS)).key("sk", text(FACT));
        call.update_expression(update)
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// What came of a write.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    /// Its condition was met.
    Yes,
    /// It was not; the time of the next turn, in milliseconds since 1970. 0: nobody has ever taken one.
    No { next_at: u64 },
}

async fn done(call: UpdateItemFluentBuilder) -> Result<Taken, AwsError> {
    match call.send().await {
        Ok(_) => Ok(Taken::Yes),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(unmet)) => {
                let next_at = unmet.item().map(item::to_json).and_then(|item| item.get("nextAt")?.as_u64());
                Ok(Taken::No { next_at: next_at.unwrap_or_default() })
            }
            _ => Err(failed(TAKE, &error)),
        },
    }
}
