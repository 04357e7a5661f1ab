//! The limits: nothing is taken away that no hour has counted, and no hour counts more than it may.

use super::{Case, Place};
use crate::model::Past;
use crate::names::user_name;
use crate::operations::Limits;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// The limits that each removal under way was counted against, as the ledger was written last.
    removals: BTreeMap<Place, BTreeSet<String>>,
    /// Users who are suspended, as the ledger was written last: they have lost the role before.
    suspended: BTreeSet<Place>,
    /// What each hour has counted, under `<limit>#<hour>`.
    hours: BTreeMap<String, u64>,
}

impl Counted {
    fn has(&self, place: Place, limit: &str) -> bool {
        self.removals.get(&place).is_some_and(|counted| counted.contains(limit))
    }

    fn add(&mut self, limit: &str, hour: &str, limits: Option<Limits>) -> Result<(), String> {
        let count = self.hours.entry(format!("{limit}#{hour}")).or_default();
        *count += 1;
        let most = limits.map(|Limits { suspensions, deletions }| match limit {
            "deletions" => deletions,
            _ => suspensions,
        });
        match most {
            Some(most) if *count > u64::from(most) => Err(format!("{count} {limit} in one hour")),
            Some(_) | None => Ok(()),
        }
    }
}

/// The limit and the hour that an item of a transaction counts in.
fn hour_of(item: &Value) -> Option<(String, String)> {
    let key = item["Update"]["Key"]["pk"]["S"].as_str()?.strip_prefix("limit#")?;
    let (limit, rest) = key.split_once('#')?;
    Some((limit.to_owned(), rest.split('#').next()?.to_owned()))
}

/// The limits that a written grant says its removal was counted against.
fn limits_in(grant: &Value) -> BTreeSet<String> {
    let limits = grant["counted"]["L"].as_array();
    limits.into_iter().flatten().filter_map(|limit| limit["S"].as_str().map(str::to_owned)).collect()
}

/// Whether an item of a transaction uses an approval.
fn is_approval(item: &Value) -> bool {
    item["Update"]["Key"]["pk"]["S"].as_str().is_some_and(|key| key.starts_with("sweep#"))
}

impl Case<'_> {
    /// A grant says of no removal that it was counted, unless the same transaction counts it, or uses an approval.
    pub(super) fn counts(&self, counted: &mut Counted, limits: Option<Limits>) -> Result<(), String> {
        let Some(place) = self.begun.place else { return Ok(()) };
        let items = self.call.request["TransactItems"].as_array().map_or(&[][..], Vec::as_slice);
        let grant = &items.get(1).unwrap_or(&Value::Null)["Put"]["Item"];
        let others = items.get(3..).unwrap_or_default();
        let written = limits_in(grant);
        let is_approved = others.iter().any(is_approval);
        let hours: Vec<(String, String)> = others.iter().filter_map(hour_of).collect();
        let is_old = |limit: &str| limit == "suspensions" && counted.suspended.contains(&place);
        let is_counted =
            |limit: &str| is_old(limit) || is_approved || hours.iter().any(|(one, _)| one == limit);
        let new: Vec<&String> = written.iter().filter(|limit| !counted.has(place, limit)).collect();
        if let Some(limit) = new.iter().find(|limit| !is_counted(limit)) {
            return Err(format!("a removal that no hour has counted among the {limit}"));
        }
        if hours.len() > new.len() {
            return Err("a removal was counted twice".to_owned());
        }
        counted.removals.insert(place, written);
        if grant["status"]["S"] == "suspended" {
            counted.suspended.insert(place);
        } else {
            counted.suspended.remove(&place);
        }
        hours.into_iter().try_for_each(|(limit, hour)| counted.add(&limit, &hour, limits))
    }

    /// The removal that this call is part of was counted against a limit, unless the user was renamed: that
    /// cannot wait.
    pub(super) fn was_counted(&self, counted: &Counted, past: &Past, limit: &str) -> Result<(), String> {
        let role = self.call.request["UserSettings"]["ExecutionRole"].as_str();
        let takes_away = role.is_none_or(|role| role.ends_with("/StudioNoAccess"));
        let has_name = |place: Place| {
            let names = past.names(self.begun.at, self.call.at, place.0);
            names.iter().all(|name| *name == user_name(place.0))
        };
        match self.begun.place {
            Some(place)
                if takes_away && !counted.has(place, limit) && (limit == "deletions" || has_name(place)) =>
            {
                Err(format!("something was taken away that was not counted among the {limit}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}
