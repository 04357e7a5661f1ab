//! The crate's engine without its snapshots, and with lookups by index key. After every answer,
//! even to a read, the engine copies all tables for listeners that are never registered, and a
//! query of an index scans all items: both are too slow for a ledger of a hundred thousand grants.
//! Everything else is passed to the crate's in-memory backend.

use super::index::Indices;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
#[allow(clippy::wildcard_imports, reason = "the types of a trait that is repeated here as a whole")]
use winterbaume_dynamodb::types::*;
use winterbaume_dynamodb::{
    DynamoDbBackend, DynamoDbError, DynamoDbService, DynamodbStateView, InMemoryDynamoDbBackend, QueryResult,
    StateViewError,
};

/// Creates a service without tables.
pub(super) fn service() -> DynamoDbService {
    DynamoDbService::with_backend(Arc::new(Quiet::default()))
}

#[derive(Default, Clone)]
struct Quiet {
    memory: Arc<InMemoryDynamoDbBackend>,
    indices: Arc<Mutex<Indices>>,
}

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Done<T> = Later<Result<T, DynamoDbError>>;

impl Quiet {
    fn indices<T>(&self, look: impl FnOnce(&mut Indices) -> T) -> T {
        look(&mut self.indices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Refuses items that do not fit the indices of their tables. A key alone fits.
    fn check(&self, (account, region): (&str, &str), items: &[(String, Item)]) -> Result<(), DynamoDbError> {
        items.iter().try_for_each(|(table, item)| {
            let place = (account.to_owned(), region.to_owned(), table.clone());
            self.indices(|indices| indices.check(&place, item))
        })
    }

    /// Waits for a write, then updates the indices for the items that it concerns, given with their
    /// tables.
    fn noted<T: Send + 'static>(
        &self,
        (account, region): (String, String),
        about: Vec<(String, Item)>,
        written: Done<T>,
    ) -> Done<T> {
        let this = self.clone();
        Box::pin(async move {
            let answer = written.await;
            for (table, key) in about {
                let place = (account.clone(), region.clone(), table.clone());
                if this.indices(|indices| indices.concern(&place)) {
                    let now = this.memory.get_item(account.clone(), region.clone(), table, key.clone());
                    let now = now.await.ok().flatten();
                    this.indices(|indices| indices.touch(&place, &key, now.as_ref()));
                }
            }
            answer
        })
    }
}

/// Implements the trait by passing every listed method to the in-memory backend. The methods that
/// create a table, write items or query are written out.
macro_rules! handed_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl DynamoDbBackend for Quiet {
            $(fn $name(&self, account: String, region: String, $($argument: $type),*) -> Later<$answer> {
                self.memory.$name(account, region, $($argument),*)
            })*

            fn snapshot(&self, _: String, _: String) -> Later<DynamodbStateView> {
                Box::pin(async { DynamodbStateView::default() })
            }

            fn scopes_with_state(&self) -> Vec<(String, String)> {
                self.memory.scopes_with_state()
            }

            fn create_table(
                &self,
                account: String,
                region: String,
                name: String,
                keys: Vec<KeySchemaElement>,
                attributes: Vec<AttributeDefinition>,
                billing: Option<String>,
                throughput: Option<ProvisionedThroughput>,
                streams: bool,
                view: Option<String>,
                indices: Vec<GlobalSecondaryIndexDef>,
                local: Vec<LocalSecondaryIndexDef>,
            ) -> Done<Table> {
                let place = (account.clone(), region.clone(), name.clone());
                let (this, known) = (self.clone(), (keys.clone(), attributes.clone(), indices.clone()));
                let made = self.memory.create_table(
                    account, region, name, keys, attributes, billing, throughput, streams, view, indices, local,
                );
                Box::pin(async move {
                    let table = made.await?;
                    this.indices(|all| all.open(place, &known.0, &known.1, &known.2));
                    Ok(table)
                })
            }

            fn put_item(&self, account: String, region: String, table: String, item: Item) -> Done<Option<Item>> {
                let about = vec![(table.clone(), item.clone())];
                if let Err(refused) = self.check((&account, &region), &about) {
                    return Box::pin(ready(Err(refused)));
                }
                let written = self.memory.put_item(account.clone(), region.clone(), table, item);
                self.noted((account, region), about, written)
            }

            fn delete_item(&self, account: String, region: String, table: String, key: Item) -> Done<Option<Item>> {
                let about = vec![(table.clone(), key.clone())];
                let written = self.memory.delete_item(account.clone(), region.clone(), table, key);
                self.noted((account, region), about, written)
            }

            fn update_item(
                &self,
                account: String,
                region: String,
                table: String,
                key: Item,
                actions: Vec<UpdateAction>,
            ) -> Done<Option<Item>> {
                let about = vec![(table.clone(), key.clone())];
                let written = self.memory.update_item(account.clone(), region.clone(), table, key, actions);
                self.noted((account, region), about, written)
            }

            fn batch_write_item(
                &self,
                account: String,
                region: String,
                table: String,
                puts: Vec<Item>,
                deletes: Vec<Item>,
            ) -> Done<()> {
                let about: Vec<_> = puts.iter().chain(&deletes).map(|item| (table.clone(), item.clone())).collect();
                if let Err(refused) = self.check((&account, &region), &about) {
                    return Box::pin(ready(Err(refused)));
                }
                let written = self.memory.batch_write_item(account.clone(), region.clone(), table, puts, deletes);
                self.noted((account, region), about, written)
            }

            fn transact_write_items(&self, account: String, region: String, ops: Vec<TransactOp>) -> Done<()> {
                let about: Vec<_> =
                    ops.iter().map(|op| (op.table_name().to_owned(), op.target().clone())).collect();
                if let Err(refused) = self.check((&account, &region), &about) {
                    return Box::pin(ready(Err(refused)));
                }
                let written = self.memory.transact_write_items(account.clone(), region.clone(), ops);
                self.noted((account, region), about, written)
            }

            fn query(
                &self,
                account: String,
                region: String,
                table: String,
                conditions: Item,
                sort: Option<SortKeyCondition>,
                limit: Option<usize>,
                forward: bool,
                start: Option<Item>,
                index: Option<String>,
            ) -> Done<QueryResult> {
                let place = (account.clone(), region.clone(), table.clone());
                let plain = sort.is_none() && limit.is_none() && start.is_none();
                let index_alone = index.as_deref().filter(|_| plain);
                let found = index_alone.and_then(|index| self.indices(|all| all.find(&place, index, &conditions)));
                let Some(keys) = found else {
                    return self.memory.query(
                        account, region, table, conditions, sort, limit, forward, start, index,
                    );
                };
                let items = self.memory.batch_get_item(account, region, table, keys);
                Box::pin(async move {
                    let items = items.await?;
                    let count = items.len();
                    Ok(QueryResult { items, count, scanned_count: count, last_evaluated_key: None })
                })
            }
        }
    };
}

