//! Tables answer in pages of a megabyte, accept batches and items of limited size, and have sparse
//! indices.

use crate::{HUB, REGION, code, dynamodb, hub, in_world};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, PutRequest, TransactWriteItem, WriteRequest};
use fake_aws::FakeAws;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TABLE: &str = "Notes";

/// Creates a table with an index of the items that have a colour.
async fn with_notes(aws: &FakeAws) -> Client {
    let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
    let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let index = json!({ "IndexName": "ByColour", "Projection": { "ProjectionType": "ALL" },
        "KeySchema": [key("colour", "HASH"), key("pk", "RANGE")] });
    let table = json!({ "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST", "GlobalSecondaryIndexes": [index],
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "AttributeDefinitions": [attribute("pk"), attribute("sk"), attribute("colour")] });
    aws.create_table(HUB, REGION, table).await.unwrap();
    dynamodb(&hub(aws))
}

async fn put(aws: &FakeAws, pk: &str, sk: &str, more: Value) {
    let mut item = json!({ "pk": { "S": pk }, "sk": { "S": sk } });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    aws.put_item(HUB, REGION, TABLE, item).await.unwrap();
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[test]
fn a_query_and_a_scan_look_at_a_megabyte_and_say_where_to_go_on() {
    in_world(1, async |aws| {
        let client = with_notes(&aws).await;
        for number in 0..30 {
            put(&aws, "all", &format!("{number:02}"), json!({ "text": { "S": "x".repeat(100_000) } })).await;
        }
        let query = || client.query().table_name(TABLE).key_condition_expression("pk = :all");
        let query = || query().expression_attribute_values(":all", text("all"));
        let mut seen = BTreeSet::new();
        let (mut start, mut pages) = (None, Vec::new());
        loop {
            let page = query().set_exclusive_start_key(start).send().await.unwrap();
            pages.push(page.items().len());
            seen.extend(page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()));
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                break;
            }
        }
        assert_eq!((pages, seen.len()), (vec![10, 10, 10], 30));
        let filtered = client.scan().table_name(TABLE).filter_expression("sk > :no");
        let filtered = filtered.expression_attribute_values(":no", text("99")).send().await.unwrap();
        assert_eq!(
            (filtered.items().len(), filtered.scanned_count()),
            (0, 10),
            "a filter comes after the page"
        );
        assert!(filtered.last_evaluated_key().is_some());
    });
}

#[test]
fn an_index_has_those_who_have_its_keys_and_no_page_loses_one() {
    in_world(1, async |aws| {
        let client = with_notes(&aws).await;
        for number in 0..12 {
            let colour = if number % 3 == 0 { json!({}) } else { json!({ "colour": { "S": "red" } }) };
            put(&aws, "same", &format!("{number:02}"), colour).await;
        }
        let scan = client.scan().table_name(TABLE).index_name("ByColour").send().await.unwrap();
        assert_eq!(scan.items().len(), 8);
        let mut seen = Vec::new();
        let mut start = None;
        for _ in 0..3 {
            let query = client.query().table_name(TABLE).index_name("ByColour").limit(3);
            let query = query.key_condition_expression("colour = :red");
            let query = query.expression_attribute_values(":red", text("red"));
            let page = query.set_exclusive_start_key(start).send().await.unwrap();
            seen.extend(page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()));
            start = page.last_evaluated_key().cloned();
        }
        assert_eq!(seen, ["01", "02", "04", "05", "07", "08", "10", "11"]);
        assert_eq!(start, None);
    });
}

#[test]
fn the_index_follows_changed_and_deleted_items() {
    in_world(1, async |aws| {
        let client = with_notes(&aws).await;
        for sk in ["a", "b", "c", "d"] {
            put(&aws, "one", sk, json!({ "colour": { "S": "red" } })).await;
        }
        let key = |sk: &str| [("pk".to_owned(), text("one")), ("sk".to_owned(), text(sk))].into();
        let update = |sk: &str, how: &str| {
            let update = client.update_item().table_name(TABLE).set_key(Some(key(sk))).update_expression(how);
            if how.contains(':') { update.expression_attribute_values(":blue", text("blue")) } else { update }
        };
        update("a", "SET colour = :blue").send().await.unwrap();
        update("b", "REMOVE colour").send().await.unwrap();
        client.delete_item().table_name(TABLE).set_key(Some(key("c"))).send().await.unwrap();
        let put = Put::builder().table_name(TABLE).set_item(Some(key("e"))).item("colour", text("blue"));
        let put = TransactWriteItem::builder().put(put.build().unwrap()).build();
        client.transact_write_items().transact_items(put).send().await.unwrap();
        let of = async |colour: &str| -> Vec<String> {
            let query = client.query().table_name(TABLE).index_name("ByColour");
            let query =
                query.key_condition_expression("colour = :c").expression_attribute_values(":c", text(colour));
            let page = query.send().await.unwrap();
            page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()).collect()
        };
        assert_eq!(
            (of("red").await, of("blue").await),
            (vec!["d".to_owned()], vec!["a".to_owned(), "e".into()])
        );
    });
}

#[test]
fn a_batch_of_26_items_and_an_oversized_item_are_refused() {
    in_world(1, async |aws| {
        let client = with_notes(&aws).await;
        let write = |number: u32| {
            let put = PutRequest::builder().item("pk", text("all")).item("sk", text(&number.to_string()));
            WriteRequest::builder().put_request(put.build().unwrap()).build()
        };
        let batch = |size| client.batch_write_item().request_items(TABLE, (0..size).map(write).collect());
        batch(25).send().await.unwrap();
        assert_eq!(code(&batch(26).send().await.unwrap_err()), "ValidationException");
        let large = client.put_item().table_name(TABLE).item("pk", text("all")).item("sk", text("large"));
        let large = large.item("text", text(&"x".repeat(500_000))).send().await;
        assert_eq!(code(&large.unwrap_err()), "ValidationException");
    });
}

#[test]
fn a_value_of_another_type_than_an_index_key_is_refused() {
    in_world(1, async |aws| {
        let client = with_notes(&aws).await;
        let item = |colour: AttributeValue| {
            [("pk", text("a")), ("sk", text("b")), ("colour", colour)]
                .map(|(name, value)| (name.to_owned(), value))
        };
        for (colour, why) in [
            (AttributeValue::Bool(true), "Expected: S Actual: BOOL IndexName: ByColour"),
            (AttributeValue::N("7".to_owned()), "Expected: S Actual: N"),
            (text(""), "empty string"),
        ] {
            let put = client.put_item().table_name(TABLE).set_item(Some(item(colour.clone()).into()));
            let refused = put.send().await.unwrap_err();
            assert_eq!(code(&refused), "ValidationException");
            assert!(format!("{refused:?}").contains(why), "{refused:?}");
            let request = PutRequest::builder().set_item(Some(item(colour.clone()).into())).build().unwrap();
            let request = WriteRequest::builder().put_request(request).build();
            let batch = client.batch_write_item().request_items(TABLE, vec![request]).send().await;
            assert_eq!(code(&batch.unwrap_err()), "ValidationException");
            let put = Put::builder().table_name(TABLE).set_item(Some(item(colour).into())).build().unwrap();
            let transaction = client.transact_write_items();
            let transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
            transaction.send().await.unwrap_err();
        }
        assert_eq!(aws.scan(HUB, REGION, TABLE).await.unwrap().len(), 0);
        let fits = client.put_item().table_name(TABLE).set_item(Some(item(text("red")).into()));
        fits.send().await.unwrap();
    });
}
