//! Our two DynamoDB tables: `GroupMappings`, which administrators write, and `Grants`, the ledger that we write.

mod item;
pub mod sweeps;

use crate::fault::{Class, Fault};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SdkConfig;
use contract::convention::Convention;
use contract::entitlement::Rules;
use contract::grant::Grant;
use contract::ids::UserId;
use contract::job::Job;
use contract::mapping;
use contract::settings::{BadSetting, Env};
use contract::target::Target;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const SCAN: &str = "dynamodb:Scan GroupMappings";
const GET: &str = "dynamodb:GetItem Grants";
const QUERY: &str = "dynamodb:Query Grants";
const PUT: &str = "dynamodb:PutItem Grants";

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

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// It is written.
    Done,
    /// Another execution has written since we read: nothing was changed.
    Superseded,
}

/// The ledger.
#[derive(Debug)]
pub struct Ledger {
    client: Client,
    table: String,
    clock: SharedTimeSource,
}

impl Ledger {
    /// `GRANTS_TABLE` names the table.
    pub fn open(sdk: &SdkConfig, env: &Env) -> Result<Self, BadSetting> {
        let table = env.required("GRANTS_TABLE")?.to_owned();
        Ok(Self { client: Client::new(sdk), table, clock: sdk.time_source().unwrap_or_default() })
    }

    /// The grant of a user in a target, read consistently.
    pub async fn grant(&self, user: &UserId, target: &Target) -> Result<Option<Grant>, Fault> {
        let call = self.client.get_item().table_name(&self.table).consistent_read(true);
        let call = call.key("pk", text(user_key(user))).key("sk", text(target_key(target)));
        let answer = call.send().await.map_err(|error| failed(GET, &error))?;
        answer.item().map(|found| read(GET, found)).transpose()
    }

    /// Every grant of a user, read consistently, removed ones too.
    pub async fn grants(&self, user: &UserId) -> Result<Vec<Grant>, Fault> {
        let mut grants = Vec::new();
        let mut start = None;
        for _ in 0..MOST_PAGES {
            let call = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let call = call
                .key_condition_expression("pk = :user AND begins_with(sk, :target)")
                .expression_attribute_values(":user", text(user_key(user)))
                .expression_attribute_values(":target", text("target#".to_owned()));
            let page = call.send().await.map_err(|error| failed(QUERY, &error))?;
            for found in page.items() {
                grants.push(read(QUERY, found)?);
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(grants);
            }
        }
        Err(Fault::found(QUERY, Class::Unexpected, "the list of grants does not end"))
    }

    /// Writes a grant if the ledger still holds the version that was seen (0: none), or one that this very execution wrote: a repeated
    /// write of ours is "already so", another execution's is not ours to overwrite.
    pub async fn put(&self, grant: &Grant, seen: u64) -> Result<Write, Fault> {
        let Ok(Value::Object(json)) = serde_json::to_value(grant) else {
            return Err(Fault::found(PUT, Class::Unexpected, "a grant is not an object"));
        };
        let mut call = self.client.put_item().table_name(&self.table).set_item(Some(item::from_json(&json)));
        call = call.item("pk", text(user_key(&grant.user_id))).item("sk", text(target_key(&grant.target)));
        call = call
            .condition_expression("attribute_not_exists(pk) OR #version = :seen OR #execution = :mine")
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#execution", "execution")
            .expression_attribute_values(":seen", AttributeValue::N(seen.to_string()))
            .expression_attribute_values(":mine", text(grant.execution.clone()));
        match call.send().await {
            Ok(_) => Ok(Write::Done),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(Write::Superseded)
            }
            Err(error) => Err(failed(PUT, &error)),
        }
    }

    /// Notes on the grant what is about to go: the spaces, which exist nowhere else once they are deleted, and the home directory's
    /// uid [3.38]. Nothing is noted where there is no grant.
    pub async fn note_leaving(
        &self,
        job: &Job,
        spaces: &[String],
        home_efs_uid: Option<&str>,
    ) -> Result<Write, Fault> {
        let Some(mut grant) = self.grant(&job.user.user_id, &job.target).await? else {
            return Ok(Write::Done);
        };
        let seen = grant.version;
        grant.spaces.extend(spaces.iter().cloned());
        grant.home_efs_uid = home_efs_uid.map(str::to_owned).or(grant.home_efs_uid);
        self.put(&self.signed(grant, job), seen).await
    }

    /// The grant as this execution writes it: who, why, when, one version on.
    pub fn signed(&self, grant: Grant, job: &Job) -> Grant {
        let now = OffsetDateTime::from(self.clock.now()).truncate_to_second();
        Grant {
            execution: job.execution.clone(),
            reason: job.cause.reason.clone(),
            event_id: job.cause.event_id.clone(),
            updated_at: now.format(&Rfc3339).unwrap_or_default(),
            version: grant.version + 1,
            ..grant
        }
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

fn text(text: String) -> AttributeValue {
    AttributeValue::S(text)
}

fn user_key(user: &UserId) -> String {
    format!("user#{user}")
}

fn target_key(target: &Target) -> String {
    format!("target#{target}")
}

#[expect(
    clippy::disallowed_types,
    reason = "the SDK hands items over in this type; nothing iterates over it"
)]
fn read(
    operation: &'static str,
    found: &std::collections::HashMap<String, AttributeValue>,
) -> Result<Grant, Fault> {
    let mut json = item::to_json(found);
    json.remove("pk");
    json.remove("sk");
    serde_json::from_value(Value::Object(json)).map_err(|error| {
        Fault::found(operation, Class::Unexpected, format!("a grant cannot be read: {error}"))
    })
}
