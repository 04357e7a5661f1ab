//! Turns at Studio's creations. Studio creates a few profiles a second in an account and Region and
//! refuses the others. If hundreds of users join at once, each waits for their turn before they read
//! anything; a refused creation would have to read everything again. While nothing is refused, nobody
//! takes a turn, so a single user costs no call more.

mod queue;

use super::item;
use super::remembered::{FACT, Remembered};
use super::table::{Table, failed, is_met, millis, number, text};
use crate::error::AwsError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use aws_types::SdkConfig;
use contract::payload::Turn;
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use queue::Queue;
use serde::de::DeserializeOwned;
use std::time::Duration;

const TAKE: &str = "dynamodb:UpdateItem Grants (turns)";
const CHANGE: &str = "SET called = :called, #at = :at, taken = :taken, best = :best, since = :since, rate = :rate, \
    refused = :refused, refusedAt = :refusedAt, version = :version";
const LOOK: &str = "dynamodb:GetItem Grants (turns)";

fn signed(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Longest wait before a number is looked for: an execution ends after three and a half hours.
const LONGEST: Duration = Duration::from_mins(90);

/// Part of the wait that passes before the number is looked for: the rate may grow meanwhile.
const EARLY: f64 = 0.75;

/// The queues, in the table `Grants`.
#[derive(Debug)]
pub struct Turns {
    table: Table,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnState {
    /// The asker's, or everybody's: nobody waits.
    Mine,
    /// That of others who came before.
    Others,
}

/// Returns the partition key of the queue that creations in a target wait in.
fn key(target: &Target) -> String {
    format!("turns#{}/{}", target.account, target.region)
}

impl Remembered {
    /// Returns a fact like [`Remembered::recall`], and whether creations in the target have to wait
    /// for their turn: one call for both.
    pub async fn recall_with_turns<T: DeserializeOwned>(
        &self,
        what: &str,
        age: Duration,
        target: &Target,
    ) -> Result<(Option<T>, bool), AwsError> {
        let queue = key(target);
        let mut found = self.items(&[what, &queue]).await?;
        let crowded = found.remove(&queue).is_some_and(|queue| Queue::of(&queue).is_crowded(self.millis()));
        Ok((found.remove(what).and_then(|fact| self.younger(fact, age)), crowded))
    }
}

impl Turns {
    /// Opens the table in `GRANTS_TABLE`.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { table: Table::open(sdk, env, "GRANTS_TABLE")? })
    }

    /// Takes a number in the queue of a target.
    pub async fn take(&self, target: &Target) -> Result<Turn, AwsError> {
        let call = self.update(target).update_expression("ADD issued :one");
        let call = call.expression_attribute_values(":one", number(1)).return_values(ReturnValue::AllNew);
        let answer = call.send().await.map_err(|error| failed(TAKE, &error))?;
        let now = self.now();
        let mut queue = Queue::of(&answer.attributes().map(item::to_json).unwrap_or_default());
        let mine = queue.issued;
        if let Some(next) = (Queue { issued: mine - 1, ..queue }).without_unused(now) {
            self.change(target, &queue, &next).await?;
            queue = next;
        }
        let wait = queue.wait(mine, now).unwrap_or_default();
        let early = wait.mul_f64(EARLY).min(LONGEST);
        Ok(Turn { number: mine, seconds: early.as_secs() + u64::from(early.subsec_nanos() > 0) })
    }

    /// Returns whose turn it is, for somebody with a number or without.
    pub async fn look(&self, target: &Target, turn: Option<Turn>) -> Result<TurnState, AwsError> {
        let queue = self.queue(target).await?;
        let now = self.now();
        let others = match turn {
            Some(turn) => queue.wait(turn.number, now).is_some(),
            None => queue.is_waited_for(now),
        };
        Ok(if others { TurnState::Others } else { TurnState::Mine })
    }

    /// Notes that Studio took a creation that had a turn. The first note after a while adjusts the
    /// rate for all.
    pub async fn taken(&self, target: &Target) -> Result<(), AwsError> {
        let call = self.update(target).update_expression("ADD taken :one");
        let call = call.expression_attribute_values(":one", number(1)).return_values(ReturnValue::AllNew);
        let answer = call.send().await.map_err(|error| failed(TAKE, &error))?;
        let queue = Queue::of(&answer.attributes().map(item::to_json).unwrap_or_default());
        match queue.learnt(self.now()) {
            Some(next) => self.change(target, &queue, &next).await,
            None => Ok(()),
        }
    }

    /// Notes that Studio has refused a creation because of its rate: opens the queue, or slows it
    /// down.
    pub async fn refused(&self, target: &Target) -> Result<(), AwsError> {
        let queue = self.queue(target).await?;
        let now = self.now();
        if !queue.is_crowded(now) {
            return self.change(target, &queue, &queue.opened(now)).await;
        }
        // The turn was used in vain: everybody behind waits a turn longer, for the repetition.
        let call =
            self.update(target).update_expression("SET refusedAt = :now ADD refused :one, called :back");
        let call = call.expression_attribute_values(":now", number(now));
        let call = call.expression_attribute_values(":one", number(1));
        let call = call.expression_attribute_values(":back", signed(-1_000));
        call.send().await.map(|_| ()).map_err(|error| failed(TAKE, &error))
    }

    async fn queue(&self, target: &Target) -> Result<Queue, AwsError> {
        let call = self.table.client.get_item().table_name(&self.table.name);
        let answer = call.key("pk", text(key(target))).key("sk", text(FACT)).send().await;
        let answer = answer.map_err(|error| failed(LOOK, &error))?;
        Ok(answer.item().map(|queue| Queue::of(&item::to_json(queue))).unwrap_or_default())
    }

    /// Changes the rate, if nobody else has done so since.
    async fn change(&self, target: &Target, seen: &Queue, next: &Queue) -> Result<(), AwsError> {
        let condition = if seen.version == 0 { "attribute_not_exists(version)" } else { "version = :seen" };
        let mut call = self
            .update(target)
            .update_expression(CHANGE)
            .expression_attribute_names("#at", "at")
            .condition_expression(condition);
        if seen.version > 0 {
            call = call.expression_attribute_values(":seen", number(seen.version));
        }
        let values = [
            (":called", signed(next.called)),
            (":at", number(next.at)),
            (":taken", signed(next.taken)),
            (":since", number(next.since)),
            (":rate", signed(next.rate)),
            (":refused", signed(next.refused)),
            (":best", signed(next.best)),
            (":refusedAt", number(next.refused_at)),
            (":version", number(next.version)),
        ];
        for (name, value) in values {
            call = call.expression_attribute_values(name, value);
        }
        is_met(TAKE, call.send().await).map(|_| ())
    }

    fn update(&self, target: &Target) -> UpdateItemFluentBuilder {
        let call = self.table.client.update_item().table_name(&self.table.name);
        call.key("pk", text(key(target))).key("sk", text(FACT))
    }

    fn now(&self) -> u64 {
        millis(self.table.clock.now())
    }
}
