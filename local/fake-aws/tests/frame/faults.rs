//! Faults hit the calls that their rule matches, look to the client like real AWS errors, and
//! appear in the trace.

use crate::{HUB, REGION, code, dynamodb, hub, in_world, member_role, sts};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use fake_aws::service::Refusal;
use fake_aws::{Covers, Effect, FakeAws, Outcome, RateLimit, Rule};
use serde_json::json;
use std::time::Duration;

async fn counter(aws: &FakeAws) -> aws_sdk_dynamodb::Client {
    let table = json!({
        "TableName": "Counters",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
    });
    aws.create_table(HUB, REGION, table).await.unwrap();
    dynamodb(&hub(aws))
}

async fn count(client: &aws_sdk_dynamodb::Client) -> bool {
    let key = AttributeValue::S("x".to_owned());
    let one = AttributeValue::N("1".to_owned());
    let update = client.update_item().table_name("Counters").key("id", key);
    update.update_expression("ADD n :one").expression_attribute_values(":one", one).send().await.is_ok()
}

async fn counted(aws: &FakeAws) -> Option<String> {
    let items = aws.scan(HUB, REGION, "Counters").await.unwrap();
    Some(items.first()?["n"]["N"].as_str()?.to_owned())
}

#[test]
fn a_throttle_is_retried_by_the_sdk_and_then_surfaces() {
    in_world(1, async |aws| {
        aws.inject(Rule::on("sts:GetCallerIdentity", Effect::Throttle).times(5));
        let client = sts(&hub(&aws));
        let error = client.get_caller_identity().send().await.unwrap_err();
        assert_eq!(code(&error), "Throttling");
        assert_eq!(aws.calls().len(), 3);
        client.get_caller_identity().send().await.unwrap();
        assert_eq!(aws.calls().len(), 6);
        assert!(aws.unspent_faults().is_empty());
    });
}

#[test]
fn a_lost_answer_leaves_the_effect_and_the_retry_repeats_it() {
    in_world(1, async |aws| {
        let client = counter(&aws).await;
        aws.inject(Rule::on("dynamodb:UpdateItem", Effect::LoseAnswer));
        assert!(count(&client).await);
        assert_eq!(counted(&aws).await.as_deref(), Some("2"));
    });
}

#[test]
fn when_every_answer_is_lost_the_client_sees_no_service_error() {
    in_world(1, async |aws| {
        aws.inject(Rule::on("sts:*", Effect::LoseAnswer).always());
        let error = sts(&hub(&aws)).get_caller_identity().send().await.unwrap_err();
        assert!(
            matches!(error, aws_sdk_sts::error::SdkError::DispatchFailure(ref failure) if failure.is_io()),
            "{error:?}"
        );
        assert!(
            aws.calls().iter().all(|call| call.outcome == Outcome::Ok && call.fault == Some("lose answer"))
        );
    });
}

#[test]
fn a_call_delivered_twice_takes_effect_twice_for_one_request() {
    in_world(1, async |aws| {
        let client = counter(&aws).await;
        aws.inject(Rule::on("dynamodb:*", Effect::Twice));
        assert!(count(&client).await);
        assert_eq!(counted(&aws).await.as_deref(), Some("2"));
        assert_eq!(aws.calls().len(), 1);
    });
}

#[test]
fn a_refusal_and_a_server_error_come_before_the_effect() {
    in_world(1, async |aws| {
        let client = counter(&aws).await;
        aws.inject(Rule::on("*:*", Effect::ServerError).times(3));
        assert!(!count(&client).await);
        aws.inject(Rule::on("*:*", Effect::Refuse(Refusal::new("AccessDeniedException", "no"))));
        assert!(!count(&client).await);
        assert_eq!(counted(&aws).await, None);
    });
}

