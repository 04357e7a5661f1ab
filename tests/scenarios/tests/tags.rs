//! Tags of profiles: what Studio would refuse is never sent to it.

use crate::played::play;

#[test]
fn a_tag_value_holds_only_what_studio_takes() {
    let played = play("tag-values.yaml");
    let [created] = played.done("sagemaker:CreateUserProfile")[..] else { panic!("one creation") };
    let tags = created.request["Tags"].as_array().unwrap();
    let group = tags.iter().find(|tag| tag["Key"] == "studio-access:group").unwrap();
    assert_eq!(group["Value"], "ผ__ด_แล-studio");
}

#[test]
fn a_row_with_a_reserved_tag_is_refused() {
    let played = play("reserved-tag.yaml");
    for title in ["A key of AWS", "A key of ours"] {
        let result = &played.execution(title).results()[0];
        assert_eq!(result["error"], "InvalidMapping", "{title}");
    }
}
