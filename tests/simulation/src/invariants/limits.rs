//! The limits: nothing is taken away that no hour has counted, and no hour counts more than it may.

use super::{Case, Place};
use crate::operations::Limits;
use fake_aws::Outcome;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// The limits that each removal under way was counted against, as the ledger was written last.
    removals: BTreeMap<Place, BTreeSet<String>>,
    /// What each hour has counted, under `<limit>#<hour>`.
    hours: BTreeMap<String, u64>,
}

impl Counted {
    fn has(&self, place: Place, limit: &str) -> bool {
        self.removals.get(&place).is_some_and(|counted| counted.contains(limit))
    }
}

/// The limit and the hour that an item of a transaction counts in.
fn hour_of(item: &Value) -> Option<(String, String)> {
    let key = item["Update"]["Key"]["pk"]["S"].as_str()?.strip_prefix("limit#")?;
    let (limit, rest) = key.split_once('#')?;
    Some((limit.to_owned(), rest.split('#').next()?.to_owned()))
}

impl Case<'_> {
    /// A grant says of no removal that it was counted, unless the same transaction counts it, or uses an approval.
    pub(super) fn counts(&self, counted: &mut Counted, limits: Option<Limits>) -> Result<(), String> {
        let items = self.call.request["TransactItems"].as_array().map_or(&[][..], Vec::as_slice);
        let Some(place) = self.begun.place else { return Ok(()) };
        let written = items.get(1).map(|item| &item["Put"]["Item"]["counted"]["L"]);
        let written: BTreeSet<String> = written
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|limit| limit["S"].as_str().map(str::to_owned))
            .collect();
        if self.call.outcome != Outcome::Ok {
            // The second of two deliveries was refused. Whether the first was too is not seen here: the
            // removal may be counted.
            counted.removals.entry(place).or_default().extend(written);
            return Ok(());
        }
        let is_approval = |item: &Value| {
            item["Update"]["Key"]["pk"]["S"].as_str().is_some_and(|key| key.starts_with("sweep#"))
        };
        let is_approved = items.iter().skip(3).any(is_approval);
        let hours: Vec<(String, String)> = items.iter().skip(3).filter_map(hour_of).collect();
        let new: Vec<&String> = written.iter().filter(|limit| !counted.has(place, limit)).collect();
        let uncounted = new.iter().find(|limit| !is_approved && !hours.iter().any(|(one, _)| one == **limit));
        if let Some(limit) = uncounted {
            return Err(format!("a removal that no hour has counted among the {limit}"));
        }
        if hours.len() > new.len() {
            return Err("a removal was counted twice".to_owned());
        }
        counted.removals.insert(place, written);
        for (limit, hour) in hours {
            let count = counted.hours.entry(format!("{limit}#{hour}")).or_default();
            *count += 1;
            let most =
                limits.map(|limits| if limit == "deletions" { limits.deletions } else { limits.suspensions });
            if most.is_some_and(|most| *count > u64::from(most)) {
                return Err(format!("{count} {limit} in one hour"));
            }
        }
        Ok(())
    }

    /// The removal that this call is part of was counted against a limit.
    pub(super) fn was_counted(&self, counted: &Counted, limit: &str) -> Result<(), String> {
        let role = self.call.request["UserSettings"]["ExecutionRole"].as_str();
        let takes_away = role.is_none_or(|role| role.ends_with("/StudioNoAccess"));
        match self.begun.place {
            Some(place) if takes_away && !counted.has(place, limit) => {
                Err(format!("something was taken away that was not counted among the {limit}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}
