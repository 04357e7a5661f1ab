//! The account of a call is determined by the key that signed it, and by nothing else.

use crate::{HUB, HUB_ROLE, MEMBER, MEMBER_ROLE, REGION, code, dynamodb, hub, in_world, message, sts};
use aws_credential_types::Credentials;
use serde_json::json;

fn a_table() -> serde_json::Value {
    json!({
        "TableName": "Grants",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
    })
}

#[test]
fn the_signing_key_decides_whose_tables_are_seen() {
    in_world(1, async |aws| {
        aws.create_table(HUB, REGION, a_table()).await.unwrap();
        let theirs = aws.sdk_config("other", aws.caller(MEMBER_ROLE, "other"), REGION);
        let elsewhere = aws.sdk_config("hub", aws.caller(HUB_ROLE, "hub"), "us-east-1");
        let mut seen = Vec::new();
        for config in [hub(&aws), theirs, elsewhere] {
            let listed = dynamodb(&config).list_tables().send().await.unwrap();
            seen.push(listed.table_names().len());
        }
        assert_eq!(seen, [1, 0, 0]);
    });
}

#[test]
fn a_session_knows_its_own_account_and_name() {
    in_world(1, async |aws| {
        let config = aws.sdk_config("other", aws.caller(MEMBER_ROLE, "other"), REGION);
        let me = sts(&config).get_caller_identity().send().await.unwrap();
        assert_eq!(me.account(), Some(MEMBER));
        assert_eq!(me.arn(), Some("arn:aws:sts::444455556666:assumed-role/Hub/other"));
    });
}

#[test]
fn an_unknown_key_is_refused_in_the_words_of_each_service() {
    in_world(1, async |aws| {
        let config = aws.sdk_config("x", Credentials::new("AKIAUNKNOWN", "s", None, None, "test"), REGION);
        let at_dynamodb = dynamodb(&config).list_tables().send().await.unwrap_err();
        let at_sts = sts(&config).get_caller_identity().send().await.unwrap_err();
        assert_eq!(code(&at_dynamodb), "UnrecognizedClientException");
        assert_eq!(code(&at_sts), "InvalidClientTokenId");
    });
}

#[test]
fn a_temporary_key_without_its_token_is_refused() {
    in_world(1, async |aws| {
        let whole = aws.caller(HUB_ROLE, "x");
        let bare = Credentials::new(whole.access_key_id(), whole.secret_access_key(), None, None, "test");
        let error = sts(&aws.sdk_config("x", bare, REGION)).get_caller_identity().send().await.unwrap_err();
        assert_eq!(code(&error), "InvalidClientTokenId");
    });
}

#[test]
fn a_request_signed_with_another_secret_is_refused() {
    in_world(1, async |aws| {
        let whole = aws.caller(HUB_ROLE, "x");
        let token = whole.session_token().map(str::to_owned);
        let forged = Credentials::new(whole.access_key_id(), "not the secret", token, None, "test");
        let config = aws.sdk_config("x", forged, REGION);
        let at_sts = sts(&config).get_caller_identity().send().await.unwrap_err();
        let at_dynamodb = dynamodb(&config).list_tables().send().await.unwrap_err();
        assert_eq!(code(&at_sts), "SignatureDoesNotMatch");
        assert_eq!(code(&at_dynamodb), "InvalidSignatureException");
    });
}

#[test]
fn an_operation_that_is_not_emulated_is_refused_by_its_name() {
    in_world(1, async |aws| {
        let at_dynamodb = dynamodb(&hub(&aws)).describe_limits().send().await.unwrap_err();
        let at_sts = sts(&hub(&aws)).get_session_token().send().await.unwrap_err();
        assert_eq!(code(&at_dynamodb), "NotEmulated");
        assert_eq!(code(&at_sts), "NotEmulated");
        assert!(message(&at_dynamodb).contains("dynamodb:DescribeLimits"));
        assert!(message(&at_sts).contains("sts:GetSessionToken"));
    });
}
