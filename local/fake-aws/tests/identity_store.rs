//! The Identity Store as the real client sees it: every answer has the members that the client
//! needs, and every refusal is an error that the client models.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::operation::describe_user::DescribeUserError;
use aws_sdk_identitystore::types::{
    AlternateIdentifier, MemberId, ResourceNotFoundExceptionReason, ResourceType, UniqueAttribute, UserStatus,
};
use fake_aws::services::identity_store::KmsMask;
use fake_aws::{Clock, FakeAws, FakeAwsSettings, run_virtual};
use std::time::{Duration, UNIX_EPOCH};

const STORE: &str = "d-1234567890";
const ALICE: &str = "a1b2c3d4-0000-4000-8000-00000000a11c";
const READERS: &str = "a1b2c3d4-0000-4000-8000-000000000001";

fn with_alice() -> (FakeAws, Client) {
    let clock = Clock::virtual_from(UNIX_EPOCH + Duration::from_hours(500_000));
    let aws = FakeAws::new(FakeAwsSettings::new(1, clock));
    aws.directory(|store| {
        store.add_user(ALICE, "alice@corp.example").unwrap();
        store.add_group(READERS, "Studio Readers").unwrap();
        store.add_member(READERS, ALICE).unwrap();
    });
    let credentials = aws.caller("arn:aws:iam::111122223333:role/reader", "reader");
    let client = Client::new(&aws.sdk_config("reader", credentials, "eu-west-1"));
    (aws, client)
}

fn by(path: &str, value: &str) -> AlternateIdentifier {
    let attribute = UniqueAttribute::builder().attribute_path(path).attribute_value(value.into());
    AlternateIdentifier::UniqueAttribute(attribute.build().unwrap())
}

#[test]
fn users_and_groups_are_described_and_found() {
    run_virtual(async {
        let (_, client) = with_alice();
        let user = client.describe_user().identity_store_id(STORE).user_id(ALICE).send().await.unwrap();
        assert_eq!(
            (user.user_name(), user.user_status()),
            (Some("alice@corp.example"), Some(&UserStatus::Enabled))
        );
        let group = client.describe_group().identity_store_id(STORE).group_id(READERS).send().await.unwrap();
        assert_eq!(group.display_name(), Some("Studio Readers"));
        let find = client.get_user_id().identity_store_id(STORE);
        let found = find.alternate_identifier(by("userName", "ALICE@corp.example")).send().await.unwrap();
        assert_eq!(found.user_id(), ALICE);
        let find = client.get_group_id().identity_store_id(STORE);
        let found = find.alternate_identifier(by("displayName", "Studio Readers")).send().await.unwrap();
        assert_eq!(found.group_id(), READERS);
    });
}

#[test]
fn memberships_are_listed_asked_for_and_described() {
    run_virtual(async {
        let (_, client) = with_alice();
        let alice = MemberId::UserId(ALICE.to_owned());
        let list =
            client.list_group_memberships_for_member().identity_store_id(STORE).member_id(alice.clone());
        let list = list.send().await.unwrap();
        assert_eq!(list.group_memberships()[0].group_id(), Some(READERS));
        let id = list.group_memberships()[0].membership_id();
        let one = client
            .describe_group_membership()
            .identity_store_id(STORE)
            .membership_id(id)
            .send()
            .await
            .unwrap();
        assert_eq!((one.group_id(), one.member_id()), (READERS, Some(&alice)));
        let list =
            client.list_group_memberships().identity_store_id(STORE).group_id(READERS).send().await.unwrap();
        assert_eq!(list.group_memberships()[0].member_id(), Some(&alice));
        let ask = client.is_member_in_groups().identity_store_id(STORE).member_id(alice).group_ids(READERS);
        assert!(ask.send().await.unwrap().results()[0].membership_exists());
    });
}

#[test]
fn a_deleted_and_a_hidden_user_differ_by_the_reason() {
    run_virtual(async {
        let (aws, client) = with_alice();
        let describe = || client.describe_user().identity_store_id(STORE).user_id(ALICE).send();
        aws.directory(|store| store.kms_masked = Some(KmsMask::KeyNotFound));
        let DescribeUserError::ResourceNotFoundException(hidden) =
            describe().await.unwrap_err().into_service_error()
        else {
            panic!("the mask is a key that is not found")
        };
        assert_eq!(hidden.reason(), Some(&ResourceNotFoundExceptionReason::KmsKeyNotFound));
        aws.directory(|store| {
            store.kms_masked = None;
            store.delete_user(ALICE).unwrap();
        });
        let DescribeUserError::ResourceNotFoundException(gone) =
            describe().await.unwrap_err().into_service_error()
        else {
            panic!("a deleted user is not found")
        };
        assert_eq!((gone.reason(), gone.resource_type()), (None, Some(&ResourceType::User)));
        assert_eq!(gone.resource_id(), Some(ALICE));
    });
}
