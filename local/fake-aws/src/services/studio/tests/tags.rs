//! Tags: which ones are valid, and which resources they are stored on.

use super::{ACCOUNT, DOMAIN, REGION, Stand, creation, of_profile, of_space, place};
use crate::service::Refusal;
use serde_json::{Value, json};

fn arn(rest: &str) -> String {
    format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:{rest}")
}

fn alice() -> String {
    arn(&format!("user-profile/{DOMAIN}/alice"))
}

fn tag(key: &str, value: &str) -> Value {
    json!({ "Key": key, "Value": value })
}

fn create(stand: &mut Stand, tags: Value) -> Result<Value, Refusal> {
    let mut body = creation("alice", "alice");
    body["Tags"] = tags;
    stand.call("CreateUserProfile", body)
}

fn tags(stand: &mut Stand, arn: &str) -> Value {
    stand.call("ListTags", json!({ "ResourceArn": arn })).unwrap()["Tags"].clone()
}

#[test]
fn creation_tags_are_on_the_profile_and_the_apps_it_starts() {
    let mut stand = Stand::new();
    create(&mut stand, json!([tag("team", "Forschung & Co".replace(" & ", "/").as_str()), tag("empty", "")]))
        .unwrap();
    let given = json!([tag("empty", ""), tag("team", "Forschung/Co")]);
    assert_eq!(tags(&mut stand, &alice()), given);
    assert_eq!(tags(&mut stand, &alice().replace("/alice", "/Alice")), given);
    stand.wait(20);
    stand.running(of_profile("alice"), "Canvas");
    let app = arn(&format!("app/{DOMAIN}/alice/canvas/default"));
    assert_eq!(tags(&mut stand, &app), given);

    stand.call("AddTags", json!({ "ResourceArn": alice(), "Tags": [tag("late", "yes")] })).unwrap();
    assert_eq!(tags(&mut stand, &app), given, "an app that runs keeps its tags");
    stand.running(of_profile("alice"), "JupyterServer");
    let later = tags(&mut stand, &arn(&format!("app/{DOMAIN}/alice/jupyterserver/default")));
    assert_eq!(later.as_array().unwrap().len(), 3);
}

#[test]
fn added_tags_replace_those_of_the_same_key() {
    let mut stand = Stand::new();
    create(&mut stand, json!([tag("a", "1"), tag("b", "2")])).unwrap();
    let added = json!({ "ResourceArn": alice(), "Tags": [tag("b", "3"), tag("c", "4")] });
    let expected = json!([tag("a", "1"), tag("b", "3"), tag("c", "4")]);
    assert_eq!(stand.call("AddTags", added).unwrap()["Tags"], expected);
    assert_eq!(tags(&mut stand, &alice()), expected);
}

#[test]
fn tags_that_do_not_fit_are_refused_and_nothing_is_made() {
    let fifty_one: Vec<Value> = (0..51).map(|i| tag(&format!("k{i}"), "v")).collect();
    for bad in [
        json!([tag("name", "O'Brien")]),
        json!([tag("name", "R&D (new)")]),
        json!([tag("name", "tab\there")]),
        json!([tag("name", "ผู้ดูแล")]),
        json!([tag("name", "e\u{301}")]),
        json!([tag("name", "Ⓐ")]),
        json!([tag("AWS:made", "by us")]),
        json!([tag("", "v")]),
        json!([tag(&"k".repeat(129), "v")]),
        json!([tag("k", &"v".repeat(257))]),
        json!([tag("k", "1"), tag("k", "2")]),
        json!([tag("aws:made", "by us")]),
        json!([{ "Key": "k" }]),
        json!([{ "Key": "k", "Value": "v", "More": "m" }]),
        json!(fifty_one),
    ] {
        let mut stand = Stand::new();
        assert_eq!(create(&mut stand, bad.clone()).unwrap_err().code, "ValidationException", "{bad}");
        assert_eq!(stand.describe("alice").unwrap_err().code, "ResourceNotFound");
    }
    let mut stand = Stand::new();
    let (_, message) = {
        let refusal = create(&mut stand, json!([tag("k", "v"), tag("k2", "a'b")])).unwrap_err();
        (refusal.code, refusal.message)
    };
    assert!(message.contains("Value 'a'b' at 'tags.2.member.value'"), "{message}");
}

