//! Who has which lease, kept apart from the product: taken by whom it may be taken, renewed and given back by its owner alone.

use super::Case;
use crate::model::{Target, User};
use crate::names::{target_name, user_id};
use fake_aws::Outcome;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a function may run at most: for so long after it asked for the last renewal an ended execution may still be at work.
const FUNCTION: u64 = 150_000;

/// How long a lease lasts from the moment that its owner asked for it: the request itself may have taken its time.
const LEASE: u64 = 600_000;

#[derive(Debug, Clone)]
struct Lease {
    owner: String,
    arn: String,
    expires: u64,
}

/// All leases that somebody has.
#[derive(Debug, Default)]
pub(super) struct Leases(BTreeMap<String, Lease>);

impl Leases {
    /// The execution that has the lease on a user in a target.
    pub(super) fn owner(&self, user: User, target: Target) -> Option<&str> {
        let key = format!("\"user#{}\" \"lease#{}\"", user_id(user), target_name(target));
        self.0.get(&key).map(|lease| lease.owner.as_str())
    }

    /// Keeps account: taken, renewed, given back, taken over.
    pub(super) fn passes(&mut self, case: &Case<'_>) -> Result<(), String> {
        let request = &case.call.request;
        let key = format!("{} {}", request["Key"]["pk"]["S"], request["Key"]["sk"]["S"]);
        let update = request["UpdateExpression"].as_str().unwrap_or_default();
        let (me, now) = (&case.begun.execution, millis(case.call.at));
        let value = |name: &str| &request["ExpressionAttributeValues"][name];
        let expires = number(value(":expires"));
        if update.contains("REMOVE #owner") {
            return self.given_back(&key, case);
        }
        if case.call.outcome != Outcome::Ok {
            return Ok(());
        }
        if update.starts_with("SET #owner") {
            let allowed = self.0.get(&key).is_none_or(|held| held.may_be_taken(case, now));
            let arn = value(":arn")["S"].as_str().unwrap_or_default().to_owned();
            let before = self.0.insert(key, Lease { owner: me.clone(), arn, expires });
            return if allowed {
                Ok(())
            } else {
                Err(format!("{me} took a lease that was not free: {before:?}"))
            };
        }
        match self.0.get_mut(&key) {
            Some(held) if held.owner == *me => {
                held.expires = expires;
                Ok(())
            }
            _ => Err("an execution renewed a lease that it does not have".to_owned()),
        }
    }
}

impl Leases {
    /// Given back by its owner, alone or with an outcome; an expired one is only tidied up. Of two deliveries, the second is refused.
    fn given_back(&mut self, key: &str, case: &Case<'_>) -> Result<(), String> {
        let me = &case.begun.execution;
        match self.0.get(key) {
            Some(held) if held.owner == *me => {
                self.0.remove(key);
                Ok(())
            }
            Some(held)
                if case.call.outcome == Outcome::Ok && !held.may_be_taken(case, millis(case.call.at)) =>
            {
                Err(format!("{me} gave back the lease of {held:?}"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Keeps account of a lease that is renewed in the transaction that writes what is about to happen, or given back in the one that records
    /// an outcome.
    pub(super) fn written(&mut self, case: &Case<'_>) -> Result<(), String> {
        let update = &case.call.request["TransactItems"][0]["Update"];
        if update.is_null() {
            return Ok(());
        }
        let key = format!("{} {}", update["Key"]["pk"]["S"], update["Key"]["sk"]["S"]);
        if update["UpdateExpression"].as_str().unwrap_or_default().contains("REMOVE #owner") {
            return self.given_back(&key, case);
        }
        let expires = number(&update["ExpressionAttributeValues"][":expires"]);
        match self.0.get_mut(&key) {
            Some(held) if held.owner == case.begun.execution => held.expires = expires,
            // The second of two deliveries, refused.
            Some(_) | None => {}
        }
        Ok(())
    }
}

impl Lease {
    /// By its owner, once it has expired, or once its owner has ended and none of its functions can be at work any more.
    fn may_be_taken(&self, case: &Case<'_>, now: u64) -> bool {
        self.owner == case.begun.execution
            || self.expires < now
            || (now.saturating_sub(self.expires.saturating_sub(LEASE)) > FUNCTION
                && case.aws.executions(|all| all.has_ended(&self.arn)))
    }
}

fn number(value: &Value) -> u64 {
    value["N"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn millis(moment: SystemTime) -> u64 {
    u64::try_from(moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
