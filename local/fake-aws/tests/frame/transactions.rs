//! An ongoing transaction blocks other writes of its items, and nothing else [5.37].

use crate::{HUB, REGION, code, dynamodb, hub};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, DeleteRequest, Get, Put, PutRequest, TransactGetItem, TransactWriteItem,
    WriteRequest,
};
use fake_aws::{Clock, FakeAws, FakeAwsSettings, run_virtual};
use serde_json::json;
use std::pin::Pin;
use std::time::{Duration, UNIX_EPOCH};
use tokio::join;

/// Milliseconds that every request takes to arrive, and every answer to return.
const WAY: u64 = 10;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// Runs a test in an emulated AWS with one table and exact latencies: a call that is sent at 0 ms
/// takes effect at 10 ms and is answered at 20 ms.
fn with_table<F: Future>(test: impl FnOnce(FakeAws, Client) -> F) -> F::Output {
    run_virtual(async {
        let clock = Clock::virtual_from(UNIX_EPOCH + Duration::from_secs(1_790_000_000));
        let aws = FakeAws::new(FakeAwsSettings { latency: WAY..=WAY, ..FakeAwsSettings::new(1, clock) });
        let table = json!({
            "TableName": "Leases",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        });
        aws.create_table(HUB, REGION, table).await.unwrap();
        let client = dynamodb(&hub(&aws));
        test(aws, client).await
    })
}

/// Runs a transaction that puts `ana` and checks `jane`.
async fn transaction(client: &Client) -> Result<(), String> {
    let check = ConditionCheck::builder()
        .table_name("Leases")
        .key("id", text("jane"))
        .condition_expression("attribute_not_exists(nobody)");
    let put = Put::builder().table_name("Leases").item("id", text("ana"));
    let call = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().condition_check(check.build().unwrap()).build())
        .transact_items(TransactWriteItem::builder().put(put.build().unwrap()).build());
    call.send().await.map(|_| ()).map_err(|error| {
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
        else {
            return code(&error).to_owned();
        };
        let codes = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default());
        codes.collect::<Vec<_>>().join(" ")
    })
}

/// Runs a call that is sent `later` milliseconds after a transaction.
fn meeting<'a, T: 'a>(
    aws: &'a FakeAws,
    client: &'a Client,
    later: u64,
    call: impl Future<Output = T> + 'a,
) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(async move {
        let (done, answer) = join!(transaction(client), async {
            aws.clock().sleep(Duration::from_millis(later)).await;
            call.await
        });
        assert_eq!(done, Ok(()));
        answer
    })
}

async fn put(client: &Client, id: &str) -> Result<(), String> {
    let call = client.put_item().table_name("Leases").item("id", text(id));
    call.send().await.map(|_| ()).map_err(|error| code(&error).to_owned())
}

#[test]
fn a_single_write_meets_a_transaction_on_its_item() {
    with_table(async |aws, client| {
        let conflict = Err("TransactionConflictException".to_owned());
        for id in ["ana", "jane"] {
            assert_eq!(meeting(&aws, &client, 5, put(&client, id)).await, conflict, "put {id}");
            let update = client.update_item().table_name("Leases").key("id", text(id)).send();
            let error = meeting(&aws, &client, 5, update).await.unwrap_err();
            assert_eq!(code(&error), "TransactionConflictException", "update {id}");
            let delete = client.delete_item().table_name("Leases").key("id", text(id)).send();
            let error = meeting(&aws, &client, 5, delete).await.unwrap_err();
            assert_eq!(code(&error), "TransactionConflictException", "delete {id}");
        }
        assert_eq!(meeting(&aws, &client, 5, put(&client, "omar")).await, Ok(()));
    });
}

#[test]
fn a_transaction_is_at_work_until_it_is_answered() {
    with_table(async |aws, client| {
        assert_eq!(meeting(&aws, &client, WAY, put(&client, "ana")).await, Ok(()));
        assert!(meeting(&aws, &client, WAY - 1, put(&client, "ana")).await.is_err());
    });
}

#[test]
fn of_two_transactions_on_an_item_one_is_cancelled() {
    with_table(async |aws, client| {
        let other = Put::builder().table_name("Leases").item("id", text("omar")).build().unwrap();
        let same = Put::builder().table_name("Leases").item("id", text("ana")).build().unwrap();
        let second = client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(other).build())
            .transact_items(TransactWriteItem::builder().put(same).build())
            .send();
        let error = meeting(&aws, &client, 5, second).await.unwrap_err();
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
        else {
            panic!("it is not cancelled: {error:?}")
        };
        let codes: Vec<_> = cancelled.cancellation_reasons().iter().map(|reason| reason.code()).collect();
        assert_eq!(codes, [Some("None"), Some("TransactionConflict")]);
        let stored = aws.scan(HUB, REGION, "Leases").await.unwrap();
        assert_eq!(stored, [json!({"id": {"S": "ana"}})], "a cancelled transaction writes nothing");
    });
}

#[test]
fn only_a_transactional_read_meets_a_transaction() {
    with_table(async |aws, client| {
        let get = client.get_item().table_name("Leases").key("id", text("ana")).consistent_read(true).send();
        assert!(meeting(&aws, &client, 5, get).await.unwrap().item().is_some());
        assert!(meeting(&aws, &client, 5, client.scan().table_name("Leases").send()).await.is_ok());
        let get = Get::builder().table_name("Leases").key("id", text("ana")).build().unwrap();
        let read = client.transact_get_items().transact_items(TransactGetItem::builder().get(get).build());
        let error = meeting(&aws, &client, 5, read.send()).await.unwrap_err();
        assert_eq!(code(&error), "TransactionCanceledException");
    });
}

#[test]
fn a_batch_leaves_over_what_meets_a_transaction() {
    with_table(async |aws, client| {
        let put = |id: &str| {
            let put = PutRequest::builder().item("id", text(id)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        };
        let delete = DeleteRequest::builder().key("id", text("jane")).build().unwrap();
        let delete = WriteRequest::builder().delete_request(delete).build();
        let held = vec![put("ana"), delete];
        let all = vec![held[0].clone(), put("omar"), held[1].clone()];
        let batch = client.batch_write_item().request_items("Leases", all).send();
        let answer = meeting(&aws, &client, 5, batch).await.unwrap();
        assert_eq!(answer.unprocessed_items().unwrap()["Leases"], held);
        let stored = aws.scan(HUB, REGION, "Leases").await.unwrap();
        assert_eq!(stored, [json!({"id": {"S": "ana"}}), json!({"id": {"S": "omar"}})]);
        let batch = client.batch_write_item().request_items("Leases", held.clone()).send();
        let answer = meeting(&aws, &client, 5, batch).await.unwrap();
        assert_eq!(answer.unprocessed_items().unwrap()["Leases"], held);
    });
}

#[test]
fn behind_the_back_of_clients_nothing_is_in_the_way() {
    with_table(async |aws, client| {
        let item = json!({ "id": { "S": "ana" }, "n": { "N": "7" } });
        let written = meeting(&aws, &client, 15, aws.put_item(HUB, REGION, "Leases", item));
        assert!(written.await.is_ok());
    });
}
