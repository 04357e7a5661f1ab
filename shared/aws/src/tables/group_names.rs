//! Names of groups by id, shared by all functions: a user in hundreds of groups costs a read of the
//! table for each hundred of them, and no call of the Identity Store, which answers 20 calls a
//! second [2.11].
//!
//! A name is believed for ten minutes. What gives access reads the name that matters anew; what
//! deletes something believes only names that were read since its plan was made.
//!
//! A group that no rule means is noted beside its name, for the events about it that are older than
//! the note.

use super::item;
use super::table::{Table, failed, is_met, millis, number, text};
use crate::error::{AwsError, Class};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_types::SdkConfig;
use contract::ids::GroupId;
use contract::settings::{BadSetting, Env};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const GET: &str = "dynamodb:BatchGetItem Grants (group names)";
const PUT: &str = "dynamodb:PutItem Grants (group names)";
const NOTE: &str = "dynamodb:UpdateItem Grants (group names)";

/// Time for which a name is believed, and a note beside it.
const AGE: Duration = Duration::from_mins(10);

/// Keys of one call.
const PAGE: usize = 100;

/// Maximum number of calls for the keys that one call left out.
const MAX_CALLS: usize = 5;

/// Prefix of the partition key.
const GROUP: &str = "group#";

/// The sort key.
const NAME: &str = "name";

/// Time by which a note must be younger than an event: events tell their time in whole seconds, and
/// clocks differ a little.
const MARGIN: Duration = Duration::from_secs(2);

/// The names, in the table `Grants`.
#[derive(Debug)]
pub struct GroupNames {
    table: Table,
}

/// What is known about a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGroup {
    /// Its name.
    pub name: String,
    read_at: SystemTime,
    /// The reason why an event about it leads to nothing, and when the rules said so.
    nothing: Option<(String, SystemTime)>,
}

impl KnownGroup {
    /// A group whose name was just read. `read_at`: before the call that read it.
    pub fn read(name: String, read_at: SystemTime) -> Self {
        Self { name, read_at, nothing: None }
    }

    /// Returns the same group, which no rule means. `reason`: for the operator. `at`: before the call
    /// that read the rules.
    #[must_use]
    pub fn with_nothing(self, reason: String, at: SystemTime) -> Self {
        Self { nothing: Some((reason, at)), ..self }
    }

    /// Returns the reason why no rule meant the group after this moment. A rule that was written before
    /// an event must not be missed; one that is written after it may need a sweep of its group.
    pub fn nothing_since(&self, event_time: SystemTime) -> Option<&str> {
        let (reason, at) = self.nothing.as_ref()?;
        (*at > event_time + MARGIN).then_some(reason)
    }
}