handed_on! {
    delete_table(name: String) -> Result<Table, DynamoDbError>;
    describe_table(name: String) -> Result<Table, DynamoDbError>;
    list_tables() -> Result<Vec<String>, DynamoDbError>;
    update_table(name: String, billing_mode: Option<String>, provisioned_throughput: Option<ProvisionedThroughput>) -> Result<Table, DynamoDbError>;
    update_stream_specification(table_name: String, stream_enabled: bool, stream_view_type: Option<String>) -> Result<Table, DynamoDbError>;
    list_streams(table_name: Option<String>) -> Result<Vec<StreamSummary>, DynamoDbError>;
    describe_stream_by_arn(stream_arn: String) -> Result<StreamSummary, DynamoDbError>;
    get_item(table_name: String, key: Item) -> Result<Option<Item>, DynamoDbError>;
    batch_get_item(table_name: String, keys: Vec<Item>) -> Result<Vec<Item>, DynamoDbError>;
    scan(table_name: String, limit: Option<usize>, exclusive_start_key: Option<Item>) -> Result<QueryResult, DynamoDbError>;
    transact_get_items(keys: Vec<(String, Item)>) -> Result<Vec<Option<Item>>, DynamoDbError>;
    create_backup(table_name: String, backup_name: String) -> Result<Backup, DynamoDbError>;
    delete_backup(backup_arn: String) -> Result<Backup, DynamoDbError>;
    describe_backup(backup_arn: String) -> Result<Backup, DynamoDbError>;
    list_backups(table_name: Option<String>) -> Result<Vec<Backup>, DynamoDbError>;
    restore_table_from_backup(backup_arn: String, target_table_name: String) -> Result<Table, DynamoDbError>;
    restore_table_to_point_in_time(source_table_name: String, target_table_name: String) -> Result<Table, DynamoDbError>;
    tag_resource(resource_arn: String, tags: Vec<DynamoDbTag>) -> Result<(), DynamoDbError>;
    untag_resource(resource_arn: String, tag_keys: Vec<String>) -> Result<(), DynamoDbError>;
    list_tags_of_resource(resource_arn: String) -> Result<Vec<DynamoDbTag>, DynamoDbError>;
    update_time_to_live(table_name: String, attribute_name: String, enabled: bool) -> Result<TtlConfig, DynamoDbError>;
    describe_time_to_live(table_name: String) -> Result<Option<TtlConfig>, DynamoDbError>;
    update_continuous_backups(table_name: String, enabled: bool) -> Result<ContinuousBackupsConfig, DynamoDbError>;
    describe_continuous_backups(table_name: String) -> Result<Option<ContinuousBackupsConfig>, DynamoDbError>;
    put_resource_policy(resource_arn: String, policy: String) -> Result<String, DynamoDbError>;
    get_resource_policy(resource_arn: String) -> Result<Option<ResourcePolicy>, DynamoDbError>;
    delete_resource_policy(resource_arn: String) -> Result<String, DynamoDbError>;
    create_global_table(global_table_name: String, replication_group: Vec<String>) -> Result<GlobalTableInfo, DynamoDbError>;
    describe_global_table(global_table_name: String) -> Result<GlobalTableInfo, DynamoDbError>;
    update_global_table(global_table_name: String, replicas_to_create: Vec<String>, replicas_to_delete: Vec<String>) -> Result<GlobalTableInfo, DynamoDbError>;
    list_global_tables() -> Result<Vec<GlobalTableInfo>, DynamoDbError>;
    enable_kinesis_streaming_destination(table_name: String, stream_arn: String, precision: Option<String>) -> Result<KinesisStreamingDestination, DynamoDbError>;
    disable_kinesis_streaming_destination(table_name: String, stream_arn: String) -> Result<KinesisStreamingDestination, DynamoDbError>;
    describe_kinesis_streaming_destinations(table_name: String) -> Result<Vec<KinesisStreamingDestination>, DynamoDbError>;
    update_kinesis_streaming_destination(table_name: String, stream_arn: String, precision: Option<String>) -> Result<KinesisStreamingDestination, DynamoDbError>;
    update_contributor_insights(table_name: String, index_name: Option<String>, mode: String) -> Result<ContributorInsightsConfig, DynamoDbError>;
    list_contributor_insights(table_name: Option<String>) -> Result<Vec<ContributorInsightsConfig>, DynamoDbError>;
    export_table_to_point_in_time(table_arn: String, s3_bucket: Option<String>, s3_prefix: Option<String>, export_format: Option<String>) -> Result<ExportInfo, DynamoDbError>;
    describe_export(export_arn: String) -> Result<ExportInfo, DynamoDbError>;
    list_exports() -> Vec<ExportInfo>;
    import_table(table_name: String, s3_bucket_source: Option<String>, input_format: Option<String>) -> ImportInfo;
    describe_import(import_arn: String) -> Result<ImportInfo, DynamoDbError>;
    list_imports() -> Vec<ImportInfo>;
    get_stream_records(stream_arn: String, next_sequence_number: u64, limit: Option<usize>) -> Result<(Vec<StreamChangeRecord>, u64), DynamoDbError>;
    restore(view: DynamodbStateView) -> Result<(), StateViewError>;
    merge(view: DynamodbStateView) -> Result<(), StateViewError>;
    describe_contributor_insights(table_name: String, index_name: Option<String>) -> Result<Option<ContributorInsightsConfig>, DynamoDbError>;
}
