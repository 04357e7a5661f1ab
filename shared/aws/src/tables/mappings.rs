//! The table `GroupMappings`: reads all rules.

use super::item;
use super::table::{List, Table, pages};
use crate::error::AwsError;
use aws_types::SdkConfig;
use contract::convention::Convention;
use contract::mapping;
use contract::rules::Rules;
use contract::settings::{BadSetting, Env};

const ALL: List =
    List { operation: "dynamodb:Scan GroupMappings", endless: "the table does not end", max_pages: 1000 };

/// The table of mappings, together with the naming convention.
#[derive(Debug)]
pub struct Mappings {
    table: Table,
    convention: Option<Convention>,
}

impl Mappings {
    /// Opens the table in `GROUP_MAPPINGS_TABLE`. `NAMING_CONVENTION` is optional JSON.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let table = Table::open(sdk, env, "GROUP_MAPPINGS_TABLE")?;
        Ok(Self { table, convention: env.json("NAMING_CONVENTION")? })
    }

    /// Reads all rules with a consistent scan of the whole table. The table is small (one row for a
    /// group and a domain), so one call is usually enough.
    pub async fn rules(&self) -> Result<Rules, AwsError> {
        let scan = || self.table.client.scan().table_name(&self.table.name).consistent_read(true);
        let rows = pages(&ALL, None, |start| scan().set_exclusive_start_key(start).send()).await?;
        let mut rules = Rules { convention: self.convention.clone(), ..Rules::default() };
        for row in &rows {
            match mapping::from_row(&item::to_json(row)) {
                Ok(mapping) => rules.rows.push(mapping),
                Err(bad) => rules.bad.push(*bad),
            }
        }
        Ok(rules)
    }
}
