//! The smallest emulated AWS in which everything is there: one user in one group, the group's mapping row, and a Studio domain in
//! another account with the role that leads there.

use anyhow::{Result, anyhow};
use fake_aws::{
    FakeAws,
    service::Refusal,
    services::{
        identity_store::IdentityStore,
        sts::Role,
        studio::{NewDomain, Place},
    },
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The hub's account.
pub const HUB_ACCOUNT: &str = "111122223333";
/// The account of the Studio domain.
pub const STUDIO_ACCOUNT: &str = "444455556666";
/// The Region of everything.
pub const REGION: &str = "eu-west-1";
/// The identity store.
pub const STORE: &str = "d-936733e5b2";
/// The one user, as the directory calls her.
pub const USER_NAME: &str = "ada.lovelace@example.com";
/// The one group.
pub const GROUP: &str = "studio-analysts";
const USER_ID: &str = "906766a8c1-7c3f2a10-5d2e-4b6b-9a34-2f1f6f5d9e11";
const GROUP_ID: &str = "906766a8c1-0b9d4c3e-8f7a-4c2d-b1e0-6d5c4b3a2f10";
/// The Studio domain.
pub const DOMAIN: &str = "d-analytics0001";
/// The role of the hub's functions.
pub const HUB_ROLE: &str = "arn:aws:iam::111122223333:role/studio-access-hub";
/// The role that the Studio account trusts them with.
pub const MEMBER_ROLE: &str = "arn:aws:iam::444455556666:role/studio-access";
/// What they have to say to assume it.
pub const EXTERNAL_ID: &str = "studio-access-small";
/// What the group stands for in the domain.
pub const EXECUTION_ROLE: &str = "arn:aws:iam::444455556666:role/studio/Analyst";
/// The table of mappings.
pub const MAPPINGS: &str = "GroupMappings";
/// The ledger.
pub const GRANTS: &str = "Grants";
/// The operators' controls.
pub const CONTROLS: &str = "Controls";

/// The environment variables that the template gives to the functions, for this emulated AWS.
pub fn settings() -> BTreeMap<String, String> {
    let settings = [
        ("IDENTITY_STORE_ID", STORE),
        ("GROUP_MAPPINGS_TABLE", MAPPINGS),
        ("GRANTS_TABLE", GRANTS),
        ("CONTROLS_TABLE", CONTROLS),
    ];
    settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Fills an empty emulated AWS.
pub async fn populate(aws: &FakeAws) -> Result<()> {
    let now = aws.clock().now();
    let place = Place::new(STUDIO_ACCOUNT, REGION, DOMAIN);
    aws.studio(|studio| studio.add_domain(NewDomain::sso(place), now))?;
    aws.directory(|directory| -> Result<()> {
        *directory = IdentityStore::new(HUB_ACCOUNT, REGION, STORE);
        directory.add_user(USER_ID, USER_NAME)?;
        directory.add_group(GROUP_ID, GROUP)?;
        directory.add_member(GROUP_ID, USER_ID)?;
        Ok(())
    })?;
    aws.roles(|roles| {
        let external_id = Some(EXTERNAL_ID.to_owned());
        roles.put_role(Role { external_id, ..Role::trusting(MEMBER_ROLE, &[HUB_ROLE]) });
    });
    for (table, keys) in [(MAPPINGS, ["group", "target"]), (GRANTS, ["pk", "sk"]), (CONTROLS, ["pk", "sk"])] {
        aws.create_table(HUB_ACCOUNT, REGION, table_with(table, keys)).await.map_err(|no| refused(&no))?;
    }
    let row = json!({
        "group": {"S": GROUP},
        "target": {"S": format!("{STUDIO_ACCOUNT}/{REGION}/{DOMAIN}")},
        "executionRoleArn": {"S": EXECUTION_ROLE},
    });
    aws.put_item(HUB_ACCOUNT, REGION, MAPPINGS, row).await.map_err(|no| refused(&no))?;
    Ok(())
}

fn table_with(name: &str, [partition, sort]: [&str; 2]) -> Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": partition, "AttributeType": "S"},
            {"AttributeName": sort, "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": sort, "KeyType": "RANGE"},
        ],
    })
}

fn refused(refusal: &Refusal) -> anyhow::Error {
    anyhow!("the emulated AWS refused its own population: {refusal:?}")
}
