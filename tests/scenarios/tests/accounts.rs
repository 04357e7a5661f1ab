//! Several Studio accounts, Regions and partitions from one hub.

use crate::played::play;
use harness::setting::{HUB, HUB_REGION};
use std::collections::BTreeSet;

#[test]
fn each_call_goes_to_the_account_and_region_of_its_target() {
    let played = play("several-accounts.yaml");
    let places = [
        ("d-research", "222233334444", "eu-west-1"),
        ("d-finance", "333344445555", "us-west-2"),
        ("d-public", "444455556666", "us-gov-west-1"),
    ];
    let mut seen = BTreeSet::new();
    for call in &played.report.calls {
        if call.service == "sagemaker" {
            let domain = places.iter().find(|(domain, ..)| call.request.to_string().contains(domain));
            let (domain, account, region) = domain.unwrap_or_else(|| panic!("{call} is about no domain"));
            assert_eq!((call.account.as_str(), call.region.as_str()), (*account, *region), "{call}");
            seen.insert(*domain);
        } else {
            assert_eq!((call.account.as_str(), call.region.as_str()), (HUB, HUB_REGION), "{call}");
        }
    }
    assert_eq!(seen.len(), places.len());
}

#[test]
fn a_session_is_asked_for_in_the_partition_of_its_target() {
    let played = play("several-accounts.yaml");
    let roles: BTreeSet<&str> = played
        .calls("sts:AssumeRole")
        .into_iter()
        .filter_map(|call| call.request["RoleArn"].as_str())
        .collect();
    let expected = [
        "arn:aws-us-gov:iam::444455556666:role/studio-access/StudioAccessMember",
        "arn:aws:iam::222233334444:role/studio-access/StudioAccessMember",
        "arn:aws:iam::333344445555:role/studio-access/StudioAccessMember",
    ];
    assert_eq!(roles, BTreeSet::from(expected));
}

#[test]
fn each_target_has_a_grant_of_its_own() {
    let played = play("several-accounts.yaml");
    let mut grants: Vec<(&str, &str, &str)> = played
        .report
        .grants
        .iter()
        .map(|g| {
            (
                g["userName"].as_str().unwrap(),
                g["target"]["domainId"].as_str().unwrap(),
                g["groupName"].as_str().unwrap(),
            )
        })
        .collect();
    grants.sort_unstable();
    let expected = [
        ("ana", "d-finance", "studio-admins"),
        ("ana", "d-research", "studio-admins"),
        ("ben", "d-finance", "studio-admins"),
        ("ben", "d-public", "studio-auditors"),
        ("ben", "d-research", "studio-admins"),
    ];
    assert_eq!(grants, expected);
}

#[test]
fn sessions_of_two_people_are_never_shared() {
    let played = play("several-accounts.yaml");
    for call in played.calls("sagemaker:CreateUserProfile") {
        let user = call.request["Tags"][0]["Value"].as_str().unwrap();
        let earlier = played
            .report
            .calls
            .iter()
            .filter(|other| other.scope == call.scope && other.operation == "AssumeRole");
        for assumed in earlier {
            assert_eq!(assumed.request["SourceIdentity"], user);
        }
    }
}
