//! Checks the names of operations and functions in faults, rates and expectations.

use super::{Look, on};
use crate::deployment::function_names;
use crate::scenario::places::Part;
use crate::scenario::{Fault, FaultEffect, Limit};
use fake_aws::services::{NAMES, operations};

impl Look<'_> {
    /// Checks `service:Operation`. If `patterns` is set, `*` matches any service or operation.
    pub(super) fn operation(&mut self, way: Vec<Part>, calls: &str, patterns: bool) {
        let Some((service, operation)) = calls.split_once(':') else {
            self.find(way, format!("{calls:?} names no calls: write it like sagemaker:CreateUserProfile"));
            return;
        };
        let known = match (operations(service), service) {
            (Some(all), _) => all.contains(&operation),
            (None, "*") if patterns => {
                NAMES.iter().filter_map(|name| operations(name)).any(|all| all.contains(&operation))
            }
            (None, _) => {
                let why = format!("there is no service {service:?} here: {}", NAMES.join(", "));
                self.find(way, why);
                return;
            }
        };
        if !(known || patterns && operation == "*") {
            let all = operations(service).unwrap_or_default().join(", ");
            self.find(way, format!("{service} has no operation {operation:?} here: {all}"));
        }
    }

    pub(super) fn fault(&mut self, way: &[Part], fault: &Fault) {
        self.operation(on(way, &["on"]), &fault.on, true);
        if let Some(name) = fault.from.as_ref().filter(|name| !function_names().contains(*name)) {
            self.find(on(way, &["from"]), format!("there is no function {name:?}"));
        }
        let refuses = fault.effect == FaultEffect::Refuse;
        match (refuses, &fault.code) {
            (true, None) => self.find(on(way, &["effect"]), "refuse needs a code"),
            (false, Some(_)) => self.find(on(way, &["code"]), "a code belongs to refuse"),
            (true, Some(_)) | (false, None) => {}
        }
        match (fault.effect, fault.delay) {
            (FaultEffect::Delay, None) => self.find(on(way, &["effect"]), "delay needs a delay"),
            (FaultEffect::Throttle | FaultEffect::Refuse | FaultEffect::Twice, Some(_)) => {
                let why = "a delay belongs to the effects delay, loseAnswer and serverError";
                self.find(on(way, &["delay"]), why);
            }
            (FaultEffect::Delay | FaultEffect::LoseAnswer | FaultEffect::ServerError, Some(_))
            | (_, None) => {}
        }
    }

    pub(super) fn limit(&mut self, way: &[Part], limit: &Limit) {
        let all = limit
            .on
            .split_once(':')
            .is_some_and(|(service, operation)| operation == "*" && operations(service).is_some());
        if !all {
            self.operation(on(way, &["on"]), &limit.on, false);
        }
        if !(limit.per_second.is_finite() && limit.per_second > 0.0) {
            let why = format!("perSecond is {}, but a rate is a number above 0", limit.per_second);
            self.find(on(way, &["perSecond"]), why);
        }
    }
}
