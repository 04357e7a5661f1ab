//! Our two DynamoDB tables: `GroupMappings`, which administrators write, and `Grants`, the ledger that we write.

pub mod ceiling;
mod history;
mod item;
mod lease;
mod ledger;
mod memberships;
pub mod sweeps;

pub use lease::{Acquired, Claim, Holder};
pub use ledger::{Ledger, LedgerError, OfUser};

use crate::fault::{Class, Fault};
use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use contract::convention::Convention;
use contract::entitlement::Rules;
use contract::mapping;
use contract::settings::{BadSetting, Env};

const SCAN: &str = "dynamodb:Scan GroupMappings";

/// A boundary on pages of a megabyte; more means that the pages go in a circle.
const MOST_PAGES: usize = 1000;

/// The table of mappings, together with the naming convention.
#[derive(Debug)]
pub struct Mappings {
    client: Client,
    table: String,
    convention: Option<Convention>,
}

impl Mappings {
    /// `GROUP_MAPPINGS_TABLE` names the table; `NAMING_CONVENTION` is optional JSON.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let table = env.required("GROUP_MAPPINGS_TABLE")?.to_owned();
        Ok(Self { client: Client::new(sdk), table, convention: env.json("NAMING_CONVENTION")? })
    }

    /// Every rule there is, read consistently and whole. The table is small (a row for a group and a domain), so that one call usually does.
    pub async fn rules(&self) -> Result<Rules, Fault> {
        let mut rules = Rules { convention: self.convention.clone(), ..Rules::default() };
        let mut start = None;
        for _ in 0..MOST_PAGES {
            let call = self
                .client
                .scan()
                .table_name(&self.table)
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let page = call.send().await.map_err(|error| failed(SCAN, &error))?;
            for row in page.items() {
                match mapping::from_row(&item::to_json(row)) {
                    Ok(mapping) => rules.rows.push(mapping),
                    Err(bad) => rules.bad.push(*bad),
                }
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(rules);
            }
        }
        Err(Fault::found(SCAN, Class::Unexpected, "the table does not end"))
    }
}

/// A table that is not there is a mistake in the installation, not in the request.
fn failed<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let fault = Fault::of(operation, error);
    if fault.is("ResourceNotFoundException") { Fault { class: Class::Misconfigured, ..fault } } else { fault }
}