impl GroupNames {
    /// Opens the table in `GRANTS_TABLE`.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        Ok(Self { table: Table::open(sdk, env, "GRANTS_TABLE")? })
    }

    /// Returns the current time, from the clock that the times in the table come from.
    pub fn now(&self) -> SystemTime {
        self.table.clock.now()
    }

    /// Returns the moment since which a name must have been read to be believed where nothing is
    /// deleted.
    pub fn oldest(&self) -> SystemTime {
        self.table.clock.now() - AGE
    }

    /// Reads the names of groups, as far as they are known and were read after `since`.
    pub async fn known(
        &self,
        groups: &[GroupId],
        since: SystemTime,
    ) -> Result<BTreeMap<GroupId, String>, AwsError> {
        let mut known = BTreeMap::new();
        for page in groups.chunks(PAGE) {
            let page = self.page(page, since).await?;
            known.extend(page.into_iter().map(|(group, known)| (group, known.name)));
        }
        Ok(known)
    }

    /// Reads what is known about one group.
    pub async fn of(&self, group: &GroupId) -> Result<Option<KnownGroup>, AwsError> {
        Ok(self.page(std::slice::from_ref(group), self.oldest()).await?.remove(group))
    }

    /// Remembers the name of a group. `read_at`: before the call that read it.
    pub async fn learn(&self, group: &GroupId, name: &str, read_at: SystemTime) -> Result<(), AwsError> {
        self.put(group, name, read_at).await
    }

    /// Forgets the name of a group: whoever needs it next reads it from the directory.
    pub async fn forget(&self, group: &GroupId) -> Result<(), AwsError> {
        self.put(group, "", UNIX_EPOCH).await
    }

    /// Notes that no rule means a group, unless its name was forgotten or read again meanwhile.
    pub async fn note_nothing(&self, group: &GroupId, known: &KnownGroup) -> Result<(), AwsError> {
        let Some((reason, at)) = &known.nothing else { return Ok(()) };
        let call = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .key("pk", text(key_of(group)))
            .key("sk", text(NAME))
            .update_expression("SET nothing = :nothing, nothingAt = :at")
            .condition_expression("#name = :name AND readAt >= :readAt")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", text(&known.name))
            .expression_attribute_values(":readAt", number(millis(known.read_at)))
            .expression_attribute_values(":nothing", text(reason))
            .expression_attribute_values(":at", number(millis(*at)));
        is_met(NOTE, call.send().await).map(drop)
    }

    async fn put(&self, group: &GroupId, name: &str, read_at: SystemTime) -> Result<(), AwsError> {
        let call = self
            .table
            .client
            .put_item()
            .table_name(&self.table.name)
            .item("pk", text(key_of(group)))
            .item("sk", text(NAME))
            .item("name", text(name))
            .item("readAt", number(millis(read_at)));
        call.send().await.map(|_| ()).map_err(|error| failed(PUT, &error))
    }

    async fn page(
        &self,
        groups: &[GroupId],
        since: SystemTime,
    ) -> Result<BTreeMap<GroupId, KnownGroup>, AwsError> {
        let mut keys = KeysAndAttributes::builder();
        for group in groups {
            let key = [("pk", text(key_of(group))), ("sk", text(NAME))];
            keys = keys.keys(key.map(|(name, value)| (name.to_owned(), value)).into());
        }
        let mut asked = Some(super::table::built(GET, keys.build())?);
        let mut known = BTreeMap::new();
        for _ in 0..MAX_CALLS {
            let Some(keys) = asked.take() else { return Ok(known) };
            let call = self.table.client.batch_get_item().request_items(&self.table.name, keys);
            let mut answer = call.send().await.map_err(|error| failed(GET, &error))?;
            let found = answer.responses.as_mut().and_then(|tables| tables.remove(&self.table.name));
            known.extend(
                found.unwrap_or_default().iter().filter_map(|found| read_since(&item::to_json(found), since)),
            );
            asked = answer.unprocessed_keys.and_then(|mut tables| tables.remove(&self.table.name));
        }
        Err(AwsError::new(GET, Class::Throttled, "the table leaves out keys again and again"))
    }
}

/// Returns the partition key of a group's item.
fn key_of(group: &GroupId) -> String {
    format!("{GROUP}{group}")
}

/// Returns the group of an item and what is known about it, if its name was read after `since`.
fn read_since(item: &serde_json::Map<String, Value>, since: SystemTime) -> Option<(GroupId, KnownGroup)> {
    let group = item.get("pk")?.as_str()?.strip_prefix(GROUP)?;
    let moment = |name| Some(UNIX_EPOCH + Duration::from_millis(item.get(name)?.as_u64()?));
    let read_at = moment("readAt")?;
    let name = item.get("name")?.as_str().filter(|name| !name.is_empty() && read_at > since)?.to_owned();
    let nothing = item.get("nothing").and_then(Value::as_str).map(str::to_owned).zip(moment("nothingAt"));
    Some((GroupId::new(group).ok()?, KnownGroup { name, read_at, nothing }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_counts_for_the_events_before_it() {
        let at = UNIX_EPOCH + Duration::from_secs(100);
        let group = KnownGroup::read("finance".to_owned(), at);
        let noted = group.clone().with_nothing("no rule".to_owned(), at);
        let event = |second| UNIX_EPOCH + Duration::from_secs(second);
        assert_eq!(noted.nothing_since(event(97)), Some("no rule"));
        assert_eq!(noted.nothing_since(event(98)), None, "a rule may have come with the event");
        assert_eq!(noted.nothing_since(event(101)), None);
        assert_eq!(group.nothing_since(event(0)), None);
    }
}
