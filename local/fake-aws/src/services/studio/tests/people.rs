//! Changes that users make without studio-access, and the rows that show them.

use super::super::{Impossible, NewDomain, NewProfile, NewSpace, Place, Status};
use super::{ACCOUNT, DOMAIN, REGION, Stand, named, of_profile, of_space, place, role};
use serde_json::json;

#[test]
fn a_first_sign_in_creates_a_profile_with_the_default_role() {
    let mut stand = Stand::new();
    let name = stand.studio.sign_in(&place(), "alice@corp.example", stand.now).unwrap();
    assert_eq!(name, "alice-corp-example");
    let profile = stand.describe(&name).unwrap();
    assert_eq!((&profile["Status"], &profile["UserSettings"]), (&json!("InService"), &json!({})));
    assert_eq!(stand.create("alice", "ALICE@corp.example").unwrap_err().code, "ResourceInUse");
    let row = &stand.studio.snapshot(stand.now).profiles[0];
    assert_eq!(
        (row.role.as_deref(), row.effective_role.as_str()),
        (None, "arn:aws:iam::111122223333:role/StudioDefault")
    );
}

#[test]
fn who_has_a_profile_signs_in_to_that() {
    let mut stand = Stand::new();
    stand.create("alice", "Alice@corp").unwrap();
    assert_eq!(stand.studio.sign_in(&place(), "alice@CORP", stand.now), Ok("alice".to_owned()));
    stand.wait(20);
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    let going = Impossible::GoingAway("alice".to_owned());
    assert_eq!(stand.studio.sign_in(&place(), "alice@corp", stand.now), Err(going));
    stand.wait(15);
    assert_eq!(stand.studio.sign_in(&place(), "alice@corp", stand.now), Ok("alice-corp".to_owned()));
}

#[test]
fn nobody_signs_in_to_an_iam_domain() {
    let mut stand = Stand::new();
    let iam = Place::new(ACCOUNT, REGION, "d-iam");
    stand.studio.add_domain(NewDomain::iam(iam.clone()), stand.now).unwrap();
    assert_eq!(stand.studio.sign_in(&iam, "alice", stand.now), Err(Impossible::NotSso("d-iam".to_owned())));
}

#[test]
fn no_app_starts_in_what_is_missing_or_going_away() {
    let mut stand = Stand::new();
    stand.profile("alice");
    stand.space("work", "alice");
    let app = ("JupyterLab", "default");
    let missing = stand.studio.start_app(&place(), of_profile("bob"), app, stand.now);
    assert_eq!(missing, Err(Impossible::Missing("bob".to_owned())));
    assert!(stand.studio.start_app(&place(), of_space("other"), app, stand.now).is_err());

    stand.call("DeleteSpace", json!({ "DomainId": DOMAIN, "SpaceName": "work" })).unwrap();
    let going = stand.studio.start_app(&place(), of_space("work"), app, stand.now);
    assert_eq!(going, Err(Impossible::GoingAway("work".to_owned())));
    stand.wait(10);
    stand.call("DeleteUserProfile", named("alice")).unwrap();
    let going = stand.studio.start_app(&place(), of_profile("alice"), app, stand.now);
    assert_eq!(going, Err(Impossible::GoingAway("alice".to_owned())));
    let space = stand.studio.add_space(&place(), NewSpace::private("more", "alice"), stand.now);
    assert_eq!(space, Err(Impossible::GoingAway("alice".to_owned())));
}

#[test]
fn an_app_that_runs_is_not_started_twice() {
    let mut stand = Stand::new();
    stand.profile("alice");
    stand.running(of_profile("alice"), "Canvas");
    let twice = stand.studio.start_app(&place(), of_profile("ALICE"), ("Canvas", "default"), stand.now);
    assert_eq!(twice, Err(Impossible::Taken("default".to_owned())));
}

#[test]
fn an_app_keeps_the_role_that_it_was_started_with() {
    let mut stand = Stand::new();
    let alice = NewProfile { role: Some(role("Reader")), ..NewProfile::named("alice") };
    stand.studio.add_profile(&place(), alice, stand.now).unwrap();
    stand.space("work", "alice");
    stand.studio.add_space(&place(), NewSpace::shared("team", "alice"), stand.now).unwrap();
    stand.running(of_space("work"), "JupyterLab");
    stand.running(of_space("team"), "JupyterLab");
    let mut update = named("alice");
    update["UserSettings"] = json!({ "ExecutionRole": role("Writer") });
    stand.call("UpdateUserProfile", update).unwrap();
    stand.wait(8);
    stand.running(of_profile("alice"), "Canvas");
    let snapshot = stand.studio.snapshot(stand.now);
    let role_in = |home: &str| {
        let mut apps = snapshot.apps.iter();
        let at = |name: &Option<String>| name.as_deref() == Some(home);
        apps.find(|app| at(&app.profile) || at(&app.space)).unwrap().role.clone()
    };
    assert_eq!(role_in("work"), role("Reader"));
    assert_eq!(role_in("alice"), role("Writer"));
    assert_eq!(
        role_in("team"),
        "arn:aws:iam::111122223333:role/StudioDefault",
        "a shared space is not under its owner's role"
    );
}

#[test]
fn what_studio_would_not_accept_cannot_be_put_there() {
    let mut stand = Stand::new();
    stand.profile("alice");
    let now = stand.now;
    let studio = &mut stand.studio;
    assert!(studio.add_profile(&place(), NewProfile::named("a@b"), now).is_err());
    assert!(studio.add_profile(&place(), NewProfile::named("ALICE"), now).is_err());
    assert!(studio.add_space(&place(), NewSpace::private("s_1", "alice"), now).is_err());
    assert!(studio.add_space(&place(), NewSpace::private("s", "bob"), now).is_err());
    assert!(studio.start_app(&place(), of_profile("alice"), ("Notepad", "x"), now).is_err());
    assert!(studio.add_domain(NewDomain::sso(place()), now).is_err());
    assert!(studio.add_domain(NewDomain::sso(Place::new(ACCOUNT, REGION, "abc")), now).is_err());
    assert!(
        studio.add_profile(&Place::new(ACCOUNT, REGION, "d-other"), NewProfile::named("a"), now).is_err()
    );
}

#[test]
fn a_snapshot_shows_the_moment_and_changes_nothing() {
    let mut stand = Stand::new();
    let bob = NewProfile {
        sso_user: Some("bob".to_owned()),
        tags: [("team".to_owned(), "x".to_owned())].into(),
        status: Status::DeleteFailed,
        ..NewProfile::named("bob")
    };
    stand.studio.add_profile(&place(), bob, stand.now).unwrap();
    stand.create("alice", "alice").unwrap();
    let later = stand.studio.snapshot(stand.now + std::time::Duration::from_secs(20));
    assert_eq!(later.profiles[0].status, "InService");
    let now = serde_json::to_value(stand.studio.snapshot(stand.now)).unwrap();
    assert_eq!(now["profiles"][0]["status"], "Pending");
    let bob = &now["profiles"][1];
    assert_eq!(
        (&bob["account"], &bob["region"], &bob["domain_id"]),
        (&json!(ACCOUNT), &json!(REGION), &json!(DOMAIN))
    );
    assert_eq!(
        (&bob["name"], &bob["status"], &bob["tags"]),
        (&json!("bob"), &json!("Delete_Failed"), &json!({ "team": "x" }))
    );
    assert_eq!(bob["sso_user"], "bob");
    assert_eq!(now["domains"][0]["auth_mode"], "SSO");
}