#[test]
fn a_delayed_call_takes_effect_late() {
    in_world(1, async |aws| {
        aws.inject(Rule::on("sts:GetCallerIdentity", Effect::Delay(Duration::from_secs(30))));
        let before = aws.clock().now();
        sts(&hub(&aws)).get_caller_identity().send().await.unwrap();
        let call = &aws.calls()[0];
        assert!(call.at >= before + Duration::from_secs(30));
        assert!(call.duration < Duration::from_secs(31));
    });
}

/// Counts with a client that waits ten seconds for an answer, after this delay, and returns whether
/// there was an answer, and what is counted two minutes later.
async fn counted_after(aws: &FakeAws, delay: Duration) -> (bool, Option<String>) {
    counter(aws).await;
    aws.inject(Rule::on("dynamodb:UpdateItem", Effect::Delay(delay)));
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(10)).build();
    let answered = count(&dynamodb(&hub(aws).into_builder().timeout_config(timeouts).build())).await;
    aws.clock().sleep(Duration::from_mins(2)).await;
    (answered, counted(aws).await)
}

#[test]
fn a_request_is_carried_out_although_its_client_has_gone() {
    let counted = in_world(1, async |aws| counted_after(&aws, Duration::from_secs(30)).await);
    assert_eq!(counted, (false, Some("1".to_owned())));
}

#[test]
fn a_request_more_than_a_minute_late_is_never_carried_out() {
    let counted = in_world(1, async |aws| counted_after(&aws, Duration::from_secs(90)).await);
    assert_eq!(counted, (false, None));
}

#[test]
fn a_rule_picks_by_caller_and_text_and_lets_the_first_ones_pass() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(member_role()));
        let denial = Effect::Refuse(Refusal::new("AccessDenied", "no"));
        aws.inject(Rule::on("sts:AssumeRole", denial.clone()).from("another function"));
        aws.inject(Rule::on("sts:AssumeRole", denial.clone()).about("no such text"));
        aws.inject(Rule::on("sts:AssumeRole", denial).from("plan-access").about("studio-access").after(1));
        let client = sts(&hub(&aws));
        let assume = || {
            let asking = client.assume_role().role_arn(crate::MEMBER_ROLE).role_session_name("studio-access");
            asking.external_id("studio-access").send()
        };
        let passed = [assume().await.is_ok(), assume().await.is_ok(), assume().await.is_ok()];
        assert_eq!(passed, [true, false, true]);
        assert_eq!(aws.unspent_faults().len(), 2);
        aws.clear_faults();
        assert!(aws.unspent_faults().is_empty());
    });
}

#[test]
fn a_rate_limit_fills_up_again_with_virtual_time() {
    in_world(1, async |aws| {
        aws.set_limits(vec![RateLimit::new("sts", Covers::EachOperation, 2.0)]);
        let config =
            hub(&aws).into_builder().retry_config(aws_smithy_types::retry::RetryConfig::disabled()).build();
        let client = sts(&config);
        let ask = async || client.get_caller_identity().send().await.is_ok();
        assert_eq!([ask().await, ask().await, ask().await], [true, true, false]);
        aws.clock().sleep(Duration::from_millis(500)).await;
        assert_eq!([ask().await, ask().await], [true, false]);
    });
}

#[test]
fn identity_store_allows_twenty_requests_a_second_per_api() {
    in_world(1, async |aws| {
        let config =
            hub(&aws).into_builder().retry_config(aws_smithy_types::retry::RetryConfig::disabled()).build();
        let client = aws_sdk_identitystore::Client::new(&config);
        let asks = (0..25).map(|_| client.list_users().identity_store_id("d-1234567890").send());
        let mut running = tokio::task::JoinSet::new();
        for ask in asks {
            running.spawn(ask);
        }
        running.join_all().await;
        let throttled = aws
            .calls()
            .iter()
            .filter(|c| c.outcome == Outcome::Refused("ThrottlingException".to_owned()))
            .count();
        assert_eq!(throttled, 5);
    });
}