#[test]
fn letters_numbers_and_spaces_of_all_scripts_fit_a_tag() {
    let mut stand = Stand::new();
    let fine = json!([tag("größe.of:x/y=z+w-v@u_t", "數據 Ⅻ \u{a0}½")]);
    assert!(create(&mut stand, fine).is_ok());
}

#[test]
fn a_resource_never_has_more_than_fifty_tags() {
    let mut stand = Stand::new();
    create(&mut stand, json!((0..49).map(|i| tag(&format!("k{i}"), "v")).collect::<Vec<_>>())).unwrap();
    let add = |keys: &[&str]| {
        let tags: Vec<Value> = keys.iter().map(|key| tag(key, "new")).collect();
        json!({ "ResourceArn": alice(), "Tags": tags })
    };
    assert_eq!(stand.code("AddTags", add(&["x", "y"])), "ValidationException");
    assert!(stand.call("AddTags", add(&["x", "k0"])).is_ok());
    assert_eq!(tags(&mut stand, &alice()).as_array().unwrap().len(), 50);
}

#[test]
fn an_app_in_a_private_space_has_its_owners_tags() {
    let mut stand = Stand::new();
    create(&mut stand, json!([tag("k", "v")])).unwrap();
    stand.wait(20);
    stand.space("work", "alice");
    stand.studio.start_app(&place(), of_space("work"), ("JupyterLab", "default"), stand.now).unwrap();
    assert_eq!(
        tags(&mut stand, &arn(&format!("app/{DOMAIN}/work/jupyterlab/default"))),
        json!([tag("k", "v")])
    );
    assert_eq!(tags(&mut stand, &arn(&format!("space/{DOMAIN}/work"))), json!([]));
}

#[test]
fn tags_of_what_is_not_there_or_not_the_callers_are_not_found() {
    let mut stand = Stand::new();
    create(&mut stand, json!([])).unwrap();
    for missing in [
        arn(&format!("user-profile/{DOMAIN}/bob")),
        arn(&format!("domain-of-others/{DOMAIN}")),
        arn("user-profile/d-other/alice"),
        alice().replace(ACCOUNT, "444455556666"),
        alice().replace(REGION, "us-east-1"),
    ] {
        assert_eq!(
            stand.code("ListTags", json!({ "ResourceArn": missing })),
            "ResourceNotFound",
            "{missing}"
        );
    }
    for (account, region) in [("444455556666", REGION), (ACCOUNT, "us-east-1")] {
        (stand.account, stand.region) = (account.to_owned(), region.to_owned());
        assert_eq!(stand.code("ListTags", json!({ "ResourceArn": alice() })), "ResourceNotFound");
    }
    assert_eq!(stand.code("ListTags", json!({ "ResourceArn": "alice" })), "ValidationException");
    assert_eq!(stand.code("ListTags", json!({})), "ValidationException");
    assert_eq!(
        stand.code("ListTags", json!({ "ResourceArn": alice(), "MaxResults": 49 })),
        "ValidationException"
    );
    assert_eq!(stand.code("AddTags", json!({ "ResourceArn": alice() })), "ValidationException");
}

#[test]
fn tags_are_deleted_by_key_and_an_absent_key_is_no_mistake() {
    let mut stand = Stand::new();
    stand.profile("alice");
    let arn = format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:user-profile/{DOMAIN}/alice");
    let added =
        json!({ "ResourceArn": arn, "Tags": [{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }] });
    stand.call("AddTags", added).unwrap();
    stand.call("DeleteTags", json!({ "ResourceArn": arn, "TagKeys": ["a", "absent"] })).unwrap();
    let left = stand.call("ListTags", json!({ "ResourceArn": arn })).unwrap();
    assert_eq!(left["Tags"], json!([{ "Key": "b", "Value": "2" }]));
    assert_eq!(stand.code("DeleteTags", json!({ "ResourceArn": arn, "TagKeys": [] })), "ValidationException");
    assert_eq!(stand.code("DeleteTags", json!({ "ResourceArn": arn })), "ValidationException");
}
