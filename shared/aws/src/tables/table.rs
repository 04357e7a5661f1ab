//! Shared code of the tables: the client, the keys, conversion of grants, and lists of several
//! pages.
#![expect(clippy::disallowed_types, reason = "the SDK's item type")]

use super::item;
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::{query::QueryOutput, scan::ScanOutput, update_item::UpdateItemError};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;
use aws_types::SdkConfig;
use contract::grant::Grant;
use contract::ids::UserId;
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An item, or the key of one.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A table and its client.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
    /// The clock that all times in the table come from.
    pub(super) clock: SharedTimeSource,
}

impl Table {
    /// Opens the table whose name is in the environment variable `variable`.
    pub(super) fn open(sdk: &SdkConfig, env: &Env, variable: &'static str) -> Result<Self, BadSetting> {
        let name = env.required(variable)?.to_owned();
        Ok(Self {
            client: Client::from_conf(configuration!(aws_sdk_dynamodb, sdk).build()),
            name,
            clock: sdk.time_source().unwrap_or_default(),
        })
    }
}

/// A list that may have several pages of one megabyte.
pub(super) struct List {
    /// The operation that reads the list.
    pub(super) operation: &'static str,
    /// Error message if the list has too many pages.
    pub(super) endless: &'static str,
    /// Maximum number of pages. A longer list means that the tokens repeat.
    pub(super) max_pages: usize,
}

/// A page of a list, as the SDK returns it.
pub(super) trait Page {
    /// Returns the items, and the key after which the next page begins.
    fn parts(self) -> (Option<Vec<Item>>, Option<Item>);
}

impl Page for QueryOutput {
    fn parts(self) -> (Option<Vec<Item>>, Option<Item>) {
        (self.items, self.last_evaluated_key)
    }
}

impl Page for ScanOutput {
    fn parts(self) -> (Option<Vec<Item>>, Option<Item>) {
        (self.items, self.last_evaluated_key)
    }
}

/// Reads every page of a list, from the first one or after a key.
///
/// The loop is written by hand, because the SDK's paginator ends without an error on a repeated
/// token: half a list would look complete.
pub(super) async fn pages<P, E, F>(
    list: &List,
    start: Option<Item>,
    ask: impl Fn(Option<Item>) -> F,
) -> Result<Vec<Item>, AwsError>
where
    P: Page,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
{
    at_most(list, usize::MAX, start, |start, _| ask(start)).await
}

/// Reads pages like [`pages`], until there are at least `most` items. `ask` receives the number of
/// items still needed.
pub(super) async fn at_most<P, E, F>(
    list: &List,
    most: usize,
    mut start: Option<Item>,
    ask: impl Fn(Option<Item>, usize) -> F,
) -> Result<Vec<Item>, AwsError>
where
    P: Page,
    E: ProvideErrorMetadata + std::error::Error + 'static,
    F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
{
    let mut found = Vec::new();
    for _ in 0..list.max_pages {
        let page = ask(start, most - found.len()).await.map_err(|error| failed(list.operation, &error))?;
        let (items, next) = page.parts();
        found.extend(items.unwrap_or_default());
        if next.is_none() || found.len() >= most {
            return Ok(found);
        }
        start = next;
    }
    Err(AwsError::new(list.operation, Class::Unexpected, list.endless))
}

/// Classifies an error. A missing table is a misconfiguration of the deployment, not an error in
/// the request.
pub(super) fn failed<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let fault = AwsError::from_sdk(operation, error);
    if fault.is("ResourceNotFoundException") {
        AwsError { class: Class::Misconfigured, ..fault }
    } else {
        fault
    }
}

/// Returns whether the condition of a write was met.
pub(super) fn is_met<T>(
    operation: &'static str,
    answer: Result<T, SdkError<UpdateItemError, HttpResponse>>,
) -> Result<bool, AwsError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(failed(operation, &error)),
        },
    }
}

