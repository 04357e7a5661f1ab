//! Pages: every item appears exactly once, and a token works for its own list only.

use super::super::{NewDomain, Place};
use super::{ACCOUNT, DOMAIN, REGION, Stand, of_profile};
use serde_json::{Value, json};

fn crowd(count: usize) -> Stand {
    let mut stand = Stand::new();
    for i in 0..count {
        stand.profile(&format!("user-{i:02}"));
        stand.wait(1);
    }
    stand
}

fn names(page: &Value) -> Vec<String> {
    let profiles = page["UserProfiles"].as_array().unwrap();
    profiles.iter().map(|profile| profile["UserProfileName"].as_str().unwrap().to_owned()).collect()
}

/// Returns all pages of a list.
fn all(stand: &mut Stand, mut body: Value) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let page = stand.call("ListUserProfiles", body.clone()).unwrap();
        pages.push(names(&page));
        assert!(pages.len() < 50, "the pages do not end");
        match page.get("NextToken") {
            Some(token) => body["NextToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn a_page_has_ten_profiles_unless_told_otherwise() {
    let mut stand = crowd(23);
    let pages = all(&mut stand, json!({ "DomainIdEquals": DOMAIN }));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
    let expected: Vec<String> = (0..23).map(|i| format!("user-{i:02}")).collect();
    assert_eq!(pages.concat(), expected);
    assert_eq!(all(&mut stand, json!({ "MaxResults": 100 })).len(), 1);
}

#[test]
fn a_list_that_fills_its_page_has_no_token() {
    let mut stand = crowd(10);
    assert!(stand.call("ListUserProfiles", json!({})).unwrap().get("NextToken").is_none());
}

#[test]
fn a_list_can_be_read_from_its_end() {
    let mut stand = crowd(12);
    let pages = all(&mut stand, json!({ "SortOrder": "Descending", "MaxResults": 5 }));
    let expected: Vec<String> = (0..12).rev().map(|i| format!("user-{i:02}")).collect();
    assert_eq!(pages.concat(), expected);
}

#[test]
fn a_profile_that_goes_between_two_pages_hides_no_other() {
    let mut stand = crowd(12);
    let first = stand.call("ListUserProfiles", json!({})).unwrap();
    stand.call("DeleteUserProfile", json!({ "DomainId": DOMAIN, "UserProfileName": "user-00" })).unwrap();
    stand.wait(15);
    let second = stand.call("ListUserProfiles", json!({ "NextToken": first["NextToken"] })).unwrap();
    assert_eq!(names(&second), ["user-10", "user-11"]);
}

#[test]
fn a_summary_has_no_single_sign_on_user_and_no_settings() {
    let mut stand = Stand::new();
    stand.create("alice", "alice").unwrap();
    let page = stand.call("ListUserProfiles", json!({})).unwrap();
    let members: Vec<&String> = page["UserProfiles"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["CreationTime", "DomainId", "LastModifiedTime", "Status", "UserProfileName"]);
}

#[test]
fn filters_profiles_by_domain_and_part_of_name_in_any_case() {
    let mut stand = crowd(2);
    stand.studio.add_domain(NewDomain::sso(Place::new(ACCOUNT, REGION, "d-other")), stand.now).unwrap();
    assert!(all(&mut stand, json!({ "DomainIdEquals": "d-other" })).concat().is_empty());
    assert_eq!(all(&mut stand, json!({ "UserProfileNameContains": "R-01" })).concat(), ["user-01"]);
}

#[test]
fn a_token_of_another_question_or_of_nobody_is_refused() {
    let mut stand = crowd(25);
    let first = stand.call("ListUserProfiles", json!({ "DomainIdEquals": DOMAIN })).unwrap();
    let token = first["NextToken"].as_str().unwrap().to_owned();
    for (operation, body) in [
        ("ListUserProfiles", json!({ "NextToken": token })),
        (
            "ListUserProfiles",
            json!({ "NextToken": token, "DomainIdEquals": DOMAIN, "SortOrder": "Descending" }),
        ),
        (
            "ListUserProfiles",
            json!({ "NextToken": token, "DomainIdEquals": DOMAIN, "UserProfileNameContains": "u" }),
        ),
        ("ListSpaces", json!({ "NextToken": token, "DomainIdEquals": DOMAIN })),
        ("ListUserProfiles", json!({ "NextToken": "garbage", "DomainIdEquals": DOMAIN })),
        ("ListUserProfiles", json!({ "NextToken": "", "DomainIdEquals": DOMAIN })),
        ("ListUserProfiles", json!({ "NextToken": "päge-of-the-world-é", "DomainIdEquals": DOMAIN })),
        ("ListUserProfiles", json!({ "NextToken": token.replace('3', "4"), "DomainIdEquals": DOMAIN })),
    ] {
        assert_eq!(stand.code(operation, body.clone()), "ValidationException", "{operation} {body}");
    }
    let again = json!({ "NextToken": token, "DomainIdEquals": DOMAIN, "MaxResults": 3 });
    assert_eq!(names(&stand.call("ListUserProfiles", again).unwrap()), ["user-10", "user-11", "user-12"]);
}

#[test]
fn apps_and_spaces_come_ten_to_a_page_too() {
    let mut stand = crowd(11);
    for i in 0..11 {
        stand.space(&format!("space-{i:02}"), "user-00");
        stand.running(of_profile(&format!("user-{i:02}")), "Canvas");
    }
    for (operation, member) in [("ListApps", "Apps"), ("ListSpaces", "Spaces")] {
        let first = stand.call(operation, json!({ "DomainIdEquals": DOMAIN })).unwrap();
        assert_eq!(first[member].as_array().unwrap().len(), 10);
        let token = first["NextToken"].clone();
        let rest = stand.call(operation, json!({ "DomainIdEquals": DOMAIN, "NextToken": token })).unwrap();
        assert_eq!(rest[member].as_array().unwrap().len(), 1);
        assert!(rest.get("NextToken").is_none());
    }
}
