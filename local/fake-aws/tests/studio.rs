//! Studio as the real client sees it: every answer has the members that the client needs, and every
//! refusal is an error that the client models.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on has failed its test")]

use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::error::ProvideErrorMetadata;
use aws_sdk_sagemaker::primitives::DateTime;
use aws_sdk_sagemaker::types::{
    AppStatus, AppType, AuthMode, DomainStatus, SharingType, SpaceStatus, Tag, UserProfileStatus,
    UserSettings,
};
use fake_aws::services::studio::{Home, NewDomain, NewSpace, Place};
use fake_aws::{Clock, FakeAws, FakeAwsSettings, run_virtual};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DOMAIN: &str = "d-abcdef123456";
const ROLE: &str = "arn:aws:iam::111122223333:role/studio/Reader";

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(500_000)
}

fn place() -> Place {
    Place::new("111122223333", "eu-west-1", DOMAIN)
}

fn with_domain() -> (FakeAws, Client) {
    let aws = FakeAws::new(FakeAwsSettings::new(1, Clock::virtual_from(start())));
    aws.studio(|studio| studio.add_domain(NewDomain::sso(place()), start())).unwrap();
    let credentials = aws.caller("arn:aws:iam::111122223333:role/hub", "hub");
    let client = Client::new(&aws.sdk_config("hub", credentials, "eu-west-1"));
    (aws, client)
}

async fn create(client: &Client, name: &str) -> String {
    let tag = Tag::builder().key("managed-by").value("studio-access").build();
    let call = client.create_user_profile().domain_id(DOMAIN).user_profile_name(name).tags(tag);
    let call = call.single_sign_on_user_identifier("UserName").single_sign_on_user_value(name);
    let settings = UserSettings::builder().execution_role(ROLE).build();
    call.user_settings(settings).send().await.unwrap().user_profile_arn().unwrap().to_owned()
}

#[test]
fn a_profile_is_made_shown_changed_and_deleted() {
    run_virtual(async {
        let (aws, client) = with_domain();
        let domain = client.describe_domain().domain_id(DOMAIN).send().await.unwrap();
        assert_eq!(
            (domain.auth_mode(), domain.status()),
            (Some(&AuthMode::Sso), Some(&DomainStatus::InService))
        );
        let arn = create(&client, "alice").await;
        aws.clock().sleep(Duration::from_secs(20)).await;
        let describe = || client.describe_user_profile().domain_id(DOMAIN).user_profile_name("alice").send();
        let shown = describe().await.unwrap();
        assert_eq!(shown.status(), Some(&UserProfileStatus::InService));
        assert_eq!(shown.user_settings().unwrap().execution_role(), Some(ROLE));
        assert!(*shown.creation_time().unwrap() >= DateTime::from(start()));
        assert!(shown.home_efs_file_system_uid().is_some());
        let tags = client.list_tags().resource_arn(&arn).send().await.unwrap();
        assert_eq!(tags.tags()[0].key(), Some("managed-by"));

        let settings = UserSettings::builder().execution_role(ROLE.replace("Reader", "Writer")).build();
        let update = client.update_user_profile().domain_id(DOMAIN).user_profile_name("alice");
        update.user_settings(settings).send().await.unwrap();
        assert_eq!(describe().await.unwrap().status(), Some(&UserProfileStatus::Updating));
        aws.clock().sleep(Duration::from_secs(8)).await;

        client.delete_user_profile().domain_id(DOMAIN).user_profile_name("alice").send().await.unwrap();
        aws.clock().sleep(Duration::from_secs(15)).await;
        assert!(describe().await.unwrap_err().into_service_error().is_resource_not_found());
    });
}

#[test]
fn apps_and_spaces_are_listed_shown_and_deleted() {
    run_virtual(async {
        let (aws, client) = with_domain();
        create(&client, "alice").await;
        aws.clock().sleep(Duration::from_secs(20)).await;
        let now = aws.clock().now();
        aws.studio(|studio| {
            studio.add_space(&place(), NewSpace::private("work", "alice"), now).unwrap();
            studio
                .start_app(&place(), Home::Space("work".to_owned()), ("JupyterLab", "default"), now)
                .unwrap();
        });
        aws.clock().sleep(Duration::from_mins(1)).await;
        let apps = client.list_apps().domain_id_equals(DOMAIN).send().await.unwrap();
        assert_eq!((apps.apps()[0].space_name(), apps.apps()[0].user_profile_name()), (Some("work"), None));
        let delete = client.delete_app().domain_id(DOMAIN).space_name("work");
        let delete = delete.app_type(AppType::JupyterLab).app_name("default");
        delete.clone().send().await.unwrap();
        aws.clock().sleep(Duration::from_secs(40)).await;
        let app = client.describe_app().domain_id(DOMAIN).space_name("work");
        let app = app.app_type(AppType::JupyterLab).app_name("default").send().await.unwrap();
        assert_eq!(app.status(), Some(&AppStatus::Deleted));
        let again = delete.send().await.unwrap_err().into_service_error();
        assert_eq!(again.code(), Some("ValidationException"));
        assert!(again.message().unwrap().contains("has already been deleted"));

        let spaces = client.list_spaces().domain_id_equals(DOMAIN).send().await.unwrap();
        let space = &spaces.spaces()[0];
        assert_eq!(space.ownership_settings_summary().unwrap().owner_user_profile_name(), Some("alice"));
        assert_eq!(
            space.space_sharing_settings_summary().unwrap().sharing_type(),
            Some(&SharingType::Private)
        );
        let profile = client.delete_user_profile().domain_id(DOMAIN).user_profile_name("alice").send().await;
        assert!(profile.unwrap_err().into_service_error().is_resource_in_use());
        client.delete_space().domain_id(DOMAIN).space_name("work").send().await.unwrap();
        let space = client.describe_space().domain_id(DOMAIN).space_name("work").send().await.unwrap();
        assert_eq!(space.status(), Some(&SpaceStatus::Deleting));
        assert_eq!(aws.studio(|studio| studio.snapshot(now)).lost_volumes[0].owner, "alice");
    });
}

#[test]
fn the_clients_paginator_comes_to_an_end() {
    run_virtual(async {
        let (_, client) = with_domain();
        for i in 0..12 {
            create(&client, &format!("user-{i:02}")).await;
        }
        let list = client.list_user_profiles().domain_id_equals(DOMAIN).into_paginator().items().send();
        let names: Vec<_> =
            list.try_collect().await.unwrap().into_iter().filter_map(|one| one.user_profile_name).collect();
        assert_eq!(names, (0..12).map(|i| format!("user-{i:02}")).collect::<Vec<_>>());
    });
}
