//! Names of groups by id, shared by all functions: a user in hundreds of groups costs a read of the
//! table for each hundred of them, and no call of the Identity Store, which answers 20 calls a
//! second [2.11].
//!
//! A name is believed for ten minutes. What gives access reads the name that matters anew; what
//! deletes something believes only names that were read since its plan was made.

use super::item;
use super::table::{Table, failed, millis, number, text};
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

/// Time for which a name is believed.
const AGE: Duration = Duration::from_mins(10);

/// Keys of one call.
const PAGE: usize = 100;

/// Maximum number of calls for the keys that one call left out.
const MAX_CALLS: usize = 5;

/// Prefix of the partition key.
const GROUP: &str = "group#";

/// The sort key.
const NAME: &str = "name";

/// The names, in the table `Grants`.
#[derive(Debug)]
pub struct GroupNames {
    table: Table,
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
            known.extend(self.page(page, since).await?);
        }
        Ok(known)
    }

    /// Remembers the name of a group. `read_at`: before the call that read it.
    pub async fn learn(&self, group: &GroupId, name: &str, read_at: SystemTime) -> Result<(), AwsError> {
        self.put(group, name, read_at).await
    }

    /// Forgets the name of a group: whoever needs it next reads it from the directory.
    pub async fn forget(&self, group: &GroupId) -> Result<(), AwsError> {
        self.put(group, "", UNIX_EPOCH).await
    }

    async fn put(&self, group: &GroupId, name: &str, read_at: SystemTime) -> Result<(), AwsError> {
        let call = self
            .table
            .client
            .put_item()
            .table_name(&self.table.name)
            .item("pk", text(format!("{GROUP}{group}")))
            .item("sk", text(NAME))
            .item("name", text(name))
            .item("readAt", number(millis(read_at)));
        call.send().await.map(|_| ()).map_err(|error| failed(PUT, &error))
    }

    async fn page(
        &self,
        groups: &[GroupId],
        since: SystemTime,
    ) -> Result<BTreeMap<GroupId, String>, AwsError> {
        let mut keys = KeysAndAttributes::builder();
        for group in groups {
            let key = [("pk", text(format!("{GROUP}{group}"))), ("sk", text(NAME))];
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

/// Returns the group and the name of an item, if it was read after `since`.
fn read_since(item: &serde_json::Map<String, Value>, since: SystemTime) -> Option<(GroupId, String)> {
    let group = item.get("pk")?.as_str()?.strip_prefix(GROUP)?;
    let read_at = UNIX_EPOCH + Duration::from_millis(item.get("readAt")?.as_u64()?);
    let name = item.get("name")?.as_str().filter(|name| !name.is_empty() && read_at > since)?;
    Some((GroupId::new(group).ok()?, name.to_owned()))
}