/// Returns a part of a request. The builder fails only if our code omits a required member.
pub(super) fn built<T>(operation: &'static str, part: Result<T, BuildError>) -> Result<T, AwsError> {
    part.map_err(|error| AwsError::new(operation, Class::Unexpected, error.to_string()))
}

/// Returns a number for a user, to spread users over items. It is the same in every version of the
/// software.
pub(super) fn number_of(user: &str) -> u32 {
    user.bytes().fold(0, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Returns a moment in seconds since 1970.
pub(super) fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Returns a moment in milliseconds since 1970.
pub(super) fn millis(moment: SystemTime) -> u64 {
    span(moment.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// Returns a time in milliseconds.
pub(super) fn span(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}

/// Returns the partition key of a user's grants and leases.
pub(super) fn user_key(user: &UserId) -> String {
    format!("user#{user}")
}

/// Returns the sort key of a grant.
pub(super) fn target_key(target: &Target) -> String {
    format!("target#{target}")
}

/// Prefix of the sort key of a lease.
pub(super) const LEASE: &str = "lease#";

/// Returns the sort key of a lease.
pub(super) fn lease_key(target: &Target) -> String {
    format!("{LEASE}{target}")
}

/// Returns the partition key of a target's history.
pub(super) fn history_key(target: &Target) -> String {
    format!("history#{target}")
}

/// Returns the partition key of a sweep's notes.
pub(super) fn sweep_key(sweep: &str) -> String {
    format!("sweep#{sweep}")
}

/// Converts a grant to the JSON of its item, without the key.
pub(super) fn json_of(operation: &'static str, grant: &Grant) -> Result<Map<String, Value>, AwsError> {
    match serde_json::to_value(grant) {
        Ok(Value::Object(json)) => Ok(json),
        Ok(_) | Err(_) => Err(AwsError::new(operation, Class::Unexpected, "a grant is not an object")),
    }
}

/// Converts an item of the table to a grant.
pub(super) fn grant_of(operation: &'static str, item: &Item) -> Result<Grant, AwsError> {
    read(operation, item::to_json(item))
}

/// Converts the JSON of an item to a grant.
pub(super) fn read(operation: &'static str, mut found: Map<String, Value>) -> Result<Grant, AwsError> {
    found.remove("pk");
    found.remove("sk");
    serde_json::from_value(Value::Object(found)).map_err(|error| {
        AwsError::new(operation, Class::Unexpected, format!("a grant cannot be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::operation::scan::ScanError;
    use std::cell::Cell;
    use std::future::ready;

    const LIST: List = List { operation: "dynamodb:Scan", endless: "it does not end", max_pages: 3 };

    type Answer = Result<ScanOutput, SdkError<ScanError, HttpResponse>>;

    fn page(key: &str, more: bool) -> ScanOutput {
        let item = Item::from([("pk".to_owned(), text(key))]);
        ScanOutput::builder().items(item.clone()).set_last_evaluated_key(more.then_some(item)).build()
    }

    #[tokio::test]
    async fn reads_every_page_and_says_so_if_pages_do_not_end() {
        let asked = Cell::new(0);
        let two = pages(&LIST, None, |_| {
            asked.set(asked.get() + 1);
            ready(Answer::Ok(page("a", asked.get() < 2)))
        });
        assert_eq!(two.await.map(|items| items.len()), Ok(2));
        let same = pages(&LIST, None, |_| ready(Answer::Ok(page("a", true)))).await.unwrap_err();
        assert_eq!((same.class, same.said.as_str()), (Class::Unexpected, "it does not end"));
    }

    #[tokio::test]
    async fn stops_when_there_are_enough() {
        let some = at_most(&LIST, 2, None, |_, left| ready(Answer::Ok(page(&left.to_string(), true)))).await;
        let keys: Vec<_> = some.unwrap().iter().map(|item| item["pk"].as_s().cloned().unwrap()).collect();
        assert_eq!(keys, ["2", "1"]);
    }
}
