//! The common form of SageMaker's lists: paging, sorting and the answer.

use super::pages::{Pages, TOKEN};
use super::request::Request;
use crate::service::{Call, Refusal};
use serde_json::{Value, json};
use std::time::SystemTime;

/// Paging and sorting of a SageMaker list. The defaults are ten items to a page, sorted by creation
/// time [3.18, 3.24].
#[derive(Debug)]
pub(super) struct Paging<'a> {
    page: (usize, Option<&'a str>),
    order: &'a str,
    by: &'a str,
}

impl<'a> Paging<'a> {
    pub(super) fn read(request: &mut Request<'a>, keys: &[&str]) -> Self {
        let size = request.number("MaxResults", 1, 100).unwrap_or(10);
        let token = request.optional("NextToken", &TOKEN);
        let order = request.choice("SortOrder", &["Ascending", "Descending"]).unwrap_or("Ascending");
        let by = request.choice("SortBy", keys).unwrap_or("CreationTime");
        Self { page: (size, token), order, by }
    }

    pub(super) fn open(&self, call: &Call, filters: &[Option<&str>]) -> Result<Pages, Refusal> {
        let question = [filters, &[Some(self.order), Some(self.by)]].concat();
        Pages::open(call, &question, self.page, self.order == "Descending")
    }

    pub(super) fn time(&self, created: SystemTime, modified: SystemTime) -> SystemTime {
        if self.by == "LastModifiedTime" { modified } else { created }
    }
}

/// Returns the answer of a list, with the token of the next page if there is one.
pub(super) fn listed(member: &str, page: impl Iterator<Item = Value>, token: Option<String>) -> Value {
    let mut answer = json!({ member: page.collect::<Vec<_>>() });
    if let Some(token) = token {
        answer["NextToken"] = json!(token);
    }
    answer
}
