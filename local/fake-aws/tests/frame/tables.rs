//! Tables support what leases and the ledger need.

use crate::{HUB, REGION, code, dynamodb, hub, in_world};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use fake_aws::FakeAws;
use serde_json::json;

async fn with_leases(aws: &FakeAws) -> aws_sdk_dynamodb::Client {
    let table = json!({
        "TableName": "Leases",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
    });
    aws.create_table(HUB, REGION, table).await.unwrap();
    dynamodb(&hub(aws))
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[test]
fn of_two_conditional_writes_the_loser_sees_the_winner() {
    in_world(1, async |aws| {
        let client = with_leases(&aws).await;
        let write = |owner: &str| {
            let put =
                client.put_item().table_name("Leases").item("id", text("jane")).item("owner", text(owner));
            put.condition_expression("attribute_not_exists(id)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
        };
        let (one, two) = tokio::join!(write("one"), write("two"));
        let error = match (one, two) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            both => panic!("exactly one may win: {both:?}"),
        };
        assert_eq!(code(&error), "ConditionalCheckFailedException");
        let PutItemError::ConditionalCheckFailedException(failed) = error.into_service_error() else {
            panic!("the code above says that a condition failed")
        };
        let old = failed.item();
        let stored = aws.scan(HUB, REGION, "Leases").await.unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!(
            old.and_then(|item| item["owner"].as_s().ok()).map(String::as_str),
            stored[0]["owner"]["S"].as_str()
        );
    });
}

#[test]
fn an_item_written_behind_the_clients_back_is_read_by_clients() {
    in_world(1, async |aws| {
        let client = with_leases(&aws).await;
        aws.put_item(HUB, REGION, "Leases", json!({ "id": { "S": "jane" }, "n": { "N": "7" } }))
            .await
            .unwrap();
        let got = client.get_item().table_name("Leases").key("id", text("jane")).send().await.unwrap();
        assert_eq!(got.item().unwrap()["n"], AttributeValue::N("7".to_owned()));
        aws.delete_item(HUB, REGION, "Leases", json!({ "id": { "S": "jane" } })).await.unwrap();
        assert!(aws.scan(HUB, REGION, "Leases").await.unwrap().is_empty());
    });
}

#[test]
fn a_table_tells_the_account_it_is_in() {
    in_world(1, async |aws| {
        let client = with_leases(&aws).await;
        let table = client.describe_table().table_name("Leases").send().await.unwrap();
        let arn = table.table().and_then(|table| table.table_arn()).unwrap().to_owned();
        assert_eq!(arn, format!("arn:aws:dynamodb:{REGION}:{HUB}:table/Leases"));
    });
}
