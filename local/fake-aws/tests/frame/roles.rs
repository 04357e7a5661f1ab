//! Assuming a role across accounts: the permitted callers, the parameters, and the duration of the
//! session.

use crate::{
    HUB_ROLE, MEMBER, MEMBER_ROLE, REGION, code, dynamodb, hub, in_world, member_role, message, sts,
};
use aws_credential_types::Credentials;
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder as Asking;
use aws_sdk_sts::types::Tag;
use fake_aws::FakeAws;
use fake_aws::services::sts::Role;
use std::time::{Duration, SystemTime};

fn asking(aws: &FakeAws) -> Asking {
    sts(&hub(aws))
        .assume_role()
        .role_arn(MEMBER_ROLE)
        .role_session_name("studio-access")
        .external_id("studio-access")
}

async fn refused(asking: Asking) -> (String, String) {
    let error = asking.send().await.unwrap_err();
    (code(&error).to_owned(), message(&error).to_owned())
}

/// Sends a valid request for this role and returns the error code.
fn asked_of(role: Role) -> String {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(role));
        refused(asking(&aws)).await.0
    })
}

#[test]
fn an_assumed_role_acts_in_the_account_of_the_role() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(member_role()));
        let answer = asking(&aws).duration_seconds(900).send().await.unwrap();
        let given = answer.credentials().unwrap();
        assert_eq!(
            SystemTime::try_from(*given.expiration()).unwrap(),
            aws.calls()[0].at + Duration::from_mins(15)
        );
        let me = sts(&holding(&aws, given)).get_caller_identity().send().await.unwrap();
        assert_eq!(me.account(), Some(MEMBER));
        assert_eq!(me.arn(), answer.assumed_role_user().map(aws_sdk_sts::types::AssumedRoleUser::arn));
    });
}

fn holding(aws: &FakeAws, given: &aws_sdk_sts::types::Credentials) -> aws_types::SdkConfig {
    let token = Some(given.session_token().to_owned());
    let credentials =
        Credentials::new(given.access_key_id(), given.secret_access_key(), token, None, "assumed");
    aws.sdk_config("plan-access", credentials, REGION)
}

#[test]
fn missing_roles_and_unmet_trust_policies_are_denied_alike() {
    let missing = Role::trusting("arn:aws:iam::444455556666:role/Another", &[HUB_ROLE]);
    let untrusting =
        Role { trusts: vec!["arn:aws:iam::111122223333:role/other".to_owned()], ..member_role() };
    let stricter = Role { external_id: Some("something else".to_owned()), ..member_role() };
    for role in [missing, untrusting, stricter] {
        assert_eq!(asked_of(role), "AccessDenied");
    }
}

#[test]
fn a_denial_names_the_caller_and_the_role() {
    in_world(1, async |aws| {
        let (_, text) = refused(asking(&aws)).await;
        assert!(
            text.contains("User: arn:aws:sts::111122223333:assumed-role/plan-access/plan-access is not"),
            "{text}"
        );
        assert!(text.contains(&format!("sts:AssumeRole on resource: {MEMBER_ROLE}")), "{text}");
    });
}

#[test]
fn trusting_an_account_trusts_every_role_in_it() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(Role::trusting(MEMBER_ROLE, &["arn:aws:iam::111122223333:root"])));
        asking(&aws).send().await.unwrap();
    });
}

#[test]
fn a_fresh_role_becomes_assumable_after_a_while() {
    in_world(1, async |aws| {
        let ready = aws.clock().now() + Duration::from_mins(1);
        aws.roles(|roles| roles.put_role(Role { assumable_from: Some(ready), ..member_role() }));
        assert_eq!(refused(asking(&aws)).await.0, "AccessDenied");
        aws.clock().sleep(Duration::from_mins(1)).await;
        asking(&aws).send().await.unwrap();
    });
}

#[test]
fn a_session_stops_working_when_it_expires() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(member_role()));
        let answer = asking(&aws).duration_seconds(900).send().await.unwrap();
        let config = holding(&aws, answer.credentials().unwrap());
        aws.clock().sleep(Duration::from_secs(890)).await;
        dynamodb(&config).list_tables().send().await.unwrap();
        aws.clock().sleep(Duration::from_secs(10)).await;
        let at_dynamodb = dynamodb(&config).list_tables().send().await.unwrap_err();
        let at_sts = sts(&config).get_caller_identity().send().await.unwrap_err();
        assert_eq!(code(&at_dynamodb), "ExpiredTokenException");
        assert_eq!(code(&at_sts), "ExpiredToken");
    });
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(member_role()));
        let bad = [
            (asking(&aws).role_session_name("x"), "roleSessionName"),
            (asking(&aws).role_session_name("x".repeat(65)), "roleSessionName"),
            (asking(&aws).role_session_name("jane doe"), "roleSessionName"),
            (asking(&aws).external_id("x"), "externalId"),
            (asking(&aws).source_identity("jane/doe"), "sourceIdentity"),
            (asking(&aws).duration_seconds(899), "durationSeconds"),
            (asking(&aws).duration_seconds(43_201), "durationSeconds"),
            (asking(&aws).duration_seconds(3601), "role chaining"),
        ];
        for (asking, named) in bad {
            let (code, text) = refused(asking).await;
            assert_eq!(code, "ValidationError", "{named}");
            assert!(text.contains(named), "{text} does not tell {named}");
        }
    });
}

#[test]
fn a_parameter_that_is_not_emulated_is_refused_by_its_name() {
    in_world(1, async |aws| {
        let tag = Tag::builder().key("team").value("x").build().unwrap();
        let (code, text) = refused(asking(&aws).tags(tag)).await;
        assert_eq!(code, "NotEmulated");
        assert!(text.contains("Tags.member.1"), "{text}");
    });
}

#[test]
fn a_source_identity_needs_the_roles_consent_and_is_remembered() {
    in_world(1, async |aws| {
        aws.roles(|roles| roles.put_role(member_role()));
        assert_eq!(refused(asking(&aws).source_identity("jane")).await.0, "AccessDenied");
        aws.roles(|roles| roles.put_role(Role { allows_source_identity: true, ..member_role() }));
        let answer = asking(&aws).source_identity("jane").send().await.unwrap();
        assert_eq!(answer.source_identity(), Some("jane"));
        let sources =
            aws.roles(|roles| roles.sessions().filter_map(|s| s.source_identity.clone()).collect::<Vec<_>>());
        assert_eq!(sources, ["jane"]);
    });
}
